/**
 * Looks whether both ends of a link are as wanted, and changes nothing.
 *
 * In: a world and a link. Out: checks, one for each end, by planning once more against what is read now: no step left means as wanted.
 */

import { ProvisionError } from '../errors/error.js';
import type { Check, LinkOutcome, OutcomeState } from '../model/outcome.js';
import type { LinkPlan, Warning } from '../model/plan.js';
import { stepCount } from '../plan/pair.js';
import type { Surveyed } from '../survey/survey.js';
import { announcedChecks, announcedOn, dnsChecks } from './announced.js';
import { type Crossing, crossPair } from './cross.js';
import { type Difference, pairDifferences, pairState } from './differences.js';
import { seeNeighbours } from './neighbours.js';
import { outcome, reportsOf } from './outcome.js';
import { othersChanged, type Planned, planPair, stage, surveyPair, type Two } from './pair.js';
import { surveyMeasured } from './path.js';
import { isSplit, type Standing, standings, standingsOf } from './standing.js';
import { tcpThrough } from './tcp.js';
import { heldOn, heldWarnings } from './unlock.js';
import type { World } from './world.js';

/** Ends of a run after which one end may be as wanted and the other not. */
const BAD_ENDS: ReadonlySet<string> = new Set<OutcomeState>(['partly-changed', 'split', 'unknown']);

/** One check for each end of a plan that should be empty. */
function stateChecks(left: LinkPlan, id: string): Check[] {
  const seen = left.ends.filter((e) => e.elsewhere !== true);
  return seen.map((e) => ({
    id,
    host: e.host,
    ok: e.steps.length === 0,
    text:
      e.steps.length === 0
        ? `${e.host}: live state and boot files are as wanted`
        : `${e.host}: not as wanted: ${e.steps.map((s) => s.title).join('; ')}`,
  }));
}

function backCheck(host: string, left: readonly Difference[]): Check {
  const ok = left.length === 0;
  const text = ok ? `${host}: as it was before that run` : `${host}: not as it was before that run: ${left.map((d) => d.text).join('; ')}`;
  return { id: 'read-again', host, ok, text };
}

/** Whether both ends are as the run wanted them. */
function readChecks(world: World, { link, plan, target }: Planned, after: Two<Surveyed>): Check[] {
  if (plan.goal !== 'rollback') return stateChecks(planPair(world, link, after, plan.goal), 'read-again');
  const left = target === undefined ? [] : pairDifferences(target, pairState(after));
  const seen = plan.ends.filter((e) => e.elsewhere !== true);
  return seen.map((end) =>
    backCheck(
      end.host,
      left.filter((d) => d.host === end.host),
    ),
  );
}

/** The last word of a run: both ends are read once more, and only what is seen is reported. @param read - What was read already, once all was in its place. */
export async function readAgain(
  world: World,
  planned: Planned,
  { checks, warnings: size = [] }: Crossing,
  read?: ReadonlyMap<string, Surveyed>,
): Promise<LinkOutcome> {
  const { link, since, found, plan: wanted } = planned;
  const { emit } = world.options;
  const warn = (warnings: readonly Warning[]): readonly Warning[] => {
    for (const warning of warnings) emit({ type: 'warning', link, warning });
    return warnings;
  };
  if (stepCount(wanted) === 0) return outcome(link, since, 'as-wanted', { plan: wanted, checks, warnings: warn(size) });
  const after = await surveyPair(world, link, { reach: false, again: found, ...(read === undefined ? {} : { read }) });
  emit({ type: 'state', link, when: 'after', ends: pairState(after) });
  const seen = readChecks(world, planned, after);
  for (const check of seen) emit({ type: 'check', link, check });
  const state = seen.every((c) => c.ok) ? 'as-wanted' : isSplit(standings(world, planned, after)) ? 'split' : 'partly-changed';
  return outcome(link, since, state, {
    plan: wanted,
    checks: [...checks, ...seen],
    warnings: warn([...size, ...othersChanged(world, found, after)]),
  });
}

