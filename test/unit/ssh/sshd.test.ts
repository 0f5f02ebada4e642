import { readFileSync, statSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ProvisionError } from '../../../src/errors/error.js';
import type { ShellChannel } from '../../../src/model/wire.js';
import { connect } from '../../../src/ssh/connect.js';
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
});
