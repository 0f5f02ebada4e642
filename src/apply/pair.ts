/**
 * The stages of one link, both ends side by side: survey, plan, apply.
 *
 * In: a world and a link. Out: what each stage found. The order of the stages is pipeline.ts's to know.
 */
import ipaddr from 'ipaddr.js';
import { ProvisionError, ProvisionErrors } from '../errors/error.js';
import type { PairState } from '../model/facts.js';
import type { End, Link } from '../model/inventory.js';
import type { Stage } from '../model/outcome.js';
import type { EndPlan, LinkPlan, Step, Warning } from '../model/plan.js';
import { type EndInput, planLink } from '../plan/pair.js';
import { type Look, lookAgain, type Surveyed, survey } from '../survey/survey.js';
import { elsewhere } from './elsewhere.js';
import { type Applied, applySteps, type Frame, type StepProgress } from './steps.js';
import { hostOf, linkOf, onlyEnd, pairOf, type World } from './world.js';

export type Two<T> = readonly [T, T];

/** A link that was surveyed and planned, and not touched yet. */
export interface Planned {
  readonly link: string;
  readonly since: number;
  readonly found: Two<Surveyed>;
  readonly plan: LinkPlan;
  /** A rollback: how both ends are to be afterwards. */
  readonly target?: PairState;
}

/** Runs both sides; the errors of both are told, each once. */
export async function both<A, B>(pair: Two<A>, work: (item: A, index: 0 | 1) => Promise<B>): Promise<Two<B>> {
  const [first, second] = await Promise.allSettled([work(pair[0], 0), work(pair[1], 1)]);
  if (first.status === 'fulfilled' && second.status === 'fulfilled') return [first.value, second.value];
  const reasons = [first, second].flatMap((r) => (r.status === 'rejected' ? [r.reason as unknown] : []));
  const known = reasons.flatMap((r) => (r instanceof ProvisionErrors ? r.errors : r instanceof ProvisionError ? [r] : []));
  if (known.length === reasons.length && reasons.length > 1) throw new ProvisionErrors(known);
  throw reasons.find((r) => !(r instanceof ProvisionError)) ?? reasons[0];
}

/** Tells the start and the end of a stage around some work. */
export async function stage<T>(world: World, link: string, name: Stage, work: () => Promise<T>): Promise<T> {
  const { emit } = world.options;
  emit({ type: 'stage', link, stage: name, state: 'start' });
  try {
    return await work();
  } finally {
    emit({ type: 'stage', link, stage: name, state: 'end' });
  }
}

/** The look at one end once more, as calls for the end of a phase that changes it. */
export function lookAfter(world: World, name: string, again: Surveyed): Look {
  const link = linkOf(world.options.inventory, name);
  const { host } = again.facts;
  const end = pairOf(world.options.inventory, link).find((e) => e.host === host);
  if (end === undefined) throw new ProvisionError('BUG', `${name} has no end on ${host}.`);
  return lookAgain({ end, link, host: hostOf(world.options.inventory, host), reach: false }, again, 'read:');
}

async function surveyEnd(world: World, link: Link, end: End, reach: boolean, again: Surveyed | undefined): Promise<Surveyed> {
  const { inventory, playbooks, emit } = world.options;
  const shell = await world.hosts.early(end.host);
  const request = { end, link, host: hostOf(inventory, end.host), reach, ...(again === undefined ? {} : { again }) };
  const found = await survey(shell, request, playbooks);
  if (again === undefined) {
    const { facts, playbook } = found;
    const { system, release } = facts;
    emit({ type: 'detected', link: link.name, host: end.host, system, release, driver: playbook.driverName, playbook: playbook.name });
  }
  return found;
}

/**
 * What both hosts are and how the tunnel stands. `again`: only look once more, with the same playbooks. Where this run works on one end only, a stand-in
 * takes the place of the other and nobody is dialled for it.
 *
 * @param read - What has been read of an end already, by its host; it is not asked again.
 */
