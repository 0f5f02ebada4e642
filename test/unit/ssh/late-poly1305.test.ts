/** ssh2 as the bundle has it (scripts/ssh2-parts.mjs): Poly1305 is made when a connection first needs it, and is the same. */
import { generateKeyPairSync } from 'node:crypto';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type ssh2 from 'ssh2';
import { afterAll, expect, it } from 'vitest';

type Ssh2 = typeof ssh2;
const { changed } = (await import(new URL('../../../scripts/ssh2-parts.mjs', import.meta.url).href)) as {
  changed(id: string, text: string): string | undefined;
};
const find = createRequire(import.meta.url);
const lib = dirname(find.resolve('ssh2'));
const folder = mkdtempSync(join(tmpdir(), 'provision-ssh2-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function changedCopy(): Ssh2 {
  const copy = join(folder, 'ssh2/lib');
  cpSync(lib, copy, { recursive: true });
  cpSync(join(lib, '../package.json'), join(folder, 'ssh2/package.json'));
  symlinkSync(join(lib, '../..'), join(folder, 'node_modules'));
  for (const name of readdirSync(copy, { recursive: true, encoding: 'utf8' }).filter((n) => n.endsWith('.js'))) {
    const file = join(copy, name);
    const text = changed(file, readFileSync(file, 'utf8'));
    if (text !== undefined) writeFileSync(file, text);
  }
  return find(join(copy, 'index.js')) as Ssh2;
}

const whole = find('ssh2') as Ssh2;

/** Sends much and little through one connection, and gives back what came back. */
async function echoed(client: Ssh2, server: Ssh2, cipher: 'aes128-gcm@openssh.com' | 'chacha20-poly1305@openssh.com'): Promise<string> {
  const hostKey = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ type: 'pkcs1', format: 'pem' });
  const algorithms = { cipher: [cipher] };
  const listening = new server.Server({ hostKeys: [hostKey], algorithms }, (peer) => {
    peer.on('error', () => undefined);
    peer.on('authentication', (asked) => asked.accept());
    peer.on('session', (accept) => accept().on('exec', (take) => void take().on('data', echo)));
  });
  function echo(this: ssh2.ServerChannel, data: Buffer): void {
    this.write(data);
  }
  await new Promise<void>((resolve) => void listening.listen(0, '127.0.0.1', resolve));
  const { port } = listening.address() as AddressInfo;
  const one = new client.Client();
  try {
    return await new Promise<string>((resolve, reject) => {
      let heard = '';
      one.on('error', reject);
      one.on('ready', () => {
        one.exec('echo', (error, channel) => {
          if (error !== undefined) return reject(error);
          channel.on('data', (data: Buffer) => {
            heard += data.toString('latin1');
            if (heard.endsWith('end')) resolve(heard);
          });
          channel.write('a'.repeat(100_000));
          channel.write('end');
        });
      });
      one.connect({ sock: connect(port, '127.0.0.1'), username: 'x', password: 'x', algorithms, hostVerifier: () => true });
    });
  } finally {
    one.end();
    listening.close();
  }
}

it('makes no Poly1305 until a connection uses it, and then understands a server that has the usual one, and the other way round', async () => {
  const copy = changedCopy();
  const made = (): boolean => find.cache[join(folder, 'ssh2/lib/protocol/crypto/poly1305.js')] !== undefined;
  expect(await echoed(copy, whole, 'aes128-gcm@openssh.com')).toHaveLength(100_003);
  expect(made()).toBe(false);
  expect(await echoed(copy, whole, 'chacha20-poly1305@openssh.com')).toHaveLength(100_003);
  expect(await echoed(whole, copy, 'chacha20-poly1305@openssh.com')).toHaveLength(100_003);
  expect(made()).toBe(true);
});

it('says when ssh2 is not as it was', () => {
  expect(() => changed('/x/ssh2/lib/protocol/crypto.js', 'module.exports = {};')).toThrow('look at scripts/ssh2-parts.mjs');
  expect(changed('/x/ssh2/lib/client.js', 'anything')).toBeUndefined();
});
