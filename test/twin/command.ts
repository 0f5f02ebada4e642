/** The command line with no terminal, over simulated hosts, for tests. */
import { run } from '../../src/cli/program.js';
import type { Io } from '../../src/cli/types.js';

export interface CommandRan {
  readonly exit: number;
  readonly out: string;
  readonly err: string;
}

/** @param home - Where its state and its relative paths are. */
export async function provisionIn(home: string, ...argv: string[]): Promise<CommandRan> {
  const out: string[] = [];
  const err: string[] = [];
  const io: Io = {
    stdout: { write: (t) => void out.push(t), isTTY: false },
    stderr: { write: (t) => void err.push(t), isTTY: false },
    env: { XDG_STATE_HOME: home },
    cwd: home,
    ask: undefined,
    onStop: () => () => undefined,
    pipeline: () => import('../../src/pipeline.js'),
  };
  return { exit: await run(argv, '0', io), out: out.join(''), err: err.join('') };
}
