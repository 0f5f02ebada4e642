/** The simulated FRR against what a real one said (docs/transcripts/linux-frr-bird.md), and OSPF between simulated hosts. */
import { describe, expect, it } from 'vitest';
import { SimulatedHost } from '../../../src/twin/host.js';
import { Internet } from '../../../src/twin/internet.js';

const AREA = [
  'configure terminal',
  'interface gre1',
  'ip ospf area 0.0.0.0',
  'ip ospf network point-to-point',
  'ip ospf cost 10',
  'exit',
  'router ospf',
];

interface Pair {
  readonly internet: Internet;
  readonly hosts: readonly [SimulatedHost, SimulatedHost];
}

const vtysh = (host: SimulatedHost, ...lines: string[]): string => {
  const ran = host.exec(['vtysh', ...lines.flatMap((l) => ['-c', l])]);
  return `${ran.stdout}${ran.stderr}exit ${ran.exit}`;
};

function tunnel(host: SimulatedHost, near: string, far: string, inner: readonly [string, string], name = 'gre1', ttl = '64'): void {
  for (const words of [
    `ip link add ${name} type gre local ${near} remote ${far} ttl ${ttl}`,
    `ip addr add ${inner[0]} peer ${inner[1]}/30 dev ${name}`,
    `ip link set ${name} mtu 1476 up`,
  ])
    expect(host.exec(words.split(' ')).stderr).toBe('');
}

function pair(ttl = '64'): Pair {
  const internet = new Internet();
  const [a, b] = ['198.51.100.1', '198.51.100.2'].map(
    (address, i) => new SimulatedHost({ name: `h${i + 1}`, system: 'Debian 12 frr vec0', addresses: [address] }, internet),
  );
  if (a === undefined || b === undefined) throw new Error('two hosts');
  tunnel(a, '198.51.100.1', '198.51.100.2', ['10.1.12.37', '10.1.12.38'], 'gre1', ttl);
  tunnel(b, '198.51.100.2', '198.51.100.1', ['10.1.12.38', '10.1.12.37'], 'gre1', ttl);
  return { internet, hosts: [a, b] };
}

const both = ({ hosts: [a, b] }: Pair, left: readonly string[] = [], right: readonly string[] = left): void => {
  vtysh(a, ...AREA, 'ospf router-id 10.0.0.1', ...left);
  vtysh(b, ...AREA, 'ospf router-id 10.0.0.2', ...right);
};

/** State of the first neighbour, or none. */
function state(host: SimulatedHost): string {
  const shown = host.exec(['vtysh', '-c', 'show ip ospf neighbor json']).stdout;
  return /"nbrState":"([^"]*)"/.exec(shown)?.[1]?.replace('\\/', '/') ?? 'none';
}

const states = ({ hosts }: Pair): string[] => hosts.map(state);

