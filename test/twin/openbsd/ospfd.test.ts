/** OpenOSPFD of the simulated OpenBSD, by its sources: files and their errors, what ospfctl shows, neighbours over real packets of the simulated network. */
import { describe, expect, it } from 'vitest';
import { pair, type Router, router, tunnel } from './routers.js';

const KINDS = ['OpenBSD 4.8 ospfd', 'OpenBSD 6.3 ospfd', 'OpenBSD 7.5 ospfd'];
const area = (options = 'metric 10', id = '0.0.0.0'): string => `area ${id} {\n\tinterface gre1 {\n\t\t${options}\n\t}\n}\n`;
const state = (at: Router): string | undefined => /^\S+ +1 +(\S+) /m.exec(at.run('ospfctl show neighbor').stdout)?.[1];
const check = (at: Router, text: string, mode = 0o600) => {
  at.system.files.write('/etc/x.conf', text, mode);
  const { exit, stderr } = at.run('ospfd -n -f /etc/x.conf');
  return { exit, said: stderr.replace('WARNING: IP forwarding NOT enabled, running as stub router\n', '') };
};
const withTunnel = (kind: string): Router => {
  const at = router(kind);
  tunnel(at, 0);
  return at;
};

describe.each(KINDS)('%s', (kind) => {
  it('runs from its boot on, and says so', () => {
    const at = router(kind);
    expect(at.run('ospfctl show summary').stdout).toMatch(
      /^Router ID: 203\.0\.113\.1\nUptime: 00:00:\d\d\nRFC1583 compatibility flag is disabled\nSPF delay is 1000 msec\(s\), hold time between two SPFs is 5000 msec\(s\)\nNumber of external LSA\(s\) 0(?: \(Checksum sum 0x0\))?\nNumber of areas attached to this router: 0\n\n$/,
    );
    expect(at.run('ospfctl show neighbor').stdout).toBe('ID              Pri State        DeadTime Address         Iface     Uptime\n\n');
    expect(router(kind.replace(' ospfd', '')).run('ospfctl show summary').exit).toBe(127);
  });

  it('becomes a full neighbour of another OpenBSD, and both show it as ospfctl lays it out', () => {
    const [left, right] = pair(kind);
    for (const at of [left, right]) expect(at.load('ospfd', area())).toBe('reload request sent.\n');
    expect(left.run('ospfctl show neighbor').stdout).toMatch(
      /^ID {14}Pri State {8}DeadTime Address {9}Iface {5}Uptime\n203\.0\.113\.2 {5}1 {3}FULL\/P2P {5}00:00:40 10\.1\.12\.38 {6}gre1 {6}-\n\n$/,
    );
    expect(right.run('ospfctl show interfaces').stdout).toMatch(
      /^Interface {3}Address {12}State {2}HelloTimer Linkstate {2}Uptime {4}nc {2}ac\ngre1 {8}10\.1\.12\.38\/30 {6}P2P {4}00:00:09 {3}unknown {4}00:00:00 {3}1 {3}1\n\n$/,
    );
    expect(right.run('ospfctl show interfaces gre1').stdout).toMatch(
      /^\nInterface gre1, line protocol is UP\n {2}Internet address 10\.1\.12\.38\/30, Area 0\.0\.0\.0\n {2}Linkstate unknown(?:, mtu 1476)?\n {2}Router ID 203\.0\.113\.2, network type POINTOPOINT, cost: 10\n/,
    );
    expect(left.run('ospfctl sh nei').exit).toBe(0);
  });

  it('takes a good file and refuses a bad one with file, line and status 1', () => {
    const at = withTunnel(kind);
    expect(check(at, area())).toEqual({ exit: 0, said: 'configuration OK\n' });
    expect(check(at, 'area 0.0.0.0 {\n\tinterface gre7\n}\n')).toEqual({ exit: 1, said: '/etc/x.conf:2: unknown interface gre7\n' });
    expect(check(at, area('metric 70000'))).toEqual({ exit: 1, said: '/etc/x.conf:3: metric out of range (1-65535)\n' });
    expect(check(at, area('metrik 7')).said).toMatch(/^\/etc\/x\.conf:3: syntax error\n/);
    expect(check(at, `${area()}${area()}`).said).toMatch(/^\/etc\/x\.conf:7: interface gre1 already configured\n/);
    expect(check(at, 'hi="5"\n').said).toBe('/etc/x.conf:1: the simulation does not know macros\n');
    expect(check(at, 'redistribute connected\n').said).toBe('/etc/x.conf:1: the simulation does not know redistribute\n');
    at.run('ifconfig gre1 delete 10.1.12.37');
    expect(check(at, area()).said).toMatch(/^\/etc\/x\.conf:2: unnumbered interface gre1\n/);
  });

  it('does not look at the mode with -n, but does at a reload, which then leaves everything as it was', () => {
    const at = withTunnel(kind);
    at.load('ospfd', area());
    expect(check(at, area(), 0o644).said).toBe('configuration OK\n');
    expect(at.load('ospfd', area('metric 99'), 0o644)).toBe('reload request sent.\n');
    expect(at.run('ospfctl show interfaces gre1').stdout).toContain('cost: 10\n');
    at.load('ospfd', area('junk'));
    expect(at.run('ospfctl show interfaces gre1').stdout).toContain('cost: 10\n');
    at.load('ospfd', area('metric 99'));
    expect(at.run('ospfctl show interfaces gre1').stdout).toContain('cost: 99\n');
  });

  it('reads its file behind the back of ospfctl: who looks at once may see what was before', () => {
    const at = withTunnel(kind);
    at.system.files.write('/etc/ospfd.conf', area(), 0o600);
    at.run('ospfctl reload');
    expect(at.run('ospfctl show interfaces').stdout).not.toContain('gre1');
    at.run('sleep 1');
    expect(at.run('ospfctl show interfaces').stdout).toContain('gre1');
  });

  it('does not start at a boot while an interface of its file is missing', () => {
    const at = withTunnel(kind);
    at.load('ospfd', area());
    expect(at.system.boot()).toContain('ospfd: /etc/ospfd.conf:2: unknown interface gre1');
    expect(at.run('ospfctl show summary')).toMatchObject({
      exit: 1,
      stderr: expect.stringMatching(/^ospfctl: connect: \/var\/run\/ospfd\.sock\S*: No such file/),
    });
    at.system.files.write('/etc/ospfd.conf', '', 0o600);
    at.system.boot();
    expect(at.run('ospfctl show summary').exit).toBe(0);
  });
});

