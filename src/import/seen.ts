/**
 * A tunnel that stands on a host, as a link of the inventory could describe it.
 *
 * In: what a survey read of an interface. Out: its pairs, MTU and TTL, or an error that says what no link can describe. Pure.
 */
import ipaddr from 'ipaddr.js';
import { ProvisionError } from '../errors/error.js';
import { INTERFACE } from '../inventory/forms.js';
import type { Known, OuterPair, TunnelState } from '../model/facts.js';

export interface Seen {
  readonly host: string;
  readonly interface: string;
  readonly outer: OuterPair;
  readonly inner: { readonly local: string; readonly peer: string };
  /** The /30 or /31 that both inner addresses lie in. */
  readonly subnet: string;
  /** Prefix length as the host has it; absent where it shows none. */
  readonly prefix?: number;
  readonly up: boolean;
  readonly mtu: number;
  /** As the host shows it, a number or a word; absent where the driver has no word for it. */
  readonly ttl?: string;
  /** Absent where the playbook does not speak of it. */
  readonly multicast?: boolean;
  /** GRE in UDP. */
  readonly encap?: 'udp';
}

const number = (address: string): number =>
  ipaddr.IPv4.parse(address)
    .toByteArray()
    .reduce((sum, byte) => sum * 256 + byte, 0);
const address = (n: number): string => [24, 16, 8, 0].map((shift) => Math.floor(n / 2 ** shift) % 256).join('.');

/** The subnet of a pair: a /30 of which they are the two hosts, or a /31. Undefined where there is none. */
export function subnetOf(local: string, peer: string): string | undefined {
  const [low, high] = [number(local), number(peer)].sort((a, b) => a - b) as [number, number];
  if (high - low !== 1) return undefined;
  if (low % 4 === 1) return `${address(low - 1)}/30`;
  return low % 2 === 0 ? `${address(low)}/31` : undefined;
}

/** The other address of a /30 or /31. Undefined where the address is no host of it. */
export function peerIn(local: string, prefix: number): string | undefined {
  const n = number(local);
  if (prefix === 31) return address(n % 2 === 0 ? n + 1 : n - 1);
  if (prefix !== 30 || n % 4 === 0 || n % 4 === 3) return undefined;
  return address(n % 4 === 1 ? n + 1 : n - 1);
}

function unfit(host: string, message: string, more: { why?: string; next?: string } = {}): ProvisionError {
  return new ProvisionError('ADOPT_UNFIT', message, { host, ...more, state: 'Nothing was written and nothing was changed.' });
}

function read<T>(host: string, name: string, what: string, fact: Known<T | null>): T {
  if (!fact.known) throw unfit(host, `The ${what} of ${name} on ${host} could not be read.`, { why: fact.why });
  if (fact.value === null)
    throw unfit(host, `${name} on ${host} has no ${what}.`, { next: 'Adopt a tunnel that works, or write a link and run: provision link LINK' });
  return fact.value;
}

function innerOf(host: string, name: string, live: TunnelState, reaches: boolean): Pick<Seen, 'inner' | 'subnet' | 'prefix'> {
  const { local, peer: named, prefix } = read(host, name, 'inner address pair', live.inner);
  const peer = named !== '' ? named : reaches && prefix !== undefined ? peerIn(local, prefix) : undefined;
  const subnet = peer === undefined ? undefined : subnetOf(local, peer);
  if (peer === undefined || subnet === undefined) {
    const has = `${local}${prefix === undefined ? '' : `/${prefix}`}${named === '' ? '' : ` -> ${named}`}`;
    throw unfit(host, `The inner addresses of ${name} on ${host} are not the two of a /30 or /31.`, {
      why: `It has ${has}.`,
      next: 'A link of provision has an inner subnet of its own: give the tunnel the two addresses of a /30 first.',
    });
  }
  return { inner: { local, peer }, subnet, ...(prefix === undefined ? {} : { prefix }) };
}

export interface SeenFrom {
  readonly host: string;
  readonly interface: string;
  readonly live: TunnelState;
  /** An inner address without a peer reaches the peer by its prefix. */
  readonly reaches: boolean;
  readonly hasTtl: boolean;
  /** Names of interfaces of the host, for the error. */
  readonly interfaces: readonly string[];
}

/** @throws {ProvisionError} ADOPT_UNFIT */
export function seenOf({ host, interface: name, live, reaches, hasTtl, interfaces }: SeenFrom): Seen {
  if (INTERFACE.find(name) !== undefined) {
    throw unfit(host, `${name} on ${host} has a name that no link can have.`, {
      next: 'Links take names of small letters and digits, with a letter first, 15 at most.',
    });
  }
  if (!read(host, name, 'state', live.exists)) {
    const there = interfaces.length === 0 ? {} : { next: `There are: ${interfaces.slice(0, 20).join(', ')}` };
    throw unfit(host, `There is no interface ${name} on ${host}.`, there);
  }
  const outer = read(host, name, 'outer address pair', live.outer);
  if (![outer.local, outer.remote].every((a) => ipaddr.IPv4.isValidFourPartDecimal(a) && a !== '0.0.0.0')) {
    throw unfit(host, `The outer addresses of ${name} on ${host} are not two IPv4 addresses.`, { why: `It has ${outer.local} -> ${outer.remote}.` });
  }
  const { multicast, carrier } = live.settings;
  return {
    host,
    interface: name,
    outer,
    ...innerOf(host, name, live, reaches),
    up: live.up.known && live.up.value,
    mtu: read(host, name, 'MTU', live.mtu),
    ...(hasTtl ? { ttl: read(host, name, 'outer TTL', live.ttl) } : {}),
    ...(carrier?.known === true && carrier.value !== null ? { encap: 'udp' as const } : {}),
    ...(multicast?.known === true ? { multicast: multicast.value === 'on' } : {}),
  };
}
