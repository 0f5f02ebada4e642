/** The receiver on simulated hosts: what it is asked for decides what is changed; what it says is true. */
import { describe, expect, it } from 'vitest';
import type { TwinHost } from '../../../src/twin/host.js';
import { stateOf } from '../rig.js';
import { FIRST, FIXED, GUARD, HOME, installReceiver, login, NEXT, request, type Updated, withUpdater } from './rig.js';

const KINDS = ['Debian 12', 'NetBSD 1.5.2', 'FreeBSD 13.2', 'OpenBSD 7.5'];

/** Without what the receiver itself writes. */
function tunnelAndFiles(host: TwinHost): string {
  const all = JSON.parse(JSON.stringify(stateOf(host))) as { files: Record<string, unknown> };
  for (const name of ['receiver.log', 'recent', 'address']) delete all.files[`${HOME}/${name}`];
  return JSON.stringify(all);
}

const said = async (answer: Promise<{ readonly exit: number; readonly out: string }>): Promise<[number, string]> => {
  const { exit, out } = await answer;
  return [exit, out.trim()];
};

/** Points the tunnel to nobody. */
function elsewhere(kind: string): string[] {
  if (kind === 'Debian 12') return ['ip', 'link', 'set', 'gre1', 'type', 'gre', 'local', FIXED, 'remote', '203.0.113.77', 'ttl', '64'];
  const greconfig = kind === 'NetBSD 1.5.2';
  return greconfig ? ['/usr/sbin/greconfig', '-i', 'gre1', '-s', FIXED, '-d', '203.0.113.77'] : ['ifconfig', 'gre1', 'tunnel', FIXED, '203.0.113.77'];
}

const arrive = ({ twin, moveOwn }: Updated): Promise<void> => {
  twin.readdress('right', NEXT);
  return moveOwn({ local: FIRST, remote: FIXED }, { local: NEXT, remote: FIXED });
};

describe.each(KINDS)('the receiver on %s', (kind) => {
  it('carries out no number twice, none that is older, and says what is in use', () =>
    withUpdater(kind, 'Debian 12', async (updated) => {
      const { ask, fixed } = updated;
      expect(await said(ask('provision 1 see'))).toEqual([0, `provision 1 seen ${FIRST} 0 ${FIRST}`]);
      expect(await said(ask('provision 1 move 4'))).toEqual([0, `provision 1 same 4 ${FIRST}`]);
      await arrive(updated);
      expect(await said(ask('provision 1 see'))).toEqual([0, `provision 1 seen ${NEXT} 4 ${FIRST}`]);
      expect(await said(ask('provision 1 move 5'))).toEqual([0, `provision 1 done 5 ${NEXT} confirmed`]);
      const changes = () => fixed.log.filter(({ words }) => words.includes(NEXT)).length;
      const before = [tunnelAndFiles(fixed), changes()];
      expect(await said(ask('provision 1 move 5'))).toEqual([0, `provision 1 done 5 ${NEXT} confirmed`]);
      expect(await said(ask('provision 1 move 4'))).toEqual([1, 'provision 1 stale 5']);
      expect(await said(ask('provision 1 move 6'))).toEqual([0, `provision 1 same 6 ${NEXT}`]);
      expect([tunnelAndFiles(fixed), changes()]).toEqual(before);
      expect(fixed.system.files.read(`${HOME}/address`)).toMatch(new RegExp(`^6 ${NEXT} confirmed \\d{10}\n$`));
      expect(fixed.syslog).toContain(`provision: updater of pair: ${NEXT} asked: provision 1 move 5: done 5 ${NEXT} confirmed`);
    }));

  it('keeps an address that SSH itself came from, ping or no ping, and takes back one that was only named', () =>
    withUpdater(
      kind,
      'Debian 12',
      async ({ twin, fixed, ask, pings }) => {
        const before = tunnelAndFiles(fixed);
        expect(await said(ask('provision 1 move 1 198.51.100.66'))).toEqual([1, 'provision 1 failed unconfirmed']);
        expect([tunnelAndFiles(fixed), pings()]).toEqual([before, [true, true]]);
        expect(await said(ask('provision 1 move 1 198.51.100.66'))).toEqual([1, 'provision 1 failed unconfirmed']);
        twin.readdress('right', NEXT);
        expect(await said(ask('provision 1 move 2'))).toEqual([0, `provision 1 done 2 ${NEXT} unconfirmed`]);
        expect(tunnelAndFiles(fixed)).not.toEqual(before);
      },
      { any: true },
    ));

  it('points the tunnel again where somebody has changed it meanwhile', () =>
    withUpdater(kind, 'Debian 12', async ({ fixed, ask, pings }) => {
      fixed.reboot();
      fixed.exec(elsewhere(kind));
      expect(pings()).toEqual([false, false]);
      expect(await said(ask('provision 1 move 1'))).toEqual([0, `provision 1 done 1 ${FIRST} confirmed`]);
      expect(pings()).toEqual([true, true]);
    }));

  it('takes back a change that the host refuses, and says so', () =>
    withUpdater(kind, 'Debian 12', async (updated) => {
      const { twin, fixed, ask } = updated;
      const before = tunnelAndFiles(fixed);
      twin.readdress('right', NEXT);
      fixed.faults.refuse.push({ match: (words) => words.includes(NEXT), exit: 1, stderr: 'no\n' });
      expect(await said(ask('provision 1 move 1'))).toEqual([1, 'provision 1 failed point']);
      expect(tunnelAndFiles(fixed)).toEqual(before);
      fixed.faults.refuse.length = 0;
      expect((await said(ask('provision 1 move 1')))[0]).toBe(0);
    }));
});

