/**
 * Going back to before a run that is over: whether that can be done, and the plan of it.
 *
 * In: the run as its journal tells it, both ends as they are now. Out: a plan whose end is the state before that run, or why there is none. Nobody's work
 * is undone by accident: both ends must be as that run has left them.
 */
import { ProvisionError } from '../errors/error.js';
import type { PairState } from '../model/facts.js';
import type { PastRun } from '../model/past.js';
import type { LinkPlan } from '../model/plan.js';
import { oneWayOf, planBack } from '../plan/back.js';
import { guardWay } from '../plan/pair.js';
import type { Surveyed } from '../survey/survey.js';
import { pairDifferences, pairLiveDifferences, pairState } from './differences.js';
import { endInputs, type Planned, sshPathOf, surveyPair, type Two } from './pair.js';
import { linkOf, pairOf, type World } from './world.js';

export interface Back {
  readonly plan: LinkPlan;
  readonly found: Two<Surveyed>;
  /** How both ends are to be afterwards. */
  readonly target: PairState;
}

const refusal = (past: PastRun, why: string, next?: string): ProvisionError =>
  new ProvisionError('ROLLBACK_IMPOSSIBLE', `${past.plan.link} cannot go back to before run ${past.run}.`, {
    why,
    state: 'Nothing was changed.',
    ...(next === undefined ? {} : { next }),
  });

/** What its journal must hold for a way back. */
function stateOf(past: PastRun): { readonly before: PairState; readonly after: PairState } {
  const { before, after, state, run } = past;
  if (state === undefined || before === undefined || after === undefined) {
    throw refusal(
      past,
      `That run did not come to its end, so it is not known what it has left. (provision show ${run})`,
      `Run: provision link ${past.plan.link}`,
    );
  }
  const [first] = oneWayOf(past);
  if (first !== undefined)
    throw refusal(past, `It had a step on ${first.host} that nothing takes back: ${first.step.title} (${first.step.oneWay ?? ''}).`);
  return { before, after };
}

/** Commands of an undo may fail; what is read afterwards tells. @returns why the running system is not as it is to be. */
export async function notBack(world: World, { link, found, target }: Planned): Promise<ProvisionError | undefined> {
  if (target === undefined) return undefined;
  const now = await surveyPair(world, link, { reach: false, again: found });
  const [first, ...more] = pairLiveDifferences(target, pairState(now));
  if (first === undefined) return undefined;
  return new ProvisionError('STEP_UNPROVEN', `${link} did not go back.`, {
    host: first.host,
    why: `${[first, ...more].map((d) => d.text).join('; ')}.`,
  });
}

/** @throws {ProvisionError} ROLLBACK_IMPOSSIBLE; OVERTAKEN where somebody has been there since. */
export async function planGoingBack(world: World, past: PastRun): Promise<Back> {
  const { inventory } = world.options;
  const { link: name, ends } = past.plan;
  const { before, after } = stateOf(past);
  const link = linkOf(inventory, name);
  const now = pairOf(inventory, link);
  if (ends.some((end, i) => now[i]?.host !== end.host || now[i]?.interface !== end.interface)) {
    throw refusal(past, `The inventory has other ends for ${name} than that run had.`);
  }
  const found = await surveyPair(world, name, { reach: false });
  const state = pairState(found);
  const [near, far] = endInputs(world, name, found);
  const plan = planBack(past, [guardWay(near), guardWay(far)], sshPathOf(world, name));
  // Somebody was faster, or a host has gone back by itself.
  if (pairDifferences(before, state).length === 0) {
    const [a, b] = plan.ends;
    return {
      found,
      target: before,
      plan: {
        ...plan,
        ends: [
          { ...a, steps: [], undo: [] },
          { ...b, steps: [], undo: [] },
        ],
      },
    };
  }
  const moved = pairDifferences(after, state);
  if (moved.length > 0) {
    throw new ProvisionError('OVERTAKEN', `${name} is not as run ${past.run} has left it.`, {
      why: `${moved.map((d) => d.text).join('; ')}.`,
      state: 'Nothing was changed.',
      next: `Take back by hand what was changed since, or run: provision link ${name}`,
    });
  }
  return { plan, found, target: before };
}
