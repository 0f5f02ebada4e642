import ssh2 from 'ssh2';
import { expect, it } from 'vitest';
import { startTwin } from '../../../src/twin/twin.js';

it('gives a login by hand a prompt that says what this is', async () => {
  const twin = await startTwin([{ name: 'a', system: 'NetBSD 1.5.2', addresses: ['212.25.240.34'] }]);
  const client = new ssh2.Client();
  await new Promise<void>((resolve, reject) => {
    client.on('ready', resolve).on('error', reject);
    client.connect({ host: '127.0.0.1', port: twin.endpoints.get('a')?.port ?? 0, username: 'root', privateKey: twin.clientKey.privateKey });
  });
  let out = '';
  await new Promise<void>((resolve, reject) =>
    client.shell((error, channel) => {
      if (error) return reject(error);
      channel.on('data', (d: Buffer) => {
        out += d.toString();
      });
      channel.on('close', () => resolve());
      channel.write('uname -sr\rls | cat\rexit\r');
    }),
  );
  expect(out).toContain('This is a simulated host (NetBSD 1.5.2).');
  expect(out).toContain('NetBSD 1.5.2\r\n');
  expect(out).toContain('the character | needs a real shell');
  expect(twin.hosts.get('a')?.connections).toEqual({ connections: 1, channels: 1, shells: 0 });
  client.end();
  await twin.close();
});