describe('vtysh', () => {
  it('prints the running configuration as it was recorded, without the network type that a tunnel has anyway', () => {
    const { hosts } = pair();
    vtysh(hosts[0], ...AREA, 'ospf router-id 10.0.0.1');
    expect(vtysh(hosts[0], 'show running-config')).toBe(`Building configuration...

Current configuration:
!
frr version 8.4.4
frr defaults traditional
hostname h1
log syslog informational
no ip forwarding
no ipv6 forwarding
service integrated-vtysh-config
!
interface gre1
 ip ospf area 0.0.0.0
 ip ospf cost 10
exit
!
router ospf
 ospf router-id 10.0.0.1
exit
!
end
exit 0`);
  });

  it.each([
    [['show ip ospf neighbor json'], '{\n}\nexit 0'],
    [['show bgp summary json'], '{}\nexit 0'],
    [['configure terminal', 'interface gre1', 'no ip ospf area 0.0.0.0'], "Can't find specified interface area configuration.\nexit 1"],
    [['configure terminal', 'interface gre1', 'ip ospf netwrok point-to-point'], '% Unknown command: ip ospf netwrok point-to-point\nexit 1'],
    [['configure terminal', 'interface gre1', 'ip ospf cost 70000'], '% Unknown command: ip ospf cost 70000\nexit 1'],
    [['configure terminal', 'interface gre1', 'ip ospf cost', 'ip ospf area 0'], '% Command incomplete: ip ospf cost\nexit 1'],
    [
      ['configure terminal', 'no interface gre1'],
      '% Configuration failed.\n\nError type: validation\nError description: only inactive interfaces can be deleted\nexit 1',
    ],
    [
      ['configure terminal', 'router ospf', 'network 10.1.12.36/30 area 0.0.0.0', 'exit', 'interface gre1', 'ip ospf area 0.0.0.0'],
      'Please remove all network commands first.\nexit 1',
    ],
    [
      ['configure terminal', 'interface gre1', 'no ip ospf hello-interval', 'no ip ospf dead-interval', 'no ip ospf cost', 'no ip ospf network'],
      'exit 0',
    ],
    [['show ip ospf interface gre9 json'], '{\n}\nexit 0'],
    [
      ['configure terminal', 'interface gre1', 'ip ospf area 0', 'ip ospf area 1'],
      'Must remove previous area config before changing ospf area \nexit 1',
    ],
  ])('%j answers as it did on a real host', (lines, said) => {
    expect(vtysh(pair().hosts[0], ...lines)).toBe(said);
  });

  it.each([
    [
      'interface gre1\n ip ospf area 0.0.0.0\n ip ospf netwrok point-to-point\n ip ospf cost ten\nexit\n',
      'line 3: % Unknown command[17]:  ip ospf netwrok point-to-point\nline 4: % Unknown command[17]:  ip ospf cost ten\n',
      2,
    ],
    ['no such words\n', 'line 1: % Unknown command[4]: no such words\n', 2],
    ['# BEGIN provision pair\ninterface gre1\n ip ospf area 0.0.0.0\nexit\n# END provision pair\n', '', 0],
    ['! x\ninterface gre1\n ip ospf area 0.0.0.0\nrouter bgp 64512\n neighbor 10.1.12.38 remote-as 64513\n', '', 0],
  ])('-C judges %j and changes nothing', (text, stderr, exit) => {
    const [host] = pair().hosts;
    host.system.files.write('/root/t.conf', text);
    const before = vtysh(host, 'show running-config');
    expect(host.exec(['vtysh', '-C', '-f', '/root/t.conf'])).toMatchObject({ stdout: '', stderr, exit });
    expect(vtysh(host, 'show running-config')).toBe(before);
  });

  it('reads its file at boot and says that it cannot reach a daemon that is stopped', () => {
    const [host] = pair().hosts;
    host.system.files.write('/etc/frr/frr.conf', 'interface gre1\n ip ospf area 0.0.0.0\nexit\nrouter ospf\nexit\n');
    host.reboot();
    expect(vtysh(host, 'show running-config')).toContain('interface gre1\n ip ospf area 0.0.0.0\nexit\n');
    host.exec(['systemctl', 'stop', 'frr']);
    expect(vtysh(host, 'show running-config')).toBe('Exiting: failed to connect to any daemons.\nexit 1');
  });
});

