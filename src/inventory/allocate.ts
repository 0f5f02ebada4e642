/**
 * Gives links subnets from pools: which, and what that changes in which file.
 *
 * In: the files of an inventory, links, wishes. Out: the changed texts and what was allocated; nothing is written here. The same files and the same wish give
 * the same answer. What is taken: the subnets of all links, the outer addresses of all hosts and the prefixes that they announce.
 */
import { ProvisionError } from '../errors/error.js';
import { type Subnet, usable } from './address.js';
import { subnetOf } from './check-links.js';
import type { Source } from './document.js';
import { EditRefused, type Setting, withSettings } from './edit.js';
import { type Draughted, problemsAfter } from './load.js';
import type { LinkPart, Part } from './merge.js';
import { show } from './problems.js';
import { hostRanges } from './ranges.js';
import { nearest } from './suggest.js';
import { Taken } from './taken.js';

export interface Wish {
  readonly links: readonly string[];
  /** Name of a pool; else that of the link, else the only one. */
  readonly pool?: string;
  readonly prefix: 30 | 31;
  /** Links that have a subnet which another one has too get another. */
  readonly reassign: boolean;
}

export interface Allocation {
  readonly link: string;
  readonly pool: string;
  readonly subnet: string;
  /** What it had before. */
  readonly before?: string;
  readonly ends: readonly { readonly host: string; readonly inner: string }[];
  readonly file: string;
}

export interface Allocated {
  readonly allocations: readonly Allocation[];
  /** Whole files that differ now. */
  readonly changed: readonly Source[];
}

const STATE = { state: 'Nothing was written.' };

function unknown(kind: 'link' | 'pool', name: string, known: readonly string[]): ProvisionError {
  const near = nearest(name, known);
  const all = known.length === 0 ? `Add one under ${kind}s:.` : `Take one of: ${known.slice(0, 30).map(show).join(', ')}`;
  return new ProvisionError('NAME_UNKNOWN', `There is no ${kind} ${show(name)} in the inventory.`, {
    ...STATE,
    next: near === undefined ? all : `Did you mean ${near}? ${all}`,
  });
}

/** The subnets of all links, by name. */
export function linkSubnets({ draft }: Draughted): Map<string, Subnet> {
  return new Map(
    [...draft.links.values()].flatMap((link): [string, Subnet][] => {
      const subnet = subnetOf(link);
      return subnet === undefined ? [] : [[link.name, subnet]];
    }),
  );
}

/** The pool that was named, else the only one. @param link - For which link. @throws ProvisionError */
export function poolNamed({ draft: { pools } }: Draughted, named: string | undefined, link: string): Part<Subnet> {
  const only = pools.size === 1 ? [...pools.values()][0] : undefined;
  const found = named === undefined ? only : pools.get(named);
  if (found !== undefined) return found;
  if (named !== undefined) throw unknown('pool', named, [...pools.keys()]);
  if (pools.size === 0)
    throw new ProvisionError('USAGE', 'The inventory has no pool.', {
      ...STATE,
      next: 'Add pools: with a range, for example consume: 10.1.12.0/24.',
    });
  throw new ProvisionError('USAGE', `There are ${pools.size} pools, and ${link} names none.`, {
    ...STATE,
    next: `Name one with --pool: ${[...pools.keys()].join(', ')}`,
  });
}

/** A block that was found in a pool. @throws ProvisionError POOL_FULL where none was. */
export function found(block: Subnet | undefined, pool: Part<Subnet>, prefix: 30 | 31): Subnet {
  if (block !== undefined) return block;
  throw new ProvisionError('POOL_FULL', `The pool ${pool.name}, ${pool.value.text}, has no free /${prefix} left.`, { ...STATE, place: pool.place });
}

function poolFor(drafted: Draughted, link: Part<LinkPart>, wish: Wish): Part<Subnet> {
  const found = poolNamed(drafted, wish.pool ?? link.value.pool, link.name);
  if (link.value.pool === undefined || link.value.pool === found.name) return found;
  throw new ProvisionError('USAGE', `${link.name} names the pool ${link.value.pool}, not ${found.name}.`, {
    ...STATE,
    place: link.placeOf(['pool'], 'value'),
    next: 'Leave out --pool, or change pool: of the link first.',
  });
}

