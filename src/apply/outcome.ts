/**
 * Outcomes of links and the exit status that follows (design section 1).
 */
import { CATALOGUE } from '../errors/catalogue.js';
import { errorsIn, type ProvisionError } from '../errors/error.js';
import type { ErrorReport, LinkOutcome, OutcomeState } from '../model/outcome.js';
import type { LinkPlan } from '../model/plan.js';

/** Reports with the state that was found, where the error itself does not say it. */
export function reportsOf(errors: readonly ProvisionError[], state: string): ErrorReport[] {
  return errors.map((error) => {
    const report = error.report();
    return { ...report, state: report.state ?? state, next: report.next ?? CATALOGUE[error.code].next };
  });
}

type Rest = Partial<Pick<LinkOutcome, 'plan' | 'checks' | 'warnings' | 'errors'>>;

export function outcome(link: string, since: number, state: OutcomeState, rest: Rest = {}): LinkOutcome {
  return { link, state, checks: [], warnings: [], errors: [], ms: Date.now() - since, ...rest };
}

/** An outcome from whatever was thrown. An unknown exception is a bug and is thrown on. */
export function fail(link: string, since: number, thrown: unknown, state: OutcomeState, plan?: LinkPlan): LinkOutcome {
  const errors = errorsIn(thrown);
  const said = state === 'unchanged' ? 'Nothing was changed.' : 'The state of the hosts is not known.';
  return outcome(link, since, state, { errors: reportsOf(errors, said), ...(plan === undefined ? {} : { plan }) });
}

const EXITS: Readonly<Record<OutcomeState, number>> = {
  'as-wanted': 0,
  waiting: 2,
  'changes-pending': 2,
  differs: 2,
  unchanged: 1,
  'rolled-back': 3,
  'partly-changed': 4,
  split: 4,
  unknown: 4,
};

/** From bad to good: what is reported when links differ in how they ended. */
const ORDER = [4, 3, 65, 64, 1, 2, 0];

function exitOfOne(made: LinkOutcome): number {
  const exit = EXITS[made.state];
  const codes = made.errors.map((e) => CATALOGUE[e.code as keyof typeof CATALOGUE]?.exit);
  return exit === 1 ? (codes.find((c) => c === 65 || c === 64) ?? 1) : exit;
}

export function exitOf(outcomes: readonly LinkOutcome[]): number {
  const exits = outcomes.map(exitOfOne);
  return ORDER.find((e) => exits.includes(e)) ?? 0;
}
