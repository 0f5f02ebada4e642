/**
 * What is known of a run that is over: how both ends were before it, and how it has left them.
 */
import type { PairState } from './facts.js';
import type { OutcomeState } from './outcome.js';
import type { LinkPlan } from './plan.js';

export interface PastRun {
  readonly run: string;
  readonly plan: LinkPlan;
  /** Absent: it did not come to its end. */
  readonly state?: OutcomeState;
  /** Ids of the steps that may have been carried out, by host. */
  readonly attempted: ReadonlyMap<string, ReadonlySet<string>>;
  readonly before?: PairState;
  /** Both ends as they were read last. */
  readonly after?: PairState;
}
