import ssh2 from 'ssh2';
import { afterEach, describe, expect, it } from 'vitest';
import { cksum } from '../../../src/script/cksum.js';
import { preludeText } from '../../../src/script/prelude.js';
import { makeKey } from '../../../src/twin/keys.js';
import { startTwin, type Twin } from '../../../src/twin/twin.js';
import { type Answer, drain } from '../drain.js';

const MARK = '0123456789abcdef0123456789abcdef';
const HEAD = preludeText({ mark: MARK, dir: 'f'.repeat(32) });

let twin: Twin;
const clients: ssh2.Client[] = [];
afterEach(async () => {
  for (const client of clients.splice(0)) client.destroy();
  await twin.close();
});

async function login(): Promise<ssh2.Client> {
  twin = await startTwin([{ name: 'a', system: 'NetBSD 1.5.2', addresses: ['212.25.240.34'] }]);
  return connect();
}

async function connect(key = twin.clientKey.privateKey): Promise<ssh2.Client> {
  const end = twin.endpoints.get('a');
  const client = new ssh2.Client();
  clients.push(client);
  await new Promise<void>((resolve, reject) => {
    client.on('ready', resolve).on('error', reject);
    client.connect({ host: '127.0.0.1', port: end?.port ?? 0, username: 'root', privateKey: key });
  });
  return client;
}

/** Listens from the very callback on: an answer may come with the same packet as the channel. */
const drained = (client: ssh2.Client, command: string, input?: string): Promise<Answer> =>
  new Promise((resolve, reject) =>
    client.exec(command, (error, channel) => {
      if (error) return reject(error);
      resolve(drain(channel));
      if (input !== undefined) channel.end(input);
    }),
  );

async function script(client: ssh2.Client, text: string, command = 'exec /bin/sh') {
  return drained(client, command, HEAD + text);
}

const phase = (body: string, number = '0001'): string => `pv_phase_${number} () {\n${body}\npv_end ${number}\n}\npv_phase_${number}\n`;

describe('the SSH server of a simulated host', () => {
  it('runs a single command and gives its output and exit status', async () => {
    const client = await login();
    expect(await drained(client, 'uname -sr')).toEqual({ exit: 0, out: 'NetBSD 1.5.2\n', err: '' });
    expect(await drained(client, 'nosuch')).toEqual({ exit: 127, out: '', err: 'nosuch: not found\n' });
    expect((await drained(client, 'uname; id')).err).toContain('needs a real shell');
  });

  it('refuses a key that it does not know', async () => {
    await login();
    const other = makeKey().privateKey;
    await expect(connect(other)).rejects.toThrow(/authentication/i);
  });

  it('answers the wire program with hello, records and end', async () => {
    const client = await login();
    const { out, exit } = await script(
      client,
      phase("probe 'u' 'uname' '-sr'\nprove 'p' '^gre1: .*mtu 14[[:digit:]]+' 'ifconfig' 'gre1'\nlook 'l' '/etc/none'"),
    );
    expect(exit).toBe(0);
    expect(out).toContain(`${MARK} hello 1\n${MARK} record u probe 0 13 0 13 0 -\nNetBSD 1.5.2\n\n`);
    expect(out).toContain(`record p prove 0 `);
    expect(out).toContain(`${MARK} record l look 1 0 0 0 0 -\n\n${MARK} end 0001 done -\n`);
  });

  it('skips everything after the first failure', async () => {
    const client = await login();
    const { out } = await script(client, phase("run 'a' 'false'\nrun 'b' 'ifconfig' 'gre1' 'up'\nprobe 'c' 'uname'"));
    expect(out).toContain(`record a run 1 0 0 0 0 -\n\n${MARK} end 0001 failed a\n`);
    expect(twin.hosts.get('a')?.log.map((l) => l.words[0])).toEqual(['false']);
  });

  it('does nothing when the phase is cut before its last line', async () => {
    const client = await login();
    const whole = phase("run 'a' 'sync'");
    for (const length of [10, 40, whole.length - 20, whole.length - 2]) await script(client, whole.slice(0, length));
    expect(twin.hosts.get('a')?.log).toEqual([]);
  });

  it('writes a file only when length and checksum are right', async () => {
    const client = await login();
    const text = 'inet 10.1.12.37 10.1.12.38\n';
    const sum = cksum(Buffer.from(text));
    const put = (s: number): string => `put 'f' '0644' '/etc/ifconfig.gre1' ${text.length} ${s} plain <<'PV_${MARK}'\n${text}PV_${MARK}`;
    expect((await script(client, phase(put(sum + 1)))).out).toContain('record f put 4 0 45 0 45 same');
    expect((await script(client, phase(put(sum)))).out).toContain('record f put 0 0 0 0 0 changed');
    expect((await script(client, phase(put(sum)))).out).toContain('record f put 0 0 0 0 0 same');
    expect(twin.hosts.get('a')?.system.files.read('/etc/ifconfig.gre1')).toBe(text);
  });

  it('says what sudo says when it asks for a password', async () => {
    const client = await login();
    const host = twin.hosts.get('a');
    if (host !== undefined) host.faults.sudo = 'password';
    expect(await script(client, '', 'exec sudo -n -- /bin/sh')).toEqual({ exit: 1, out: '', err: 'sudo: a password is required\n' });
  });

  it('cuts the connection before the command named', async () => {
    const client = await login();
    twin.hosts.get('a')?.faults.cuts.push({ when: 'before', match: ['ifconfig', 'gre1', 'up'] });
    client.on('error', () => undefined);
    const { out } = await script(client, phase("run 'a' 'sync'\nrun 'b' 'ifconfig' 'gre1' 'up'"));
    expect(out).toContain('record a run 0');
    expect(out).not.toContain('record b');
    expect(twin.hosts.get('a')?.log.map((l) => l.words.join(' '))).toEqual(['sync']);
    expect((await drained(await connect(), 'true')).exit).toBe(0);
  });
});
