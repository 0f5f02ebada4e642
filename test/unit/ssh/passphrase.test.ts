/** The command of `ssh.passphrase`: what it must print, and that nothing it prints is told. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ProvisionError } from '../../../src/errors/error.js';
import { parseInventory } from '../../../src/inventory/load.js';
import { connect } from '../../../src/ssh/connect.js';
import { Passphrases } from '../../../src/ssh/passphrase.js';
import { resolveTarget } from '../../../src/ssh/target.js';
import { hasSshd, Rig } from './rig.js';

const folder = mkdtempSync(join(tmpdir(), 'passphrase-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const sh = (code: string, ...words: string[]): readonly string[] => ['/bin/sh', '-c', code, 'sh', ...words];
const ask = (command: readonly string[]): Promise<string> => new Passphrases().of(command)();

describe('a passphrase command', () => {
  it('gives its one line, whatever it holds', async () => {
    expect(await ask(sh(`printf '%s\\r\\n' 'correct  horse $(x)'`))).toBe('correct  horse $(x)');
  });

  it('is run by no shell', async () => {
    expect(await ask(['/bin/echo', '$HOME;`id`'])).toBe('$HOME;`id`');
  });

  it.each([
    ['prints nothing', sh('true'), 'printed nothing'],
    ['prints two lines', sh('echo hunter2; echo hunter2'), 'printed more than one line'],
    ['prints much', sh('while :; do echo hunter2; done'), 'printed more than 1024 bytes'],
    ['fails', sh('echo hunter2; echo hunter2 >&2; exit 3'), 'ended with exit status 3'],
    ['is not there', ['/nowhere/pass'], 'is not there'],
  ])('that %s is told without what it printed', async (_name, command, said) => {
    const error = await ask(command).then(
      () => new Error('it gave one'),
      (e: unknown) => e as Error,
    );
    expect(error.message).toBe(said);
    expect(JSON.stringify(error) + String(error.stack)).not.toContain('hunter2');
  });

  it('is run once for all hosts of a run', async () => {
    const file = join(folder, 'count');
    const command = sh('printf x >>"$1"; echo p', file);
    const all = new Passphrases();
    expect(await Promise.all([all.of(command)(), all.of([...command])()])).toEqual(['p', 'p']);
    expect(readFileSync(file, 'utf8')).toBe('x');
  });

  it('is not run by working out how to reach a host', () => {
    const mark = join(folder, 'ran');
    const text = `hosts: { a: { address: 203.0.113.1, ssh: { passphrase: { command: [touch, ${mark}] } } } }\n`;
    const inventory = parseInventory([{ file: 'i.yaml', text }]);
    const host = inventory.hosts.get('a');
    if (host === undefined) throw new Error('no host');
    const options = { acceptNew: false, homeDir: folder, env: {}, configFile: 'none', systemConfigFile: join(folder, 'none') };
    expect(resolveTarget(host, inventory, options).passphrase).toBeTypeOf('function');
    expect(existsSync(mark)).toBe(false);
  });
});

describe.skipIf(!hasSshd)('an encrypted key with a passphrase command, against a real sshd', () => {
  const rig = new Rig();
  let port = 0;
  beforeAll(async () => {
    rig.key('host-ed');
    rig.key('plain');
    rig.key('locked', 'ed25519', { passphrase: 'correct horse' });
    rig.key('locked-pem', 'ecdsa', { passphrase: 'correct horse', pem: true });
    port = await rig.sshd('main', ['plain', 'locked', 'locked-pem'], ['host-ed']);
    rig.write('known', `mostly ${rig.publicKey('host-ed')}\n`);
  });
  afterAll(() => rig.stop());

  const target = (keys: readonly string[], passphrase: () => Promise<string>) =>
    rig.target(port, { knownHosts: [rig.path('known')], identities: keys.map((k) => rig.path(k)), passphrase });
  const command = (text: string) => new Passphrases().of(['/bin/echo', text]);

  it.each(['locked', 'locked-pem'])('%s logs in', async (key) => {
    await (await connect(target([key], command('correct horse')))).close();
  });

  it('is not asked where another key was taken before', async () => {
    const never = (): Promise<string> => Promise.reject(new Error('it was asked'));
    await (await connect(target(['plain', 'locked'], never))).close();
  });

  it.each([
    ['a wrong passphrase', command('battery staple'), 'the passphrase does not open it', 'Mend the key file'],
    ['a command that fails', new Passphrases().of(sh('exit 1')), 'its passphrase command ended with exit status 1', 'by hand'],
  ])('%s is an error that names the key and not the passphrase', async (_name, passphrase, why, next) => {
    const error = await connect(target(['locked'], passphrase)).then(
      () => undefined,
      (e: unknown) => e as ProvisionError,
    );
    expect([error?.code, error?.details.why, error?.details.next]).toEqual(['SSH_KEY', expect.stringContaining(why), expect.stringContaining(next)]);
    expect(JSON.stringify(error?.report())).not.toContain('battery staple');
  });
});