/** Inner addresses without a subnet already say which one is meant. */
function assertFree(link: Part<LinkPart>, wish: Wish): void {
  const given = Object.entries(link.value.ends).filter(([, end]) => end.inner !== undefined);
  const [first] = given;
  if (first === undefined || link.value.subnet !== undefined || wish.reassign) return;
  throw new ProvisionError('INVENTORY_VALUE', `${link.name} has an inner address and no subnet.`, {
    place: link.placeOf(['ends', first[0], 'inner'], 'value'),
    ...STATE,
    next: 'Write the subnet that holds it, or give both ends new addresses with --reassign.',
  });
}

/** Whether the link stays as it is. @throws where it cannot and nobody has said that it may get another subnet. */
function stays(link: Part<LinkPart>, taken: Taken, wish: Wish): boolean {
  const { subnet: text } = link.value;
  if (text === undefined) return false;
  const subnet = subnetOf(link);
  const clash = subnet === undefined ? undefined : taken.sharedWith(link.name, subnet);
  if (clash === undefined && subnet !== undefined) return true;
  if (wish.reassign) return false;
  const message =
    clash === undefined ? `${link.name} has the subnet ${show(text)}, which is none.` : `${link.name} has ${text}, and so has ${clash}.`;
  throw new ProvisionError('INVENTORY_CONFLICT', message, {
    place: link.placeOf(['subnet'], 'value'),
    ...STATE,
    next: `Give it another with: provision allocate ${link.name} --reassign`,
  });
}

function settingsOf({ link, subnet, ends }: Allocation): Setting[] {
  const map = ['links', link];
  return [
    { map, key: 'subnet', value: subnet, before: 'ends' },
    ...ends.map(({ host, inner }): Setting => ({ map: [...map, 'ends', host], key: 'inner', value: inner, before: 'interface' })),
  ];
}

function edited(drafted: Draughted, allocations: readonly Allocation[]): Source[] {
  return drafted.sources.flatMap((source) => {
    const own = allocations.filter((a) => a.file === source.file);
    if (own.length === 0) return [];
    try {
      return [{ file: source.file, text: withSettings(source.text, own.flatMap(settingsOf)) }];
    } catch (error) {
      if (!(error instanceof EditRefused)) throw error;
      const [first] = own;
      throw new ProvisionError('INVENTORY_EDIT', `${source.file} cannot be changed in place.`, {
        why: error.message,
        ...STATE,
        next:
          first === undefined
            ? 'Write it by hand.'
            : `Write it by hand: subnet: ${first.subnet}, inner: ${first.ends.map((e) => `${e.inner} for ${e.host}`).join(', ')}.`,
      });
    }
  });
}

function allocateOne(drafted: Draughted, link: Part<LinkPart>, taken: Taken, wish: Wish): Allocation {
  const pool = poolFor(drafted, link, wish);
  const block = found(taken.give(link.name, pool), pool, wish.prefix);
  const both = usable(block);
  return {
    link: link.name,
    pool: pool.name,
    subnet: block.text,
    ...(link.value.subnet === undefined ? {} : { before: link.value.subnet }),
    ends: Object.keys(link.value.ends).map((host, i) => ({ host, inner: both[i] ?? '' })),
    file: link.place.file,
  };
}

/** @throws ProvisionError what stands in the way; nothing is written then. */
export function allocate(drafted: Draughted, wish: Wish): Allocated {
  const { links } = drafted.draft;
  for (const name of wish.links) if (!links.has(name)) throw unknown('link', name, [...links.keys()]);
  const taken = new Taken(linkSubnets(drafted), hostRanges(drafted.draft), wish.prefix);
  const wanted = new Set(wish.links);
  const allocations: Allocation[] = [];
  // In the order of the inventory, whatever the order on the command line.
  for (const link of [...links.values()].filter((l) => wanted.has(l.name))) {
    if (stays(link, taken, wish)) continue;
    assertFree(link, wish);
    allocations.push(allocateOne(drafted, link, taken, wish));
  }
  const changed = edited(drafted, allocations);
  const left = problemsAfter(drafted, changed);
  const worse = left.find((e) => allocations.some((a) => e.message.includes(a.link)));
  if (worse !== undefined) throw worse;
  return { allocations, changed };
}
