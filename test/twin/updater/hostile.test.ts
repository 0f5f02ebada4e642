/** A stolen key of the updater: what it is good for is what docs/updater.md says, nothing else. */
import { describe, expect, it } from 'vitest';
import { makeKey } from '../../../src/twin/keys.js';
import { stateOf } from '../rig.js';
import { FIRST, FIXED, HOME, installReceiver, login, NEXT, request, type Updated, withUpdater } from './rig.js';

const KINDS = ['Debian 12', 'NetBSD 1.5.2', 'FreeBSD 13.2', 'OpenBSD 7.5'];

/** What the receiver writes at every request is its log. */
function stateBut(updated: Updated): string {
  const all = JSON.parse(JSON.stringify(stateOf(updated.fixed))) as { files: Record<string, unknown> };
  delete all.files[`${HOME}/receiver.log`];
  return JSON.stringify([all, updated.fixed.log.length]);
}

const REQUESTS: readonly (readonly [string, string])[] = [
  ['sh', 'request'],
  ['/bin/sh -i', 'request'],
  ['exec /bin/sh', 'request'],
  ['exec sudo -n -- /bin/sh', 'request'],
  ['scp -t /etc', 'request'],
  ['reboot', 'request'],
  ['provision', 'version'],
  ['provision 2 move 1', 'version'],
  ['provision 1', 'request'],
  ['provision 1 move', 'request'],
  ['provision 1 move x', 'request'],
  ['provision 1 move -1', 'request'],
  ['provision 1 move 1234567890', 'request'],
  ['provision 1 move 1 203.0.113.9 203.0.113.10', 'request'],
  ['provision 1 see all', 'request'],
  ['PROVISION 1 see', 'request'],
  ['provision 1 move 1; reboot', 'request'],
  ['provision 1 move 1\nreboot', 'request'],
  ['provision 1 move $(reboot)', 'request'],
  ['provision 1 move `id`', 'request'],
  ["provision 1 move 1 '", 'request'],
  [`provision 1 move 1 ${'9'.repeat(100)}`, 'request'],
  ['provision 1 move 1 203.0.113.9', 'given'],
  ['provision 1 move 1 fe80', 'given'],
];

const ADDRESSES: readonly (readonly [string, string])[] = [
  ['fe80', 'family'],
  ['203.0.113', 'family'],
  ['203.0.113.256', 'family'],
  ['203.0.113.09', 'family'],
  ['0.0.0.0', 'family'],
  ['127.0.0.1', 'family'],
  ['224.0.0.5', 'family'],
  ['255.255.255.255', 'family'],
  ['10.1.2.3', 'private'],
  ['192.168.1.1', 'private'],
  ['172.31.0.1', 'private'],
  ['169.254.1.1', 'private'],
  ['100.64.0.1', 'private'],
  [FIXED, 'own'],
  ['10.1.12.38', 'own'],
];

describe.each(KINDS)('the key of an updater on %s', (kind) => {
  it('gets nothing but the receiver: each other request is refused and logged, and nothing changes', () =>
    withUpdater(kind, 'Debian 12', async (updated) => {
      const { connect, fixed } = updated;
      const client = await connect();
      const before = stateBut(updated);
      for (const [asked, code] of REQUESTS) {
        const { exit, out, err } = await request(client, asked);
        expect([asked, exit, out, err]).toEqual([asked, 1, `provision 1 refused ${code}\n`, '']);
        expect(fixed.syslog.at(-1)).toMatch(new RegExp(`^provision: updater of pair: ${FIRST} asked: [ -~]*: refused ${code}$`));
      }
      client.end();
      expect(stateBut(updated)).toEqual(before);
    }));

  it('names no address that cannot be the other end, even where it may name one', () =>
    withUpdater(
      kind,
      'Debian 12',
      async (updated) => {
        const client = await updated.connect();
        const before = stateBut(updated);
        for (const [address, code] of ADDRESSES) {
          const { exit, out } = await request(client, `provision 1 move 1 ${address}`);
          expect([address, exit, out]).toEqual([address, 1, `provision 1 refused ${code}\n`]);
        }
        client.end();
        expect(stateBut(updated)).toEqual(before);
      },
      { any: true },
    ));

  it('opens no shell, no terminal, no subsystem, no forwarding and no other account', () =>
    withUpdater(kind, 'Debian 12', async ({ twin, key, fixed }) => {
      const { port } = await twin.dial('right', 'left');
      await expect(login(port, key, 'pat')).rejects.toThrow(/authentication/i);
      const client = await login(port, key);
      const commands = fixed.log.length;
      expect((await request(client, 'shell', 'reboot\n')).out).toBe('provision 1 refused request\n');
      expect((await request(client, { subsystem: 'sftp' })).out).toBe('provision 1 refused request\n');
      const fails = (begin: (done: (error?: Error) => void) => unknown): Promise<boolean> =>
        new Promise((resolve) => begin((error) => resolve(error !== undefined && error !== null)));
      expect(await fails((done) => client.exec('provision 1 see', { pty: true }, done))).toBe(true);
      expect(await fails((done) => client.exec('provision 1 see', { x11: true }, done))).toBe(true);
      expect(await fails((done) => client.forwardOut('127.0.0.1', 1, '127.0.0.1', 22, done))).toBe(true);
      expect(await fails((done) => client.forwardIn('127.0.0.1', 0, done))).toBe(true);
      expect(fixed.log.length).toBe(commands);
      client.end();
    }));
});

