/**
 * Why a link does not work: look at both ends, decide, and where asked for mend it under the guard.
 *
 * In: a world and a link. Out: a diagnosis. Without `fix` nothing is changed. A mend is one plan (what the link lacks, and the steps of playbooks that mend
 * what is no part of a link), shown and agreed to like any other, and taken back if packets do not cross afterwards.
 */
import pLimit from 'p-limit';
import { exitOf, fail, outcome, reportsOf } from './apply/outcome.js';
import { endInputs, type Planned, planPair, stage, type Two } from './apply/pair.js';
import { surveyMeasured } from './apply/path.js';
import { onlyEnd, type World } from './apply/world.js';
import { gather } from './diagnose/gather.js';
import { withMends } from './diagnose/mends.js';
import { causesOf, fineOf } from './diagnose/tree.js';
import { errorsIn, ProvisionError } from './errors/error.js';
import type { Diagnosis } from './model/diagnosis.js';
import type { LinkOutcome } from './model/outcome.js';
import type { LinkPlan } from './model/plan.js';
import { change, type RunOptions, withTwin } from './pipeline-run.js';
import { pairMtu } from './plan/mtu.js';
import { stepCount } from './plan/pair.js';
import type { Surveyed } from './survey/survey.js';

/** What was found, and what a mend would do; no plan where one of the ends cannot have one. */
export interface Diagnosed {
  readonly diagnosis: Diagnosis;
  readonly found: Two<Surveyed>;
  readonly since: number;
  readonly plan?: LinkPlan;
}

function planned(world: World, link: string, found: Two<Surveyed>): LinkPlan | readonly ProvisionError[] {
  try {
    return planPair(world, link, found, 'link');
  } catch (error) {
    return errorsIn(error);
  }
}

/** Looks at both ends. @throws ProvisionError where one of them can't be looked at. */
export async function diagnoseOne(world: World, link: string): Promise<Diagnosed> {
  const since = Date.now();
  if (onlyEnd(world, link) !== undefined) {
    throw new ProvisionError('HOST_THEIRS', `One end of ${link} is another operator's, and a diagnosis looks at both.`, {
      state: 'Nothing was changed.',
    });
  }
  const found = await stage(world, link, 'survey', () => surveyMeasured(world, link, { reach: true }));
  const made = planned(world, link, found);
  const plan = 'ends' in made ? made : undefined;
  const inputs = endInputs(world, link, found);
  const mtuBytes = plan?.mtu.bytes ?? pairMtu(inputs, 'unlink').bytes;
  const shells = await Promise.all(found.map((f) => world.hosts.shell(f.facts.host)));
  const subject = (i: 0 | 1) => {
    const [shell, input] = [shells[i], inputs[i]];
    if (shell === undefined) throw new ProvisionError('BUG', 'A link has two ends.');
    const boot = plan?.ends[i].steps.filter((s) => s.phase === 'boot').map((s) => s.title) ?? [];
    return { shell, input, mtuBytes, unkept: boot };
  };
  const evidence = await stage(world, link, 'verify', () => gather([subject(0), subject(1)]));
  const causes = causesOf(evidence);
  const errors = 'ends' in made ? [] : reportsOf(made, 'Nothing was changed.');
  const diagnosis: Diagnosis = { link, causes, fine: fineOf(evidence), errors, ms: Date.now() - since };
  return { diagnosis, found, since, ...(plan === undefined ? {} : { plan: withMends(plan, causes) }) };
}

export interface DiagnoseResult {
  readonly diagnoses: readonly Diagnosis[];
  /** Of the links that could not be looked at, and of those that were mended or were to be. */
  readonly outcomes: readonly LinkOutcome[];
  readonly exitCode: number;
}

/** Why links do not work. Changes nothing, unless `fix` is given and somebody says yes. */
export function diagnose(
  options: RunOptions & { readonly fix: boolean; readonly tell?: (found: readonly Diagnosis[]) => Promise<void> },
): Promise<DiagnoseResult> {
  const limit = pLimit(options.concurrency);
  return withTwin(options, async (world) => {
    const one = (name: string): Promise<Diagnosed | LinkOutcome> =>
      limit(() => diagnoseOne(world, name).catch((error: unknown) => fail(name, Date.now(), error, 'unchanged')));
    const looked = await Promise.all(options.links.map(one));
    const seen = looked.filter((l): l is Diagnosed => 'diagnosis' in l);
    await options.tell?.(seen.map((d) => d.diagnosis));
    const failed = looked.filter((l): l is LinkOutcome => !('diagnosis' in l));
    const planOf = new Map(
      seen.flatMap((d) => (d.plan === undefined || stepCount(d.plan) === 0 ? [] : [[d.diagnosis.link, { ...d, plan: d.plan }] as const])),
    );
    const mended = options.fix
      ? await change(world, { ...options, links: [...planOf.keys()] }, (name) => mendPlan(world, name, planOf.get(name)))
      : undefined;
    const outcomes = [...failed, ...(mended?.outcomes ?? [])];
    // What was mended counts as it was read afterwards; what was only looked at, by what was found.
    const open = seen.filter((d) => !(options.fix && planOf.has(d.diagnosis.link)));
    const found = open.map((d): LinkOutcome => outcome(d.diagnosis.link, d.since, d.diagnosis.causes.length === 0 ? 'as-wanted' : 'differs'));
    return { diagnoses: seen.map((d) => d.diagnosis), outcomes, exitCode: exitOf([...outcomes, ...found]) };
  });
}

function mendPlan(world: World, link: string, made: (Diagnosed & { readonly plan: LinkPlan }) | undefined): Promise<Planned> {
  if (made === undefined) throw new ProvisionError('BUG', `There is no plan of ${link}.`);
  const { found, since, plan: wanted } = made;
  world.options.emit({ type: 'plan', plan: wanted });
  return Promise.resolve({ link, since, found, plan: wanted });
}
