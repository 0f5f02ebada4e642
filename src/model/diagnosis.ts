/**
 * What a diagnosis says: causes in order, each with what was seen and what mends it. Types only.
 */
import type { ErrorReport } from './outcome.js';
import type { CommandStep, UndoStep } from './plan.js';

/** A command that was run on a host, and the lines of its answer that tell. */
export interface Seen {
  readonly host: string;
  readonly command: string;
  readonly lines: readonly string[];
}

/** certain: seen by itself, and enough to explain what fails. likely: fits all that was seen. possible: would explain it, and nothing speaks for it. */
export type Confidence = 'certain' | 'likely' | 'possible';

export type Mend =
  /** The ordinary run of the link makes it right. */
  | { readonly kind: 'link' }
  /** Steps of a playbook, done on one host under the guard. */
  | {
      readonly kind: 'steps';
      readonly host: string;
      readonly steps: readonly CommandStep[];
      readonly undo: readonly UndoStep[];
      readonly keep?: string;
    }
  /** Something that is not ours to change: a firewall, a gateway, the inventory. */
  | { readonly kind: 'told'; readonly commands: readonly { readonly host: string; readonly words: readonly string[] }[] };

export interface Cause {
  /** Permanent, for programs. */
  readonly code: string;
  readonly confidence: Confidence;
  /** The host where it is; absent where it is between the two. */
  readonly host?: string;
  /** One sentence: what is wrong. */
  readonly text: string;
  readonly evidence: readonly Seen[];
  /** What mends it, as a sentence. */
  readonly next: string;
  readonly mend: Mend;
}

export interface Diagnosis {
  readonly link: string;
  /** Best first; none: nothing wrong here. */
  readonly causes: readonly Cause[];
  /** What was looked at and is in order, for people. */
  readonly fine: readonly string[];
  /** Why the ordinary run of the link could not mend it. */
  readonly errors: readonly ErrorReport[];
  readonly ms: number;
}