export async function surveyPair(
  world: World,
  name: string,
  { reach, again, read }: { readonly reach: boolean; readonly again?: Two<Surveyed>; readonly read?: ReadonlyMap<string, Surveyed> },
): Promise<Two<Surveyed>> {
  const link = linkOf(world.options.inventory, name);
  const ends = pairOf(world.options.inventory, link);
  const only = onlyEnd(world, name);
  const look = async (i: 0 | 1): Promise<Surveyed> => read?.get(ends[i].host) ?? surveyEnd(world, link, ends[i], reach, again?.[i]);
  if (only === undefined) return both(ends, (_end, i) => look(i));
  const at = ends[0].host === only ? 0 : 1;
  const mine = await look(at);
  return at === 0 ? [mine, elsewhere(mine, ends[1].host)] : [elsewhere(mine, ends[0].host), mine];
}

/** Hosts whose SSH connection runs through the tunnel: their dialled address lies in its subnet. */
export function sshPathOf(world: World, name: string): string[] {
  const { inventory } = world.options;
  const link = linkOf(inventory, name);
  const only = onlyEnd(world, name);
  return link.ends
    .map((e) => e.host)
    .filter((host) => only === undefined || host === only)
    .filter((host) => {
      const address = world.dialled(host);
      return (
        address !== undefined && ipaddr.IPv4.isValidFourPartDecimal(address) && ipaddr.IPv4.parse(address).match(ipaddr.IPv4.parseCIDR(link.subnet))
      );
    });
}

/** All that planning needs of both ends, in the order of the inventory. */
export function endInputs(world: World, name: string, found: Two<Surveyed>): Two<EndInput> {
  const { inventory } = world.options;
  const link = linkOf(inventory, name);
  const ends = pairOf(inventory, link);
  const input = (i: 0 | 1): EndInput => ({ end: ends[i], link, host: hostOf(inventory, ends[i].host), ...found[i] });
  return [input(0), input(1)];
}

export function planPair(world: World, name: string, found: Two<Surveyed>, goal: 'link' | 'unlink'): LinkPlan {
  return planLink(endInputs(world, name, found), goal, sshPathOf(world, name));
}

/** Carries out the steps of one phase on both hosts. What failed is in the result; the other end has gone on. */
export async function applyPair(world: World, plan: LinkPlan, phase: Step['phase'], frame?: (end: EndPlan) => Frame): Promise<Two<Applied>> {
  return both(plan.ends, async (end) => {
    const steps = end.steps.filter((s) => s.phase === phase);
    const around = end.steps.length === 0 ? undefined : frame?.(end);
    if (steps.length === 0 && around?.agree === undefined) return { host: end.host, done: [], attempted: [] };
    const shell = await world.hosts.shell(end.host);
    const tell = (p: StepProgress): void => world.options.emit({ type: 'step', link: plan.link, host: end.host, ...p });
    return applySteps(shell, end.host, steps, tell, around);
  });
}

/** Other interfaces that are not as they were. Those that are new are no change (a driver makes its own), nor are those that this run itself sets up. */
export function othersChanged(world: World, before: Two<Surveyed>, after: Two<Surveyed>): Warning[] {
  const { inventory, links } = world.options;
  const ours = new Set(links.flatMap((l) => linkOf(inventory, l).ends.map((e) => `${e.host} ${e.interface}`)));
  return ([0, 1] as const).flatMap((i) => {
    const host = before[i].facts.host;
    return [...before[i].others].flatMap(([name, state]): Warning[] => {
      const now = after[i].others.get(name);
      if (now === state || ours.has(`${host} ${name}`)) return [];
      const evidence = [...state.split('\n').map((l) => `- ${l}`), ...(now ?? '').split('\n').map((l) => `+ ${l}`)].filter((l) => l.length > 2);
      return [{ code: 'other-changed', host, text: `${name} on ${host} is not as it was before this run; nothing here touches it.`, evidence }];
    });
  });
}
