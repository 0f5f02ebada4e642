/** Links that work, of many kinds, some of them with something beside that looks like a fault. */

import type { Rig } from '../twin/rig.js';
import { on } from './broken.js';

export interface Healthy {
  readonly pair: readonly [left: string, right: string];
  readonly name?: string;
  /** Lines of the link. */
  readonly extra?: string;
  readonly before?: (rig: Rig) => void;
  /** What is done after the link stands. */
  readonly also?: (rig: Rig) => void;
}

const all = (rig: Rig, host: string, ...lines: readonly string[]): void => {
  for (const line of lines) on(rig.host(host), line);
};

const reboot = (rig: Rig): void => {
  for (const name of ['left', 'right']) rig.host(name).reboot();
};

export const HEALTHY: readonly Healthy[] = [
  { pair: ['NetBSD 1.5.2', 'FreeBSD 4.5'] },
  { pair: ['NetBSD 1.5.2 patched', 'FreeBSD 4.11'] },
  { pair: ['NetBSD 1.6.2', 'FreeBSD 9.3'] },
  { pair: ['NetBSD 2.0', 'OpenBSD 3.0'] },
  { pair: ['NetBSD 5.2', 'OpenBSD 4.8'] },
  { pair: ['NetBSD 9.3', 'FreeBSD 14.1'] },
  { pair: ['NetBSD 10.0', 'OpenBSD 6.3'] },
  { pair: ['OpenBSD 7.5', 'Debian 12 networkd'] },
  { pair: ['OpenBSD 7.5', 'FreeBSD 15.0'] },
  { pair: ['Debian 12', 'Debian 12'] },
  { pair: ['Debian 12 NetworkManager', 'Ubuntu 22.04'] },
  { pair: ['Debian 12', 'FreeBSD 13.2'], name: 'mtu 1400', extra: '    mtu: 1400' },
  { pair: ['Debian 12', 'FreeBSD 14.1'], name: 'GRE in UDP', extra: '    encap: udp' },
  { pair: ['Debian 12', 'OpenBSD 7.5'], name: 'after a reboot of both ends', also: reboot },
  { pair: ['FreeBSD 14.1', 'NetBSD 9.3'], name: 'after a reboot of both ends', also: reboot },
  {
    pair: ['Debian 12', 'Ubuntu 22.04'],
    name: 'no ping of the outer addresses is answered',
    also: (rig) => void rig.internet.filters.push({ protocol: 1 }),
  },
  { pair: ['Debian 12 frr', 'Debian 12 frr'], name: 'OSPF', extra: '    ospf: { area: 0 }' },
  { pair: ['OpenBSD 7.5 ospfd', 'OpenBSD 4.8 ospfd'], name: 'OSPF', extra: '    ospf: { area: 1, cost: 20 }', also: reboot },
  { pair: ['OpenBSD 6.3 ospfd', 'Debian 12 frr'], name: 'OSPF', extra: '    ospf: {}' },
  { pair: ['OpenBSD 7.5 bgpd AS64512', 'OpenBSD 6.3 bgpd AS64513'], name: 'BGP', extra: '    bgp: {}', also: reboot },
  {
    pair: ['FreeBSD 13.2', 'Debian 12'],
    name: 'ipfw lets protocol 47 in',
    also: (rig) => all(rig, 'left', 'kldload ipfw', 'ipfw add 100 allow gre from any to any', 'ipfw add 200 allow icmp from any to any'),
  },
  {
    pair: ['Debian 12', 'OpenBSD 7.5'],
    name: 'nftables lets protocol 47 in and little else',
    also: (rig) =>
      all(
        rig,
        'left',
        'nft add table inet filter',
        "nft add chain inet filter input '{ type filter hook input priority 0; policy drop; }'",
        'nft add rule inet filter input ct state established,related accept',
        'nft add rule inet filter input ip protocol gre accept',
        'nft add rule inet filter input ip protocol icmp accept',
      ),
  },
  {
    pair: ['Debian 12', 'FreeBSD 14.1'],
    name: 'a strict way back that is the same',
    also: (rig) => all(rig, 'left', 'sysctl -w net.ipv4.conf.all.rp_filter=1'),
  },
  {
    pair: ['Debian 12', 'Debian 12'],
    name: 'a path of 1400 bytes from the start',
    before: (rig) => {
      rig.internet.pathMtu = 1400;
    },
  },
  { pair: ['Debian 12', 'NetBSD 9.3'], name: 'another address is filtered', also: (rig) => void rig.internet.filters.push({ from: '203.0.113.77' }) },
];
