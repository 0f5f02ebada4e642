/**
 * The order of the stages of one link, and the only file that knows it: survey, plan, guards, apply, ping across, boot files, read again.
 *
 * In: a world and a link. Out: its outcome. Boot files are written only after packets have crossed; what is reported is what was read again, not what was
 * meant.
 */
import { announcedOn, staleAddress } from './apply/announced.js';
import { notBack, planGoingBack } from './apply/back.js';
import { type Committed, commitPair } from './apply/commit.js';
import { type Crossing, confirmHosts, crossPair } from './apply/cross.js';
import { pairState } from './apply/differences.js';
import { onlyMine } from './apply/elsewhere.js';
import { type Attempts, afterFailure, note, outOfReach, unfinished } from './apply/failure.js';
import { armPair, disarmPair, type Guarded, joinCall } from './apply/guard.js';
import { notAsPlanned, readAgain } from './apply/look.js';
import { keepNeighbours, meetNeighbours } from './apply/neighbours.js';
import { fail, outcome } from './apply/outcome.js';
import { applyPair, type Planned, planPair, stage, surveyPair } from './apply/pair.js';
import { surveyMeasured } from './apply/path.js';
import type { Turns } from './apply/turns.js';
import { awaitPeer } from './apply/wait.js';
import type { World } from './apply/world.js';
import { ProvisionError } from './errors/error.js';
import type { Check, LinkOutcome } from './model/outcome.js';
import type { PastRun } from './model/past.js';
import type { EndPlan, Step } from './model/plan.js';
import { stepCount } from './plan/pair.js';
import type { Surveyed } from './survey/survey.js';

/** What stands on both hosts, and what is to be done there. Nothing is changed. */
export async function planOne(world: World, link: string, goal: 'link' | 'unlink'): Promise<Planned> {
  const since = Date.now();
  const found = await stage(world, link, 'survey', () =>
    goal === 'link' ? surveyMeasured(world, link, { reach: true }) : surveyPair(world, link, { reach: false }),
  );
  const stale = goal === 'link' && world.options.insists !== true ? staleAddress(link, await announcedOn(world, link, found)) : undefined;
  if (stale !== undefined) throw stale;
  const plan = await stage(world, link, 'plan', () => Promise.resolve(planPair(world, link, found, goal)));
  world.options.emit({ type: 'plan', plan });
  for (const warning of plan.warnings) world.options.emit({ type: 'warning', link, warning });
  return { link, since, found, plan };
}

const withChecks = (made: LinkOutcome, checks: readonly Check[]): LinkOutcome => ({ ...made, checks: [...made.checks, ...checks] });

/** Ctrl-C is looked at between stages only: a phase that is on its way is always waited for. */
function interruption(world: World): ProvisionError | undefined {
  return world.options.signal?.aborted === true ? new ProvisionError('INTERRUPTED', 'Stopped by the user.') : undefined;
}

/** Both guards stand, or the outcome that ends the link here: nothing is changed before they do. */
async function underGuard(world: World, planned: Planned): Promise<Guarded | LinkOutcome> {
  const { link, since, found, plan: wanted } = planned;
  const refused = (error: unknown): LinkOutcome => fail(link, since, error, 'unchanged', wanted);
  const guarded = await stage(world, link, 'guard', () => armPair(world, wanted).catch(refused));
  if ('state' in guarded) return guarded;
  world.options.emit({ type: 'state', link, when: 'before', ends: pairState(found) });
  const overtaken = await notAsPlanned(world, planned).catch((error: unknown) => error);
  if (overtaken === undefined) return guarded;
  await disarmPair(world, wanted, guarded);
  return refused(overtaken);
}

const withNeighbours = (crossing: Crossing, { checks, error }: Crossing): Crossing => ({
  ...crossing,
  checks: [...crossing.checks, ...checks],
  ...(error === undefined ? {} : { error }),
});

/**
 * What the change must show before it is kept. A link: packets cross; a way back: all is as before; all of them: there is still a way in to both hosts. Where the
 * other end is somebody else's, it may not be there yet: each step was read back when it was made, and the way in is what is left to prove.
 */
async function prove(world: World, planned: Planned): Promise<Crossing> {
  const { link, found, plan: wanted } = planned;
  const changed = wanted.ends.filter((e) => e.steps.length > 0).map((e) => e.host);
  const look = async (): Promise<Crossing> => {
    const alone = onlyMine(found) !== undefined;
    if (wanted.goal === 'link' && !alone) {
      const crossing = await crossPair(world, found, wanted.mtu.bytes, changed.length > 0);
      return crossing.error === undefined ? withNeighbours(crossing, await meetNeighbours(world, link, found)) : crossing;
    }
    const error = changed.length === 0 ? undefined : ((await notBack(world, planned)) ?? (await keepNeighbours(world, link, found)));
    return error === undefined ? confirmHosts(world, changed) : { checks: [], error };
  };
  const made = await stage(world, link, 'verify', look);
  for (const check of made.checks) world.options.emit({ type: 'check', link, check });
  return made;
}

