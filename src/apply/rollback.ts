/**
 * Brings both ends of a link back to what the survey found, and checks that they are.
 *
 * In: a world, the plan with its undo, what was surveyed before. Out: the differences that are left; none means rolled back.
 * "Rolled back" is a checked fact: both hosts are read again and compared. A host whose connection was lost is dialled anew.
 */
import type { FileFact, Known, TunnelState } from '../model/facts.js';
import type { LinkPlan, UndoStep } from '../model/plan.js';
import type { PhaseRunner } from '../model/wire.js';
import type { Surveyed } from '../survey/survey.js';
import { undoPhases } from './guard.js';
import { both, surveyPair, type Two } from './pair.js';
import type { World } from './world.js';

/** One difference between before and now. */
export interface Difference {
  readonly host: string;
  /** A sentence. */
  readonly text: string;
}

async function undoOn(shell: PhaseRunner, undo: readonly UndoStep[]): Promise<void> {
  for (const calls of undoPhases(undo)) await shell.run(calls);
}

function show(value: unknown): string {
  if (value === null || value === undefined) return 'nothing';
  if (typeof value === 'boolean') return value ? 'there' : 'not there';
  return typeof value === 'object' ? Object.values(value).join(' ') : String(value);
}

function compare<T>(host: string, name: string, before: Known<T>, now: Known<T>): Difference[] {
  if (before.known && now.known && JSON.stringify(before.value) === JSON.stringify(now.value)) return [];
  if (!before.known && !now.known) return [];
  return [
    { host, text: `${host}: ${name} was ${before.known ? show(before.value) : 'not known'} and is ${now.known ? show(now.value) : 'not known'}` },
  ];
}

function liveDifferences(host: string, before: TunnelState, now: TunnelState): Difference[] {
  const settings = Object.keys(before.settings).flatMap((name) => {
    const [was, is] = [before.settings[name], now.settings[name]];
    return was === undefined || is === undefined ? [] : compare(host, name, was, is);
  });
  return [
    ...compare(host, 'the interface', before.exists, now.exists),
    ...compare(host, 'the outer pair', before.outer, now.outer),
    ...compare(host, 'the inner pair', before.inner, now.inner),
    ...compare(host, 'the MTU', before.mtu, now.mtu),
    ...compare(host, 'the outer TTL', before.ttl, now.ttl),
    ...compare(host, 'UP', before.up, now.up),
    ...settings,
  ];
}

const same = (a: FileFact | undefined, b: FileFact | undefined): boolean =>
  a?.state === b?.state && a?.mode === b?.mode && Buffer.compare(a?.content ?? new Uint8Array(), b?.content ?? new Uint8Array()) === 0;

/** What is not as it was, on one host. A driver that was loaded stays loaded: it serves everybody. */
export function differencesSince(before: Surveyed, now: Surveyed): Difference[] {
  const host = before.facts.host;
  const files = [...before.facts.files.keys()].filter((path) => !same(before.facts.files.get(path), now.facts.files.get(path)));
  return [
    ...liveDifferences(host, before.facts.live, appearedWithDriver(before, now)),
    ...files.map((path) => ({ host, text: `${host}: ${path} is not as it was` })),
  ];
}

/** A setting that a freshly loaded driver brings along was nothing before: it is no difference. */
function appearedWithDriver(before: Surveyed, now: Surveyed): TunnelState {
  if (before.facts.driver.state === 'ready') return now.facts.live;
  const settings = Object.entries(now.facts.live.settings).map(([name, value]) => {
    const was = before.facts.live.settings[name];
    return [name, was?.known === true && was.value === null ? was : value] as const;
  });
  return { ...now.facts.live, settings: Object.fromEntries(settings) };
}

/**
 * Undoes on both hosts what may have been done, reads them again and compares.
 *
 * @param attempted - Ids of the steps that may have run, by host; absent: all of the plan.
 */
export async function rollBack(
  world: World,
  plan: LinkPlan,
  before: Two<Surveyed>,
  attempted: ReadonlyMap<string, ReadonlySet<string>>,
): Promise<Difference[]> {
  // An end that is as before gets no command at all: on some drivers setting again what is there breaks a live tunnel.
  const found = await surveyPair(world, plan.link, { reach: false, again: before });
  const changed: Two<boolean> = [differencesSince(before[0], found[0]).length > 0, differencesSince(before[1], found[1]).length > 0];
  if (!changed.includes(true)) return [];
  await both(plan.ends, async (end, i) => {
    if (!changed[i]) return;
    const ids = attempted.get(end.host);
    const undo = end.undo.filter((u) => ids === undefined || ids.has(u.of));
    if (undo.length > 0) await undoOn(await world.hosts.shell(end.host), undo);
  });
  const now = await surveyPair(world, plan.link, { reach: false, again: before });
  return ([0, 1] as const).flatMap((i) => differencesSince(before[i], now[i]));
}
