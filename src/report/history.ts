/**
 * The runs that were journaled, one line each, and their JSON form.
 *
 * In: journals as they were read. Out: lines of text, newest first. All that a file holds goes through `clean`.
 */
import { clean } from '../errors/clean.js';
import type { Journal, Journals } from './journal-read.js';
import { duration, stateSentence, stateWord } from './outcome.js';
import type { Paint } from './paint.js';
import { count } from './plan.js';

/** Fewest digits of a run's id that are shown: what `show` is given by hand. */
const LEAST_DIGITS = 8;

const two = (n: number): string => String(n).padStart(2, '0');

/** `2026-11-25 06:49:36`, as the clock on the wall here showed it. */
export function localTime(iso: string): string {
  const t = new Date(iso);
  return `${t.getFullYear()}-${two(t.getMonth() + 1)}-${two(t.getDate())} ${two(t.getHours())}:${two(t.getMinutes())}:${two(t.getSeconds())}`;
}

/** So many digits of an id that each of these runs has others. */
function digits(runs: readonly Journal[]): number {
  const ids = new Set(runs.map((r) => r.run));
  let n = LEAST_DIGITS;
  while (n < 16 && new Set([...ids].map((id) => id.slice(0, n))).size < ids.size) n += 1;
  return n;
}

/** How a run ended, in words: `as wanted, 849 ms`. */
export function endText(journal: Journal): string {
  const { outcome } = journal;
  if (outcome === undefined) return journal.alive ? `unfinished: process ${journal.pid} may still be at work` : 'unfinished';
  const codes = [...new Set(outcome.errors.map((e) => clean(e.code, { max: 40 })))];
  return `${stateSentence(outcome.state, journal.goal)}${codes.length === 0 ? '' : `: ${codes.join(', ')}`}, ${duration(outcome.ms)}`;
}

const endWord = (journal: Journal, paint: Paint): string =>
  journal.outcome === undefined ? paint.yellow('OPEN'.padEnd(7)) : stateWord(journal.outcome.state, paint);

/** Columns below each other; the last one is as wide as it is. */
function aligned(rows: readonly (readonly string[])[]): string[][] {
  const wide = (i: number): number => Math.max(...rows.map((r) => r[i]?.length ?? 0));
  return rows.map((row) => row.map((cell, i) => cell.padEnd(wide(i))));
}

/** One line per run. */
export function renderHistory(runs: readonly Journal[], paint: Paint): string {
  const n = digits(runs);
  const cells = aligned(runs.map((r) => [r.run.slice(0, n), localTime(r.time), clean(r.link), r.goal, clean(r.who, { max: 60 })]));
  return runs
    .map((r, i) => {
      const [run = '', time = '', link = '', goal = '', who = ''] = cells[i] ?? [];
      const simulated = Object.keys(r.simulated).length === 0 ? '' : paint.dim(' (simulated)');
      return `${paint.bold(run)}  ${time}  ${link}  ${goal}  ${who}  ${endWord(r, paint)} ${endText(r)}${simulated}`;
    })
    .join('\n');
}

/** What was found and could not be read; undefined where all could. */
export function unreadableText({ folder, unreadable }: Journals): string | undefined {
  return unreadable === 0 ? undefined : `${count(unreadable, 'file')} in ${clean(folder)} could not be read as a journal.`;
}

/** A run in `history --json`. */
export function runDocument(journal: Journal): Record<string, unknown> {
  const { run, link, goal, who, time, pid, simulated, file, alive, unread, outcome } = journal;
  return {
    run,
    link,
    goal,
    who,
    time,
    pid,
    simulated,
    file,
    finished: outcome !== undefined,
    alive,
    unread,
    state: outcome?.state ?? null,
    exit: outcome?.exit ?? null,
    ms: outcome === undefined ? null : Math.round(outcome.ms),
  };
}
