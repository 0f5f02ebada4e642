/** What rules of nft and iptables compare: addresses, protocols, interfaces, ports, connection states. In: words. Out: a test, or undefined for a word that is none. */
import { covers } from '../../interface.js';
import { protocolNumber } from '../../protocols.js';
import { parsePrefix } from '../result.js';
import type { Seen } from './netfilter.js';

export type Test = (seen: Seen) => boolean;

/** `A`, `A/N` or `A-B`. */
export function addressTest(word: string, of: (seen: Seen) => string): Test | undefined {
  const net = parsePrefix(word);
  return net === undefined ? undefined : (seen) => covers(net.address, net.length, of(seen));
}

export function protocolTest(word: string): Test | undefined {
  const n = protocolNumber(word);
  return n === undefined ? undefined : (seen) => seen.packet.protocol === n;
}

/** `*` at the end (nft) or `+` (iptables) stands for any rest. */
export function interfaceTest(word: string, of: (seen: Seen) => string): Test {
  const stem = /[*+]$/.test(word) ? word.slice(0, -1) : undefined;
  return (seen) => (stem === undefined ? of(seen) === word : of(seen).startsWith(stem));
}

const STATES: Readonly<Record<string, Test>> = {
  new: ({ ct }) => ct !== 'established',
  established: ({ ct }) => ct === 'established',
  // No helper of the kernel makes a related flow of what the simulated network carries; ICMP errors are not filtered here.
  related: () => false,
  invalid: () => false,
  untracked: () => false,
};

export const stateTest = (word: string): Test | undefined => (Object.hasOwn(STATES, word) ? STATES[word] : undefined);

/** `N` or `N-M`. TCP is not simulated, so only UDP ports can be equal. */
export function portTest(word: string, protocol: 'tcp' | 'udp', which: 'source' | 'destination'): Test | undefined {
  const [first = '', last = first] = word.split(/[-:]/);
  if (!/^\d{1,5}$/.test(first) || !/^\d{1,5}$/.test(last)) return SERVICES.includes(word) ? () => false : undefined;
  return ({ packet }) => {
    const port = protocol === 'udp' ? packet.udp?.[which] : undefined;
    return port !== undefined && port >= Number(first) && port <= Number(last);
  };
}

const SERVICES = ['ssh', 'domain', 'http', 'https', 'ntp', 'smtp', 'bgp'];

const ICMP: Readonly<Record<string, 'request' | 'reply' | undefined>> = {
  'echo-request': 'request',
  'echo-reply': 'reply',
  '8': 'request',
  '0': 'reply',
  'destination-unreachable': undefined,
  'time-exceeded': undefined,
  'parameter-problem': undefined,
  'router-advertisement': undefined,
  'router-solicitation': undefined,
};

export const icmpTest = (word: string): Test | undefined =>
  Object.hasOwn(ICMP, word) ? ({ packet }) => packet.protocol === 1 && ICMP[word] !== undefined && packet.echo?.kind === ICMP[word] : undefined;
