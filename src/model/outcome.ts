/**
 * What happened: evidence of verify, the outcome of one link, and the events that people and machines follow.
 */
import type { PairState } from './facts.js';
import type { LinkPlan, Step, Warning } from './plan.js';

/** One thing verify looked at. */
export interface Check {
  /** ping, mtu, boot, live, fresh-ssh, counters … */
  readonly id: string;
  readonly host: string;
  readonly ok: boolean;
  /** One sentence with the figure. */
  readonly text: string;
  readonly evidence?: readonly string[];
}

/** Outcome words and their exit codes are those of design section 1. */
export type OutcomeState =
  | 'as-wanted'
  /** The one end that is ours is as wanted, and the other one does not answer yet. */
  | 'waiting'
  | 'changes-pending'
  | 'differs'
  | 'unchanged'
  | 'rolled-back'
  | 'partly-changed'
  | 'split'
  | 'unknown';

export interface ErrorReport {
  readonly code: string;
  readonly message: string;
  readonly host?: string;
  readonly step?: string;
  readonly place?: { readonly file: string; readonly line: number; readonly column: number };
  readonly command?: string;
  readonly exitCode?: number;
  readonly stderr?: string;
  readonly why?: string;
  readonly state?: string;
  readonly next?: string;
}

export interface LinkOutcome {
  readonly link: string;
  readonly state: OutcomeState;
  readonly plan?: LinkPlan;
  readonly checks: readonly Check[];
  readonly warnings: readonly Warning[];
  readonly errors: readonly ErrorReport[];
  /** Milliseconds from the start of the link's work to its end. */
  readonly ms: number;
}

export type Stage = 'connect' | 'survey' | 'plan' | 'apply' | 'verify' | 'boot' | 'guard' | 'undo' | 'wait' | 'done';

/** The closed list of what a run tells while it goes on. `report/` renders it as text and as JSON lines. */
export type RunEvent =
  | {
      readonly type: 'stage';
      readonly link: string;
      readonly stage: Stage;
      readonly state: 'start' | 'end';
      readonly host?: string;
      readonly text?: string;
    }
  | {
      readonly type: 'connected';
      readonly host: string;
      readonly address: string;
      readonly port: number;
      readonly user: string;
      readonly fingerprint: string;
      readonly simulated?: string;
    }
  | {
      readonly type: 'detected';
      readonly link: string;
      readonly host: string;
      readonly system: string;
      readonly release: string;
      readonly driver: string;
      readonly playbook: string;
    }
  | { readonly type: 'plan'; readonly plan: LinkPlan }
  /** From here on the link is really changed; `run` names it on the hosts and here. */
  | {
      readonly type: 'run';
      readonly link: string;
      readonly run: string;
      readonly who: string;
      readonly goal: LinkPlan['goal'];
      readonly guardSeconds: number;
    }
  | {
      readonly type: 'step';
      readonly link: string;
      readonly host: string;
      readonly step: Step;
      readonly state: 'start' | 'done' | 'failed';
      readonly exit?: number;
      readonly output?: string;
      readonly ms?: number;
    }
  /** Every command that ran on a host, with what it gave. For the log; people see steps. */
  | {
      readonly type: 'command';
      readonly host: string;
      readonly id: string;
      readonly verb: string;
      readonly words: readonly string[];
      readonly exit: number;
      readonly stdout: string;
      readonly stderr: string;
      readonly ms: number;
    }
  /** How both ends are, before the first change and after the last. For the journal. */
  | { readonly type: 'state'; readonly link: string; readonly when: 'before' | 'after'; readonly ends: PairState }
  | { readonly type: 'check'; readonly link: string; readonly check: Check }
  | { readonly type: 'warning'; readonly link: string; readonly warning: Warning }
  | { readonly type: 'error'; readonly link: string; readonly error: ErrorReport }
  | { readonly type: 'outcome'; readonly outcome: LinkOutcome };

export type Emit = (event: RunEvent) => void;
