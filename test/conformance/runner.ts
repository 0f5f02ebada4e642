/**
 * Replays recorded sessions of real systems against simulated hosts and compares answer by answer.
 *
 * In: a transcript as text (two notations, see parseTranscript), set-ups, a way to run words, a way to take the rig out of a text.
 * Out: one result per recorded command. Nothing here knows a system.
 */
import type { CommandResult } from '../../src/twin/system.js';

export interface Recorded {
  readonly kind: 'command';
  /** Number of the line in the transcript, from 1. */
  readonly line: number;
  readonly section: string;
  readonly host: string;
  readonly command: string;
  readonly stdout: string;
  readonly stderr: string;
  /** Undefined: the transcript shows only a part of the answer. */
  readonly exit?: number;
  /** The recorded kernel died of this command. */
  readonly died: boolean;
}

export interface Note {
  readonly kind: 'note';
  readonly line: number;
  readonly section: string;
  /** A heading's own note is the empty text. */
  readonly text: string;
}

export type Entry = Recorded | Note;

interface Draft {
  line: number;
  host: string;
  command: string;
  stdout: string;
  stderr: string;
  exit?: number;
  died: boolean;
}

/**
 * Two notations: `A# cmd`, `1|out`, `2|err`, `= N` and `!! … died`; or `$ cmd`, `| out`, `! err`, `exit N`.
 * Lines in parentheses are notes, `## ` begins a section.
 *
 * @param start - Everything before this line is description.
 */
export function parseTranscript(text: string, start: string): Entry[] {
  const entries: Entry[] = [];
  const lines = text.split('\n');
  let section = '';
  let draft: Draft | undefined;
  const flush = (): void => {
    if (draft !== undefined) entries.push({ kind: 'command', section, ...draft });
    draft = undefined;
  };
  const begin = lines.findIndex((l) => l.startsWith(start));
  for (let i = Math.max(0, begin); i < lines.length; i += 1) {
    const raw = lines[i] ?? '';
    const command = /^([A-Z])# (.*)$/.exec(raw) ?? /^(\$) (.*)$/.exec(raw);
    if (/^#+ /.test(raw)) {
      flush();
      section = raw.replace(/^#+ /, '');
      entries.push({ kind: 'note', line: i + 1, section, text: '' });
    } else if (command !== null) {
      flush();
      draft = { line: i + 1, host: command[1] ?? '', command: command[2] ?? '', stdout: '', stderr: '', died: false };
    } else if (/^\(.*\)$/.test(raw)) {
      flush();
      entries.push({ kind: 'note', line: i + 1, section, text: raw.slice(1, -1) });
    } else if (draft !== undefined) answerLine(draft, raw);
  }
  flush();
  return entries;
}

function answerLine(draft: Draft, raw: string): void {
  const exit = /^(?:= |exit )(-?\d+)/.exec(raw);
  if (exit !== null) draft.exit = Number(exit[1]);
  else if (raw.startsWith('!! ')) draft.died = true;
  else if (raw.startsWith('1|')) draft.stdout += `${raw.slice(2)}\n`;
  else if (raw.startsWith('2|')) draft.stderr += `${raw.slice(2)}\n`;
  else if (/^\| ?/.test(raw)) draft.stdout += `${raw.replace(/^\| ?/, '')}\n`;
  else if (/^! ?/.test(raw)) draft.stderr += `${raw.replace(/^! ?/, '')}\n`;
}

export interface Compared {
  readonly recorded: Recorded;
  readonly got: CommandResult;
  /** Which of stdout, stderr and exit differ; empty: a match. */
  readonly differs: readonly string[];
}

export interface Replay {
  /** Called for every heading and note, to bring the hosts into the state that it tells of. */
  readonly prepare: (note: Note) => void;
  /** Undefined: this command is not one of a simulated host (a packet dump, for example). */
  readonly run: (recorded: Recorded) => CommandResult | undefined;
  /** Takes out what the transcript calls rig: times, random addresses, names. */
  readonly normalise: (text: string) => string;
}

function compare(recorded: Recorded, got: CommandResult, normalise: (text: string) => string): Compared {
  const differs: string[] = [];
  if (normalise(recorded.stdout) !== normalise(got.stdout)) differs.push('stdout');
  if (recorded.died) {
    // Exit status and last words are those of a tool that lost its kernel: rig. What counts is that the kernel died.
    if (got.panic === undefined) differs.push('panic');
  } else {
    if (got.panic !== undefined) differs.push('panic');
    if (normalise(recorded.stderr) !== normalise(got.stderr)) differs.push('stderr');
    if (recorded.exit !== got.exit) differs.push('exit');
  }
  return { recorded, got, differs };
}

/** Runs all commands in order. Commands of which only a part was recorded are left out. */
export function replay(entries: readonly Entry[], how: Replay): Compared[] {
  const results: Compared[] = [];
  for (const entry of entries) {
    if (entry.kind === 'note') {
      how.prepare(entry);
      continue;
    }
    const got = how.run(entry);
    if (got !== undefined && entry.exit !== undefined) results.push(compare(entry, got, how.normalise));
  }
  return results;
}

export interface Difference {
  readonly line: number;
  readonly command: string;
  readonly reason: string;
}

export interface Score {
  readonly matched: number;
  readonly total: number;
}

/** Matches and totals per kind of command. */
export function score(results: readonly Compared[], kindOf: (command: string) => string): Map<string, Score> {
  const table = new Map<string, Score>();
  for (const { recorded, differs } of results) {
    const kind = kindOf(recorded.command);
    const { matched, total } = table.get(kind) ?? { matched: 0, total: 0 };
    table.set(kind, { matched: matched + (differs.length === 0 ? 1 : 0), total: total + 1 });
  }
  return new Map([...table].sort(([a], [b]) => a.localeCompare(b)));
}

/** One line per kind and a sum, to print. */
export function scoreText(title: string, table: ReadonlyMap<string, Score>): string {
  const rows = [...table].map(([kind, { matched, total }]) => `  ${kind.padEnd(24)} ${String(matched).padStart(4)} of ${String(total).padStart(4)}`);
  const sum = [...table.values()].reduce((a, b) => ({ matched: a.matched + b.matched, total: a.total + b.total }), { matched: 0, total: 0 });
  return `${title}: ${sum.matched} of ${sum.total} answers equal\n${rows.join('\n')}\n`;
}

/** What is not equal and not explained, and what is explained and equal by now: both have to be empty. */
export function unexplained(results: readonly Compared[], known: readonly Difference[]): string[] {
  const explained = new Map(known.map((d) => [d.line, d]));
  const wrong = results.filter((r) => r.differs.length > 0);
  const show = (r: Compared): string =>
    `line ${r.recorded.line} [${r.recorded.section}] ${r.recorded.command}: ${r.differs.join(', ')} differ\n` +
    `--- recorded (exit ${r.recorded.exit})\n${r.recorded.stdout}${r.recorded.stderr}--- twin (exit ${r.got.exit})\n${r.got.stdout}${r.got.stderr}`;
  const fresh = wrong.filter((r) => explained.get(r.recorded.line)?.command !== r.recorded.command).map(show);
  const stale = known
    .filter((d) => !wrong.some((r) => r.recorded.line === d.line))
    .map((d) => `line ${d.line} ${d.command}: listed as a difference and equal`);
  return [...fresh, ...stale];
}
