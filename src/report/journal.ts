/**
 * The journal of a run: what is being done to a link, in a file here that stays when the controller, the line or the power goes.
 *
 * In: RunEvents. Out: for each link that is really changed `<folder>/<UTC time>-<run>.jsonl`, 0600 in a 0700 folder: a header with the whole plan and
 * its undo, then one line per thing that happened, then the outcome. A line is handed to the system before `event` returns; what is told before a
 * phase is sent is on the disk by then. Nothing here ever throws: a full disk must not end a run that is half-way through two hosts.
 */
import { chmodSync, closeSync, fsync, fsyncSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { LinkOutcome, RunEvent } from '../model/outcome.js';
import type { LinkPlan } from '../model/plan.js';
import { makeFolders } from './folders.js';
import { type Line, lineOf } from './journal-line.js';
import { isBeingWritten, journalFiles } from './journal-read.js';
import { JOURNAL_SCHEMA } from './journal-shape.js';
import { jsonText } from './json.js';
import { scrubbedText } from './scrub.js';

export interface JournalOptions {
  readonly folder: string;
  /** Exit status of one link's outcome. */
  readonly exitOf: (outcome: LinkOutcome) => number;
  /** Told once, where not all can be written. */
  readonly note: (link: string, text: string) => void;
}

type EventOf<T extends RunEvent['type']> = Extract<RunEvent, { type: T }>;

/** A journal that is being written. */
interface Writing {
  readonly fd: number;
  readonly link: string;
  readonly hosts: ReadonlySet<string>;
  /** Lines that could not be written since the last one that could. */
  lost: number;
  /** Written and not yet forced to the disk. */
  unsynced: boolean;
  open: boolean;
}

/** Journals that are kept, the new one among them. */
const KEEP = 200;
const now = (): string => new Date().toISOString();

/** A warning of a connection names no link, a command only its host: both belong to every link of that host. */
function concerns(event: RunEvent, journal: Writing): boolean {
  if (event.type === 'outcome') return event.outcome.link === journal.link;
  if (event.type === 'warning' && event.link === '') return journal.hosts.has(event.warning.host ?? '');
  if ('link' in event) return event.link === journal.link;
  return 'host' in event && journal.hosts.has(event.host);
}

/** Writes all of it: a full disk may take a part and say so only at the next attempt. */
function writeAll(fd: number, text: string): void {
  const bytes = Buffer.from(text, 'utf8');
  for (let done = 0; done < bytes.length; ) done += writeSync(fd, bytes, done);
}

/** Takes the oldest away, but none that another run is writing. */
function removeOld(folder: string): void {
  try {
    const files = journalFiles(folder);
    for (const file of files.slice(KEEP - 1)) if (!isBeingWritten(file)) rmSync(file, { force: true });
  } catch {
    // One that cannot be taken away is no reason to write none.
  }
}

/** The new file's name is on the disk too, not only its content. */
function syncFolder(folder: string): void {
  const fd = openSync(folder, 'r');
  try {
    fsyncSync(fd);
  } catch {
    // Not every file system can do this for a folder; the content is what counts.
  } finally {
    closeSync(fd);
  }
}

export class JournalSink {
  readonly #plans = new Map<string, LinkPlan>();
  readonly #stages = new Map<string, Line>();
  readonly #simulated = new Map<string, string>();
  readonly #writing = new Map<string, Writing>();
  #told = false;

  constructor(private readonly options: JournalOptions) {}

  /** Takes one event; when it returns, its line is written. */
  event(event: RunEvent): void {
    try {
      this.#take(event);
    } catch (error) {
      this.#tell('link' in event ? event.link : '', error);
    }
  }

  #take(event: RunEvent): void {
    if (event.type === 'plan') this.#plans.set(event.plan.link, event.plan);
    if (event.type === 'connected' && event.simulated !== undefined) this.#simulated.set(event.host, event.simulated);
    if (event.type === 'run') this.#begin(event);
    for (const journal of this.#writing.values()) {
      if (!concerns(event, journal)) continue;
      const line = lineOf(event, this.options.exitOf);
      if (line !== undefined) this.#append(journal, { time: now(), ...line });
      // A stage is told before its phase is sent, so the disk must have it now. Answers come in bursts: one sync for each burst, and no host waits for it.
      const atOnce = (event.type === 'stage' && event.state === 'start') || event.type === 'error' || event.type === 'outcome';
      if (atOnce) this.#sync(journal);
      else this.#syncSoon(journal);
      if (event.type === 'outcome') this.#end(journal);
    }
    if (event.type === 'stage') this.#stages.set(event.link, { time: now(), ...lineOf(event, this.options.exitOf) });
    if (event.type === 'outcome') this.#forget(event.outcome.link);
  }

  /** A link that has ended begins no run any more; one that is run again tells its plan again. */
  #forget(link: string): void {
    this.#plans.delete(link);
    this.#stages.delete(link);
  }

  #begin(event: EventOf<'run'>): void {
    const { link, run, who, goal, guardSeconds } = event;
    const before = this.#writing.get(link);
    if (before !== undefined) this.#end(before);
    const plan = this.#plans.get(link);
    const hosts = new Set(plan?.ends.map((e) => e.host));
    // In the order of the plan, not in that of the answers.
    const simulated = Object.fromEntries(
      [...hosts].map((host) => [host, this.#simulated.get(host)] as const).filter(([, kind]) => kind !== undefined),
    );
    const header = { schema: JOURNAL_SCHEMA, run, link, goal, who, time: now(), pid: process.pid, guardSeconds, simulated, plan: plan ?? null };
    const journal: Writing = { fd: this.#open(run), link, hosts, lost: 0, unsynced: false, open: true };
    this.#writing.set(link, journal);
    this.#append(journal, header);
    // The stage that the run begins in was told before the run had its name.
    const stage = this.#stages.get(link);
    if (stage?.state === 'start') this.#append(journal, stage);
    this.#sync(journal);
  }

  #open(run: string): number {
    const { folder } = this.options;
    makeFolders(folder, 0o700);
    chmodSync(folder, 0o700);
    removeOld(folder);
    const time = now().replace(/[-:]|\.\d+Z/g, '');
    const fd = openSync(join(folder, `${time}-${run}.jsonl`), 'wx', 0o600);
    syncFolder(folder);
    return fd;
  }

  #append(journal: Writing, line: Line): void {
    // What a failed attempt left of a line ends here, so that it spoils no other.
    const lost = journal.lost === 0 ? '' : `\n${jsonText({ time: now(), type: 'lost', lines: journal.lost })}\n`;
    try {
      writeAll(journal.fd, `${lost}${scrubbedText(line)}\n`);
      journal.lost = 0;
      journal.unsynced = true;
    } catch (error) {
      journal.lost += 1;
      this.#tell(journal.link, error);
    }
  }

  #sync(journal: Writing): void {
    if (!journal.open || !journal.unsynced) return;
    journal.unsynced = false;
    try {
      fsyncSync(journal.fd);
    } catch (error) {
      this.#tell(journal.link, error);
    }
  }

  #syncSoon(journal: Writing): void {
    if (!journal.unsynced) return;
    setImmediate(() => {
      if (!journal.open || !journal.unsynced) return;
      journal.unsynced = false;
      fsync(journal.fd, (error) => {
        if (error !== null && journal.open) this.#tell(journal.link, error);
      });
    });
  }

  #end(journal: Writing): void {
    this.#sync(journal);
    journal.open = false;
    this.#writing.delete(journal.link);
    try {
      closeSync(journal.fd);
    } catch (error) {
      this.#tell(journal.link, error);
    }
  }

  #tell(link: string, error: unknown): void {
    if (this.#told) return;
    this.#told = true;
    this.options.note(link, `the journal is not written, or not whole: ${error instanceof Error ? error.message : String(error)}`);
  }
}
