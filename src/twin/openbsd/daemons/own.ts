/** The addresses of a host that a daemon takes its router id from: all but those of the loopback, the lowest first. */
import { toNumber } from '../../interface.js';
import type { IpStack } from '../../stack.js';

export function ownAddresses(stack: IpStack): readonly string[] {
  const all = [...stack.interfaces.values()].flatMap((i) => i.addresses.map((a) => a.local));
  return all.filter((a) => !a.startsWith('127.')).sort((a, b) => toNumber(a) - toNumber(b));
}