describe('what differs between releases', () => {
  it('only recent ones know type p2p and areas by number', () => {
    for (const text of [area('type p2p'), area('metric 10', '1')]) {
      expect(check(withTunnel('OpenBSD 7.5 ospfd'), text).exit).toBe(0);
      for (const old of ['OpenBSD 4.8 ospfd', 'OpenBSD 6.3 ospfd']) expect(check(withTunnel(old), text).said).toMatch(/:[13]: syntax error\n/);
    }
  });

  it('a changed router id is passed over by old ones and ends the reload of recent ones', () => {
    for (const [kind, loaded] of [
      ['OpenBSD 6.3 ospfd', true],
      ['OpenBSD 7.5 ospfd', false],
    ] as const) {
      const at = withTunnel(kind);
      at.load('ospfd', `router-id 10.0.0.9\n${area()}`);
      expect(at.run('ospfctl show interfaces').stdout.includes('gre1')).toBe(loaded);
      expect(at.run('ospfctl show summary').stdout).toContain('Router ID: 203.0.113.1\n');
      at.run('rcctl restart ospfd');
      expect(at.run('ospfctl show summary').stdout).toContain('Router ID: 10.0.0.9\n');
    }
  });

  it('the group may read the file from 2014 on, the world never', () => {
    const modes = (kind: string): boolean[] =>
      [0o600, 0o640, 0o644].map((mode) => {
        const at = withTunnel(kind);
        at.load('ospfd', area(), mode);
        return at.run('ospfctl show interfaces').stdout.includes('gre1');
      });
    expect(modes('OpenBSD 4.8 ospfd')).toEqual([true, false, false]);
    expect(modes('OpenBSD 7.5 ospfd')).toEqual([true, true, false]);
  });
});

