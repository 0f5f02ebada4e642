/** OpenBGPD of the simulated OpenBSD, by its sources: files and their errors, what bgpctl shows, sessions with another OpenBSD and with FRR. */
import { describe, expect, it } from 'vitest';
import { pair, type Router, router } from './routers.js';

const KINDS = ['OpenBSD 4.8 bgpd', 'OpenBSD 6.3 bgpd', 'OpenBSD 7.5 bgpd'];
const conf = (own: number, peer: string, as: number, options = ''): string =>
  `AS ${own}\nneighbor ${peer} {\n\tremote-as ${as}\n${options}}\nallow from ${peer}\nallow to ${peer}\n`;
const state = (at: Router): string | undefined => /BGP state = (\w+)/.exec(at.run('bgpctl show neighbor').stdout)?.[1];
const check = (at: Router, text: string, mode = 0o600) => {
  at.system.files.write('/etc/x.conf', text, mode);
  const { exit, stderr } = at.run('bgpd -n -f /etc/x.conf');
  return { exit, said: stderr };
};
const LEFT = conf(64_512, '10.1.12.38', 64_513, '\tlocal-address 10.1.12.37\n\tholdtime 30\n');
const RIGHT = conf(64_513, '10.1.12.37', 64_512);
const LOADED = 'reload request sent.\nrequest processed\n';
const REFUSED = 'reload request sent.\nconfig file has errors, reload failed\n';

describe.each(KINDS)('%s', (kind) => {
  it('has a session with another OpenBSD once both name each other', () => {
    const [left, right] = pair(kind);
    expect(left.load('bgpd', LEFT)).toBe(LOADED);
    expect(state(left)).toBe('Active');
    expect(right.load('bgpd', RIGHT)).toBe(LOADED);
    expect([state(left), state(right)]).toEqual(['Established', 'Established']);
    expect(left.run('bgpctl show neighbor').stdout).toMatch(
      /^BGP neighbor is 10\.1\.12\.38, remote AS 64513\n {2}BGP version 4, remote router-id 203\.0\.113\.2\n {2}BGP state = Established, up for 00:00:00\n {2}Last read 00:00:00, holdtime 30s, keepalive interval 10s\n/,
    );
    expect(left.run('bgpctl show summary').stdout).toMatch(
      /^Neighbor {19}AS {4}MsgRcvd {4}MsgSent {2}OutQ Up\/Down {2}State\/PrfRcvd\n10\.1\.12\.38 {14}64513 {10}3 {10}3 {5}0 00:00:00 {6}0\n$/,
    );
  });

  it('refuses a wrong AS, a far end that does not answer, and an own address that is not there', () => {
    const [left, right] = pair(kind);
    right.load('bgpd', RIGHT);
    left.load('bgpd', conf(64_512, '10.1.12.38', 64_599));
    expect([state(left), state(right)]).toEqual(['Idle', 'Idle']);
    left.load('bgpd', LEFT.replace('local-address 10.1.12.37', 'local-address 10.9.9.9'));
    expect(state(left)).toBe('Active');
    left.load('bgpd', LEFT);
    expect(state(left)).toBe('Established');
    right.run('ifconfig gre1 down');
    expect(state(left)).toBe('Active');
  });

  it('takes a good file and refuses a bad one with file, line and status 1', () => {
    const at = router(kind);
    expect(check(at, LEFT)).toEqual({ exit: 0, said: 'configuration OK\n' });
    expect(check(at, LEFT.replace('AS 64512\n', '')).said).toMatch(/^\/etc\/x\.conf:5: AS needs to be given before neighbor definitions\n/);
    expect(check(at, LEFT.replace('\tremote-as 64513\n', '')).said).toMatch(/: peer AS may not be zero\n/);
    expect(check(at, 'AS 1\nallow from 10.1.1.1\n')).toEqual({ exit: 1, said: '/etc/x.conf:2: no such peer: 10.1.1.1\n' });
    expect(check(at, LEFT.replace('holdtime 30', 'holdtime 2')).said).toMatch(/^\/etc\/x\.conf:5: holdtime must be between 3 and 65535\n/);
    expect(check(at, 'AS 64512\njunk\n')).toEqual({ exit: 1, said: '/etc/x.conf:2: syntax error\n' });
    expect(check(at, 'AS 64512\nnetwork 10.0.0.0/8\n').said).toBe('/etc/x.conf:2: the simulation does not know network\n');
    expect(check(at, 'peer="10.1.1.1"\n').said).toBe('/etc/x.conf:1: the simulation does not know macros\n');
  });

  it('looks at the mode with -n too, and a refused reload leaves the sessions', () => {
    const [left, right] = pair(kind);
    left.load('bgpd', LEFT);
    right.load('bgpd', RIGHT);
    expect(check(left, LEFT, 0o644)).toMatchObject({ exit: 1, said: expect.stringMatching(/^\/etc\/x\.conf: group/) });
    expect(left.load('bgpd', 'AS 64512\n', 0o644)).toBe(REFUSED);
    expect(left.load('bgpd', 'junk\n')).toBe(REFUSED);
    expect(state(left)).toBe('Established');
    expect(left.load('bgpd', 'AS 64512\n')).toBe(LOADED);
    expect(state(left)).toBeUndefined();
  });

  it('runs again after a boot', () => {
    const at = router(kind);
    at.load('bgpd', LEFT);
    at.system.boot();
    expect(at.run('bgpctl show summary').stdout).toContain('Active\n');
    at.system.files.write('/etc/rc.conf.local', 'bgpd_flags=NO\n');
    at.system.boot();
    expect(at.run('bgpctl show summary')).toMatchObject({ exit: 1, stderr: expect.stringMatching(/^bgpctl: connect: \/var\/run\/bgpd\.sock/) });
  });
});

it('a session with FRR stands where both name each other', () => {
  const [left, far] = pair('OpenBSD 7.5 bgpd', 'Debian 12 frr');
  left.load('bgpd', LEFT);
  const lines = ['configure terminal', 'router bgp 64513', 'no bgp ebgp-requires-policy', 'neighbor 10.1.12.37 remote-as 64512'];
  expect(far.system.exec(['vtysh', ...lines.flatMap((l) => ['-c', l])]).exit).toBe(0);
  expect(state(left)).toBe('Established');
  expect(far.system.exec(['vtysh', '-c', 'show bgp summary json']).stdout).toContain('"state":"Established"');
});

it('groups hand their words on, and old releases write large AS numbers in two parts', () => {
  const group = 'AS 64512\ngroup "peers" {\n\tremote-as 70000\n\tneighbor 10.1.12.38 {\n\t\tdescr "far end"\n\t}\n}\nallow from group "peers"\n';
  const shown = (kind: string): string => {
    const at = router(kind);
    expect(at.load('bgpd', group)).toBe(LOADED);
    return at.run('bgpctl show neighbor').stdout;
  };
  expect(shown('OpenBSD 7.5 bgpd')).toMatch(/^BGP neighbor is 10\.1\.12\.38, remote AS 70000\n Description: far end\n {2}BGP state = Active\n/);
  expect(shown('OpenBSD 4.8 bgpd')).toMatch(/^BGP neighbor is 10\.1\.12\.38, remote AS 1\.4464\n/);
});
