/**
 * Checks the prefixes that hosts announce: none may hold an address that belongs elsewhere.
 *
 * In: a draft. Out: problems, at the prefix that is to be changed; of two prefixes at the later one. Against: prefixes of other hosts (also the same one: an
 * address that several hosts answer for is not what this inventory describes), subnets of links, pools, outer addresses. One problem for each prefix and
 * kind of what it meets, however many there are.
 */
import type { Place } from '../model/inventory.js';
import { toNumber } from './address.js';
import { subnetOf } from './check-links.js';
import type { Draft } from './merge.js';
import type { Range } from './pools.js';
import { conflict, type Problem, type Problems, placeText } from './problems.js';
import { announcedOf, outerOf } from './ranges.js';

interface Item extends Range {
  readonly kind: 'prefix' | 'link' | 'pool' | 'outer';
  /** The host, link or pool that has it. */
  readonly of: string;
  readonly text: string;
  /** An address that only its own side of a gateway sees. */
  readonly inside?: boolean;
  place(): Place;
}

/** What a prefix meets, by kind: the first, and how many more. */
type Met = Map<Item['kind'], { readonly first: Item; more: number }>;

export function checkAnnounced(draft: Draft, problems: Problems): void {
  const prefixes = [...draft.hosts.values()].flatMap((host) =>
    announcedOf(host).map((subnet, i): Item => ({ ...subnet, kind: 'prefix', of: host.name, place: () => host.placeOf(['announces', i], 'value') })),
  );
  if (prefixes.length === 0) return;
  const ends = new Set([...draft.links.values()].flatMap((link) => Object.keys(link.value.ends)));
  for (const [prefix, met] of meetings([...prefixes, ...othersOf(draft)], ends)) {
    for (const { first, more } of met.values()) problems.add(prefix.place(), problemOf(prefix, first, more));
  }
}

function othersOf(draft: Draft): readonly Item[] {
  const links = [...draft.links.values()].flatMap((link): Item[] => {
    const subnet = subnetOf(link);
    return subnet === undefined ? [] : [{ ...subnet, kind: 'link', of: link.name, place: () => link.placeOf(['subnet'], 'value') }];
  });
  const pools = [...draft.pools.values()].map(
    (pool): Item => ({ ...pool.value, kind: 'pool', of: pool.name, place: () => pool.placeOf([], 'value') }),
  );
  const outer = [...draft.hosts.values()].flatMap((host) =>
    outerOf(host).map(({ path, address }): Item => {
      const n = toNumber(address);
      const place = (): Place => host.placeOf(path, 'value');
      return { first: n, last: n, text: address, kind: 'outer', of: host.name, inside: path.at(-1) === 'inside', place };
    }),
  );
  return [...links, ...pools, ...outer];
}

/** Whether two that overlap may not. @param ends - Hosts with links. */
function clash(a: Item, b: Item, ends: ReadonlySet<string>): boolean {
  if (a.kind !== 'prefix' && b.kind !== 'prefix') return false;
  // A host may announce parts of what it announces, but not the same twice.
  if (a.kind === b.kind) return a.of !== b.of || a.text === b.text;
  const other = a.kind === 'prefix' ? b : a;
  if (other.kind !== 'outer' || a.of !== b.of) return true;
  return other.inside !== true && ends.has(other.of);
}

/** What each prefix meets. Sorted by start, with the wider first: blocks nest or are apart, so whatever holds an item is still open when it comes. */
function meetings(items: readonly Item[], ends: ReadonlySet<string>): ReadonlyMap<Item, Met> {
  const order = new Map(items.map((item, i) => [item, i]));
  const rank = (item: Item): number => order.get(item) ?? 0;
  const sorted = [...items].sort((a, b) => a.first - b.first || b.last - a.last || rank(a) - rank(b));
  const found = new Map<Item, Met>();
  const open: Item[] = [];
  for (const item of sorted) {
    while (open.length > 0 && (open.at(-1)?.last ?? 0) < item.first) open.pop();
    for (const kind of item.kind === 'prefix' ? (['prefix', 'link', 'pool'] as const) : (['prefix'] as const)) {
      const holder = open.find((o) => o.kind === kind && clash(o, item, ends));
      if (holder !== undefined) note(found, ...(rank(holder) < rank(item) ? ([holder, item] as const) : ([item, holder] as const)));
    }
    open.push(item);
  }
  return found;
}

/** Of two prefixes the later one is told of; else the prefix, which comes before all others in the order. */
function note(found: Map<Item, Met>, earlier: Item, later: Item): void {
  const [prefix, other] = later.kind === 'prefix' ? [later, earlier] : [earlier, later];
  const met: Met = found.get(prefix) ?? new Map();
  found.set(prefix, met);
  const before = met.get(other.kind);
  if (before === undefined) met.set(other.kind, { first: other, more: 0 });
  else before.more += 1;
}

function problemOf(prefix: Item, other: Item, more: number): Problem {
  const at = placeText(other.place());
  if (prefix.of !== other.of || other.kind === 'link' || other.kind === 'pool') return foreign(prefix, other, at, more);
  if (other.kind === 'prefix') return conflict(`${prefix.of} announces ${prefix.text} twice; the first is at ${at}.`, 'Keep one of the two.');
  return conflict(
    `${prefix.of} announces ${prefix.text}, and its own outer address ${other.text} at ${at} lies in it.`,
    'Announce a prefix without it, or correct the address.',
    'The packets of its tunnels would be sent into the tunnels.',
  );
}

/** Of what belongs to somebody else. */
function foreign(prefix: Item, other: Item, at: string, more: number): Problem {
  const said = `${prefix.text}, which ${prefix.of} announces,`;
  switch (other.kind) {
    case 'prefix':
      return conflict(
        `${said} overlaps ${other.text}, which ${other.of} announces at ${at}${andMore(more, 'prefix', 'prefixes')}.`,
        'Announce it from one of the two, or a smaller prefix from each.',
        'Packets to an address that two hosts announce go to whichever is nearer.',
      );
    case 'link':
      return conflict(
        `${said} overlaps ${other.text} of ${other.of} at ${at}${andMore(more, 'link', 'links')}.`,
        'Announce a prefix that no link lies in, or give the link another subnet.',
        'The addresses of a link are at its two ends and nowhere else.',
      );
    case 'pool':
      return conflict(
        `${said} overlaps the pool ${other.of}, ${other.text}, at ${at}${andMore(more, 'pool', 'pools')}.`,
        'Announce a prefix outside of the pool, or make the pool smaller.',
        'Subnets of links are taken from the pool.',
      );
    case 'outer':
      return conflict(
        `${said} holds ${other.text}, the outer address of ${other.of} at ${at}${andMore(more, 'address', 'addresses')}.`,
        'Announce a prefix without it, or correct the address.',
        `The packets of tunnels to ${other.of} would be sent to ${prefix.of}.`,
      );
  }
}

const andMore = (more: number, one: string, many: string): string => (more === 0 ? '' : `, and ${more} more ${more === 1 ? one : many}`);
