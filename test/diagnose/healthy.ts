/** Links that work, of many kinds, some of them with something beside that looks like a fault. */
import type { Rig } from '../twin/rig.js';

export interface Healthy {
  readonly pair: readonly [left: string, right: string];
  readonly name?: string;
  /** Lines of the link. */
  readonly extra?: string;
  /** What is done after the link stands. */
  readonly also?: (rig: Rig) => void;
}

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
  { pair: ['Debian 12', 'NetBSD 9.3'], name: 'another address is filtered', also: (rig) => void rig.internet.filters.push({ from: '203.0.113.77' }) },
];
