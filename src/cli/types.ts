/**
 * What the command line needs from outside: streams, environment, the pipeline. Types only, so that tests can give doubles.
 */
import type { ErrorReport } from '../model/outcome.js';
import type * as stages from '../pipeline.js';
import type { Case, Format } from '../report/findings.js';

export type { RunningTwin, RunOptions, RunResult } from '../pipeline.js';

/** The part of pipeline.ts that commands call. */
export type Pipeline = Pick<
  typeof stages,
  | 'link'
  | 'plan'
  | 'unlink'
  | 'rollback'
  | 'unlock'
  | 'updater'
  | 'verify'
  | 'rebootProof'
  | 'diagnose'
  | 'rehearse'
  | 'facts'
  | 'record'
  | 'adopt'
  | 'identifyHost'
  | 'proposed'
  | 'twinUp'
>;

/** One stream of text to a person or a program. */
export interface Sink {
  write(text: string): void;
  readonly isTTY: boolean;
  readonly columns?: number | undefined;
}

/** The world around one run of the program. */
export interface Io {
  readonly stdout: Sink;
  readonly stderr: Sink;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** Asks on the terminal; undefined where there is none to ask on. */
  readonly ask: ((question: string, signal: AbortSignal) => Promise<string>) | undefined;
  /** Calls back for each Ctrl-C or request to end; the result stops that. */
  readonly onStop: (handler: () => void) => () => void;
  /** From now on SIGHUP is a request to read settings again, and no request to end; the result stops that. Absent: there are no signals. */
  readonly onReload?: (handler: () => void) => () => void;
  readonly pipeline: () => Promise<Pipeline>;
}

/** Options that every command takes. */
export interface CommonOptions {
  readonly inventory?: string;
  readonly playbooks: readonly string[];
  readonly trustPlaybooks: boolean;
  readonly json: boolean;
  /** What stdout holds; everything but `text` is for machines, and people's text goes to stderr. */
  readonly format: Format;
  readonly yes: boolean;
  readonly concurrency: number;
  /** Seconds. */
  readonly timeout: number;
  /** Seconds of the guard. */
  readonly guard: number;
  readonly verbose: boolean;
  readonly acceptNew: boolean;
  readonly color: boolean;
}

/** What a command hands back; the runner prints the document and the errors and decides nothing. */
export interface Done {
  readonly exit: number;
  /** Fields of the JSON document beside schema, exit and errors. */
  readonly document: Readonly<Record<string, unknown>>;
  /** Shown to people on stderr. */
  readonly errors?: readonly ErrorReport[];
  /** Errors at the top of the document: those that belong to no link. */
  readonly ownErrors?: readonly ErrorReport[];
  /** For the formats of a CI; absent: made from the errors. */
  readonly cases?: readonly Case[];
  /** Sentences that belong to the whole, for the same. */
  readonly notes?: readonly string[];
}