describe('a line of authorized_keys', () => {
  const withLine = (
    kind: string,
    line: (key: string) => string,
    work: (updated: Updated, log: () => Promise<string>) => Promise<void>,
    mode = 0o600,
  ) =>
    withUpdater(kind, 'Debian 12', async (updated) => {
      const { twin, fixed } = updated;
      const { privateKey, publicKey } = makeKey();
      fixed.system.files.write('/root/.ssh/authorized_keys', `# a comment\n\n${line(publicKey)}\n`, mode);
      const { port } = await twin.dial('right', 'left');
      await work(updated, async () => {
        try {
          const client = await login(port, privateKey);
          const { out } = await request(client, 'uname -s');
          client.end();
          return out.trim();
        } catch {
          return 'no login';
        }
      });
    });
  const receiver = `command="/bin/sh ${HOME}/receiver"`;
  const answered = 'provision 1 refused request';

  it.each([
    ['a bare key', 'Debian 12', (key: string) => `${key} somebody`, 'Linux'],
    ['options in any case, blanks in quotes', 'Debian 12', (key: string) => `No-PTY,${receiver},no-X11-forwarding ${key} a b`, answered],
    ['an unknown option', 'Debian 12', (key: string) => `restricted,${receiver} ${key}`, 'no login'],
    ['a quote that is not closed', 'Debian 12', (key: string) => `command="/bin/sh ${key}`, 'no login'],
    ['restrict before OpenSSH 7.2', 'FreeBSD 9.3', (key: string) => `restrict,${receiver} ${key}`, 'no login'],
    ['an ed25519 key before OpenSSH 6.5', 'NetBSD 1.5.2', (key: string) => `no-pty,${receiver} ${key}`, 'no login'],
    ['from= another address', 'Debian 12', (key: string) => `from="203.0.113.7,10.*",${receiver} ${key}`, 'no login'],
    ['from= this address', 'Debian 12', (key: string) => `from="203.0.113.?",${receiver} ${key}`, answered],
    ['a second line for the same key', 'Debian 12', (key: string) => `wrong ${key}\nrestrict,${receiver} ${key}`, answered],
  ])('with %s', (_name, kind, line, wanted) => withLine(kind, line, async (_, log) => expect(await log()).toBe(wanted)));

  it('is not read from a file that others may write', () =>
    withLine(
      'Debian 12',
      (key) => key,
      async (_, log) => expect(await log()).toBe('no login'),
      0o664,
    ));
});

it('a receiver whose key was taken away answers nobody', () =>
  withUpdater('Debian 12', 'Debian 12', async ({ fixed, dynamic, ask }) => {
    installReceiver(fixed, dynamic.system.files.read(`${HOME}/updater.key.pub`) ?? '');
    fixed.exec(['rm', '-f', '/root/.ssh/authorized_keys']);
    await expect(ask(`provision 1 move 1 ${NEXT}`)).rejects.toThrow(/authentication/i);
  }));
