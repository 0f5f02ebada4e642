/**
 * Refuses secrets in an inventory: it is kept in git and shown in messages, and who can read it must not be able to log in.
 *
 * In: a text, or the nodes of one. Out: problems; what was found is not quoted in them.
 */
import { isScalar, type Pair } from 'yaml';
import { ACCESS_TOKEN, PRIVATE_KEY, SECRET_NAME } from '../errors/secret.js';
import { type Problem, type Problems, show } from './problems.js';
import type { Source } from './text.js';

const INSTEAD = 'Name a key file (ssh.identity), use the agent, or a command that prints it: ssh: { passphrase: { command: [PROGRAM, WORD] } }';
const KNOWN = 'Take it out of the history of the file too, and change it: it counts as known.';

const secret = (message: string): Problem => ({ code: 'INVENTORY_SECRET', message, next: `${INSTEAD}. ${KNOWN}` });

/** A comment that gives away a password; one that only speaks of passwords does not. */
const IN_COMMENT = /#.*\b(?:pass(?:word|phrase|wd)|pwd|secret|token)\s*[:=]\s*(?=\S*\d)(?=\S*[A-Za-z])(\S{6,})\s*$/i;
const ANY = /PRIVATE KEY|PuTTY-User-Key|b3BlbnNzaC1rZXktdjE|:\/\/[^\s/]*@|gh[pousr]_|github_pat_|glpat-|AKIA|xox[abp]-|#.*(?:pass|pwd|secret|token)/i;

/** Looks at the raw text, comments too. Returns false where it holds a secret: no parser's message may quote it then. */
export function checkSecretText({ file, text }: Source, problems: Problems): boolean {
  if (!ANY.test(text)) return true;
  let good = true;
  for (const [index, line] of text.split('\n').entries()) {
    const at = [PRIVATE_KEY, ACCESS_TOKEN, IN_COMMENT].map((pattern) => line.search(pattern)).find((column) => column !== -1);
    if (at === undefined) continue;
    good = false;
    const what = PRIVATE_KEY.test(line) ? 'a private key' : 'a password or an access token';
    problems.add({ file, line: index + 1, column: at + 1 }, secret(`This line holds what looks like ${what}.`));
  }
  return good;
}

/** The problem of one key with its value; undefined where it gives away nothing. @param parent - Key that the map stands under. */
export function secretIn({ key, value }: Pair, parent: string): Problem | undefined {
  const name = isScalar(key) ? String(key.value) : '';
  // Pools have names of their own, and plain values.
  if (parent === 'pools' || !SECRET_NAME.test(name) || !isScalar(value) || value.value === null || value.value === '') return undefined;
  return secret(`A secret does not belong in the inventory, and ${show(name)} holds one.`);
}
