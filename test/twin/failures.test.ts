/**
 * What can go wrong between two hosts, each with its own code, exit status and a sentence that says what to do; and what is claimed of the hosts
 * afterwards is what they are.
 */
import { describe, expect, it } from 'vitest';
import type { ErrorCode } from '../../src/errors/catalogue.js';
import { parseInventory } from '../../src/inventory/load.js';
import { makeKey } from '../../src/twin/keys.js';
import { pairInventory, pairLink } from './pair.js';
import { expectError, expectTruth, type Rig, stateOf, withPair } from './rig.js';

const LEFT = 'FreeBSD 13.2';
const RIGHT = 'Debian 12';
const states = (rig: Rig): unknown[] => [stateOf(rig.host('left')), stateOf(rig.host('right'))];

async function refusal(rig: Rig, code: ErrorCode, exit: number | readonly number[] = 1) {
  const before = states(rig);
  const outcome = await rig.run('link');
  const error = expectError(outcome, code, exit);
  expectTruth(outcome, before, states(rig));
  return { outcome, error };
}

const asUser = (become: string) =>
  parseInventory([
    {
      file: 'i.yaml',
      text: `
hosts:
  left: { address: 203.0.113.1, twin: "${LEFT}"${become === '' ? '' : `, ssh: { become: ${become} }`} }
  right: { address: 203.0.113.2, twin: "${RIGHT}" }
${pairLink()}`,
    },
  ]);

describe('a host that cannot be reached', () => {
  it('says HOST_DOWN for a host without power', () =>
    withPair(LEFT, RIGHT, async (rig) => {
      rig.host('right').powerOff();
      const { outcome, error } = await refusal(rig, 'HOST_DOWN');
      expect(outcome.state).toBe('unchanged');
      expect(error.host).toBe('right');
    }));

  it('says HOST_DOWN for a port that nobody listens on', () =>
    withPair(LEFT, RIGHT, async (rig) => {
      const outcome = await rig.run(
        'link',
        rig.reached((e, host) => (host === 'right' ? { ...e, port: 1 } : e)),
      );
      expect(expectError(outcome, 'HOST_DOWN').host).toBe('right');
      expect(outcome.state).toBe('unchanged');
    }));

  it('says that a host which takes the connection and then says nothing is down, within the time given', () =>
    withPair(LEFT, RIGHT, async (rig) => {
      rig.host('right').faults.deaf = true;
      const outcome = await rig.run('link', { timeoutMs: 1500 });
      expectError(outcome, 'HOST_DOWN');
    }));

  it('tells the errors of both hosts at once', () =>
    withPair(LEFT, RIGHT, async (rig) => {
      rig.host('left').powerOff();
      rig.host('right').powerOff();
      const outcome = await rig.run('link');
      expect(outcome.errors.map((e) => [e.code, e.host]).sort()).toEqual([
        ['HOST_DOWN', 'left'],
        ['HOST_DOWN', 'right'],
      ]);
    }));

  it('refuses a changed host key', () =>
    withPair(LEFT, RIGHT, async (rig) => {
      const { publicKey } = makeKey();
      const outcome = await rig.run(
        'link',
        rig.reached((e, host) => (host === 'right' ? { ...e, hostKey: publicKey } : e)),
      );
      expect(expectError(outcome, 'HOST_KEY_CHANGED').host).toBe('right');
      expect(rig.host('right').connections.shells).toBe(0);
    }));
});

describe('becoming root', () => {
  it('says NOT_ROOT for an account without rights and no become', () =>
    withPair(
      LEFT,
      RIGHT,
      async (rig) => {
        rig.host('left').faults.uid = 1000;
        const { outcome } = await refusal(rig, 'NOT_ROOT');
        expect(outcome.state).toBe('unchanged');
      },
      asUser(''),
    ));

  it.each([
    ['password', 'SUDO_PASSWORD', 'NOPASSWD'],
    ['tty', 'SUDO_TTY', 'requiretty'],
    ['rule', 'SUDO_RULE', 'visudo'],
    ['missing', 'SUDO_MISSING', ''],
  ] as const)('sudo: %s gives %s with what mends it', (fault, code, mends) =>
    withPair(
      LEFT,
      RIGHT,
      async (rig) => {
        Object.assign(rig.host('left').faults, { uid: 1000, sudo: fault });
        const { error } = await refusal(rig, code);
        expect(`${error.next} ${error.why}`).toContain(mends);
      },
      asUser('sudo'),
    ));

  it.each([
    ['password', 'SUDO_PASSWORD'],
    ['rule', 'SUDO_RULE'],
    ['missing', 'SUDO_MISSING'],
  ] as const)('doas: %s gives %s with what mends it', (fault, code) =>
    withPair(
      LEFT,
      RIGHT,
      async (rig) => {
        Object.assign(rig.host('left').faults, { uid: 1000, doas: fault });
        const { error } = await refusal(rig, code);
        expect(`${error.next}`).toMatch(/doas|become/);
      },
      asUser('doas'),
    ));

  it('works through sudo where sudo lets us', () =>
    withPair(
      LEFT,
      RIGHT,
      async (rig) => {
        rig.host('left').faults.uid = 1000;
        expect((await rig.run('link')).state).toBe('as-wanted');
      },
      asUser('sudo'),
    ));
});

