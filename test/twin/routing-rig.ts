/** What the tests of links with `ospf:` and `bgp:` between simulated hosts have in common. */
import { expect } from 'vitest';
import { parseInventory } from '../../src/inventory/load.js';
import type { Inventory } from '../../src/model/inventory.js';
import type { RunOptions } from '../../src/pipeline.js';
import { pairLink } from './pair.js';
import { type Rig, withPair } from './rig.js';

/** @param hosts - More of each host. */
export function inventoryOf(left: string, right: string, link: string, hosts: readonly [string, string] = ['', '']): Inventory {
  const text = `hosts:
  left: { address: 203.0.113.1, twin: "${left}"${hosts[0]} }
  right: { address: 203.0.113.2, twin: "${right}"${hosts[1]} }
${pairLink(`    ${link}`)}`;
  return parseInventory([{ file: 'routing.yaml', text }]);
}

export const over = <T>(wanted: Inventory, work: (rig: Rig) => Promise<T>): Promise<T> => withPair('', '', work, wanted);

export const neighbours = (checks: readonly { readonly id: string; readonly text: string }[]): string[] =>
  checks.filter((c) => c.id === 'neighbour').map((c) => c.text);

interface Refusal {
  readonly host?: string;
  /** How often; absent: always. */
  readonly times?: number;
  /** Of the run. */
  readonly more?: Partial<RunOptions>;
}

/** A host, the left one where none is named, refuses these words, the run is rolled back, and all is as it was. */
export async function expectUndone(
  rig: Rig,
  goal: 'link' | 'unlink',
  words: string,
  state: (rig: Rig) => unknown,
  before: unknown,
  { host = 'left', times, more }: Refusal = {},
): Promise<void> {
  rig.host(host).faults.refuse = [{ match: (w) => w.join(' ') === words, exit: 1, stderr: 'no', ...(times === undefined ? {} : { times }) }];
  const made = await rig.run(goal, more);
  expect([words, made.state, made.exit]).toEqual([words, 'rolled-back', 3]);
  rig.host(host).faults.refuse = [];
  expect(state(rig)).toEqual(before);
}

/** An unlink that fails at these words brings the link back as it was. */
export async function expectBack(rig: Rig, words: string, state: (rig: Rig) => unknown): Promise<void> {
  expect((await rig.run('link')).state).toBe('as-wanted');
  await expectUndone(rig, 'unlink', words, state, state(rig));
  expect((await rig.run('verify')).checks.filter((c) => !c.ok)).toEqual([]);
}
