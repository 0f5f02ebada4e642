/**
 * Brings both ends of a link back to what the survey found, and checks that they are.
 *
 * In: a world, the plan with its undo, what was surveyed before. Out: how both ends are now and the differences that are left; none means rolled back.
 * "Rolled back" is a checked fact: both hosts are read again and compared. A host whose connection was lost is dialled anew.
 */
import type { LinkPlan, UndoStep } from '../model/plan.js';
import type { PhaseRunner } from '../model/wire.js';
import type { Surveyed } from '../survey/survey.js';
import { type Difference, differencesSince, endState, pairDifferences, pairState } from './differences.js';
import { undoPhases } from './guard.js';
import { both, surveyPair, type Two } from './pair.js';
import type { World } from './world.js';

export interface RolledBack {
  readonly now: Two<Surveyed>;
  readonly left: readonly Difference[];
}

async function undoOn(shell: PhaseRunner, undo: readonly UndoStep[]): Promise<void> {
  for (const calls of undoPhases(undo)) await shell.run(calls);
}

/**
 * Undoes on both hosts what may have been done, reads them again and compares.
 *
 * @param attempted - Ids of the steps that may have run, by host; absent: all of the plan.
 */
export async function rollBack(
  world: World,
  plan: LinkPlan,
  found: Two<Surveyed>,
  attempted: ReadonlyMap<string, ReadonlySet<string>>,
): Promise<RolledBack> {
  const before = pairState(found);
  const look = (): Promise<Two<Surveyed>> => surveyPair(world, plan.link, { reach: false, again: found });
  // An end that is as before gets no command at all: on some drivers setting again what is there breaks a live tunnel.
  const now = await look();
  const changed = ([0, 1] as const).map((i) => differencesSince(before[i], endState(now[i])).length > 0);
  if (!changed.includes(true)) return { now, left: [] };
  await both(plan.ends, async (end, i) => {
    if (!changed[i]) return;
    const ids = attempted.get(end.host);
    const undo = end.undo.filter((u) => ids === undefined || ids.has(u.of));
    if (undo.length > 0) await undoOn(await world.hosts.shell(end.host), undo);
  });
  const after = await look();
  return { now: after, left: pairDifferences(before, pairState(after)) };
}
