/** What an installer asks a host to do, on every simulated kind: folders, keys, the home of an account, crontab, the time. */
import ssh2 from 'ssh2';
import { describe, expect, it } from 'vitest';
import { compilePhase } from '../../../src/script/compile.js';
import { preludeText } from '../../../src/script/prelude.js';
import { SimulatedHost } from '../../../src/twin/host.js';
import { Internet } from '../../../src/twin/internet.js';
import { twinKinds } from '../../../src/twin/twin.js';
import { WireShell } from '../../../src/twin/wire.js';

const host = (system: string, internet = new Internet()) => new SimulatedHost({ name: 'a', system, addresses: ['203.0.113.1'] }, internet);

/** Exit status, and both outputs together. */
function ran(on: SimulatedHost, ...words: string[]): [number, string] {
  const { exit, stdout, stderr } = on.exec(words);
  return [exit, stdout + stderr];
}

const FOLDER = '/var/db/provision/pair';

describe.each(twinKinds())('%s', (kind) => {
  it('makes and takes away folders, and remembers their modes', () => {
    const on = host(kind);
    expect(ran(on, 'mkdir', FOLDER)).toEqual([1, expect.stringContaining('No such file or directory')]);
    expect(ran(on, 'mkdir', '-p', '-m', '0700', FOLDER)).toEqual([0, '']);
    expect(ran(on, 'ls', '-ldn', FOLDER)).toEqual([0, expect.stringMatching(/^drwx------ +\d+ 0 +0 .*pair\n$/)]);
    expect(ran(on, 'ls', '-ldn', '/var/db/provision')[1]).toMatch(/^drwxr-xr-x /);
    expect(ran(on, 'mkdir', FOLDER)).toEqual([1, expect.stringContaining('File exists')]);
    expect(ran(on, 'mkdir', '-p', FOLDER)).toEqual([0, '']);
    on.reboot();
    expect(ran(on, 'chmod', '0750', FOLDER)).toEqual([0, '']);
    expect(ran(on, 'ls', '-ldn', FOLDER)[1]).toMatch(/^drwxr-x---/);
    on.system.files.write(`${FOLDER}/x`, 'x', 0o644);
    expect(ran(on, 'chmod', '600', `${FOLDER}/x`)).toEqual([0, '']);
    expect(ran(on, 'ls', '-ln', `${FOLDER}/x`)[1]).toMatch(/^-rw------- +1 0 +0 /);
    expect(ran(on, 'rmdir', FOLDER)).toEqual([1, expect.stringContaining('Directory not empty')]);
    expect(ran(on, 'rm', FOLDER)[0]).toBe(1);
    expect(ran(on, 'rm', '-f', `${FOLDER}/x`, `${FOLDER}/y`)).toEqual([0, '']);
    expect(ran(on, 'rm', `${FOLDER}/y`)).toEqual([1, expect.stringContaining('No such file')]);
    expect(ran(on, 'rmdir', FOLDER)).toEqual([0, '']);
    expect(ran(on, 'test', '-d', FOLDER)[0]).toBe(1);
  });

  it('makes a key that can sign, once, of a type that its OpenSSH knows', () => {
    const on = host(kind);
    const [exit, version] = ran(on, 'ssh', '-V');
    expect([exit, version]).toEqual([0, expect.stringMatching(/^OpenSSH_\d+\.\d+/)]);
    const modern = Number(/_(\d+\.\d+)/.exec(version)?.[1]) >= 6.5;
    on.exec(['mkdir', '-p', FOLDER]);
    const make = (type: string) => ran(on, 'ssh-keygen', '-q', '-t', type, '-N', '', '-C', 'updater of pair', '-f', `${FOLDER}/key`);
    if (!modern) expect(make('ed25519')).toEqual([1, 'unknown key type ed25519\n']);
    const type = modern ? 'ed25519' : 'rsa';
    expect(make(type)).toEqual([0, '']);
    expect(make(type)).toEqual([1, expect.stringContaining('already exists')]);
    const key = ssh2.utils.parseKey(on.system.files.read(`${FOLDER}/key`) ?? '');
    if (key instanceof Error) throw key;
    expect(on.system.files.read(`${FOLDER}/key.pub`)).toBe(`ssh-${type} ${key.getPublicSSH().toString('base64')} updater of pair\n`);
    expect([on.system.files.get(`${FOLDER}/key`)?.mode, on.system.files.get(`${FOLDER}/key.pub`)?.mode]).toEqual([0o600, 0o644]);
    expect(ran(on, 'ssh-keygen', '-y', '-f', `${FOLDER}/key`)).toEqual([0, on.system.files.read(`${FOLDER}/key.pub`)]);
  });

  it('knows where accounts are at home, what cron has, the time; and no other shell line', () => {
    const internet = new Internet();
    internet.clock = () => 1_800_000_000_999;
    const on = host(kind, internet);
    const home = (user: string) => ran(on, 'sh', '-c', 'eval echo "~$1"', 'sh', user);
    expect([home('root'), home('pat')]).toEqual([
      [0, '/root\n'],
      [0, '/home/pat\n'],
    ]);
    expect(home('x; reboot')[0]).toBe(127);
    expect(ran(on, 'sh', '-c', 'echo "~$1"', 'sh', 'root')[0]).toBe(127);
    expect(ran(on, 'crontab', '-l')).toEqual([1, expect.stringMatching(/^(crontab: )?no crontab for root\n$/)]);
    on.system.files.write('/tmp/tab', '# ours\n*/5 * * * * /var/db/provision/pair/updater\n');
    expect(ran(on, 'crontab', '/tmp/tab')).toEqual([0, '']);
    on.system.files.write('/tmp/tab', 'hello\n');
    expect(ran(on, 'crontab', '/tmp/tab')).toEqual([1, expect.stringContaining('bad minute')]);
    expect(ran(on, 'crontab', '/tmp/none')[0]).toBe(1);
    on.reboot();
    expect(ran(on, 'crontab', '-l')).toEqual([0, '# ours\n*/5 * * * * /var/db/provision/pair/updater\n']);
    expect(ran(on, 'date', '+%s')).toEqual([0, '1800000000\n']);
    expect([ran(on, 'test', '-x', '/usr/bin/ssh-keygen')[0], ran(on, 'test', '-x', '/usr/bin/node')[0]]).toEqual([0, 1]);
  });
});

it('a content without figures is taken as it is, in a script and over the wire', async () => {
  const on = host('NetBSD 9.3');
  const mark = '0123456789abcdef0123456789abcdef';
  let out = '';
  const end = new Promise<number>((exit) => {
    const shell = new WireShell(on, 0, {
      write: (bytes) => {
        out += bytes.toString();
      },
      writeError: () => undefined,
      exit,
    });
    const content = Buffer.from('203.0.113.9\n');
    const phase = compilePhase(
      1,
      mark,
      [
        { verb: 'put', id: 'put', mode: '0600', path: '/etc/one', content },
        { verb: 'block', id: 'block', path: '/etc/two', name: 'pair', content },
      ],
      { open: true },
    );
    expect(phase).toContain("'/etc/one' - - plain <<");
    shell.feed(Buffer.from(preludeText({ mark, dir: 'e'.repeat(32) }) + phase));
    shell.end();
  });
  expect([await end, out]).toEqual([0, expect.stringContaining('end 0001 done -')]);
  const { files } = on.system;
  expect(['/etc/one', '/etc/two'].map((path) => files.read(path))).toEqual([
    '203.0.113.9\n',
    '# BEGIN provision pair\n203.0.113.9\n# END provision pair\n',
  ]);
});