describe('a host that cannot have the tunnel', () => {
  it.each([
    ['NetBSD 1.5.2 nogre', 'pseudo-device gre'],
    ['NetBSD 9.3 nogre', 'pseudo-device gre'],
    ['FreeBSD 13.2 nogre', 'device gre'],
    ['FreeBSD 4.5 nogre', 'if_gre.ko'],
    ['Debian 12 nogre', 'CONFIG_NET_IPGRE'],
  ])('%s: DRIVER_MISSING says that the kernel needs %s', (kind, needs) =>
    withPair(kind, 'Debian 12', async (rig) => {
      const { outcome, error } = await refusal(rig, 'DRIVER_MISSING');
      expect(error.why).toContain(needs);
      expect(outcome.state).toBe('unchanged');
    }));

  it('says INTERFACE_IN_USE for an interface that serves something else, and leaves it alone', () =>
    withPair(LEFT, 'NetBSD 9.3', async (rig) => {
      const host = rig.host('left');
      host.exec(['ifconfig', 'gre1', 'create']);
      host.exec(['ifconfig', 'gre1', 'tunnel', '203.0.113.1', '203.0.113.77']);
      host.exec(['ifconfig', 'gre1', 'inet', '10.9.9.1', '10.9.9.2', 'netmask', '255.255.255.252']);
      const { error } = await refusal(rig, 'INTERFACE_IN_USE');
      expect(error.why).toContain('203.0.113.77');
    }));

  it('says ADDRESS_IN_USE for an inner address that is on another interface', () =>
    withPair(LEFT, 'Debian 12', async (rig) => {
      rig.host('right').exec(['ip', 'addr', 'add', '10.1.12.38/30', 'dev', 'lo']);
      const { error } = await refusal(rig, 'ADDRESS_IN_USE');
      expect(error.message).toContain('lo');
    }));

  it('says COMMAND_MISSING for a command that the playbook needs', () =>
    withPair(LEFT, 'Debian 12', async (rig) => {
      rig.host('right').faults.refuse.push({ match: ['ip'], exit: 127, stderr: 'ip: not found\n' });
      const { error } = await refusal(rig, 'COMMAND_MISSING');
      expect(error.message).toContain('ip');
    }));

  it('says BOOT_FILE_FOREIGN for a boot file that somebody else wrote', () =>
    withPair('NetBSD 9.3', RIGHT, async (rig) => {
      rig.host('left').system.files.write('/etc/ifconfig.gre1', 'create\ntunnel 203.0.113.1 203.0.113.9\n');
      const { outcome } = await refusal(rig, 'BOOT_FILE_FOREIGN');
      expect(outcome.state).toBe('unchanged');
    }));

  it('says MTU_IMPOSSIBLE for more than an end can do', () =>
    withPair(
      'NetBSD 1.5.2',
      LEFT,
      async (rig) => {
        const { error } = await refusal(rig, 'MTU_IMPOSSIBLE');
        expect(error.message).toContain('1450');
      },
      pairInventory('NetBSD 1.5.2', LEFT, '    mtu: 1476'),
    ));

  it('says SYSTEM_UNKNOWN for a system that no playbook knows, and names those that are known', () =>
    withPair(LEFT, RIGHT, async (rig) => {
      rig.host('left').faults.refuse.push({ match: ['uname'], exit: 0, stdout: 'Plan9 4 386\n', stderr: '' });
      const { error } = await refusal(rig, 'SYSTEM_UNKNOWN');
      expect(error.why).toContain('NetBSD');
    }));

  it('says SYSTEM_UNKNOWN for a host that does not say what it is', () =>
    withPair(LEFT, RIGHT, async (rig) => {
      rig.host('left').faults.refuse.push({ match: ['uname'], exit: 1, stdout: '', stderr: 'uname: no\n' });
      await refusal(rig, 'SYSTEM_UNKNOWN');
    }));

  it.each([
    ['FreeBSD 13.2', ['ifconfig', '-a']],
    ['NetBSD 9.3', ['ifconfig', 'gre1']],
    ['OpenBSD 7.5', ['ifconfig', 'gre1']],
    ['Debian 12', ['ip', '-d', 'link', 'show', 'gre1']],
  ])('%s: says FACT_UNKNOWN for an answer it does not understand, and plans nothing', (kind, match) =>
    withPair(kind, 'NetBSD 10.0', async (rig) => {
      rig.host('left').faults.refuse.push({ match, exit: 0, stdout: 'gre1 is fine, thanks\n', stderr: '' });
      const { outcome } = await refusal(rig, 'FACT_UNKNOWN');
      expect(outcome.state).toBe('unchanged');
    }));
});

