/**
 * Words on the command lines of ospfctl and bgpctl, which may be cut short, and their refusals (parser.c, match_token and show_valid_args, of both), and how both
 * print a time (fmt_timeframe_core).
 */
import { fail, ok } from '../../freebsd/result.js';
import type { CommandResult } from '../../system.js';

/** By word what comes behind it; `ADDRESS` and `NAME` stand for any, an empty word for the end of the line. */
export interface Table {
  readonly [word: string]: Table;
}

const OTHERS: Readonly<Record<string, string>> = { ADDRESS: '<address>', NAME: '<interface>', '': '<cr>' };

const valid = (table: Table): string =>
  `valid commands/args:\n${Object.keys(table)
    .map((w) => `  ${OTHERS[w] ?? w}\n`)
    .join('')}`;

/** The words in full, or what the tool says of a wrong one. */
export function commandOf(table: Table, words: readonly string[]): readonly string[] | CommandResult {
  const found: string[] = [];
  let at = table;
  for (const word of [...words, undefined]) {
    if (Object.keys(at).length === 0) return word === undefined ? found : fail(1, `superfluous argument: ${word}\n`);
    const plain = Object.keys(at).filter((w) => OTHERS[w] === undefined);
    const named = plain.filter((w) => word !== undefined && w.startsWith(word));
    const other = Object.keys(at).find((w) => w === 'ADDRESS' || w === 'NAME');
    if (word === undefined && at[''] !== undefined) return found;
    if (word === undefined) return fail(1, `missing argument:\n${valid(at)}`);
    if (named.length > 1) return fail(1, `ambiguous argument: ${word}\n${valid(at)}`);
    const next = named[0] ?? other;
    if (next === undefined) return fail(1, `unknown argument: ${word}\n${valid(at)}`);
    found.push(named[0] ?? word);
    at = at[next] ?? {};
  }
  return found;
}

/** The words of `ospfd` and `bgpd`; undefined: they are wrong. @param usual - The file without `-f`. */
export function daemonWords(words: readonly string[], usual: string): { readonly path: string; readonly check: boolean } | undefined {
  const rest = words.slice(1);
  const at = rest.indexOf('-f');
  const path = at < 0 ? usual : (rest[at + 1] ?? '');
  const flags = at < 0 ? rest : [...rest.slice(0, at), ...rest.slice(at + 2)];
  if (path === '' || flags.some((f) => !/^-[dn]+$/.test(f))) return undefined;
  return { path, check: flags.some((f) => f.includes('n')) };
}

/** How a start or a check ends. @param wrong - What is wrong, by line. @param warning - Said first. @param good - Said where nothing is wrong. */
export const ended = (wrong: readonly string[], warning: string, good: string): CommandResult =>
  wrong.length === 0 ? ok('', warning + good) : fail(1, `${warning}${wrong.join('\n')}\n`);

const two = (n: number): string => String(n).padStart(2, '0');

/** Seconds as 00:12:01, 1d02h03m or 02w1d03h. */
export function timeframe(seconds: number): string {
  const all = Math.max(0, Math.floor(seconds));
  const [sec, min, hrs] = [all % 60, Math.floor(all / 60) % 60, Math.floor(all / 3600) % 24];
  const [day, week] = [Math.floor(all / 86_400) % 7, Math.floor(all / 604_800)];
  if (week > 0) return `${two(week)}w${day}d${two(hrs)}h`;
  if (day > 0) return `${day}d${two(hrs)}h${two(min)}m`;
  return `${two(hrs)}:${two(min)}:${two(sec)}`;
}