describe('the receiver on a simulated host', () => {
  it('is busy while a run holds the link', () =>
    withUpdater('NetBSD 9.3', 'Debian 12', async (updated) => {
      const { fixed, ask } = updated;
      await arrive(updated);
      fixed.guards.arm(
        GUARD,
        { run: 'abcdef01', holder: 'somebody', seconds: 60, script: '', keep: '/var/db/provision' },
        { phase: () => Promise.resolve('done'), drop: () => undefined },
      );
      expect(await said(ask('provision 1 move 1'))).toEqual([1, 'provision 1 busy 10']);
      fixed.guards.disarm(GUARD, 'abcdef01');
      expect(await said(ask('provision 1 move 1'))).toEqual([0, `provision 1 done 1 ${NEXT} confirmed`]);
    }));

  it('takes ten moves in a minute and no more, and says when to come again', () =>
    withUpdater('OpenBSD 7.5', 'Debian 12', async ({ rig, ask }) => {
      let now = 1_800_000_000_000;
      rig.internet.clock = () => now;
      for (let seq = 1; seq <= 10; seq += 1) expect(await said(ask(`provision 1 move ${seq}`))).toEqual([0, `provision 1 same ${seq} ${FIRST}`]);
      now += 20_000;
      expect(await said(ask('provision 1 move 11'))).toEqual([1, 'provision 1 busy 40']);
      expect((await said(ask('provision 1 see')))[0]).toBe(0);
      now += 40_000;
      expect(await said(ask('provision 1 move 11'))).toEqual([0, `provision 1 same 11 ${FIRST}`]);
    }));

  it('brings a move to its end where the line is cut, and gives the same answer to whoever asks again', () =>
    withUpdater('NetBSD 9.3', 'Debian 12', async (updated) => {
      const { fixed, ask } = updated;
      await arrive(updated);
      fixed.faults.cuts.push({ when: 'before', match: ['ifconfig', 'gre1', 'tunnel'] });
      expect(await said(ask('provision 1 move 1'))).toEqual([-1, '']);
      expect(await said(ask('provision 1 move 1'))).toEqual([0, `provision 1 done 1 ${NEXT} confirmed`]);
      expect(fixed.log.filter(({ words }) => words.includes(NEXT))).toHaveLength(1);
    }));

  it('is ready again after a loss of power in the middle', () =>
    withUpdater('FreeBSD 13.2', 'Debian 12', async (updated) => {
      const { fixed, ask, pings } = updated;
      await arrive(updated);
      fixed.faults.cuts.push({ when: 'after', match: ['ifconfig', 'gre1', 'tunnel'], powerLoss: true });
      expect(await said(ask('provision 1 move 1'))).toEqual([-1, '']);
      expect(pings()).toEqual([false, false]);
      expect(await said(ask('provision 1 move 1'))).toEqual([0, `provision 1 done 1 ${NEXT} confirmed`]);
      expect(pings()).toEqual([true, true]);
    }));

  it.each([
    'the same number',
    'another number',
  ])('points the tunnel again after power was lost before the boot files were written, asked by %s', (by) =>
    withUpdater('Debian 12', 'Debian 12', async (updated) => {
      const { fixed, ask, pings } = updated;
      await arrive(updated);
      fixed.faults.onCall = (call, when) => (call.verb === 'put' && when === 'before' ? 'power' : 'go');
      expect(await said(ask('provision 1 move 1'))).toEqual([-1, '']);
      fixed.faults.onCall = () => 'go';
      expect([pings(), fixed.system.files.read(`${HOME}/address`)]).toEqual([[false, false], expect.stringContaining('unkept')]);
      const seq = by === 'the same number' ? 1 : 2;
      expect(await said(ask(`provision 1 move ${seq}`))).toEqual([0, `provision 1 done ${seq} ${NEXT} confirmed`]);
      expect(pings()).toEqual([true, true]);
      fixed.reboot();
      expect(pings()).toEqual([true, true]);
    }));

  it('says that boot files could not be written, and writes them when it is asked again', () =>
    withUpdater('Debian 12', 'Debian 12', async (updated) => {
      const { fixed, ask } = updated;
      await arrive(updated);
      fixed.faults.onCall = (call, when) => (call.verb === 'put' && when === 'before' ? 'refuse' : 'go');
      expect(await said(ask('provision 1 move 1'))).toEqual([1, 'provision 1 failed boot']);
      fixed.faults.onCall = () => 'go';
      expect(await said(ask('provision 1 move 1'))).toEqual([0, `provision 1 done 1 ${NEXT} confirmed`]);
      expect(fixed.system.files.read('/etc/network/interfaces.d/provision-gre1')).toContain(NEXT);
    }));

  it('lets one request wait for another', () =>
    withUpdater('Debian 12', 'Debian 12', async (updated) => {
      const { fixed, ask } = updated;
      await arrive(updated);
      fixed.faults.delayMs = 100;
      const answers = await Promise.all([ask('provision 1 move 1'), ask('provision 1 move 1')]);
      expect(answers.map((a) => a.out.trim())).toEqual([1, 2].map(() => `provision 1 done 1 ${NEXT} confirmed`));
      expect(fixed.log.filter(({ words }) => words.includes(NEXT))).toHaveLength(1);
    }));

  it.each([
    ['NetBSD 9.3', 127, "/bin/sh: Can't open "],
    ['Debian 12', 2, '/bin/sh: 0: cannot open '],
  ])('that is missing or damaged on %s is what sh says of it', (kind, exit, text) =>
    withUpdater(kind, 'Debian 12', async ({ fixed, ask }) => {
      const { files } = fixed.system;
      const path = `${HOME}/receiver`;
      const whole = files.read(path) ?? '';
      for (const length of [10, whole.length / 2, whole.length - 5]) {
        files.write(path, whole.slice(0, length), 0o700);
        const { exit: status, out, err } = await ask('provision 1 move 1');
        expect([status, out, err]).toEqual([2, '', expect.stringContaining('Syntax error')]);
      }
      files.remove(path);
      const missing = await ask('provision 1 move 1');
      expect([missing.exit, missing.out, missing.err]).toEqual([exit, '', expect.stringContaining(text + path)]);
      expect(fixed.syslog).toEqual([]);
    }));

  it('runs by sudo where the account is not root, and not where sudo says no', () =>
    withUpdater('Debian 12', 'Debian 12', async ({ twin, fixed, dynamic, key }) => {
      const command = `exec /bin/sh -c 'exec sudo -n /bin/sh ${HOME}/receiver \\"$SSH_CONNECTION\\" \\"$SSH_ORIGINAL_COMMAND\\"'`;
      installReceiver(fixed, dynamic.system.files.read(`${HOME}/updater.key.pub`) ?? '', { command });
      fixed.system.files.rename('/root/.ssh/authorized_keys', '/home/pat/.ssh/authorized_keys');
      fixed.faults.uid = 1000;
      const { port } = await twin.dial('right', 'left');
      await expect(login(port, key)).rejects.toThrow();
      const client = await login(port, key, 'pat');
      expect((await request(client, 'provision 1 see')).out).toBe(`provision 1 seen ${FIRST} 0 ${FIRST}\n`);
      fixed.faults.sudo = 'password';
      expect(await request(client, 'provision 1 see')).toEqual({ exit: 1, out: '', err: 'sudo: a password is required\n' });
      client.end();
    }));
});
