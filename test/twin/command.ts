/** The command line over simulated hosts, for tests: what it writes is collected. */
import { run } from '../../src/cli/program.js';
import type { Io, Pipeline } from '../../src/cli/types.js';

export interface CommandRan {
  readonly exit: number;
  readonly out: string;
  readonly err: string;
}

export interface Around {
  /** Given to every question; absent: there is no terminal to ask on. */
  readonly answer?: string;
  /** In place of the program's own stages. */
  readonly pipeline?: Pipeline;
  readonly env?: Readonly<Record<string, string>>;
}

/** @param home - Where its state and its relative paths are. */
export async function runIn(home: string, argv: readonly string[], { answer, pipeline, env = {} }: Around = {}): Promise<CommandRan> {
  const out: string[] = [];
  const err: string[] = [];
  const io: Io = {
    stdout: { write: (t) => void out.push(t), isTTY: false },
    stderr: { write: (t) => void err.push(t), isTTY: false },
    env: { XDG_STATE_HOME: home, ...env },
    cwd: home,
    ask: answer === undefined ? undefined : () => Promise.resolve(answer),
    onStop: () => () => undefined,
    pipeline: () => (pipeline === undefined ? import('../../src/pipeline.js') : Promise.resolve(pipeline)),
  };
  return { exit: await run(argv, '0', io), out: out.join(''), err: err.join('') };
}

/** With no terminal. */
export const provisionIn = (home: string, ...argv: string[]): Promise<CommandRan> => runIn(home, argv);
