import { describe, expect, it } from 'vitest';
import { SimulatedHost } from '../../../src/twin/host.js';
import { Internet } from '../../../src/twin/internet.js';
import type { CommandResult } from '../../../src/twin/system.js';

type Run = (line: string) => CommandResult;

function pair(system: string, other = system) {
  const internet = new Internet();
  const a = new SimulatedHost({ name: 'a', system, addresses: ['212.25.240.34'] }, internet);
  const b = new SimulatedHost({ name: 'b', system: other, addresses: ['217.154.12.2'] }, internet);
  const on =
    (host: SimulatedHost): Run =>
    (line) =>
      host.exec(line.split(' '));
  return { a: on(a), b: on(b), hostA: a, internet };
}

const OUTER_A = 'ifconfig gre1 tunnel 212.25.240.34 217.154.12.2';
const INNER_A = 'ifconfig gre1 inet 10.1.12.37 10.1.12.38 netmask 255.255.255.252 up';

function up(a: Run, b: Run): void {
  for (const line of ['ifconfig gre1 create', OUTER_A, INNER_A]) expect(a(line)).toEqual({ exit: 0, stdout: '', stderr: '' });
  b('ifconfig gre1 create');
  b('ifconfig gre1 tunnel 217.154.12.2 212.25.240.34');
  b('ifconfig gre1 inet 10.1.12.38 10.1.12.37 netmask 255.255.255.252 up');
}

const pings = (run: Run, dst: string, more = ''): boolean => run(`ping -n -c 1 -w 2${more} ${dst}`).exit === 0;

describe.each(['NetBSD 2.0', 'NetBSD 3.1', 'NetBSD 5.2', 'NetBSD 7.2', 'NetBSD 8.2', 'NetBSD 9.3', 'NetBSD 10.0'])('%s', (system) => {
  it('carries pings both ways after create, tunnel, inet … up', () => {
    const { a, b } = pair(system);
    up(a, b);
    expect([pings(a, '10.1.12.38'), pings(b, '10.1.12.37'), pings(a, '10.1.12.38', ' -T 1'), pings(a, '10.1.12.38', ' -D -s 1448')]).toEqual([
      true,
      true,
      true,
      true,
    ]);
    expect(a('ping -n -c 1 -w 2 -D -s 1449 10.1.12.38').stderr).toBe('ping: sendto: Message too long\n');
  });

  it('comes back from /etc/ifconfig.gre1 alone after a reboot', () => {
    const { a, b, hostA } = pair(system);
    up(a, b);
    hostA.system.files.write(
      '/etc/ifconfig.gre1',
      'create\ntunnel 212.25.240.34 217.154.12.2\ninet 10.1.12.37 10.1.12.38 netmask 255.255.255.252 up\nmtu 1476\n',
    );
    hostA.reboot();
    expect(pings(a, '10.1.12.38')).toBe(true);
    hostA.system.files.remove('/etc/ifconfig.gre1');
    hostA.reboot();
    expect(a('ifconfig gre1').exit).toBe(1);
  });

  it('lets nothing through while protocol 47 is filtered, in one direction or both', () => {
    const { a, b, internet } = pair(system);
    up(a, b);
    internet.filters = [{ protocol: 47, from: '217.154.12.2' }];
    expect([pings(a, '10.1.12.38'), pings(a, '217.154.12.2')]).toEqual([false, true]);
    internet.filters = [];
    expect(pings(a, '10.1.12.38')).toBe(true);
  });

  it('answers a refused mtu with a warning and exit 0', () => {
    const { a } = pair(system);
    a('ifconfig gre1 create');
    expect(a('ifconfig gre1 mtu 500')).toEqual({ exit: 0, stdout: '', stderr: 'ifconfig: SIOCSIFMTU: Invalid argument\n' });
  });
});

describe('the driver with kernel sockets', () => {
  it.each([
    'NetBSD 5.2',
    'NetBSD 9.3',
    'NetBSD 10.0',
  ])('%s shows a re-pointed live tunnel as running and passes nothing until down and up', (system) => {
    const { a, b } = pair(system);
    up(a, b);
    expect(a(OUTER_A).exit).toBe(0);
    expect(a('ifconfig gre1').stdout).toContain('RUNNING');
    expect(pings(a, '10.1.12.38')).toBe(false);
    a('ifconfig gre1 down');
    a('ifconfig gre1 up');
    expect(pings(a, '10.1.12.38')).toBe(true);
  });

  it.each(['NetBSD 5.2', 'NetBSD 9.3'])('%s dies of tunnel, then inet without up, and comes back from its files', (system) => {
    const { a } = pair(system);
    a('ifconfig gre1 create');
    a(OUTER_A);
    expect(a('ifconfig gre1 inet 10.1.12.37 10.1.12.38 netmask 255.255.255.252').panic).toContain('softnet_lock');
    expect(a('ifconfig gre1').exit).toBe(1);
    expect(pings(a, '217.154.12.2')).toBe(true);
  });

  it('keeps the old pair when the new source is not ours', () => {
    const { a, b } = pair('NetBSD 9.3');
    up(a, b);
    expect(a('ifconfig gre1 tunnel 198.51.100.9 217.154.12.2')).toEqual({
      exit: 0,
      stdout: '',
      stderr: "ifconfig: SIOCSLIFPHYADDR: Can't assign requested address\n",
    });
    expect(a('ifconfig gre1').stdout).toContain('tunnel inet 212.25.240.34 --> 217.154.12.2');
    expect(pings(a, '10.1.12.38')).toBe(true);
  });
});

describe('layouts', () => {
  it('prints flags and inner line as each release does', () => {
    const shown = (system: string): string[] => {
      const { a, b } = pair(system);
      up(a, b);
      return a('ifconfig gre1').stdout.split('\n').slice(0, 3);
    };
    expect(shown('NetBSD 3.1')).toEqual([
      'gre1: flags=9051<UP,POINTOPOINT,RUNNING,LINK0,MULTICAST> mtu 1476',
      '\ttunnel inet 212.25.240.34 --> 217.154.12.2',
      '\tinet 10.1.12.37 -> 10.1.12.38 netmask 0xfffffffc',
    ]);
    expect(shown('NetBSD 9.3')[0]).toBe('gre1: flags=0x9051<UP,POINTOPOINT,RUNNING,LINK0,MULTICAST> mtu 1476');
    expect(shown('NetBSD 9.3')[2]).toBe('\tinet 10.1.12.37/30 -> 10.1.12.38 flags 0x0');
  });
});

describe('NetBSD 1.6.2', () => {
  it('clones gre and still takes the outer pair from greconfig alone', () => {
    const { a } = pair('NetBSD 1.6.2');
    expect(a('ifconfig gre1 create').exit).toBe(0);
    expect(a('ifconfig gre1').stdout).toContain('mtu 1450');
    expect(a(OUTER_A)).toEqual({ exit: 1, stdout: '', stderr: 'ifconfig: tunnel: bad value\n' });
    a(INNER_A);
    a('greconfig -i gre1 -s 212.25.240.34 -d 217.154.12.2');
    expect(a('greconfig -i gre1').stdout).toBe('212.25.240.34 -> 217.154.12.2, running IP-Proto 47\n');
  });
});
