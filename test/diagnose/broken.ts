/**
 * Set-ups that do not work, each with the cause that a diagnosis has to name first. They are broken by commands of the simulated host itself, or in the
 * simulated internet: never in what a diagnosis reads.
 */
import type { TwinHost } from '../../src/twin/host.js';
import type { Rig } from '../twin/rig.js';

export interface Broken {
  readonly name: string;
  readonly pair: readonly [left: string, right: string];
  readonly code: string;
  /** Where it is; absent: between the two. */
  readonly host?: 'left' | 'right';
  /** Whether --fix is to mend it. */
  readonly fixes?: true;
  /** The link was never made. */
  readonly never?: true;
  /** How the left host is really reached, in place of its usual address; what is diagnosed is the inventory without it where `unknown`. */
  readonly behind?: { readonly inside: string; readonly unknown?: true };
  /** Lines of the link. */
  readonly extra?: string;
  readonly break: (rig: Rig) => void;
}

const PEER = '10.1.12.38';
const FRR = ['Debian 12 frr', 'Debian 12 frr'] as const;
const OSPF = '    ospf: { area: 0 }';
const NFT = ['nft add table inet filter', "nft add chain inet filter input '{ type filter hook input priority 0; policy accept; }'"];
const NFT_OUT = ['nft add table inet filter', "nft add chain inet filter output '{ type filter hook output priority 0; policy accept; }'"];
const NFT_CLOSED = [
  'nft add table inet filter',
  "nft add chain inet filter input '{ type filter hook input priority 0; policy drop; }'",
  'nft add rule inet filter input ct state established,related accept',
  'nft add rule inet filter input ip protocol icmp accept',
  'nft add rule inet filter input tcp dport 22 accept',
];

