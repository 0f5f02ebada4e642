/**
 * Addresses and routes as the BSD kernels keep them: what setting and taking away an address does to the routing table.
 *
 * In: the simulated stack and the change. Out: the stack changed. Why here: every BSD family needs the same rules (os-facts.md 2.3, 13.4).
 */
import { toNumber } from '../interface.js';
import { covers, type Interface, type InterfaceAddress, type IpStack, type Route } from '../stack.js';
import { isIpv4 } from './result.js';

export const fromNumber = (n: number): string => [24, 16, 8, 0].map((shift) => Math.floor(n / 2 ** shift) % 256).join('.');

/** Netmask word (dotted or hexadecimal) as prefix length; undefined if it is no mask. */
export function prefixOf(word: string): number | undefined {
  const hex = /^0x([0-9a-f]{1,8})$/i.exec(word)?.[1];
  if (hex === undefined && !isIpv4(word)) return undefined;
  const value = hex === undefined ? toNumber(word) : Number.parseInt(hex, 16);
  const bits = value.toString(2).padStart(32, '0');
  return bits.includes('01') ? undefined : bits.replaceAll('0', '').length;
}

/** `0xfffffffc`, as ifconfig prints masks; /0 is `0x0`. */
export const hexMask = (prefix: number): string => `0x${(2 ** 32 - 2 ** (32 - prefix)).toString(16)}`;

export const dottedMask = (prefix: number): string => fromNumber(2 ** 32 - 2 ** (32 - prefix));

export const broadcastOf = (address: string, prefix: number): string => {
  const size = 2 ** (32 - prefix);
  return fromNumber(Math.floor(toNumber(address) / size) * size + size - 1);
};

export const networkOf = (address: string, prefix: number): string => {
  const size = 2 ** (32 - prefix);
  return fromNumber(Math.floor(toNumber(address) / size) * size);
};

/** The address with its last bit turned over: what the old gre drivers look up (os-facts.md 0.4). */
export const flipLastBit = (address: string): string => {
  const n = toNumber(address);
  return fromNumber(n % 2 === 0 ? n + 1 : n - 1);
};

/** Mask that a classful system assumes when none is given. */
export function classfulPrefix(address: string): number {
  const first = Number(address.split('.')[0]);
  return first < 128 ? 8 : first < 192 ? 16 : 24;
}

/**
 * Puts an address on an interface, with the routes the kernel makes of it.
 * @param selfRoute - whether this kernel makes a loopback route for the own address of a point-to-point interface.
 */
export function addAddress(stack: IpStack, on: Interface, address: InterfaceAddress, selfRoute: boolean): void {
  on.addresses.push(address);
  on.up = true;
  const made: Route[] = [];
  if (address.peer !== undefined) made.push({ dest: address.peer, prefix: 32, interface: on.name });
  else if (on.kind === 'physical' && address.prefix < 32)
    made.push({ dest: networkOf(address.local, address.prefix), prefix: address.prefix, interface: on.name });
  if (on.kind !== 'tunnel' || (selfRoute && address.peer !== address.local))
    made.push({ dest: address.local, prefix: 32, interface: 'lo0', local: true });
  for (const route of made) if (findRoute(stack, route.dest, route.prefix) === undefined) stack.routes.push(route);
  if (on.kind === 'physical') stack.internet.claim(address.local, stack);
}

/** Takes an address away, with every route that hung on it. False if it was not there. */
export function dropAddress(stack: IpStack, on: Interface, local: string): boolean {
  const at = on.addresses.findIndex((a) => a.local === local);
  const old = on.addresses[at];
  if (old === undefined) return false;
  on.addresses.splice(at, 1);
  const elsewhere = stack.hasAddress(local);
  stack.routes = stack.routes.filter(
    (r) => !dependsOn(r, on, old) && (elsewhere || !(r.dest === local && r.local === true && r.gateway === undefined)),
  );
  // An old tunnel has its outer address on itself too; the net hears of it by network cards only.
  const onCard = [...stack.interfaces.values()].some((i) => i.kind === 'physical' && i.addresses.some((a) => a.local === local));
  if (on.kind === 'physical' && !onCard) stack.internet.release(local, stack);
  return true;
}

function dependsOn(route: Route, on: Interface, old: InterfaceAddress): boolean {
  if (route.interface !== on.name) return false;
  if (on.addresses.length === 0) return true;
  if (old.peer !== undefined) return route.dest === old.peer || route.gateway === old.peer;
  return (
    (route.dest === networkOf(old.local, old.prefix) && route.prefix === old.prefix) ||
    (route.gateway !== undefined && covers(old.local, old.prefix, route.gateway))
  );
}

export const findRoute = (stack: IpStack, dest: string, prefix: number): Route | undefined =>
  stack.routes.find((r) => r.dest === dest && r.prefix === prefix);