/**
 * Between the look and the yes there may be minutes, and another run or a person on the host: steps and undo were made for what was seen.
 *
 * Asked once the guard stands, so that no other run can come in between any more.
 */
export async function notAsPlanned(world: World, planned: Planned): Promise<ProvisionError | undefined> {
  const { link, found } = planned;
  const now = await surveyPair(world, link, { reach: false, again: found });
  const moved = pairDifferences(pairState(found), pairState(now));
  if (moved.length === 0) return undefined;
  return new ProvisionError('OVERTAKEN', `${link} is not as it was when its plan was made.`, {
    why: `${moved.map((d) => d.text).join('; ')}.`,
    state: 'Nothing was changed by this run.',
  });
}

const STANDING: Readonly<Record<Standing, string>> = {
  before: 'as before that run',
  wanted: 'as that run wanted it',
  both: 'as that run wanted it',
  neither: 'neither as before that run nor as it wanted it',
};

/** What the last run has left, where it did not come to a good end. */
function sinceLastRun(world: World, name: string, found: Two<Surveyed>): { readonly split: boolean; readonly warnings: Warning[] } | undefined {
  const past = world.options.lastRuns?.get(name);
  const open = past?.state === undefined;
  if (past?.before === undefined || past.plan.goal === 'rollback' || !(open || BAD_ENDS.has(past.state))) return undefined;
  if (past.before.some((end, i) => end.host !== found[i]?.facts.host)) return undefined;
  const ends = standingsOf(world, { link: name, goal: past.plan.goal, before: past.before }, found);
  if (!open) return { split: isSplit(ends), warnings: [] };
  const evidence = found.flatMap((f, i) => (f.elsewhere === true ? [] : [`${f.facts.host}: ${STANDING[ends[i] ?? 'neither']}`]));
  const text = `Run ${past.run} (${past.plan.goal}) did not come to its end.`;
  return { split: isSplit(ends), warnings: [{ code: 'unfinished-run', text, evidence, next: `Run: provision ${past.plan.goal} ${name}` }] };
}

/** Is it true now? Live state, boot files, pings both ways, full-size packets. */
export async function verifyOne(world: World, name: string, since: number): Promise<LinkOutcome> {
  const found = await stage(world, name, 'survey', () => surveyMeasured(world, name, { reach: false }));
  const held = await heldOn(world, name, found);
  const announced = announcedChecks(await announcedOn(world, name, found));
  const dns = world.options.dns === true ? await dnsChecks(world, name) : [];
  const past = held.length > 0 ? undefined : sinceLastRun(world, name, found);
  const left = planPair(world, name, found, 'link');
  const standing = found.every((f) => f.elsewhere === true || (f.facts.live.exists.known && f.facts.live.exists.value));
  const crossing: Crossing = standing
    ? await stage(world, name, 'verify', (): Promise<Crossing> => crossPair(world, found, left.mtu.bytes, false, true))
    : { checks: [] };
  const tcp = standing && world.options.tcp === true ? await tcpThrough(world, found) : { checks: [] };
  const neighbours = standing ? await seeNeighbours(world, found) : { checks: [] };
  const warnings = [...heldWarnings(held), ...(past?.warnings ?? []), ...(crossing.warnings ?? []), ...(tcp.warnings ?? [])];
  for (const warning of warnings) world.options.emit({ type: 'warning', link: name, warning });
  const checks = [...stateChecks(left, 'state'), ...crossing.checks, ...tcp.checks, ...neighbours.checks, ...announced, ...dns];
  for (const check of checks) world.options.emit({ type: 'check', link: name, check });
  const failed = [crossing.error, neighbours.error].filter((e) => e !== undefined);
  const errors = reportsOf(failed, 'Nothing was changed.');
  const state = checks.every((c) => c.ok) ? 'as-wanted' : past?.split === true ? 'split' : 'differs';
  return outcome(name, since, state, { plan: left, checks, errors, warnings });
}
