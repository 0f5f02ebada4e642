/**
 * What is known of a run that is over: how both ends were before it, and how it has left them.
 */
import type { DriverFact, TunnelState } from './facts.js';
import type { OutcomeState } from './outcome.js';
import type { LinkPlan } from './plan.js';

/** What of one end a run may change; small enough to be kept, and without the text of files that belong to others. */
export interface EndState {
  readonly host: string;
  readonly driver: DriverFact['state'];
  readonly live: TunnelState;
  /** State, mode and SHA-256 of every file that the plan looked at, by path. */
  readonly files: Readonly<Record<string, string>>;
}

/** Both ends, in the order of the plan. */
export type PairState = readonly [EndState, EndState];

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
