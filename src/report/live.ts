/**
 * Progress as a live list, one entry per link, for a person at a terminal.
 *
 * In: RunEvents. Out: a listr2 list on stderr. Each link is a task that ends with its outcome; what its events say stands below it.
 * Why a wrapper: listr2 wants to run the work itself, and our work is one pipeline that only tells events. It is loaded when the first one comes: most
 * commands never have one.
 */
import type { ListrTask, ListrTaskWrapper } from 'listr2';
import { clean } from '../errors/clean.js';
import type { RunEvent } from '../model/outcome.js';
import { endedWell, outcomeLines } from './outcome.js';
import type { Paint } from './paint.js';
import { eventLine, type Progress, subject } from './progress.js';

/** What of listr2's task is used here. */
type Row = Pick<ListrTaskWrapper<unknown, never, never>, 'title' | 'output'>;

interface Entry {
  row: Row | undefined;
  /** Lines that came before listr2 started the task. */
  waiting: string[];
  title: string;
  /** Ends the task, as failed where the link is. */
  finish: (failed?: boolean) => void;
}

/** More links than this show only their latest line. */
const MANY = 3;

export class LiveProgress implements Progress {
  readonly #entries = new Map<string, Entry>();
  #running: Promise<unknown> | undefined;
  /** Links of each host, for events that name only the host. */
  readonly #linksOf: ReadonlyMap<string, readonly string[]>;

  constructor(
    private readonly links: readonly string[],
    linksOf: ReadonlyMap<string, readonly string[]>,
    private readonly paint: Paint,
  ) {
    this.#linksOf = linksOf;
  }

  event(event: RunEvent): void {
    this.#start();
    if (event.type === 'outcome') {
      this.#say(event.outcome.link, undefined, outcomeLines(event.outcome, this.paint)[0] ?? '');
      this.#entries.get(event.outcome.link)?.finish(!endedWell(event.outcome.state));
      return;
    }
    const line = eventLine(event, this.paint);
    if (line === undefined) return;
    const named = 'link' in event && event.link !== '' ? [event.link] : (this.#linksOf.get(subject(event)) ?? []);
    for (const link of named) this.#say(link, line);
  }

  async pause(): Promise<void> {
    for (const entry of this.#entries.values()) entry.finish();
    await this.#running;
    this.#running = undefined;
    this.#entries.clear();
  }

  #say(link: string, line: string | undefined, title?: string): void {
    const entry = this.#entries.get(link);
    if (entry === undefined) return;
    entry.title = title ?? entry.title;
    if (entry.row === undefined) {
      if (line !== undefined) entry.waiting.push(line);
      return;
    }
    if (line !== undefined) entry.row.output = line;
    entry.row.title = entry.title;
  }

  #start(): void {
    if (this.#running !== undefined) return;
    const tasks = this.links.map((link) => {
      const entry: Entry = { row: undefined, waiting: [], title: clean(link), finish: () => undefined };
      const ended = new Promise<boolean>((resolve) => {
        entry.finish = (failed = false) => resolve(failed);
      });
      this.#entries.set(link, entry);
      return {
        title: clean(link),
        rendererOptions: { persistentOutput: true, outputBar: this.links.length > MANY ? 1 : Number.POSITIVE_INFINITY },
        task: async (_: unknown, row: Row): Promise<void> => {
          entry.row = row;
          row.title = entry.title;
          for (const line of entry.waiting.splice(0)) row.output = line;
          if (await ended) throw new Error(clean(link));
        },
      };
    });
    this.#running = show(tasks);
  }
}

async function show(tasks: ListrTask[]): Promise<void> {
  const { Listr, ListrLogger, ProcessOutput } = await import('listr2');
  const logger = new ListrLogger({ useIcons: false, processOutput: new ProcessOutput(process.stderr, process.stderr) });
  await new Listr(tasks, {
    concurrent: true,
    exitOnError: false,
    registerSignalListeners: false,
    fallbackRenderer: 'silent',
    rendererOptions: { logger, collapseSubtasks: false, showErrorMessage: false },
  }).run();
}
