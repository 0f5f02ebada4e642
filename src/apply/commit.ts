/**
 * The commit of a pair, in two phases: boot files are staged on both hosts and both agree; only then does each put its files in place and drop its guard.
 *
 * In: an armed pair whose change is proven. Out: errors, and whether both had agreed. Once they have, a host that is out of reach finishes by itself, so
 * the way from there is forward; before that, a host whose guard runs out undoes.
 */
import { ProvisionError } from '../errors/error.js';
import type { EndPlan, LinkPlan } from '../model/plan.js';
import type { PhaseResult } from '../model/wire.js';
import type { Look, Surveyed } from '../survey/survey.js';
import { agreeCall, type Guarded, joinCall, settlePhase } from './guard.js';
import { applyPair, both, lookAfter, type Planned, type Two } from './pair.js';
import { type Applied, applySteps, guardFired, JOIN } from './steps.js';
import type { World } from './world.js';

export interface Committed {
  readonly staged: Two<Applied>;
  readonly errors: readonly ProvisionError[];
  /** Whether both ends have agreed; perhaps: the answer of one was lost. */
  readonly agreed: 'both' | 'perhaps' | 'no';
  /** What was read of the ends that have settled, by host. */
  readonly read: ReadonlyMap<string, Surveyed>;
}

/** @param look - Goes with it: what is there once everything is in its place. */
async function settleOnce(world: World, end: EndPlan, guarded: Guarded, look?: Look): Promise<PhaseResult> {
  const lost = (error: unknown): PhaseResult => ({ status: 'cut', why: error instanceof Error ? error.message : String(error), records: new Map() });
  return world.hosts
    .shell(end.host)
    .then((shell) => shell.run([...settlePhase(end, guarded), ...(look?.calls ?? [])]))
    .catch(lost);
}

function settleError(host: string, result: PhaseResult): ProvisionError | undefined {
  if (result.status === 'done') return undefined;
  if (result.status === 'cut') return new ProvisionError('SSH_LOST', `The connection to ${host} was lost in the commit.`, { host, why: result.why });
  if (result.id === JOIN || result.id === 'disarm') return guardFired(host, '');
  const stderr = Buffer.from(result.records.get(result.id)?.stderr ?? [])
    .toString('utf8')
    .trim();
  return new ProvisionError('FILE_REFUSED', `${result.id} on ${host} could not be put in its place.`, { host, step: result.id, stderr });
}

interface Settled {
  readonly errors: readonly ProvisionError[];
  readonly read?: Surveyed;
}

/** What cannot be understood is asked again by whoever needs it, and told there. */
async function readBy(world: World, host: string, look: Look, { records }: PhaseResult): Promise<Settled> {
  const read = await world.hosts
    .shell(host)
    .then((shell) => look.read(shell, records))
    .catch(() => undefined);
  return { errors: [], ...(read === undefined ? {} : { read }) };
}

async function settleEnd(world: World, end: EndPlan, guarded: Guarded, look: Look): Promise<Settled> {
  const first = await settleOnce(world, end, guarded, look);
  if (first.status === 'done') return readBy(world, end.host, look, first);
  let last: PhaseResult = first;
  if (first.status === 'cut') {
    await world.hosts.renew(end.host).catch(() => undefined);
    last = await settleOnce(world, end, guarded);
    // What was lost may have been the answer alone: then the guard is gone, and reading the host again says the rest.
    if (last.status === 'failed' && last.id === JOIN) return { errors: [] };
  }
  const error = settleError(end.host, last);
  return { errors: error === undefined ? [] : [error] };
}

/** A host that agrees and cannot ask finishes by itself: it must not agree before the other end has staged all. It costs one more round trip. */
async function agreeApart(world: World, plan: LinkPlan, guarded: Guarded): Promise<ProvisionError[]> {
  const applied = await both(plan.ends, async (end): Promise<ProvisionError[]> => {
    if (end.steps.length === 0) return [];
    const shell = await world.hosts.shell(end.host);
    const frame = { join: joinCall(end, guarded), agree: agreeCall(guarded) };
    const { error } = await applySteps(shell, end.host, [], () => undefined, frame);
    return error === undefined ? [] : [error];
  });
  return applied.flat();
}

const canAsk = (end: EndPlan): boolean => end.steps.length === 0 || end.guard.ask !== undefined;

export async function commitPair(world: World, { plan, found }: Pick<Planned, 'plan' | 'found'>, guarded: Guarded): Promise<Committed> {
  const atOnce = plan.ends.every(canAsk);
  const frame = (end: EndPlan) => ({ join: joinCall(end, guarded, 'staged'), ...(atOnce ? { agree: agreeCall(guarded) } : {}) });
  const staged = await applyPair(world, plan, 'boot', frame);
  const stagedErrors = staged.flatMap((a) => (a.error === undefined ? [] : [a.error]));
  const errors = atOnce || stagedErrors.length > 0 ? stagedErrors : await agreeApart(world, plan, guarded);
  const agreed = atOnce || stagedErrors.length === 0 ? 'perhaps' : 'no';
  if (errors.length > 0) return { staged, errors, agreed, read: new Map() };
  const settled = await both(plan.ends, async (end): Promise<Settled> => {
    const before = found.find((f) => f.facts.host === end.host);
    if (end.steps.length === 0 || before === undefined) return { errors: [] };
    return settleEnd(world, end, guarded, lookAfter(world, plan.link, before));
  });
  const read = new Map(settled.flatMap((s) => (s.read === undefined ? [] : [[s.read.facts.host, s.read] as const])));
  return { staged, errors: settled.flatMap((s) => s.errors), agreed: 'both', read };
}
