/**
 * Which subnets are taken while links are given new ones, one after another.
 *
 * In: the subnets of all links, and what else is taken. Out: who shares a subnet, and the next free one. Thousands of links in one go take one sort and one walk
 * through their pool.
 */
import { overlaps, type Subnet } from './address.js';
import type { Part } from './merge.js';
import { freeBlocks, type Range } from './pools.js';

/** Start of the /30 around a subnet of a link, a /30 or /31: subnets overlap only where it is the same. */
const home = ({ first }: Subnet): number => first - (first % 4);

interface Open {
  readonly pool: Range;
  readonly blocks: Iterator<Subnet>;
}

export class Taken {
  readonly #subnets: Map<string, Subnet>;
  readonly #homes = new Map<number, Set<string>>();
  /** Pools that blocks were taken from, by name. */
  readonly #open = new Map<string, Open>();

  /** @param others - What no link has and is taken too. */
  constructor(
    subnets: ReadonlyMap<string, Subnet>,
    private readonly others: readonly Range[],
    private readonly prefix: 30 | 31,
  ) {
    this.#subnets = new Map(subnets);
    for (const [link, subnet] of subnets) this.#keep(link, subnet);
  }

  /** Another link that has some of it. */
  sharedWith(link: string, subnet: Subnet): string | undefined {
    const near = [...(this.#homes.get(home(subnet)) ?? [])];
    return near.find((name) => name !== link && overlaps(this.#subnets.get(name) ?? subnet, subnet));
  }

  /** The next free block of the pool, which is the link's from now on in place of what it had. @returns Nothing where the pool is full. */
  give(link: string, { name, value: pool }: Part<Subnet>): Subnet | undefined {
    const had = this.#subnets.get(link);
    if (had !== undefined) this.#free(link, had);
    const open = this.#open.get(name) ?? { pool, blocks: freeBlocks(pool, [...this.#subnets.values(), ...this.others], this.prefix) };
    const next = open.blocks.next();
    if (next.done === true) return undefined;
    for (const [other, { pool: range }] of this.#open)
      if (other !== name && range.first <= pool.last && pool.first <= range.last) this.#open.delete(other);
    this.#open.set(name, open);
    this.#keep(link, next.value);
    return next.value;
  }

  #keep(link: string, subnet: Subnet): void {
    this.#subnets.set(link, subnet);
    const near = this.#homes.get(home(subnet)) ?? new Set();
    this.#homes.set(home(subnet), near.add(link));
  }

  /** A walk that is under way has passed it already. */
  #free(link: string, subnet: Subnet): void {
    this.#subnets.delete(link);
    this.#homes.get(home(subnet))?.delete(link);
    this.#open.clear();
  }
}
