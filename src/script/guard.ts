/**
 * The undo script that the guard runs on the host when nobody disarms it.
 *
 * In: calls that take back what a run does. Out: one POSIX sh script: a rename that decides against disarm, then the same prelude and phases as
 * everything else. It needs nobody: no connection, no controller.
 */
import { randomBytes } from 'node:crypto';
import type { Call } from '../model/wire.js';
import { compilePhase } from './compile.js';
import { preludeText } from './prelude.js';
import { quoteWord } from './quote.js';

export interface UndoScriptOptions {
  /** The state folder, without the path prefix. */
  readonly state: string;
  readonly run: string;
  /** Path prefix; only tests set it. */
  readonly root?: string;
  readonly path?: string;
}

/** @param phases - Calls, phase by phase: what fails in one does not keep the next from running. */
export function undoScript(phases: readonly (readonly Call[])[], options: UndoScriptOptions): Uint8Array {
  const mark = randomBytes(16).toString('hex');
  const { root, path, run } = options;
  const folder = quoteWord(`${root ?? ''}${options.state}`);
  const prelude = preludeText({
    mark,
    dir: randomBytes(16).toString('hex'),
    ...(root === undefined ? {} : { root }),
    ...(path === undefined ? {} : { path }),
  });
  const text = [
    '#!/bin/sh',
    '# provision: takes back what a run did, unless the run has disarmed it',
    `mv ${folder}/armed.${run} ${folder}/undoing.${run} 2>/dev/null || exit 0`,
    // Where no step was tried there is nothing to take back, and setting again what is there breaks a live tunnel on some drivers.
    `if [ -f ${folder}/touched.${run} ]; then`,
    prelude.trimEnd(),
    ...phases.map((calls, i) => compilePhase(i + 1, mark, calls).trimEnd()),
    'fi',
    // The rename comes last: who sees `undone` sees nothing else of this run. The shell has the script open, so it may go first.
    `rm -f ${folder}/undo.${run} ${folder}/timer.${run} ${folder}/touched.${run}`,
    `mv ${folder}/undoing.${run} ${folder}/undone.${run}`,
    '',
  ].join('\n');
  return Buffer.from(text, 'utf8');
}
