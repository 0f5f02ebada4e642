/**
 * A plan: what has to be done on both ends of one link, in order. Pure data; the same input gives the same plan, byte for byte.
 */

/** `+` makes something new, `~` changes what is there, `-` takes away. What is already right is `=` and has no step. */
export type Action = '+' | '~' | '-';

/** Proof by reading back: a line of the words' output must match the pattern (POSIX ERE). */
export interface Proof {
  readonly pattern: string;
  readonly words: readonly string[];
}

export interface FileChange {
  readonly path: string;
  readonly mode?: string;
  /** Name of our block, where the file belongs to others; absent for a whole file. */
  readonly block?: string;
  /** What is to be there; `null` takes the file or the block away. */
  readonly content: string | null;
  /** What is there now (of the block, or of the whole file); `null` where it is absent. */
  readonly before: string | null;
  /** The program's own check of the new file, before that takes its place at the commit; `{{file}}` stands for the new file. */
  readonly check?: readonly string[];
}

interface StepBase {
  readonly id: string;
  readonly title: string;
  /** Which attributes the step makes true: driver, interface, outer, inner, mtu, up, ttl, boot, or a setting's name. */
  readonly ensures: readonly string[];
  readonly action: Action;
  /** live: changes the running system; boot: changes what the next boot does. */
  readonly phase: 'live' | 'boot';
  /** What is interrupted while this step runs, in words for people. */
  readonly interrupts?: string;
  /** Set where the step touches more than this link (a system-wide sysctl). */
  readonly touches?: string;
  /** Set where nothing takes the step back; why, in words for people. */
  readonly oneWay?: string;
  /** Manual page or guide. */
  readonly source: string;
}

export interface CommandStep extends StepBase {
  readonly words: readonly string[];
  readonly proofs: readonly Proof[];
  /** What the words were to take away may be gone already: only what is read afterwards counts. */
  readonly mayFail?: true;
}

export interface FileStep extends StepBase {
  readonly file: FileChange;
}

export type Step = CommandStep | FileStep;

export interface GuardWay {
  /** The state folder on the host; a reboot empties it. */
  readonly state: string;
  /** The folder of this link that outlasts a reboot. */
  readonly keep: string;
  /** Whether the other end is as wanted, asked from here through the tunnel; absent where that would be answered before the change too. */
  readonly ask?: Proof;
  readonly timer: readonly string[];
  readonly cancel: readonly string[];
}

/** Takes back one step. `of` is the id of the playbook's step or of the file step it belongs to. */
export interface UndoStep {
  readonly id: string;
  readonly of: string;
  readonly words?: readonly string[];
  readonly file?: FileChange;
}

export interface Warning {
  readonly code: string;
  readonly text: string;
  readonly host?: string;
  /** What was seen, line by line. */
  readonly evidence?: readonly string[];
  readonly next?: string;
}

export interface EndPlan {
  readonly host: string;
  readonly system: string;
  readonly release: string;
  readonly driver: string;
  readonly playbook: string;
  readonly interface: string;
  readonly steps: readonly Step[];
  /** What brings the end back to how the survey found it, in order; made from facts, not from the steps. */
  readonly undo: readonly UndoStep[];
  /** How the undo by itself is set up; `{{run}}`, `{{seconds}}` and `{{undo}}` in the words are filled when it is. */
  readonly guard: GuardWay;
  /** What already is as wanted, for the `=` lines: attribute and value. */
  readonly holds: readonly { readonly attribute: string; readonly value: string }[];
  /** Somebody else sets this end up: it was not looked at, and what stands here besides host and interface says nothing. */
  readonly elsewhere?: true;
}

export interface LinkPlan {
  readonly link: string;
  readonly goal: 'link' | 'unlink' | 'rollback';
  readonly mtu: { readonly bytes: number; readonly why: string };
  readonly ends: readonly [EndPlan, EndPlan];
  readonly warnings: readonly Warning[];
  /** Hosts whose SSH connection runs through this tunnel or is otherwise touched by the steps. */
  readonly sshPath: readonly string[];
}
