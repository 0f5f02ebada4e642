/** The shape of one command: one file in commands/ exports one of these, and program.ts makes the parser, the help and the completion from them. */
import type { Session } from './session.js';
import type { Done } from './types.js';

export interface OptionSpec {
  readonly flags: string;
  readonly text: string;
  readonly choices?: readonly string[];
  /** May be given again; the value is a list. */
  readonly many?: boolean;
  /** A whole number, from the first to the second. */
  readonly between?: readonly [low: number, high: number];
}

/** What was typed behind the command: positional words and the command's own options. */
export interface Typed {
  readonly words: readonly string[];
  readonly options: Readonly<Record<string, unknown>>;
}

export interface CommandSpec {
  /** `link`, or `twin up` for a command of a group. */
  readonly name: string;
  /** As commander writes them: `<link...>`, `[link...]`, `<host>`. */
  readonly args?: readonly { readonly usage: string; readonly text: string; readonly choices?: readonly string[] }[];
  readonly summary: string;
  readonly options?: readonly OptionSpec[];
  readonly examples?: readonly string[];
  /** Neither reads nor changes a host: no log. A function where that hangs on the command's options. */
  readonly quiet?: boolean | ((options: Typed['options']) => boolean);
  /** Said at the first Ctrl-C, where that is the usual way to end it. */
  readonly stopText?: string;
  /** Said at the second one, which ends it at once. */
  readonly leftText?: string;
  /** Fields that the JSON document has even where an error came first. */
  readonly failed?: Readonly<Record<string, unknown>>;
  run(session: Session, typed: Typed): Promise<Done> | Done;
}