describe('OSPF between simulated hosts', () => {
  it('comes up over a tunnel, and goes when one end drops the area', () => {
    const made = pair();
    both(made);
    expect(states(made)).toEqual(['Full/-', 'Full/-']);
    vtysh(made.hosts[1], 'configure terminal', 'interface gre1', 'no ip ospf area');
    expect(states(made)).toEqual(['none', 'none']);
  });

  it('does not where the driver copies the TTL of the inner packet and there is a router between, though pings cross: the fault of 2002', () => {
    const made = pair('inherit');
    both(made);
    expect(made.hosts[0].exec(['ping', '-n', '-c', '1', '-W', '1', '10.1.12.38']).exit).toBe(0);
    expect(states(made)).toEqual(['none', 'none']);
  });

  it('is stuck in ExStart and Exchange where the MTUs differ, and Init where hellos cross one way only', () => {
    const made = pair();
    both(made);
    made.hosts[1].exec(['ip', 'link', 'set', 'gre1', 'mtu', '1400']);
    expect(states(made)).toEqual(['Exchange/-', 'ExStart/-']);
    made.hosts[1].exec(['ip', 'link', 'set', 'gre1', 'mtu', '1476']);
    made.internet.filters = [{ protocol: 47, from: '198.51.100.1' }];
    expect(states(made)).toEqual(['Init/-', 'none']);
  });

  it.each([
    ['another area', ['exit', 'interface gre1', 'no ip ospf area', 'ip ospf area 1']],
    ['another hello interval', ['exit', 'interface gre1', 'ip ospf hello-interval 5']],
    ['another dead interval', ['exit', 'interface gre1', 'ip ospf dead-interval 20']],
    ['a passive interface', ['exit', 'interface gre1', 'ip ospf passive']],
  ])('sees no neighbour with %s at one end', (_name, lines) => {
    const made = pair();
    both(made, [], lines);
    expect(states(made)).toEqual(['none', 'none']);
  });

  it('comes to Init at the point-to-point end and to nothing at the other where that one takes the tunnel for a broadcast network', () => {
    const made = pair();
    both(made, [], ['exit', 'interface gre1', 'ip ospf network broadcast']);
    expect(states(made)).toEqual(['Init/-', 'none']);
  });

  it('reaches a net behind the second of two tunnels where the host between forwards, and not after it is gone', () => {
    const made = pair();
    const [a, b] = made.hosts;
    const c = new SimulatedHost({ name: 'h3', system: 'Debian 12 frr', addresses: ['198.51.100.3'] }, made.internet);
    tunnel(b, '198.51.100.2', '198.51.100.3', ['10.1.12.41', '10.1.12.42'], 'gre2');
    tunnel(c, '198.51.100.3', '198.51.100.2', ['10.1.12.42', '10.1.12.41']);
    both(made);
    vtysh(b, 'configure terminal', 'interface gre2', 'ip ospf area 0');
    vtysh(c, ...AREA);
    for (const [host, address] of [
      [a, '10.20.1.1'],
      [c, '10.20.3.1'],
    ] as const) {
      host.exec(['ip', 'addr', 'add', `${address}/24`, 'dev', 'lo']);
      vtysh(host, 'configure terminal', 'interface lo', 'ip ospf area 0');
    }
    expect(a.exec(['ip', 'route']).stdout).toContain('10.20.3.1 via 10.1.12.38 dev gre1 proto ospf metric 20 onlink');
    const ping = (): number => a.exec(['ping', '-n', '-c', '1', '-W', '1', '-I', '10.20.1.1', '10.20.3.1']).exit;
    expect(ping()).not.toBe(0);
    b.exec(['sysctl', '-w', 'net.ipv4.ip_forward=1']);
    expect(ping()).toBe(0);
    c.powerOff();
    expect(a.exec(['ip', 'route']).stdout).not.toContain('10.20.3.1');
  });
});

describe('BGP between simulated hosts', () => {
  it('stands where both ends name each other with the right AS', () => {
    const { hosts } = pair();
    const [a, b] = hosts;
    vtysh(a, 'configure terminal', 'router bgp 64512', 'neighbor 10.1.12.38 remote-as 64513');
    expect(vtysh(a, 'show bgp summary json')).toContain('"state":"Active"');
    vtysh(b, 'configure terminal', 'router bgp 64513', 'neighbor 10.1.12.37 remote-as 64512');
    expect(vtysh(a, 'show bgp summary json')).toContain('"state":"Established"');
    vtysh(b, 'configure terminal', 'no router bgp', 'router bgp 64999', 'neighbor 10.1.12.37 remote-as 64512');
    expect(vtysh(a, 'show bgp summary json')).toContain('"state":"Active"');
  });
});
