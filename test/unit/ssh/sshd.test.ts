import { execFileSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { appendFileSync, chmodSync, readFileSync, statSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ProvisionError } from '../../../src/errors/error.js';
import type { ShellChannel } from '../../../src/model/wire.js';
import { openSession } from '../../../src/script/session.js';
import { collectCandidates } from '../../../src/ssh/auth.js';
import { connect } from '../../../src/ssh/connect.js';
import { readKeyFile } from '../../../src/ssh/keyfile.js';
import type { SshTarget } from '../../../src/ssh/target.js';
import { freePort, hasSshd, Rig } from './rig.js';

const refusal = async (target: SshTarget): Promise<ProvisionError> => {
  try {
    const connection = await connect(target);
    await connection.close();
  } catch (error) {
    return error as ProvisionError;
  }
  throw new Error('it connected');
};

const say = async (shell: ShellChannel, script: string): Promise<string> => {
  shell.write(script);
  shell.end();
  let text = '';
  for await (const chunk of shell.output) text += Buffer.from(chunk).toString();
  return text;
};

describe.skipIf(!hasSshd)('against a real sshd', () => {
  const rig = new Rig();
  let port = 0;

  beforeAll(async () => {
    rig.key('host-ed', 'ed25519');
    rig.key('host-rsa', 'rsa');
    rig.key('user-ed', 'ed25519');
    rig.key('user-ec', 'ecdsa', { pem: true });
    rig.key('user-rsa', 'rsa');
    rig.key('user-locked', 'ed25519', { passphrase: 'correct horse' });
    rig.key('stranger', 'ed25519');
    port = await rig.sshd('main', ['user-ed', 'user-ec', 'user-rsa', 'user-locked'], ['host-ed', 'host-rsa']);
    rig.write('known', `mostly ${rig.publicKey('host-ed')}\n`);
  });
  afterAll(() => rig.stop());

  const known = (changes: Partial<SshTarget> = {}): SshTarget =>
    rig.target(port, { knownHosts: [rig.path('known')], identities: [rig.path('user-ed')], ...changes });

  it.each(['user-ed', 'user-ec', 'user-rsa'])('logs in with %s and starts /bin/sh', async (key) => {
    const connection = await connect(known({ identities: [rig.path(key)] }));
    const shell = await connection.openShell();
    expect(await say(shell, 'echo $((6*7)); echo oops >&2; exit 3\n')).toBe('42\n');
    expect(await shell.closed).toEqual({ exit: 3 });
    expect(shell.stderr()).toBe('oops\n');
    await connection.close();
  });

  it('refuses an unknown host key, shows its fingerprint and writes nothing', async () => {
    const error = await refusal(rig.target(port, { identities: [rig.path('user-ed')] }));
    expect(error.code).toBe('HOST_KEY_UNKNOWN');
    expect(error.details.why).toMatch(/ssh-ed25519 SHA256:[A-Za-z0-9+/]{43}/);
    expect(() => statSync(rig.path('known_hosts'))).toThrow();
  });

  it('says HOST_DOWN where nothing listens', async () => {
    expect((await refusal(rig.target(await freePort()))).code).toBe('HOST_DOWN');
  });

  it('records a new host key under the inventory name if asked to, and knows it the next time', async () => {
    const knownHosts = [rig.path('fresh/known_hosts')];
    const first = await connect(known({ knownHosts, strict: 'accept-new' }));
    expect(first.accepted).toBe('new');
    await first.close();
    expect(readFileSync(rig.path('fresh/known_hosts'), 'utf8')).toBe(`mostly ${rig.publicKey('host-ed')}\n`);
    expect(statSync(rig.path('fresh')).mode & 0o777).toBe(0o700);
    expect(statSync(rig.path('fresh/known_hosts')).mode & 0o777).toBe(0o600);
    const second = await connect(known({ knownHosts }));
    expect(second.accepted).toBeUndefined();
    await second.close();
  });

  it('refuses a changed host key, naming both fingerprints, file and line, even under accept-new', async () => {
    const file = rig.write('changed', `# comment\nmostly ${rig.publicKey('stranger')}\n`);
    for (const strict of ['yes', 'accept-new'] as const) {
      const error = await refusal(known({ knownHosts: [file], strict }));
      expect(error.code).toBe('HOST_KEY_CHANGED');
      expect(error.details.why?.match(/SHA256:/g)).toHaveLength(2);
      expect(error.details.place).toMatchObject({ file, line: 2 });
    }
    expect(readFileSync(file, 'utf8').split('\n')).toHaveLength(3);
  });

  it('asks for the type of host key that is known, so a host with two keys does not look changed', async () => {
    const connection = await connect(known({ knownHosts: [rig.write('rsa-known', `mostly ${rig.publicKey('host-rsa')}\n`)] }));
    await connection.close();
  });

  it('knows a hashed entry, and one under the address as ssh writes it', async () => {
    const hashed = rig.write('hashed', `mostly ${rig.publicKey('host-ed')}\n`);
    execFileSync('ssh-keygen', ['-q', '-H', '-f', hashed], { stdio: 'ignore' });
    expect(readFileSync(hashed, 'utf8')).toMatch(/^\|1\|/);
    await (await connect(known({ knownHosts: [hashed] }))).close();
    const address = rig.write('address', `[127.0.0.1]:${port} ${rig.publicKey('host-ed')}\n`);
    await (await connect(known({ knownHosts: [address] }))).close();
  });

  it('lets the inventory name decide before the address', async () => {
    const both = rig.write('both', `[127.0.0.1]:${port} ${rig.publicKey('host-ed')}\nmostly ${rig.publicKey('stranger')}\n`);
    expect((await refusal(known({ knownHosts: [both] }))).code).toBe('HOST_KEY_CHANGED');
  });

  it('refuses a revoked key and warns about @cert-authority', async () => {
    const file = rig.write('revoked', `mostly ${rig.publicKey('host-ed')}\n@revoked * ${rig.publicKey('host-ed')}\n`);
    const error = await refusal(known({ knownHosts: [file] }));
    expect([error.code, error.details.place?.line]).toEqual(['HOST_KEY_CHANGED', 2]);
    const authority = rig.write('authority', `@cert-authority mostly ${rig.publicKey('stranger')}\nmostly ${rig.publicKey('host-ed')}\n`);
    const connection = await connect(known({ knownHosts: [authority] }));
    expect(connection.warnings.join()).toContain('@cert-authority');
    await connection.close();
  });

  it('takes pinned keys, as line or fingerprint, instead of known_hosts', async () => {
    const first = await connect(known({ knownHosts: [], pinned: [rig.publicKey('host-ed')] }));
    await first.close();
    await (await connect(known({ knownHosts: [], pinned: [first.fingerprint] }))).close();
    const error = await refusal(known({ pinned: [rig.publicKey('stranger')] }));
    expect(error.code).toBe('HOST_KEY_CHANGED');
  });

  it('finds the right one of two host keys when only the fingerprint of the second is pinned', async () => {
    const rsa = await connect(known({ pinned: [rig.publicKey('host-rsa')] }));
    await rsa.close();
    await (await connect(known({ pinned: [rsa.fingerprint] }))).close();
  });

  it('records once where many connections meet the same new host at the same time', async () => {
    const file = rig.write('crowd', 'other ssh-ed25519 AAAA');
    const all = await Promise.all(Array.from({ length: 5 }, () => connect(known({ knownHosts: [file], strict: 'accept-new' }))));
    await Promise.all(all.map((c) => c.close()));
    expect(readFileSync(file, 'utf8')).toBe(`other ssh-ed25519 AAAA\nmostly ${rig.publicKey('host-ed')}\n`);
  });

  it('lists the keys tried by file and fingerprint where none is taken', async () => {
    const error = await refusal(known({ identities: [rig.path('stranger'), rig.path('missing')] }));
    expect(error.code).toBe('SSH_AUTH');
    expect(error.message).toContain(`@127.0.0.1:${port}`);
    expect(error.details.why).toMatch(/stranger SHA256:\S{43}/);
    expect(error.details.why).toMatch(/missing: not used, no such file/);
  });

  it('refuses a key file that others can read', async () => {
    const open = rig.write('open', readFileSync(rig.path('user-ed'), 'utf8'), 0o600);
    chmodSync(open, 0o640);
    const error = await refusal(known({ identities: [open] }));
    expect(error.code).toBe('SSH_KEY');
    expect(error.details.why).toContain('chmod 600');
  });

  it.each(['ed25519', 'ec', 'rsa'] as const)('logs in with a PKCS#8 %s key', async (type) => {
    const pair =
      type === 'ed25519'
        ? generateKeyPairSync('ed25519')
        : type === 'ec'
          ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
          : generateKeyPairSync('rsa', { modulusLength: 2048 });
    const path = rig.write(`pkcs8-${type}`, pair.privateKey.export({ format: 'pem', type: 'pkcs8' }).toString());
    const read = await readKeyFile(path);
    if (read.state !== 'key') throw new Error(read.why);
    appendFileSync(rig.path('main.authorized'), `${read.key.type} ${read.blob.toString('base64')}\n`);
    await (await connect(known({ identities: [path] }))).close();
  });

  it('says ssh-add for an encrypted key that no agent holds', async () => {
    const error = await refusal(known({ identities: [rig.path('user-locked')] }));
    expect(error.code).toBe('SSH_KEY');
    expect(error.details.next).toContain(`ssh-add ${rig.path('user-locked')}`);
  });

  it('uses an encrypted key through the agent, named by its file, before the other keys of the agent', async () => {
    const agent = rig.agent();
    rig.add(agent, rig.path('stranger'));
    rig.add(agent, rig.path('user-locked'), 'correct horse');
    rig.add(agent, rig.path('user-rsa'));
    const settings = { agent, identities: [rig.path('user-locked')], identitiesOnly: true };
    await (await connect(known(settings))).close();
    const { list } = await collectCandidates(known({ agent, identities: [rig.path('user-locked')] }));
    expect(list.map((c) => c.label)).toEqual([`${rig.path('user-locked')} (agent)`, 'agent: stranger', 'agent: user-rsa']);
    await (await connect(known({ agent, identities: [rig.path('user-rsa')] }))).close();
    await (await connect(known({ agent, identities: [] }))).close();
  });

  it('goes through a chain of jump hosts, each with its own host key and keys', async () => {
    const jump = await rig.sshd('jump', ['user-ec'], ['host-rsa']);
    const file = rig.write('chain', `gate ${rig.publicKey('host-rsa')}\nmostly ${rig.publicKey('host-ed')}\n`);
    const gate = rig.target(jump, { name: 'gate', knownHosts: [file], identities: [rig.path('user-ec')] });
    const connection = await connect(known({ knownHosts: [file], jumps: [gate, { ...gate }] }));
    const shell = await connection.openShell();
    expect(await say(shell, 'echo through\n')).toBe('through\n');
    await connection.close();
    const wrong = { ...gate, knownHosts: [rig.write('none', '')] };
    const error = await refusal(known({ knownHosts: [file], jumps: [gate, wrong] }));
    expect([error.code, error.details.host]).toEqual(['HOST_KEY_UNKNOWN', 'gate']);
    const down = await refusal(known({ knownHosts: [file], jumps: [gate], port: await freePort() }));
    expect(down.code).toBe('HOST_DOWN');
    expect(down.message).toContain('through gate');
  });

  it('tells the shell when the connection goes away', async () => {
    const connection = await connect(known());
    const shell = await connection.openShell();
    shell.write('echo $PPID\n');
    let sshd = 0;
    for await (const chunk of shell.output) {
      sshd = Number(Buffer.from(chunk).toString());
      break;
    }
    process.kill(sshd, 'SIGKILL');
    const end = await shell.closed;
    expect(end.exit).toBeUndefined();
    expect((end.error as ProvisionError).code).toBe('SSH_LOST');
    await expect(connection.openShell()).rejects.toMatchObject({ code: 'SSH_LOST' });
    await connection.close();
  });

  it('opens a second shell on the same connection', async () => {
    const connection = await connect(known());
    const shells = await Promise.all([connection.openShell(), connection.openShell()]);
    expect(await Promise.all(shells.map((s, i) => say(s, `echo ${i}\n`)))).toEqual(['0\n', '1\n']);
    await connection.close();
  });

  it('carries the wire program to a real /bin/sh and back', async () => {
    const connection = await connect(known());
    const session = await openSession(await connection.openShell());
    const result = await session.run([{ verb: 'probe', id: 'uid', words: ['id', '-u'] }]);
    expect(result.status).toBe('done');
    const record = result.records.get('uid');
    expect([record?.exit, Buffer.from(record?.stdout ?? []).toString()]).toEqual([0, `${process.getuid?.()}\n`]);
    await session.close();
    await connection.close();
  });
});
