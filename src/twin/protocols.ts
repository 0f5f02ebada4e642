/** Names of IP protocols, as /etc/protocols of all simulated systems has them. */
const NAMES: readonly (readonly [string, number])[] = [
  ['icmp', 1],
  ['igmp', 2],
  ['ipencap', 4],
  ['tcp', 6],
  ['udp', 17],
  ['gre', 47],
  ['esp', 50],
  ['ah', 51],
  ['ipv6-icmp', 58],
  ['ospf', 89],
];

/** Undefined: neither a number up to 255 nor a name. */
export function protocolNumber(word: string): number | undefined {
  if (/^\d{1,3}$/.test(word)) return Number(word) <= 255 ? Number(word) : undefined;
  return NAMES.find(([name]) => name === word)?.[1];
}

export const protocolName = (n: number): string => NAMES.find(([, number]) => number === n)?.[0] ?? String(n);
