/**
 * A half and an inventory put together: my own half, the whole link, and where the two do not agree.
 *
 * In: the inventory, a half. Out: another half, a link to write, differences cell by cell. Pure.
 */
import { stringify } from 'yaml';
import { ProvisionError } from '../errors/error.js';
import { freeInterface } from '../inventory/pools.js';
import type { Host, Inventory, Link } from '../model/inventory.js';
import type { Half } from './half.js';

/** What both operators have to see the same, from one side. */
export interface Terms {
  readonly link: string;
  readonly kind: 'gre';
  readonly encap?: 'udp';
  readonly subnet: string;
  readonly mtu: number | 'auto';
  readonly ttl: number;
  readonly mine: Half['mine'];
  /** `interface` and `outer` are not known before the other operator has told them. */
  readonly theirs: {
    readonly host?: string;
    readonly hostname?: string;
    readonly outer?: string;
    readonly inner: string;
    readonly interface?: string;
  };
}

/** Id and times of a half that is to be made. */
export interface Stamp {
  readonly offer: string;
  readonly answers?: string;
  readonly made: string;
  readonly expires: string;
}

/** One cell of both tables. */
export interface Cell {
  readonly label: string;
  /** In my inventory, or in my offer. */
  readonly here: string;
  /** As the other operator's half says it. */
  readonly there: string;
  readonly differs: boolean;
}

/** The outer address as the other operator needs it: what the world sees. @throws {ProvisionError} USAGE where the host has none. */
export function outerOf(host: Host): string {
  const { address } = host;
  if (address?.kind === 'static') return address.address;
  if (address?.kind === 'nat') return address.outside;
  if (address?.kind === 'dynamic') return 'dynamic';
  throw new ProvisionError('USAGE', `${host.name} has no address in the inventory, and the other end needs it.`, {
    place: host.place,
    state: 'Nothing was changed.',
    next: 'Add address: with its public IPv4 address.',
  });
}

function mineOf(inventory: Inventory, name: string, inner: string, interfaceName: string): Half['mine'] {
  const host = inventory.hosts.get(name);
  if (host === undefined) throw new ProvisionError('NAME_UNKNOWN', `There is no host ${name} in the inventory.`);
  const hostname = host.hostname === undefined ? {} : { hostname: host.hostname };
  return { host: name, ...hostname, outer: outerOf(host), inner, interface: interfaceName };
}

type Tunnel = Pick<Terms, 'kind' | 'encap' | 'subnet' | 'mtu' | 'ttl'>;

/** What is of the tunnel and of neither end. */
const tunnelOf = ({ kind, encap, subnet, mtu, ttl }: Tunnel): Tunnel => ({ kind, ...(encap === undefined ? {} : { encap }), subnet, mtu, ttl });

/** A link of the inventory as it is seen from one of its hosts. */
export function termsOf(inventory: Inventory, link: Link, host: string): Terms {
  const [mine, theirs] = link.ends[0].host === host ? link.ends : [link.ends[1], link.ends[0]];
  const other = inventory.hosts.get(theirs.host);
  const outer = other?.address === undefined ? {} : { outer: outerOf(other) };
  return {
    link: link.name,
    ...tunnelOf(link),
    mine: mineOf(inventory, mine.host, mine.inner, mine.interface),
    theirs: {
      host: theirs.host,
      ...(other?.hostname === undefined ? {} : { hostname: other.hostname }),
      ...outer,
      inner: theirs.inner,
      interface: theirs.interface,
    },
  };
}

/** What a half says, from my side: their `mine` is my `theirs`. @param host - My host. */
export function seenFromHere(inventory: Inventory, half: Half, host: string, interfaceName: string): Terms {
  const { link, mine, yours } = half;
  return { link, ...tunnelOf(half), mine: mineOf(inventory, host, yours.inner, interfaceName), theirs: mine };
}

/** My own half of some terms. Of the other end it holds the inner address alone. */
export function halfOf(terms: Terms, { offer, answers, made, expires }: Stamp): Half {
  const { link, mine, theirs } = terms;
  const id = { offer, ...(answers === undefined ? {} : { answers }) };
  return { schema: 'provision/offer/1', ...id, link, made, expires, ...tunnelOf(terms), mine, yours: { inner: theirs.inner } };
}

/** The same from a half that I have made before. */
export function termsOfMine(half: Half): Terms {
  const { link, mine, yours } = half;
  return { link, ...tunnelOf(half), mine, theirs: yours };
}

/** Every cell, from my side. Names are labels and need not be the same; what I do not know yet differs from nothing. */
export function compare(here: Terms, half: Half): Cell[] {
  const cell = (label: string, mine: string | number | undefined, there: string | number): Cell => ({
    label,
    here: mine === undefined ? '(not known yet)' : String(mine),
    there: String(there),
    differs: mine !== undefined && String(mine) !== String(there),
  });
  return [
    cell('kind', here.kind, half.kind),
    cell('encap', here.encap ?? 'none', half.encap ?? 'none'),
    cell('subnet', here.subnet, half.subnet),
    cell('my inner address', here.mine.inner, half.yours.inner),
    cell('their inner address', here.theirs.inner, half.mine.inner),
    cell('their outer address', here.theirs.outer, half.mine.outer),
    cell('their interface', here.theirs.interface, half.mine.interface),
    cell('mtu', here.mtu, half.mtu),
    cell('ttl', here.ttl, half.ttl),
  ];
}

/** A name that no link of the inventory uses on the host. */
export const freeInterfaceOn = (inventory: Inventory, host: string, kind: string): string =>
  freeInterface(kind, new Set([...inventory.links.values()].flatMap((l) => l.ends.filter((e) => e.host === host).map((e) => e.interface))));

const yaml = (value: string | number): string => stringify(value).trimEnd();
const flow = (map: Readonly<Record<string, string | number | boolean | undefined>>): string =>
  `{ ${Object.entries(map)
    .flatMap(([key, value]) => (value === undefined ? [] : [`${key}: ${typeof value === 'boolean' ? String(value) : yaml(value)}`]))
    .join(', ')} }`;

/**
 * A file of the inventory that holds the link, and the other operator's host where the inventory has none of that name.
 *
 * @param words - One line for people: with whom and when it was agreed.
 */
export function linkText(terms: Terms, peer: string, withHost: boolean, words: string): string {
  const { link, kind, encap, subnet, mtu, ttl, mine, theirs } = terms;
  const host = flow({ hostname: theirs.hostname, address: theirs.outer, theirs: true });
  return `# ${words}
${withHost ? `hosts:\n  ${yaml(peer)}: ${host}\n` : ''}links:
  ${yaml(link)}:
    kind: ${kind}
${encap === undefined ? '' : `    encap: ${encap}\n`}    subnet: ${subnet}
    mtu: ${mtu}
    ttl: ${ttl}
    ends:
      ${yaml(mine.host)}: ${flow({ inner: mine.inner, interface: mine.interface })}
      ${yaml(peer)}: ${flow({ inner: theirs.inner, interface: theirs.interface })}
`;
}