describe('a step that does not succeed', () => {
  it.each([
    ['FreeBSD 13.2', ['kldload']],
    ['FreeBSD 4.5', ['kldload']],
    ['Debian 12', ['modprobe', 'ip_gre']],
  ])('%s: says MODULE_REFUSED with the words of the host', (kind, match) =>
    withPair(kind, 'NetBSD 9.3', async (rig) => {
      rig.host('left').faults.refuse.push({ match, exit: 1, stderr: 'Operation not permitted\n' });
      const { error } = await refusal(rig, 'MODULE_REFUSED', [1, 3, 4]);
      expect(error.stderr).toContain('Operation not permitted');
    }));

  it.each([
    'FreeBSD 4.5',
    'FreeBSD 13.2',
    'NetBSD 3.1',
    'NetBSD 9.3',
    'NetBSD 10.0',
    'OpenBSD 4.8',
    'OpenBSD 6.3',
    'OpenBSD 7.5',
  ])('%s: a `tunnel` that is refused and exits 0 is not believed', (kind) =>
    withPair(kind, 'Debian 12', async (rig) => {
      const match = (w: readonly string[]): boolean => w[0] === 'ifconfig' && w[2] === 'tunnel';
      rig.host('left').faults.refuse.push({ match, exit: 0, stderr: "ifconfig: SIOCSLIFPHYADDR: Can't assign requested address\n" });
      const { error } = await refusal(rig, 'STEP_UNPROVEN', [3, 4]);
      expect(error.stderr).toContain("Can't assign");
      expect(error.step).toMatch(/^outer/);
    }));

  it('a greconfig that is refused and exits 0 is not believed', () =>
    withPair('NetBSD 1.5.2', 'Debian 12', async (rig) => {
      const match = (w: readonly string[]): boolean => w[0] === '/usr/sbin/greconfig' && w.includes('-s');
      rig.host('left').faults.refuse.push({ match, exit: 0, stderr: 'greconfig: GRESADDRS: Invalid argument\n' });
      const { error } = await refusal(rig, 'STEP_UNPROVEN', [3, 4]);
      expect(error.stderr).toContain('GRESADDRS');
    }));

  it('says STEP_FAILED for a command that fails, with its exit status', () =>
    withPair('OpenBSD 7.5', 'Debian 12', async (rig) => {
      rig.host('right').faults.refuse.push({ match: ['ip', 'addr', 'add'], exit: 2, stderr: 'RTNETLINK answers: Operation not permitted\n' });
      const { error } = await refusal(rig, 'STEP_FAILED', [3, 4]);
      expect([error.exitCode, error.host]).toEqual([2, 'right']);
      expect(error.command).toContain('10.1.12.38');
    }));

  it.each([
    ['Debian 12', 'FreeBSD 13.2'],
    ['NetBSD 9.3', 'FreeBSD 13.2'],
    ['OpenBSD 7.5', 'FreeBSD 13.2'],
    ['FreeBSD 13.2', 'OpenBSD 7.5'],
  ])('%s: says DISK_FULL at the boot file', (kind, other) =>
    withPair(kind, other, async (rig) => {
      rig.host('left').system.files.freeBytes = 8;
      const { error } = await refusal(rig, 'DISK_FULL', [3, 4]);
      expect(error.message).toContain('/etc/');
      expect(error.host).toBe('left');
    }));
});

