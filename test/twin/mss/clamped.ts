/** A pair whose left end is to clamp the MSS, for the tests of each packet filter. */
import { expect } from 'vitest';
import { pairInventory } from '../pair.js';
import { type Rig, withPair } from '../rig.js';

/** As the right end: it can never clamp. */
export const RIGHT = 'NetBSD 10.0';

type PairInventory = ReturnType<typeof pairInventory>;

/** @param extra - Further lines of the link. */
export const clamped = (left: string, extra = '', right: string = RIGHT): PairInventory => pairInventory(left, right, `    mss: true${extra}`);

/** Hosts of a link with `mss: true` for the time of some work. */
export const withClamped = (left: string, work: (rig: Rig) => Promise<void>, right: string = RIGHT): Promise<void> =>
  withPair(left, right, work, clamped(left, '', right));

/** A run that must come to a good end. @param inventory - In place of the one that the hosts were made from. */
export async function linked(rig: Rig, inventory?: PairInventory): Promise<void> {
  const made = await rig.run('link', inventory === undefined ? {} : { inventory });
  expect(made.errors).toEqual([]);
  expect(made.state).toBe('as-wanted');
}
