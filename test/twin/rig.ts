/**
 * Simulated hosts that stay up over several runs of the pipeline, so that a test can break something between two runs and look inside afterwards.
 */
import { expect } from 'vitest';
import { exitOf } from '../../src/apply/outcome.js';
import { CATALOGUE, type ErrorCode } from '../../src/errors/catalogue.js';
import type { Inventory } from '../../src/model/inventory.js';
import type { ErrorReport, LinkOutcome, RunEvent } from '../../src/model/outcome.js';
import type { LinkPlan } from '../../src/model/plan.js';
import { link, plan, type RunOptions, unlink, verify } from '../../src/pipeline.js';
import { JournalSink } from '../../src/report/journal.js';
import { attachTwin, twinSpecs } from '../../src/twin/attach.js';
import type { TwinHost } from '../../src/twin/host.js';
import type { Internet } from '../../src/twin/internet.js';
import type { TwinEndpoint } from '../../src/twin/twin.js';
import { pairInventory, runOptions } from './pair.js';

const STAGES = { link, plan, unlink, verify };

export interface Rig {
  readonly internet: Internet;
  readonly events: RunEvent[];
  /** For a stage that `run` does not know. */
  readonly options: RunOptions & { readonly running: NonNullable<Awaited<ReturnType<typeof attachTwin>>> };
  /** Runs against the same hosts, reached by other endpoints (another port, another host key). */
  readonly reached: (change: (endpoint: TwinEndpoint, host: string) => TwinEndpoint) => Partial<RunOptions>;
  host(name: string): TwinHost;
  /** Runs one stage and gives the outcome of the first link. */
  run(verb: 'link' | 'unlink' | 'plan' | 'verify', more?: Partial<RunOptions>): Promise<LinkOutcome & { readonly exit: number }>;
  close(): Promise<void>;
}

export async function makeRig(inventory: Inventory): Promise<Rig> {
  const attached = await attachTwin(twinSpecs(inventory, [...inventory.links.keys()], 'all'));
  if (attached === undefined) throw new Error('nothing to simulate');
  const { twin } = attached;
  const events: RunEvent[] = [];
  return {
    internet: twin.internet,
    events,
    options: { ...runOptions(inventory, events), running: attached },
    reached: (change) => ({
      running: { ...attached, twin: { ...twin, endpoints: new Map([...twin.endpoints].map(([name, e]) => [name, change(e, name)])) } },
    }),
    host: (name) => {
      const found = twin.hosts.get(name);
      if (found === undefined) throw new Error(`no host ${name}`);
      return found;
    },
    run: async (verb, more = {}) => {
      const { outcomes, exitCode } = await STAGES[verb]({ ...runOptions(inventory, events), running: attached, ...more });
      const [first] = outcomes;
      if (first === undefined) throw new Error('no outcome');
      return { ...first, exit: exitCode };
    },
    close: () => attached.close(),
  };
}

/** Options of a run that is journaled in this folder. */
export function journaledIn(folder: string): { readonly emit: (event: RunEvent) => void } {
  const sink = new JournalSink({ folder, exitOf: (o) => exitOf([o]), note: (_, text) => expect.fail(text) });
  return { emit: (event) => sink.event(event) };
}

/** A rig of one link for the time of some work. */
export async function withPair<T>(left: string, right: string, work: (rig: Rig) => Promise<T>, inventory = pairInventory(left, right)): Promise<T> {
  const rig = await makeRig(inventory);
  try {
    return await work(rig);
  } finally {
    await rig.close();
  }
}

const record = (value: unknown): Record<string, unknown> => (typeof value === 'object' && value !== null ? { ...value } : {});
const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/** Devices that a driver makes for itself when it is loaded, and that stay as long as it is. */
const OF_THE_DRIVER = new Set(['gre0', 'gretap0', 'erspan0']);

/** A unit that is compiled in remembers its last outer pair; down and without addresses it neither shows nor uses it. */
function shown(device: Record<string, unknown>): Record<string, unknown> {
  if (device.kind !== 'tunnel' || device.up === true || list(device.addresses).length > 0) return device;
  const { outer: _o, unit: _u, ...rest } = device;
  return rest;
}

/** What a host is like, without what a load of the driver leaves behind (its module, its sysctls, its own devices) and without numbers and counters. */
export function stateOf(host: TwinHost): unknown {
  const { interfaces, devices, routes, files } = record(host.snapshot());
  const driver = host.system.uname.sysname === 'Linux' ? OF_THE_DRIVER : new Set<unknown>();
  const kept = [...list(interfaces), ...list(devices)].map(record).filter((d) => !driver.has(d.name));
  const plain = kept.map(({ counters: _c, index: _i, linkLocal: _l, detached: _d, ...rest }) => shown(rest));
  // A table has no order that matters; a boot may fill it in another one.
  const table = list(routes)
    .map((r) => JSON.stringify(r))
    .sort();
  return { interfaces: plain, routes: table, files };
}

/** The one error of an outcome, with the code and the sentence that every error owes. */
export function expectError(outcome: LinkOutcome & { readonly exit: number }, code: ErrorCode, exit: number | readonly number[] = 1): ErrorReport {
  const found = outcome.errors.find((e) => e.code === code);
  expect(outcome.errors.map((e) => `${e.code}: ${e.message}`)).toEqual(expect.arrayContaining([expect.stringContaining(`${code}: `)]));
  if (found === undefined) throw new Error(`no ${code}`);
  expect([exit].flat()).toContain(outcome.exit);
  expect(found.message.length).toBeGreaterThan(10);
  expect((found.next ?? CATALOGUE[code].next).length).toBeGreaterThan(10);
  expect(found.state ?? '').not.toBe('');
  return found;
}

/** What is claimed of the hosts against what they are. */
export function expectTruth(outcome: LinkOutcome, before: readonly unknown[], after: readonly unknown[]): void {
  if (outcome.state === 'unchanged' || outcome.state === 'rolled-back') expect(after).toEqual(before);
  else if (outcome.state === 'partly-changed') expect(after).not.toEqual(before);
  else expect(outcome.state).toBe('unknown');
}

export const stepIds = (plan: LinkPlan | undefined): string[] => plan?.ends.flatMap((e) => e.steps.map((s) => `${e.host}:${s.id}`)) ?? [];