describe('neighbours', () => {
  const both = (left = area(), right = area()): readonly [Router, Router] => {
    const ends = pair('OpenBSD 7.5 ospfd');
    ends[0].load('ospfd', left);
    ends[1].load('ospfd', right);
    return ends;
  };

  it.each([
    ['another hello', area('hello-interval 3')],
    ['another dead time', area('router-dead-time 12')],
    ['another area', area('metric 10', '0.0.0.7')],
    ['a passive interface', area('passive')],
  ])('are none with %s', (_, right) => {
    const [left, far] = both(area(), right);
    expect([state(left), state(far)]).toEqual([undefined, undefined]);
  });

  it('stay where their MTU leaves them: the one with the smaller drops what the other describes', () => {
    const [left, right] = both();
    // The larger id is the master: the slave gets on to EXCHG and no further.
    right.run('ifconfig gre1 mtu 1400');
    expect([state(left), state(right)]).toEqual(['EXCHG/P2P', 'EXSTA/P2P']);
    right.run('ifconfig gre1 mtu 1476');
    left.run('ifconfig gre1 mtu 1400');
    expect([state(left), state(right)]).toEqual(['EXSTA/P2P', 'EXSTA/P2P']);
  });

  it('hear one way only where a filter takes the multicast of one end', () => {
    const [left, right] = pair('OpenBSD 7.5 ospfd');
    right.system.files.write('/etc/pf.conf', 'block in quick on gre1 proto ospf\npass\n', 0o600);
    right.run('pfctl -f /etc/pf.conf');
    for (const at of [left, right]) at.load('ospfd', area());
    expect([state(left), state(right)]).toEqual(['INIT/P2P', undefined]);
  });

  it('that fall silent stay as DOWN until a reload takes their interface out', () => {
    const [left, right] = both();
    expect(state(left)).toBe('FULL/P2P');
    right.run('ifconfig gre1 down');
    expect(left.run('ospfctl show neighbor').stdout).toMatch(/\n203\.0\.113\.2 {5}1 {3}DOWN\/P2P {5}00:00:00 10\.1\.12\.38 {6}gre1 {6}-\n/);
    expect(left.run('ospfctl show interfaces').stdout).toMatch(/ {3}1 {3}0\n/);
    left.load('ospfd', '');
    left.load('ospfd', area());
    expect(state(left)).toBeUndefined();
  });

  it('of FRR become full too, and their routes come and go with them', () => {
    const [left, far] = pair('OpenBSD 7.5 ospfd', 'Debian 12 frr');
    left.load('ospfd', area());
    const vtysh = (...lines: string[]): number => far.system.exec(['vtysh', ...['configure terminal', ...lines].flatMap((l) => ['-c', l])]).exit;
    far.run('ip addr add 192.0.2.9/32 dev lo');
    expect(vtysh('interface gre1', 'ip ospf area 0.0.0.0', 'exit', 'interface lo', 'ip ospf area 0.0.0.0', 'exit', 'router ospf')).toBe(0);
    expect(state(left)).toBe('FULL/P2P');
    expect(left.system.stack.lookup('192.0.2.9')).toMatchObject({ dest: '192.0.2.9', interface: 'gre1', gateway: '10.1.12.38' });
    left.load('ospfd', '');
    state(left);
    expect(left.system.stack.lookup('192.0.2.9')?.interface).toBe('em0');
  });
});

it('words of ospfctl that are wrong, missing or too many are told', () => {
  const at = router('OpenBSD 7.5 ospfd');
  expect(at.run('ospfctl show nonsense')).toMatchObject({
    exit: 1,
    stderr: expect.stringMatching(/^unknown argument: nonsense\nvalid commands\/args:\n/),
  });
  expect(at.run('ospfctl reload now')).toMatchObject({ exit: 1, stderr: 'superfluous argument: now\n' });
  expect(at.run('ospfctl show interfaces gre9')).toMatchObject({ exit: 1, stderr: 'ospfctl: no such interface gre9\n' });
});
