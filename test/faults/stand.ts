import type { Inventory } from '../../src/model/inventory.js';
import type { LinkOutcome } from '../../src/model/outcome.js';
import { link, type RunOptions, unlink } from '../../src/pipeline.js';
import { type AttachedTwin, attachTwin, twinSpecs } from '../../src/twin/attach.js';
import type { TwinHost } from '../../src/twin/host.js';
import { pairInventory, runOptions } from '../twin/pair.js';
import { stateOf } from '../twin/rig.js';
import type { Side, Verb } from './cases.js';

export const SIDES = ['left', 'right'] as const;
/** Longer than a run takes on a busy machine, so that a guard fires only where the run is over or hangs. */
export const GUARD_SECONDS = 3;
const MOVED = '203.0.113.9';

export interface Stand {
  readonly running: AttachedTwin;
  readonly hosts: Readonly<Record<Side, TwinHost>>;
}

export type Ran = LinkOutcome & { readonly exit: number };

const movedInventory = ([left, right]: readonly [string, string]): Inventory => pairInventory(left, right, '', MOVED);

/** @returns The outcome of one clean or struck run of the verb. */
export async function runVerb(stand: Stand, pair: readonly [string, string], verb: Verb, more: Partial<RunOptions> = {}): Promise<Ran> {
  const inventory = verb === 're-point' ? movedInventory(pair) : pairInventory(...pair);
  const options: RunOptions = { ...runOptions(inventory), running: stand.running, guardSeconds: GUARD_SECONDS, ...more };
  const { outcomes, exitCode } = await (verb === 'unlink' ? unlink(options) : link(options));
  const [first] = outcomes;
  if (first === undefined) throw new Error('no outcome');
  return { ...first, exit: exitCode };
}

async function makeStand(pair: readonly [string, string]): Promise<Stand> {
  const specs = twinSpecs(pairInventory(...pair), ['pair'], 'all');
  const running = await attachTwin(specs.map((s) => (s.name === 'right' ? { ...s, addresses: [...s.addresses, MOVED] } : s)));
  const [left, right] = SIDES.map((name) => running?.twin.hosts.get(name));
  if (running === undefined || left === undefined || right === undefined) throw new Error('nothing to simulate');
  for (const host of [left, right]) host.guards.manual = true;
  return { running, hosts: { left, right } };
}

/** Fresh hosts at the point where the verb begins: nothing there for a first link, the link standing for the others. */
export async function withStand<T>(pair: readonly [string, string], verb: Verb, work: (stand: Stand) => Promise<T>): Promise<T> {
  const stand = await makeStand(pair);
  try {
    if (verb !== 'link') {
      const first = await runVerb(stand, pair, 'link', { guardSeconds: 60 });
      if (first.exit !== 0) throw new Error(`${pair.join(' / ')} cannot be linked: ${JSON.stringify(first.errors)}`);
    }
    return await work(stand);
  } finally {
    await stand.running.close();
  }
}

/** The time of every guard that still stands is over: first those that undo at once, then those that wait for the other end. */
export async function letGuardsRun(twin: AttachedTwin['twin']): Promise<void> {
  const hosts = [...twin.hosts.values()];
  for (const state of ['armed', 'agreed'] as const) await Promise.all(hosts.map((h) => h.guards.runOut(state)));
  if (hosts.some((h) => h.guards.count > 0)) throw new Error('a guard has neither fired nor gone');
}

/** Notes of our own on the host: where they lie and what is in them is no part of what was wanted. */
const OWN = /^(?:\/var)?\/(?:run|db|lib)\/provision/;
/** What a boot makes there, the next boot makes anew. */
const VOLATILE = /^\/run\//;

/** What waited to take its place when the power went: nobody reads it, and the next run takes it away (`leftOvers`). */
const STAGED = /\/\.[^/]*\.pv-/;

/** One end as plain data. */
export function endState(host: TwinHost): unknown {
  const state = stateOf(host) as { files?: Record<string, unknown> };
  const files = Object.fromEntries(
    Object.entries(state.files ?? {}).filter(([path]) => !OWN.test(path) && !VOLATILE.test(path) && !STAGED.test(path)),
  );
  return JSON.parse(JSON.stringify({ ...state, files })) as unknown;
}

/** Volatile files of the tunnel that say something else than the boot files do, since no boot has made them anew. Boots the hosts to know. */
export function staleFiles(stand: Stand): string[] {
  return SIDES.flatMap((side) => {
    const { files } = stand.hosts[side].system;
    const volatile = (): Map<string, string | undefined> => new Map(files.paths().flatMap((p) => (VOLATILE.test(p) ? [[p, files.read(p)]] : [])));
    const found = volatile();
    stand.hosts[side].reboot();
    const made = volatile();
    return [...found].filter(([path, text]) => made.get(path) !== text).map(([path]) => `${side}: ${path}`);
  });
}

export const bothStates = (stand: Stand): Readonly<Record<Side, unknown>> => ({
  left: endState(stand.hosts.left),
  right: endState(stand.hosts.right),
});

/** What no run may leave on a host once it is over: guards, and files that were to be renamed into place. */
export function leftOvers(stand: Stand): string[] {
  return SIDES.flatMap((side) => {
    const { guards, system } = stand.hosts[side];
    const files = system.files.paths().filter((p) => p.includes('.pv-'));
    return [...(guards.count > 0 ? [`${side}: a guard is left`] : []), ...files.map((p) => `${side}: ${p} is left`)];
  });
}
