/**
 * IPv4 addresses and subnets as the inventory writes them.
 *
 * In: text. Out: canonical text and numbers, or a problem that says what to write instead.
 * Strict: four decimal parts and nothing else. `010.1.1.1` is 8.1.1.1 to some programs and 10.1.1.1 to others, so it is refused.
 */
import ipaddr from 'ipaddr.js';
import { type Problem, show } from './problems.js';

export interface Subnet {
  /** Canonical, for example `10.1.12.36/30`. */
  readonly text: string;
  readonly prefix: number;
  /** First and last address as unsigned 32-bit numbers. */
  readonly first: number;
  readonly last: number;
}

const bad = (message: string, next: string, why?: string): Problem => ({
  code: 'INVENTORY_VALUE',
  message,
  next,
  ...(why === undefined ? {} : { why }),
});

/** An unsigned 32-bit number of canonical IPv4 text. */
export function toNumber(address: string): number {
  let [sum, part] = [0, 0];
  for (let i = 0; i < address.length; i += 1) {
    const code = address.charCodeAt(i);
    if (code === DOT) [sum, part] = [sum * 256 + part, 0];
    else part = part * 10 + code - ZERO;
  }
  return sum * 256 + part;
}

const [DOT, ZERO] = [46, 48];

/** Canonical IPv4 text of an unsigned 32-bit number. */
export const toText = (n: number): string => `${n >>> 24}.${(n >>> 16) & 255}.${(n >>> 8) & 255}.${n & 255}`;

const FOUR_PARTS = new RegExp(`^${Array(4).fill('(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)').join('\\.')}$`);

/** What is wrong with the form of an IPv4 address, or nothing. */
export function addressForm(text: string): Problem | undefined {
  if (FOUR_PARTS.test(text)) return undefined;
  const shown = show(text);
  if (text.length < 64 && ipaddr.IPv6.isValid(text)) {
    return bad(
      `${shown} is an IPv6 address; tunnels over IPv6 are not supported.`,
      'Write the IPv4 address of the host.',
      'No playbook sets up GRE over IPv6.',
    );
  }
  if (text.includes('/')) return bad(`${shown} is a subnet, not an address.`, `Write it without the slash: ${show(text.split('/')[0])}`);
  if (text.length < 64 && ipaddr.IPv4.isValid(text)) {
    const meant = ipaddr.IPv4.parse(text).toString();
    const plain = text.split('.').length === 4 && /^[0-9.]+$/.test(text) ? text.split('.').map(Number).join('.') : meant;
    const or = plain !== meant && FOUR_PARTS.test(plain) ? ` If leading zeros were only padding, write ${plain}.` : '';
    return bad(
      `${shown} is not written as four decimal numbers.`,
      `Write ${meant}, if that is meant.${or}`,
      'Programs read short, octal and hexadecimal forms differently.',
    );
  }
  if (/^\d+(\.\d+){3}$/.test(text))
    return bad(`${shown} is not an IPv4 address: each number goes from 0 to 255.`, 'Write four numbers from 0 to 255, for example 203.0.113.7.');
  return bad(`${shown} is not an IPv4 address.`, 'Write four numbers from 0 to 255, for example 203.0.113.7.');
}

/** Ranges of which no host on the internet can have an address, with what they are. */
const NO_HOST: readonly (readonly [first: number, last: number, what: string])[] = [
  ['0.0.0.0', '0.255.255.255', 'means "this network" and belongs to no host'],
  ['127.0.0.0', '127.255.255.255', 'is a loopback address'],
  ['224.0.0.0', '239.255.255.255', 'is a multicast address'],
  ['240.0.0.0', '255.255.255.254', 'is reserved'],
  ['255.255.255.255', '255.255.255.255', 'is the broadcast address'],
].map(([first = '', last = '', what = '']) => [toNumber(first), toNumber(last), what] as const);

const forNoHost = (first: number, last: number): string | undefined => NO_HOST.find(([a, b]) => first <= b && a <= last)?.[2];

/** What is wrong with an address as an outer address (the form, or a range no host can have), or nothing. Private ones are fine. */
export function outerForm(text: string): Problem | undefined {
  const form = addressForm(text);
  if (form !== undefined) return form;
  const n = toNumber(text);
  const what = forNoHost(n, n);
  return what === undefined
    ? undefined
    : bad(`${text} ${what}; it cannot be the address of a host.`, 'Write the address that the other end of the tunnel sees.');
}

