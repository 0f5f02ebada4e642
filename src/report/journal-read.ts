/**
 * Journals read back.
 *
 * In: the folder. Out: the runs in it, newest first. A line that is torn or not ours is counted and left out; a file without a header of ours is counted
 * too: what a crash has left must not keep the rest from being read. A run without an outcome is unfinished.
 */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { hostname, uptime } from 'node:os';
import { basename, join } from 'node:path';
import { ProvisionError } from '../errors/error.js';
import { parsedJson } from '../files/json.js';
import { type JournalHeader, type JournalLine, journalShapes, type LineOf } from './journal-shape.js';

export interface Journal extends JournalHeader {
  readonly file: string;
  /** What came behind the header, in order. */
  readonly lines: readonly JournalLine[];
  /** Absent: the run is unfinished. */
  readonly outcome: LineOf<'outcome'> | undefined;
  /** Unfinished, and its process may still be at work on this machine. */
  readonly alive: boolean;
  /** Lines that are torn, lost or not ours. */
  readonly unread: number;
}

export interface Journals {
  readonly folder: string;
  /** Newest first. */
  readonly runs: readonly Journal[];
  /** Files of a journal's name that hold none. */
  readonly unreadable: number;
}

/** More than a journal can come to: such a file is not ours, and reading it would fill the memory. */
const MAX_BYTES = 256 * 1024 * 1024;
/** A file that cannot be asked whether its run goes on (another machine, a torn header) is spared so long after its last line. */
const QUIET_MS = 24 * 60 * 60 * 1000;

const NAME = /^\d{8}T\d{6}-[0-9a-f]{16}\.jsonl$/;

/** The journals of a folder by their names, newest first; none where there is no folder. @throws the system's error where it cannot be read. */
export function journalFiles(folder: string): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isFile() && NAME.test(entry.name))
      .map((entry) => entry.name)
      .sort()
      .reverse()
      .map((name) => join(folder, name));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

/** Whether the process that wrote this may still run here. A number from before the last boot of this machine belongs to somebody else. */
function isAlive(header: JournalHeader): boolean {
  const here = header.who.slice(header.who.lastIndexOf('@') + 1) === hostname();
  const booted = Date.now() - uptime() * 1000;
  if (!here || Date.parse(header.time) < booted) return false;
  try {
    process.kill(header.pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** One journal; undefined where the file holds none of ours. @param only - Others are not read beyond their header. */
export function readJournal(file: string, only: (header: JournalHeader) => boolean = () => true): Journal | undefined {
  if (statSync(file).size > MAX_BYTES) return undefined;
  const [first = '', ...rest] = readFileSync(file, 'utf8').split('\n');
  const header = journalShapes().headerShape.safeParse(parsedJson(first));
  if (!header.success || !only(header.data)) return undefined;
  const lines: JournalLine[] = [];
  let unread = 0;
  for (const text of rest.filter((t) => t !== '')) {
    const line = journalShapes().lineShape.safeParse(parsedJson(text));
    if (!line.success) unread += 1;
    else if (line.data.type === 'lost') unread += line.data.lines;
    else lines.push(line.data);
  }
  const outcome = lines.findLast((l) => l.type === 'outcome');
  return { ...header.data, file, lines, outcome, alive: outcome === undefined && isAlive(header.data), unread };
}

/** The file may vanish while it is looked at: another run removes old ones. */
function readable(file: string, only?: (header: JournalHeader) => boolean): Journal | undefined {
  try {
    return readJournal(file, only);
  } catch {
    return undefined;
  }
}

/** Whether the file ends as a run that is over leaves it. Most do, and what lies between need not be read for that. */
function isOver(file: string): boolean {
  try {
    if (statSync(file).size > MAX_BYTES) return false;
    const lines = readFileSync(file, 'utf8').split('\n');
    const last = journalShapes().lineShape.safeParse(parsedJson(lines.findLast((line) => line !== '') ?? ''));
    return last.data?.type === 'outcome' && journalShapes().headerShape.safeParse(parsedJson(lines[0] ?? '')).success;
  } catch {
    return false;
  }
}

/** Whether a run may still be writing the file. */
export function isBeingWritten(file: string): boolean {
  if (isOver(file)) return false;
  const journal = readable(file);
  if (journal?.outcome !== undefined) return false;
  if (journal?.who.endsWith(`@${hostname()}`)) return journal.alive;
  const changed = statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  return Date.now() - changed < QUIET_MS;
}

const secondOf = (file: string): string => basename(file).slice(0, 15);

/** The newest run of each of these links that has one. */
export function newestRuns(folder: string, links: readonly string[]): Journal[] {
  const asked = new Set(links);
  const found = new Map<string, Journal>();
  for (const file of journalFiles(folder)) {
    // Names tell the second only: within one, the header says which is newer.
    const candidate = (link: string): boolean => asked.has(link) && secondOf(found.get(link)?.file ?? file) === secondOf(file);
    if (found.size === asked.size && ![...asked].some(candidate)) break;
    const journal = readable(file, (header) => candidate(header.link));
    if (journal !== undefined && journal.time > (found.get(journal.link)?.time ?? '')) found.set(journal.link, journal);
  }
  return [...found.values()];
}

/** @throws {ProvisionError} where the folder is there and cannot be read. */
export function readJournals(folder: string): Journals {
  let files: string[];
  try {
    files = journalFiles(folder);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new ProvisionError('USAGE', `The journals in ${folder} cannot be read.`, {
      why,
      next: 'Look at the owner and the mode of that folder.',
      cause,
    });
  }
  const read = files.map((file) => readable(file));
  const runs = read.filter((r) => r !== undefined).sort((a, b) => (a.time < b.time ? 1 : a.time > b.time ? -1 : 0));
  return { folder, runs, unreadable: read.length - runs.length };
}