/** Runs a command on a simulated host; a refusal is a mistake of the test. Words in quotes are one. */
export function on(host: TwinHost, line: string): void {
  const result = host.exec([...line.matchAll(/'([^']*)'|\S+/g)].map((m) => m[1] ?? m[0]));
  if (result.exit !== 0 || /Invalid|denied|not found/.test(result.stderr))
    throw new Error(`${host.spec.name}: ${line}: ${result.stderr || result.stdout}`);
}

const left =
  (...lines: string[]) =>
  (rig: Rig): void => {
    for (const line of lines) on(rig.host('left'), line);
  };

const right =
  (...lines: string[]) =>
  (rig: Rig): void => {
    for (const line of lines) on(rig.host('right'), line);
  };

/** A file of the host, and what takes it up. */
const left2 =
  (path: string, lines: readonly string[], ...commands: string[]) =>
  (rig: Rig): void => {
    rig.host('left').system.files.write(path, `${lines.join('\n')}\n`);
    left(...commands)(rig);
  };

const right2 =
  (path: string, lines: readonly string[], ...commands: string[]) =>
  (rig: Rig): void => {
    rig.host('right').system.files.write(path, `${lines.join('\n')}\n`);
    right(...commands)(rig);
  };

const npf = (...rules: string[]): string[] => ['group "external" on wm0 {', ...rules, '}', 'group default {', '  pass final all', '}'];

function for2(rig: Rig, line: string): void {
  left(line)(rig);
  right(line)(rig);
}

export const BROKEN: readonly Broken[] = [
  // Does it stand on both ends?
  {
    name: 'the interface was removed',
    pair: ['Debian 12', 'FreeBSD 14.1'],
    code: 'interface-missing',
    host: 'left',
    fixes: true,
    break: left('ip link del gre1'),
  },
  {
    name: 'the interface was destroyed',
    pair: ['NetBSD 9.3', 'OpenBSD 7.5'],
    code: 'interface-missing',
    host: 'right',
    fixes: true,
    break: right('ifconfig gre1 destroy'),
  },
  {
    name: 'it was never set up',
    pair: ['FreeBSD 13.2', 'Ubuntu 22.04'],
    code: 'interface-missing',
    host: 'left',
    fixes: true,
    never: true,
    break: () => undefined,
  },
  {
    name: 'the interface is down',
    pair: ['Debian 12 networkd', 'OpenBSD 7.5'],
    code: 'interface-down',
    host: 'left',
    fixes: true,
    break: left('ip link set gre1 down'),
  },
  {
    name: 'the interface is down',
    pair: ['Debian 12', 'NetBSD 10.0'],
    code: 'interface-down',
    host: 'right',
    fixes: true,
    break: right('ifconfig gre1 down'),
  },
  {
    name: 'the interface is down',
    pair: ['NetBSD 1.5.2', 'FreeBSD 4.5'],
    code: 'interface-down',
    host: 'right',
    fixes: true,
    break: right('ifconfig gre1 down'),
  },
  {
    name: 'the kernel takes no GRE',
    pair: ['OpenBSD 7.5', 'Debian 12'],
    code: 'gre-not-allowed',
    host: 'left',
    fixes: true,
    break: left('sysctl net.inet.gre.allow=0'),
  },
  {
    name: 'the kernel takes no GRE',
    pair: ['FreeBSD 14.1', 'OpenBSD 4.8'],
    code: 'gre-not-allowed',
    host: 'right',
    fixes: true,
    break: right('sysctl net.inet.gre.allow=0'),
  },
  // Do the two name each other?
  {
    name: 'the peer is another',
    pair: ['FreeBSD 14.1', 'Debian 12'],
    code: 'peer-wrong',
    host: 'left',
    fixes: true,
    break: left('ifconfig gre1 tunnel 203.0.113.1 203.0.113.77'),
  },
  {
    name: 'the peer is another',
    pair: ['Debian 12', 'Debian 12 NetworkManager'],
    code: 'peer-wrong',
    host: 'right',
    fixes: true,
    break: right('ip link set gre1 type gre local 203.0.113.2 remote 203.0.113.77 ttl 64'),
  },
  {
    name: 'the peer was taken away',
    pair: ['FreeBSD 13.2', 'NetBSD 9.3'],
    code: 'peer-missing',
    host: 'left',
    fixes: true,
    break: left('ifconfig gre1 deletetunnel'),
  },
  {
    name: 'one end has a key',
    pair: ['Debian 12', 'Ubuntu 22.04'],
    code: 'key-mismatch',
    host: 'left',
    fixes: true,
    break: left('ip link set gre1 type gre key 5'),
  },
  {
    name: 'one end has a key',
    pair: ['OpenBSD 7.5', 'Debian 12'],
    code: 'key-mismatch',
    host: 'left',
    fixes: true,
    break: left('ifconfig gre1 vnetid 5'),
  },
  {
    name: 'one end has a key',
    pair: ['FreeBSD 14.1', 'Debian 12'],
    code: 'key-mismatch',
    host: 'left',
    fixes: true,
    break: left('ifconfig gre1 grekey 5'),
  },
  {
    name: 'the inner address is another',
    pair: ['Debian 12', 'FreeBSD 14.1'],
    code: 'inner-wrong',
    host: 'right',
    fixes: true,
    break: right('ifconfig gre1 inet 10.1.12.42 10.1.12.41 netmask 255.255.255.252'),
  },
  {
    name: 'the host has moved',
    pair: ['Debian 12', 'FreeBSD 14.1'],
    code: 'address-moved',
    host: 'right',
    break: (rig) => rig.options.running.twin.readdress('right', '203.0.113.9'),
  },
  // Which way do packets take?
  {
    name: 'there is no default route',
    pair: ['Debian 12', 'NetBSD 9.3'],
    code: 'outer-no-route',
    host: 'left',
    break: left('ip route del default', 'ip route del 203.0.113.0/24'),
  },
  {
    name: 'the outer route leads into the tunnel',
    pair: ['Debian 12', 'OpenBSD 7.5'],
    code: 'recursion',
    host: 'left',
    fixes: true,
    break: left('ip route add 203.0.113.2/32 dev gre1'),
  },
  {
    name: 'the outer route leads into the tunnel',
    pair: ['FreeBSD 14.1', 'Debian 12'],
    code: 'recursion',
    host: 'left',
    fixes: true,
    break: left(`route add -host 203.0.113.2 ${PEER}`),
  },
  {
    name: 'another interface has taken the route',
    pair: ['Debian 12', 'NetBSD 9.3'],
    code: 'route-stolen',
    host: 'left',
    fixes: true,
    break: left(`ip route add ${PEER}/32 via 203.0.113.254`),
  },
  // Who drops them?
  {
    name: 'the path drops protocol 47 one way',
    pair: ['Debian 12', 'FreeBSD 14.1'],
    code: 'filter-path',
    break: (rig) => void rig.internet.filters.push({ protocol: 47, from: '203.0.113.1' }),
  },
  {
    name: 'the path drops protocol 47 both ways',
    pair: ['NetBSD 9.3', 'OpenBSD 7.5'],
    code: 'filter-path',
    break: (rig) => void rig.internet.filters.push({ protocol: 47 }),
  },
  {
    name: 'nothing crosses between the outer addresses',
    pair: ['FreeBSD 14.1', 'Ubuntu 22.04'],
    code: 'outer-unreachable',
    host: 'left',
    break: (rig) => rig.internet.filters.push({ from: '203.0.113.1' }, { to: '203.0.113.1' }),
  },
  {
    name: 'a filter drops protocol 47 that comes in',
    pair: ['FreeBSD 14.1', 'Debian 12'],
    code: 'filter-host',
    host: 'right',
    break: right(...NFT, 'nft add rule inet filter input ip protocol gre drop'),
  },
  {
    name: 'a filter drops all but SSH that comes in',
    pair: ['NetBSD 9.3', 'Debian 12'],
    code: 'filter-host',
    host: 'right',
    break: right(...NFT_CLOSED),
  },
  {
    name: 'a filter drops what goes out',
    pair: ['Debian 12', 'OpenBSD 7.5'],
    code: 'filter-host',
    host: 'left',
    break: left(...NFT_OUT, 'nft add rule inet filter output meta l4proto gre drop'),
  },
  {
    name: 'a filter drops protocol 47 that comes in',
    pair: ['Ubuntu 22.04', 'FreeBSD 14.1'],
    code: 'filter-host',
    host: 'left',
    break: left('iptables -A INPUT -p gre -j DROP'),
  },
  {
    name: 'a filter drops the peer',
    pair: ['Debian 12 iptables', 'NetBSD 9.3'],
    code: 'filter-host',
    host: 'left',
    break: left('iptables -A INPUT -s 203.0.113.2 -j DROP'),
  },
  {
    name: 'a filter drops what is inside the tunnel',
    pair: ['Debian 12', 'Ubuntu 22.04'],
    code: 'filter-inner',
    host: 'left',
    break: left(...NFT, 'nft add rule inet filter input iifname gre1 drop'),
  },
  {
    name: 'pf drops protocol 47',
    pair: ['Debian 12', 'OpenBSD 7.5'],
    code: 'filter-host',
    host: 'right',
    break: right2('/etc/pf.conf', ['block in quick proto gre', 'pass'], 'pfctl -f /etc/pf.conf'),
  },
  {
    name: 'pf lets nothing in, and has a state of the tunnel from before',
    pair: ['NetBSD 9.3', 'OpenBSD 4.8'],
    code: 'filter-inner',
    host: 'right',
    break: right2('/etc/pf.conf', ['block in all', 'pass out quick no state', 'pass in proto tcp to port 22'], 'pfctl -f /etc/pf.conf'),
  },
  {
    name: 'pf drops protocol 47',
    pair: ['FreeBSD 13.2', 'Debian 12'],
    code: 'filter-host',
    host: 'left',
    break: left2('/etc/pf.conf', ['block drop in quick proto gre'], 'kldload pf', 'pfctl -f /etc/pf.conf', 'pfctl -e'),
  },
  {
    name: 'ipfw denies protocol 47',
    pair: ['FreeBSD 13.2', 'Ubuntu 22.04'],
    code: 'filter-host',
    host: 'left',
    break: left('kldload ipfw', 'ipfw add 1000 allow all from any to any', 'ipfw add 500 deny gre from any to any in'),
  },
  {
    name: 'ipfw denies all but TCP and ICMP',
    pair: ['NetBSD 1.5.2', 'FreeBSD 4.11'],
    code: 'filter-host',
    host: 'right',
    break: right('kldload ipfw', 'ipfw add 100 allow tcp from any to any', 'ipfw add 200 allow icmp from any to any'),
  },
  {
    name: 'npf drops protocol 47',
    pair: ['NetBSD 10.0', 'FreeBSD 14.1'],
    code: 'filter-host',
    host: 'left',
    break: left2(
      '/etc/npf.conf',
      npf('  pass stateful out final all', '  block in final proto gre', '  pass in all'),
      'npfctl reload',
      'npfctl start',
    ),
  },
  {
    name: 'npf lets nothing in',
    pair: ['Debian 12', 'NetBSD 7.2'],
    code: 'filter-host',
    host: 'right',
    break: right2(
      '/etc/npf.conf',
      npf('  pass stateful out final all', '  pass in final proto icmp', '  block in all'),
      'npfctl reload',
      'npfctl start',
    ),
  },
  {
    name: 'the way back is by another card',
    pair: ['Debian 12 eth0 eth1', 'FreeBSD 14.1'],
    code: 'reverse-path',
    host: 'left',
    fixes: true,
    break: left(
      'ip addr add 198.51.100.9/24 dev eth1',
      'ip link set eth1 up',
      'ip route add 203.0.113.2/32 via 198.51.100.254 dev eth1',
      'sysctl -w net.ipv4.conf.eth0.rp_filter=1',
    ),
  },
  {
    name: 'the gateway in front of one end hands on no protocol 47',
    pair: ['Debian 12', 'FreeBSD 14.1'],
    behind: { inside: '10.0.0.5' },
    code: 'gateway-drops',
    host: 'left',
    break: (rig) => void rig.internet.filters.push({ protocol: 47, to: '203.0.113.1' }),
  },
  {
    name: 'there is a gateway that the inventory does not know',
    pair: ['Debian 12', 'OpenBSD 7.5'],
    behind: { inside: '10.0.0.5', unknown: true },
    code: 'nat-between',
    host: 'left',
    break: left('ip link set gre1 type gre local 203.0.113.1 remote 203.0.113.2 ttl 64'),
  },

  // Are they too big?
  {
    name: 'the path carries less, and says nothing',
    pair: ['Debian 12', 'Ubuntu 22.04'],
    code: 'mtu-black-hole',
    fixes: true,
    break: (rig) => (rig.internet.pathMtu = 1400),
  },
  {
    name: 'the MTU of one end is another',
    pair: ['FreeBSD 14.1', 'Debian 12'],
    code: 'mtu-unequal',
    host: 'left',
    fixes: true,
    break: left('ifconfig gre1 mtu 1400'),
  },
  // Do the routing daemons meet?
  { name: 'OSPF: the MTU of one end is another', pair: FRR, extra: OSPF, code: 'ospf-mtu', fixes: true, break: right('ip link set gre1 mtu 1400') },
  {
    name: 'OSPF: one end copies the TTL',
    pair: FRR,
    extra: OSPF,
    code: 'ospf-ttl',
    host: 'left',
    fixes: true,
    break: left('ip link set gre1 type gre ttl inherit'),
  },
  {
    name: 'OSPF: both ends copy the TTL',
    pair: FRR,
    extra: OSPF,
    code: 'ospf-ttl',
    host: 'left',
    fixes: true,
    break: (rig) => for2(rig, 'ip link set gre1 type gre ttl inherit'),
  },
  {
    name: 'OSPF: a filter drops multicast',
    pair: FRR,
    extra: OSPF,
    code: 'ospf-filter',
    host: 'right',
    break: right(...NFT, 'nft add rule inet filter input ip daddr 224.0.0.0/4 drop'),
  },
  {
    name: 'OSPF: a filter drops its protocol',
    pair: FRR,
    extra: OSPF,
    code: 'ospf-filter',
    host: 'left',
    break: left(...NFT, 'nft add rule inet filter input ip protocol ospf drop'),
  },
  {
    name: 'OSPF: one end is in another area',
    pair: FRR,
    extra: OSPF,
    code: 'ospf-area',
    host: 'right',
    fixes: true,
    break: right(`vtysh -c 'configure terminal' -c 'interface gre1' -c 'no ip ospf area' -c 'ip ospf area 7'`),
  },
  {
    name: 'OSPF: one end is another kind of network',
    pair: FRR,
    extra: OSPF,
    code: 'ospf-network',
    host: 'left',
    fixes: true,
    break: left(`vtysh -c 'configure terminal' -c 'interface gre1' -c 'ip ospf network broadcast'`),
  },
  {
    name: 'OSPF: the timers of one end are others',
    pair: FRR,
    extra: OSPF,
    code: 'ospf-timers',
    host: 'right',
    fixes: true,
    break: right(`vtysh -c 'configure terminal' -c 'interface gre1' -c 'ip ospf hello-interval 3'`),
  },

  // What would the next boot do?
  {
    name: 'the boot file is gone',
    pair: ['OpenBSD 7.5', 'FreeBSD 14.1'],
    code: 'not-kept',
    host: 'left',
    fixes: true,
    break: (rig) => void rig.host('left').system.files.remove('/etc/hostname.gre1'),
  },
];
