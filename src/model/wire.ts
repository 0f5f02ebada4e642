/**
 * What goes over the wire to a host's /bin/sh, and what comes back (docs/wire.md).
 *
 * A phase is a list of calls; each call gives one record; a phase ends with its status.
 */

/** Read only: exit status, standard output and standard error are recorded; never fails the phase. */
export interface ProbeCall {
  readonly verb: 'probe';
  readonly id: string;
  readonly words: readonly string[];
  /** A recording need not have it: what hangs on it is unknown then, and a plan that needs it says so. */
  readonly optional?: true;
}

/** A change. The first one that exits non-zero ends the phase: everything after it is skipped. */
export interface RunCall {
  readonly verb: 'run';
  readonly id: string;
  readonly words: readonly string[];
}

/** A change that may fail without ending the phase: taking back a step that may never have happened. */
export interface TryCall {
  readonly verb: 'try';
  readonly id: string;
  readonly words: readonly string[];
}

/**
 * Proof by reading back: runs the words and requires that a line of standard output matches `pattern`
 * (POSIX extended regular expression, as `grep -E` takes it). No match ends the phase like a failed `run`.
 */
export interface ProveCall {
  readonly verb: 'prove';
  readonly id: string;
  readonly pattern: string;
  readonly words: readonly string[];
}

/** Reads a file. Exit 0: regular file, content in stdout, mode and owner (`ls -ln` line) in stderr; 1 absent; 2 symbolic link; 3 something else. */
export interface LookCall {
  readonly verb: 'look';
  readonly id: string;
  readonly path: string;
  /** A file of others, which may hold keys: its content goes to who asks, and into no log. */
  readonly quiet?: true;
}

/** Writes a whole file by a temporary file beside it and a rename. Unchanged content and mode is no change. */
export interface PutCall {
  readonly verb: 'put';
  readonly id: string;
  /** Octal, for example `0644`. */
  readonly mode: string;
  readonly path: string;
  readonly content: Uint8Array;
}

/** Our marked block in a file that others own; empty content takes the block away. The rest of the file stays byte for byte. */
export interface BlockCall {
  readonly verb: 'block';
  readonly id: string;
  readonly path: string;
  /** `[A-Za-z0-9_.-]+`; stands in the BEGIN and END lines. */
  readonly name: string;
  readonly content: Uint8Array;
}

/** Removes a regular file that we wrote. Absent is no change; anything but a regular file is refused. */
export interface RemoveCall {
  readonly verb: 'remove';
  readonly id: string;
  readonly path: string;
}

/**
 * The guard: an undo script on the host and a timer that runs it unless it is disarmed before. Refused while another run holds it.
 */
export interface ArmCall {
  readonly verb: 'arm';
  readonly id: string;
  /** A folder that is gone after a reboot, made by root with mode 0700. */
  readonly state: string;
  /** A folder that outlasts a reboot: a journal of changes, and the names of temporary files. */
  readonly keep: string;
  /** Names the run: `[0-9a-f]+`. */
  readonly run: string;
  readonly seconds: number;
  /** Who, since when and until when, for the next one who finds the guard standing. Printable. */
  readonly holder: string;
  /** The undo script, ASCII. */
  readonly script: Uint8Array;
  /** What starts the timer; empty: a detached subshell that sleeps. */
  readonly timer: readonly string[];
}

/** The changes of this phase belong to an armed run: none is made any more once its guard has fired (they exit 125). Exit 3: it has fired already. */
export interface JoinCall {
  readonly verb: 'join';
  readonly id: string;
  readonly state: string;
  readonly keep: string;
  readonly run: string;
  /** staged: put, block and remove of this phase do all but the last step, which `settle` does. */
  readonly mode: 'now' | 'staged';
}

/** In a joined phase: the guard no longer undoes when its time is over; it waits so much longer, asks the other end, and finishes or undoes. */
export interface AgreeCall {
  readonly verb: 'agree';
  readonly id: string;
  readonly seconds: number;
}

/** What was staged for this file takes its place and is read back; what is not staged (any more) is no change. */
export interface SettleCall {
  readonly verb: 'settle';
  readonly id: string;
  readonly run: string;
  readonly how: 'put' | 'block' | 'remove';
  readonly path: string;
}

/** Takes the guard away, armed or agreed, and what is staged. Exactly one of disarm and undo wins. Exit 3: it has fired, or was never armed. */
export interface DisarmCall {
  readonly verb: 'disarm';
  readonly id: string;
  readonly state: string;
  readonly keep: string;
  readonly run: string;
  /** What stops the timer; empty: the subshell is ended. */
  readonly cancel: readonly string[];
}

/** Reads who holds the guard: standard output is empty, or `armed.RUN`, `agreed.RUN` or `undoing.RUN` and on the next line the holder. */
export interface HeldCall {
  readonly verb: 'held';
  readonly id: string;
  readonly state: string;
}

/** The guard of this run does at once what it would do when its time is over. Exit 3: it does not stand any more; 5: its script came to no end. */
export interface ReleaseCall {
  readonly verb: 'release';
  readonly id: string;
  readonly state: string;
  readonly run: string;
  /** What stops the timer, as for disarm. */
  readonly cancel: readonly string[];
}

export type FileCall = PutCall | BlockCall | RemoveCall;
export type GuardCall = ArmCall | JoinCall | AgreeCall | SettleCall | DisarmCall | HeldCall | ReleaseCall;
export type Call = GuardCall | ProbeCall | RunCall | TryCall | ProveCall | LookCall | FileCall;
export type Verb = Call['verb'];

/** What one call gave. */
export interface CallRecord {
  readonly id: string;
  readonly verb: Verb;
  /** Exit status of the command, or of the verb itself for look, put, block and remove (docs/wire.md has their numbers). */
  readonly exit: number;
  /** At most 64 KiB; `stdoutTotal` is what the command really wrote, in bytes. */
  readonly stdout: Uint8Array;
  readonly stderr: Uint8Array;
  readonly stdoutTotal: number;
  readonly stderrTotal: number;
  /** For put, block, remove: whether anything was changed. For prove: whether it matched. Else undefined. */
  readonly changed?: boolean;
  readonly matched?: boolean;
}

export type PhaseStatus =
  | { readonly status: 'done' }
  /** A run, prove, put, block or remove failed; the rest was skipped. */
  | { readonly status: 'failed'; readonly id: string }
  /** The connection or the shell went away before the end of the phase was heard. */
  | { readonly status: 'cut'; readonly why: string };

export type PhaseResult = PhaseStatus & { readonly records: ReadonlyMap<string, CallRecord> };

/** One shell on one host: the byte channel that the wire program needs. Real: an exec channel of ssh. */
export interface ShellChannel {
  write(text: string): void;
  /** Standard output, in order, until the channel ends. */
  readonly output: AsyncIterable<Uint8Array>;
  /** What has come on standard error so far (bounded to 64 KiB). */
  stderr(): string;
  /** Resolves when the channel is gone; never rejects. */
  readonly closed: Promise<{ readonly exit?: number; readonly signal?: string; readonly error?: Error }>;
  /** Ends standard input. */
  end(): void;
  /** Cuts the channel at once. */
  destroy(): void;
}

/** One shell on one host, ready for phases. One phase is one write and so one round trip. */
export interface PhaseRunner {
  run(
    calls: readonly Call[],
    options?: { readonly onBegin?: (id: string) => void; readonly onRecord?: (record: CallRecord) => void; readonly timeoutMs?: number },
  ): Promise<PhaseResult>;
}