/** What is wrong with a router id, or nothing. Any number but 0 does; it need not be an address of the host. */
export function routerIdForm(text: string): Problem | undefined {
  if (text !== '0.0.0.0') return addressForm(text);
  return bad('0.0.0.0 is not a router id.', 'Write an address of the host that no other host has, for example 10.0.0.1.');
}

/** What is wrong with the dotted form of an OSPF area, or nothing. */
export function areaForm(text: string): Problem | undefined {
  if (/^(0|[1-9]\d{0,9})$/.test(text) && Number(text) < 2 ** 32) return bad(`${text} is a number in quotes.`, `Write area: ${toText(Number(text))}`);
  if (addressForm(text) === undefined) return undefined;
  return bad(`${show(text)} is not an OSPF area.`, 'Write a number, or four numbers from 0 to 255, for example 0.0.0.0.');
}

/** Prefix lengths that can be announced: a shorter one holds what belongs to others. */
export const ANNOUNCED = [8, 32] as const;

const mask = (n: number, prefix: number): number => n - (n % 2 ** (32 - prefix));

/** The subnet of that size around an address. */
export function subnetAround(address: number, prefix: number): Subnet {
  const first = mask(address, prefix);
  return { text: `${toText(first)}/${prefix}`, prefix, first, last: first + 2 ** (32 - prefix) - 1 };
}

/**
 * Reads `ADDRESS/PREFIX`.
 *
 * @param sizes - The prefix lengths allowed, smallest and largest.
 */
export function readSubnet(text: string, sizes: readonly [number, number]): Subnet | Problem {
  const [address = '', length, ...rest] = text.split('/');
  const example = sizes[0] === 30 ? '10.1.12.36/30' : '10.1.12.0/24';
  if (length === undefined && addressForm(address) === undefined) {
    const size = sizes[0] === 30 ? 30 : 24;
    return bad(`${show(text)} has no prefix length.`, `Write ${subnetAround(toNumber(address), size).text}.`);
  }
  if (length === undefined || rest.length > 0) return bad(`${show(text)} is not a subnet.`, `Write it as ADDRESS/LENGTH, for example ${example}.`);
  const form = addressForm(address);
  if (form !== undefined) return form;
  if (length === '0' && sizes[1] === 32)
    return bad('A default route overlaps everything.', 'Leave it out: only prefixes of the network behind the host are written here.');
  const prefix = /^(0|[1-9][0-9]?)$/.test(length) ? Number(length) : Number.NaN;
  if (!(prefix >= sizes[0] && prefix <= sizes[1])) {
    const next = sizes[0] === 30 ? `Write ${subnetAround(toNumber(address), 30).text}.` : `Write a length from ${sizes[0]} to ${sizes[1]}.`;
    const range = `is a /${sizes[0]} to a /${sizes[1]}`;
    const two = sizes[0] === 30 ? 'The inner subnet of a link is a /30 or a /31.' : sizes[1] === 32 ? `A prefix ${range} here.` : `A pool ${range}.`;
    return bad(`/${show(length)} is not a length a subnet can have here. ${two}`, next);
  }
  const first = toNumber(address);
  if (mask(first, prefix) !== first)
    return bad(`${text} is not the start of a /${prefix}.`, `Write ${subnetAround(first, prefix).text}, which holds ${address}.`);
  // What has come this far is written in the one canonical way.
  const subnet = { text, prefix, first, last: first + 2 ** (32 - prefix) - 1 };
  const what = forNoHost(subnet.first, subnet.last);
  if (what !== undefined) return bad(`${text} ${what}.`, `Write a subnet of your own, for example ${example}.`);
  return subnet;
}

export const isSubnet = (value: Subnet | Problem): value is Subnet => 'first' in value;

export const overlaps = (a: Subnet, b: Subnet): boolean => a.first <= b.last && b.first <= a.last;

export const holds = (subnet: Subnet, address: string): boolean => {
  const n = toNumber(address);
  return n >= subnet.first && n <= subnet.last;
};

/** The two addresses that ends can have: the middle two of a /30, both of a /31. */
export const usable = (subnet: Subnet): readonly [string, string] =>
  subnet.prefix === 31 ? [toText(subnet.first), toText(subnet.last)] : [toText(subnet.first + 1), toText(subnet.last - 1)];
