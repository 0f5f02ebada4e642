/**
 * What is used and what is free: blocks of a pool, names of interfaces. Pure.
 *
 * In: a pool and the subnets and addresses that are taken. Out: the next free block, counts, a map in one line. Sorted once, so large pools cost one walk.
 */
import { type Subnet, subnetAround } from './address.js';

/** A range of addresses as unsigned 32-bit numbers, both ends in it. */
export interface Range {
  readonly first: number;
  readonly last: number;
}

/** Those that touch the pool, in order, without overlaps. */
export function takenIn(pool: Range, taken: readonly Range[]): readonly Range[] {
  const sorted = taken.filter((r) => r.first <= pool.last && r.last >= pool.first).sort((a, b) => a.first - b.first);
  const merged: { first: number; last: number }[] = [];
  for (const { first, last } of sorted) {
    const before = merged.at(-1);
    if (before !== undefined && first <= before.last + 1) before.last = Math.max(before.last, last);
    else merged.push({ first: Math.max(first, pool.first), last: Math.min(last, pool.last) });
  }
  return merged;
}

/**
 * The aligned blocks of a pool that touch nothing that is taken, in order: the same for the same input.
 * @param prefix - 30, or 31 where both systems can (RFC 3021).
 */
export function* freeBlocks(pool: Range, taken: readonly Range[], prefix: 30 | 31): Generator<Subnet, undefined> {
  const size = 2 ** (32 - prefix);
  const align = (n: number): number => Math.ceil(n / size) * size;
  let at = align(pool.first);
  for (const { first, last } of [...takenIn(pool, taken), { first: pool.last + 1, last: pool.last }]) {
    for (; at + size - 1 < first; at += size) yield subnetAround(at, prefix);
    at = Math.max(at, align(last + 1));
  }
  return undefined;
}

/** The first of them. @returns Nothing when the pool is full. */
export const freeBlock = (pool: Range, taken: readonly Range[], prefix: 30 | 31): Subnet | undefined => freeBlocks(pool, taken, prefix).next().value;

/** The first name of that kind of tunnel that is not used. Number 0 is special on some systems. */
export function freeInterface(kind: string, used: ReadonlySet<string>): string {
  for (let n = 1; ; n += 1) if (!used.has(`${kind}${n}`)) return `${kind}${n}`;
}

export interface Use {
  /** Blocks of four addresses. */
  readonly blocks: number;
  readonly used: number;
  readonly next?: string;
  /** One character for each part of the pool: `.` free, `+` used in part, `#` used. */
  readonly map: string;
}

const MOST_CELLS = 64;

/** Blocks of four between two numbers that something taken touches. */
function usedBlocks(range: Range, taken: readonly Range[]): number {
  let [count, counted] = [0, -1];
  for (const { first, last } of takenIn(range, taken)) {
    const [from, to] = [Math.max(Math.floor(first / 4), counted + 1), Math.floor(last / 4)];
    count += Math.max(to - from + 1, 0);
    counted = Math.max(counted, to);
  }
  return count;
}

export function poolUse(pool: Range, taken: readonly Range[]): Use {
  const merged = takenIn(pool, taken);
  const blocks = (pool.last - pool.first + 1) / 4;
  const cells = Math.min(blocks, MOST_CELLS);
  // Pools and cells are powers of two, so cells are whole blocks.
  const per = (blocks / cells) * 4;
  const marks = Array.from({ length: cells }, (_, i): string => {
    const first = pool.first + i * per;
    const used = usedBlocks({ first, last: first + per - 1 }, merged);
    return used === 0 ? '.' : used * 4 === per ? '#' : '+';
  });
  const next = freeBlock(pool, merged, 30);
  return { blocks, used: usedBlocks(pool, merged), map: marks.join(''), ...(next === undefined ? {} : { next: next.text }) };
}
