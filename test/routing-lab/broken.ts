/**
 * Ways to break a link with OSPF on real kernels, and the cause that a diagnosis has to name first.
 *
 * in: the rig of this folder, with the link of h1 and h2 Full
 * out: commands of an administrator, on a host or on the router between the two; what mends it comes with it
 */
import { INNER } from './rig.js';

/** `router` is the machine between the outer addresses. */
export type Place = 'h1' | 'h2' | 'router';

export interface Broken {
  readonly name: string;
  readonly code: string;
  /** The host where it is; absent: between the two. */
  readonly host?: 'h1' | 'h2';
  readonly at: Place;
  readonly break: string;
  readonly mend: string;
}

const LOCAL = { h1: '192.0.2.1', h2: '192.0.2.2' } as const;
const INNERS = { h1: `${INNER.h1h2} peer ${INNER.h2}`, h2: `${INNER.h2} peer ${INNER.h1h2}` } as const;

/** The tunnel of one end, made anew as the link says. */
function anew(host: 'h1' | 'h2'): string {
  const remote = host === 'h1' ? LOCAL.h2 : LOCAL.h1;
  return `ip link del gre1 2>/dev/null; ip link add name gre1 type gre local ${LOCAL[host]} remote ${remote} ttl 64 && ip link set gre1 mtu 1476 multicast on && ip addr add ${INNERS[host]}/30 dev gre1 && ip link set gre1 up`;
}

const ospf = (words: string): string =>
  `vtysh -c "configure terminal" -c "interface gre1" ${words.replaceAll(/[^;]+/g, (w) => `-c "${w.trim()}"`).replaceAll(';', ' ')}`;

const PATH_FILTER =
  'nft add table ip path; nft "add chain ip path f { type filter hook forward priority 0; policy accept; }"; nft "add chain ip path o { type filter hook output priority 0; policy accept; }"';
const NO_FILTER = 'nft delete table ip path';

export const BROKEN: readonly Broken[] = [
  { name: 'the interface is down', code: 'interface-down', host: 'h2', at: 'h2', break: 'ip link set gre1 down', mend: 'ip link set gre1 up' },
  { name: 'the interface is gone', code: 'interface-missing', host: 'h2', at: 'h2', break: 'ip link del gre1', mend: anew('h2') },
  { name: 'the peer is another', code: 'peer-wrong', host: 'h2', at: 'h2', break: 'ip link set gre1 type gre remote 192.0.2.77', mend: anew('h2') },
  { name: 'one end has a key', code: 'key-mismatch', host: 'h1', at: 'h1', break: 'ip link set gre1 type gre key 42', mend: anew('h1') },
  {
    name: 'protocol 47 is dropped where it comes in',
    code: 'filter-host',
    host: 'h2',
    at: 'h2',
    break: 'iptables -A INPUT -p gre -j DROP',
    mend: 'iptables -F INPUT',
  },
  {
    name: 'protocol 47 is dropped where it goes out',
    code: 'filter-host',
    host: 'h1',
    at: 'h1',
    break: 'iptables -A OUTPUT -p gre -j DROP',
    mend: 'iptables -F OUTPUT',
  },
  {
    name: 'protocol 47 is dropped on the way from h1 to h2',
    code: 'filter-path',
    at: 'router',
    break: `${PATH_FILTER}; nft add rule ip path f ip saddr ${LOCAL.h1} ip protocol gre drop`,
    mend: NO_FILTER,
  },
  {
    name: 'the outer route leads into the tunnel',
    code: 'recursion',
    host: 'h1',
    at: 'h1',
    break: `ip route add ${LOCAL.h2}/32 dev gre1`,
    mend: `ip route del ${LOCAL.h2}/32 dev gre1`,
  },
  {
    name: 'the router has no way to h2',
    code: 'outer-unreachable',
    host: 'h1',
    at: 'router',
    break: `ip route replace blackhole ${LOCAL.h2}`,
    mend: `ip route del blackhole ${LOCAL.h2}; ip route replace ${LOCAL.h2} via 198.51.100.2`,
  },
  {
    name: 'the path carries 1400 bytes and says nothing',
    code: 'mtu-black-hole',
    at: 'router',
    break: `${PATH_FILTER}; nft add rule ip path o icmp type destination-unreachable drop; ip route replace ${LOCAL.h2} via 198.51.100.2 mtu lock 1400`,
    mend: `${NO_FILTER}; ip route replace ${LOCAL.h2} via 198.51.100.2`,
  },
  { name: 'one end copies the TTL', code: 'ospf-ttl', host: 'h1', at: 'h1', break: 'ip link set gre1 type gre ttl inherit', mend: anew('h1') },
  { name: 'MTU 1400 against 1476', code: 'ospf-mtu', at: 'h2', break: 'ip link set gre1 mtu 1400', mend: 'ip link set gre1 mtu 1476' },
  {
    name: 'OSPF is dropped where it comes in',
    code: 'ospf-filter',
    host: 'h2',
    at: 'h2',
    break: 'iptables -A INPUT -i gre1 -p 89 -j DROP',
    mend: 'iptables -F INPUT',
  },
  {
    name: 'multicast is dropped where it comes in',
    code: 'ospf-filter',
    host: 'h1',
    at: 'h1',
    break: 'iptables -A INPUT -d 224.0.0.0/4 -j DROP',
    mend: 'iptables -F INPUT',
  },
  {
    name: 'one end is in another area',
    code: 'ospf-area',
    host: 'h2',
    at: 'h2',
    break: ospf('no ip ospf area; ip ospf area 7'),
    mend: ospf('no ip ospf area; ip ospf area 0.0.0.0'),
  },
  {
    name: 'one end is another kind of network',
    code: 'ospf-network',
    host: 'h2',
    at: 'h2',
    break: ospf('ip ospf network broadcast'),
    mend: ospf('ip ospf network point-to-point'),
  },
  {
    name: 'the timers of one end are others',
    code: 'ospf-timers',
    host: 'h1',
    at: 'h1',
    break: ospf('ip ospf hello-interval 3'),
    mend: ospf('ip ospf hello-interval 2'),
  },
];