describe('a tunnel that carries nothing', () => {
  const pairs = [
    ['FreeBSD 13.2', 'Debian 12'],
    ['FreeBSD 4.5', 'NetBSD 1.5.2'],
    ['NetBSD 9.3', 'OpenBSD 7.5'],
    ['OpenBSD 3.0', 'OpenBSD 4.8'],
    ['NetBSD 3.1', 'FreeBSD 6.4'],
  ] as const;
  const way = { left: { from: '203.0.113.1', to: '203.0.113.2' }, right: { from: '203.0.113.2', to: '203.0.113.1' } };

  it.each(pairs)('%s and %s: the counters tell which way protocol 47 is lost', (a, b) =>
    withPair(a, b, async (rig) => {
      rig.internet.filters = [{ ...way.left, protocol: 47 }];
      const { error } = await refusal(rig, 'PROTOCOL_FILTERED', [3, 4]);
      expect(error.message).toContain('do not arrive from left to right.');
      expect(error.why).toMatch(/left sent [1-9]\d* and received [1-9]/);
      expect(error.why).toMatch(/right sent [1-9]\d* and received 0/);
      expect(error.next).toContain('47');
    }));

  it.each(pairs)('%s and %s: the counters tell that protocol 47 is lost both ways', (a, b) =>
    withPair(a, b, async (rig) => {
      rig.internet.filters = [{ protocol: 47 }];
      const { error } = await refusal(rig, 'PROTOCOL_FILTERED', [3, 4]);
      expect(error.message).toContain('from left to right and from right to left');
    }));

  it('says PEER_UNREACHABLE where the outer addresses do not reach each other at all', () =>
    withPair('FreeBSD 13.2', 'Debian 12', async (rig) => {
      rig.internet.filters = [way.left, way.right];
      const { error } = await refusal(rig, 'PEER_UNREACHABLE', [3, 4]);
      expect(error.why).toContain('outer addresses do not answer');
    }));

  it('says PEER_UNREACHABLE, with the counters, where packets arrive and no answer comes', () =>
    withPair('FreeBSD 13.2', 'NetBSD 9.3', async (rig) => {
      const inner = (w: readonly string[]): boolean => w[0] === 'ping' && (w.at(-1) ?? '').startsWith('10.1.12.');
      for (const host of ['left', 'right'])
        rig
          .host(host)
          .faults.refuse.push({ match: inner, exit: 2, stdout: '3 packets transmitted, 0 packets received, 100.0% packet loss\n', stderr: '' });
      await refusal(rig, 'PEER_UNREACHABLE', [3, 4]);
    }));
});

describe('a connection that is lost', () => {
  it.each([3, 8, 14, 18, 22, 25, 28, 31, 34])('before command %i: says so, and what it claims of the hosts is true', (nth) =>
    withPair('FreeBSD 13.2', 'NetBSD 9.3', async (rig) => {
      const before = states(rig);
      rig.host('left').faults.cuts.push({ when: 'before', nth });
      const outcome = await rig.run('link');
      if (outcome.state === 'as-wanted') return;
      expectError(outcome, 'SSH_LOST', [1, 3, 4]);
      expectTruth(outcome, before, states(rig));
    }));

  it.each(['ifconfig gre1 create', 'ifconfig gre1 tunnel', 'ifconfig gre1 inet', 'kldload if_gre'])('after `%s`: what it claims is true', (line) =>
    withPair('FreeBSD 13.2', 'Debian 12', async (rig) => {
      const before = states(rig);
      rig.host('left').faults.cuts.push({ when: 'after', match: line.split(' ') });
      const outcome = await rig.run('link');
      expectError(outcome, 'SSH_LOST', [1, 3, 4]);
      expectTruth(outcome, before, states(rig));
    }));

  it('with the power: a second run puts all right', () =>
    withPair('FreeBSD 13.2', 'Debian 12', async (rig) => {
      rig.host('left').faults.cuts.push({ when: 'after', match: ['ifconfig', 'gre1', 'tunnel'], powerLoss: true });
      expectError(await rig.run('link'), 'SSH_LOST', [1, 3, 4]);
      expect((await rig.run('link')).state).toBe('as-wanted');
    }));

  it('gives up a host that hangs, in the time that was given', () =>
    withPair('FreeBSD 13.2', 'Debian 12', async (rig) => {
      rig.host('left').faults.hang.push(['kldstat']);
      const outcome = await rig.run('link', { phaseTimeoutMs: 800 });
      const error = expectError(outcome, 'SSH_LOST', [1, 4]);
      expect(error.why).toContain('no answer within');
      expect(outcome.state).toBe('unchanged');
    }));

  it('does not claim to know a host that hangs in the middle of a change', () =>
    withPair('FreeBSD 13.2', 'Debian 12', async (rig) => {
      const before = states(rig);
      rig.host('left').faults.hang.push(['ifconfig', 'gre1', 'create']);
      const outcome = await rig.run('link', { phaseTimeoutMs: 800 });
      expectError(outcome, 'SSH_LOST', [1, 3, 4]);
      expectTruth(outcome, before, states(rig));
    }));
});
