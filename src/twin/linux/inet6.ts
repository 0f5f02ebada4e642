/** The IPv6 link-local address that the kernel gives a device by itself; shown by `ip addr`, used for nothing else here. */
import { covers } from '../stack.js';
import type { Device } from './device.js';

const NOT_GLOBAL: readonly (readonly [string, number])[] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['224.0.0.0', 4],
];

/** The IPv6 address that the kernel gives a device when it comes up (addrconf.c: EUI-64, and the ISATAP form for gre). */
export function linkLocal(device: Device): string | undefined {
  if (device.type === 'ether') return 'fe80::5054:ff:fe00:1';
  if (device.gre === undefined || device.gre.local === '') return undefined;
  const bytes = device.gre.local.split('.').map(Number);
  const [a = 0, b = 0, c = 0, d = 0] = bytes;
  const tail = `${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`;
  return NOT_GLOBAL.some(([net, length]) => covers(net, length, device.gre?.local ?? '')) ? `fe80::5efe:${tail}` : `fe80::200:5efe:${tail}`;
}
