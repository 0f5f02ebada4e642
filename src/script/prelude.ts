/**
 * The text that goes to the shell once, before the first phase.
 *
 * In: the run's random mark and name of the private directory. Out: header, prelude.sh as it is, the starting call.
 * Why a file of its own for the shell: people and shell checkers can read it, and the simulated hosts know it by its exact text.
 */
import { readFileSync } from 'node:fs';
import { ProvisionError } from '../errors/error.js';
import { preludeWith } from './prelude-parts.js';
import { quoteWord } from './quote.js';

/** Exactly the text of prelude.sh. */
export const PRELUDE_BODY: string = readFileSync(new URL('../script/prelude.sh', import.meta.url), 'utf8');

const DEFAULT_PATH = '/sbin:/usr/sbin:/bin:/usr/bin:/usr/local/sbin:/usr/local/bin:/usr/pkg/sbin:/usr/pkg/bin';
const RANDOM = /^[0-9a-f]{32}$/;

export interface PreludeOptions {
  /** 32 hexadecimal digits, random, secret to the run. Begins every line of ours. */
  readonly mark: string;
  /** 32 other hexadecimal digits: the name of the private directory. */
  readonly dir: string;
  /** A path prefix for every file that verbs read or write. Only tests set it. */
  readonly root?: string;
  /** Where the host looks for commands. */
  readonly path?: string;
  /** Functions that are called: only what they need is in it. Default: all, with the comments. */
  readonly calls?: Iterable<string>;
}

/**
 * Builds the whole prelude.
 *
 * @throws ProvisionError BUG where mark or dir is not of 32 hexadecimal digits, or both are the same (the name of a directory is no secret).
 */
export function preludeText(options: PreludeOptions): string {
  if (!RANDOM.test(options.mark) || !RANDOM.test(options.dir) || options.mark === options.dir) {
    throw new ProvisionError('BUG', 'The wire program needs two different random values of 32 hexadecimal digits.');
  }
  const body = options.calls === undefined ? PRELUDE_BODY : preludeWith(PRELUDE_BODY, [...options.calls, 'pv_start_0000', 'pv_end']);
  // unset first: a variable that came in the environment would stay exported, and children would see the mark.
  // Braces: cut anywhere they are a syntax error, not a command with a shorter name.
  return [
    '{',
    'unset PV_MARK PV_SEED PV_ROOT PV_PATH PV_DIR',
    `PV_MARK=${quoteWord(options.mark)}`,
    `PV_SEED=${quoteWord(options.dir)}`,
    `PV_ROOT=${quoteWord(options.root ?? '')}`,
    `PV_PATH=${quoteWord(options.path ?? DEFAULT_PATH)}`,
    '}',
    `${body}pv_start_0000`,
    '',
  ].join('\n');
}
