/**
 * How each end of a link stands to a change that was to be made on both: as before it, as wanted by it, or neither.
 *
 * In: the change, both ends as they are now. Out: one word for each end. One end as wanted and the other as before is `split`: what a loss of power inside
 * the commit can leave (design section 7).
 */
import { ProvisionError, ProvisionErrors } from '../errors/error.js';
import type { PairState } from '../model/facts.js';
import type { LinkPlan } from '../model/plan.js';
import type { Surveyed } from '../survey/survey.js';
import { differencesSince, endState, pairState } from './differences.js';
import { type Planned, planPair, type Two } from './pair.js';
import type { World } from './world.js';

/** `both`: nothing was to be changed on this end. */
export type Standing = 'before' | 'wanted' | 'both' | 'neither';

/** What was to become of a link. */
export interface Change {
  readonly link: string;
  readonly goal: LinkPlan['goal'];
  readonly before: PairState;
  /** A rollback: how both ends are to be afterwards. */
  readonly target?: PairState;
}

/** Which ends have nothing left to do. Where there is no plan any more, an end is not as wanted. */
function nothingLeft(world: World, link: string, now: Two<Surveyed>, goal: 'link' | 'unlink'): Two<boolean> {
  try {
    const [a, b] = planPair(world, link, now, goal).ends;
    return [a.steps.length === 0, b.steps.length === 0];
  } catch (error) {
    if (error instanceof ProvisionError || error instanceof ProvisionErrors) return [false, false];
    throw error;
  }
}

function wantedNow(world: World, { link, goal, target }: Change, now: Two<Surveyed>): Two<boolean> {
  if (goal !== 'rollback') return nothingLeft(world, link, now, goal);
  const at = (i: 0 | 1): boolean => target !== undefined && differencesSince(target[i], endState(now[i])).length === 0;
  return [at(0), at(1)];
}

export function standingsOf(world: World, change: Change, now: Two<Surveyed>): Two<Standing> {
  const wanted = wantedNow(world, change, now);
  const at = (i: 0 | 1): Standing => {
    const before = differencesSince(change.before[i], endState(now[i])).length === 0;
    if (before) return wanted[i] ? 'both' : 'before';
    return wanted[i] ? 'wanted' : 'neither';
  };
  return [at(0), at(1)];
}

/** The same for a run that is at work. */
export function standings(world: World, { link, plan, found, target }: Planned, now: Two<Surveyed>): Two<Standing> {
  return standingsOf(world, { link, goal: plan.goal, before: pairState(found), ...(target === undefined ? {} : { target }) }, now);
}

export const isSplit = (ends: Two<Standing>): boolean => ends.includes('before') && ends.includes('wanted');