/** @param guarded - Absent where there is nothing to do: then it is only looked. */
async function change(world: World, planned: Planned, guarded?: Guarded): Promise<LinkOutcome> {
  const { link, plan: wanted } = planned;
  const attempts: Attempts = new Map();
  let proof: Crossing = { checks: [] };
  const failed = async (errors: readonly ProvisionError[], agreed?: Committed['agreed']): Promise<LinkOutcome> => {
    const made = withChecks(await afterFailure(world, planned, errors, attempts, agreed), proof.checks);
    // The guards stand until both ends are known to be as before: what we could not take back, the hosts do.
    const before = made.state === 'rolled-back' || made.state === 'unchanged';
    if (guarded !== undefined && before) await disarmPair(world, wanted, guarded);
    return made;
  };
  const join = guarded === undefined ? undefined : (end: EndPlan) => ({ join: joinCall(end, guarded) });
  const live = await stage(world, link, 'apply', () => applyPair(world, wanted, 'live', join));
  note(attempts, live);
  const liveErrors = live.flatMap((a) => (a.error === undefined ? [] : [a.error]));
  if (liveErrors.length > 0) return failed(liveErrors);
  proof = await prove(world, planned);
  const stop = proof.error ?? interruption(world);
  if (stop !== undefined) return failed([stop]);
  if (guarded !== undefined) {
    const { staged, errors, agreed, read } = await stage(world, link, 'boot', () => commitPair(world, planned, guarded));
    note(attempts, staged);
    if (errors.length > 0) return agreed === 'both' && outOfReach(errors) ? unfinished(world, planned, errors) : failed(errors, agreed);
    return readAgain(world, planned, proof, read);
  }
  return readAgain(world, planned, proof);
}

export async function carryOut(world: World, planned: Planned): Promise<LinkOutcome> {
  const stopped = interruption(world);
  if (stopped !== undefined) throw stopped;
  if (stepCount(planned.plan) === 0) return change(world, planned);
  const guarded = await underGuard(world, planned);
  return 'state' in guarded ? guarded : change(world, planned, guarded);
}

/** The way back to before a run that is over, as a plan. */
export async function planRollback(world: World, past: PastRun): Promise<Planned> {
  const { link } = past.plan;
  const since = Date.now();
  const { plan, found, target } = await stage(world, link, 'survey', () => planGoingBack(world, past));
  world.options.emit({ type: 'plan', plan });
  return { link, since, found, plan, target };
}

/** Its words or its file, and its mark: what a person saw and agreed to. */
const seen = (step: Step): string => JSON.stringify(['words' in step ? step.words : step.file, step.oneWay]);

/** What was seen of the outer path stays known when only the host is looked at again. */
function withReach(now: Surveyed, first: Surveyed): Surveyed {
  const { outerReach } = first.facts;
  return outerReach === undefined ? now : { ...now, facts: { ...now.facts, outerReach } };
}

/**
 * Links that share a host take turns. One whose host was changed by an earlier link is surveyed again, because that link may have loaded the driver for
 * both. The new plan may leave steps out; a step that nobody agreed to ends the link before anything is done.
 */
async function carryOutInTurn(world: World, turns: Turns, planned: Planned): Promise<LinkOutcome> {
  const hosts = planned.plan.ends.map((e) => e.host);
  const { goal } = planned.plan;
  return turns.take(hosts, async () => {
    // What goes back was made for what is there now; made anew it would be something else.
    if (!turns.stale(hosts) || goal === 'rollback') return carryOut(world, planned).finally(() => turns.note(hosts));
    const again = await surveyPair(world, planned.link, { reach: false, again: planned.found }).catch((error: unknown) =>
      fail(planned.link, planned.since, error, 'unchanged', planned.plan),
    );
    if ('state' in again) return again;
    const found: Planned['found'] = [withReach(again[0], planned.found[0]), withReach(again[1], planned.found[1])];
    const plan = { ...planPair(world, planned.link, found, goal), warnings: planned.plan.warnings };
    const agreed = new Set(planned.plan.ends.flatMap((e) => e.steps.map((s) => `${e.host} ${seen(s)}`)));
    const fresh = plan.ends.flatMap((e) => e.steps.filter((s) => !agreed.has(`${e.host} ${seen(s)}`)));
    if (fresh.length > 0) return outcome(planned.link, planned.since, 'changes-pending', { plan });
    // What is carried out is this plan; the journal must not hold the one that was shown and has grown old.
    world.options.emit({ type: 'plan', plan });
    return carryOut(world, { ...planned, found, plan });
  });
}

/** The same, and then the wait for an end that is somebody else's; links that share our host do not wait with it. */
export async function inTurn(world: World, turns: Turns, planned: Planned): Promise<LinkOutcome> {
  return awaitPeer(world, planned, await carryOutInTurn(world, turns, planned));
}
