/**
 * Why a link does not work: look at both ends, decide, and where asked for mend it under the guard.
 *
 * In: a world and a link. Out: a diagnosis. Without `fix` nothing is changed. A mend is one plan (what the link lacks, and the steps of playbooks that mend
 * what is no part of a link), shown and agreed to like any other, and taken back if packets do not cross afterwards.
 */
import { reportsOf } from './apply/outcome.js';
import { endInputs, planPair, stage, surveyPair, type Two } from './apply/pair.js';
import { withPath } from './apply/path.js';
import { onlyEnd, type World } from './apply/world.js';
import { gather } from './diagnose/gather.js';
import { withMends } from './diagnose/mends.js';
import { causesOf, fineOf } from './diagnose/tree.js';
import { errorsIn, ProvisionError } from './errors/error.js';
import type { Diagnosis } from './model/diagnosis.js';
import type { LinkPlan } from './model/plan.js';
import { pairMtu } from './plan/mtu.js';
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
  const found = await stage(world, link, 'survey', async () => withPath(world, link, await surveyPair(world, link, { reach: true })));
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
