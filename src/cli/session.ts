/**
 * One run of one command: its options, where its text goes, its log, and how it is stopped.
 *
 * In: the world (Io) and options. Out: what commands use to speak and to load. With --json people's text goes to stderr, so that stdout is pure.
 */

import { resolve } from 'node:path';
import { readAddresses } from '../address/store.js';
import { exitOf } from '../apply/outcome.js';
import { ProvisionError } from '../errors/error.js';
import { boundaryOf } from '../files/read.js';
import { withPresent } from '../inventory/ends.js';
import { loadInventory } from '../inventory/load.js';
import { nearest } from '../inventory/suggest.js';
import type { Inventory } from '../model/inventory.js';
import type { RunEvent } from '../model/outcome.js';
import type { PastRun } from '../model/past.js';
import { loadPlaybooks } from '../playbook/load.js';
import type { Playbook } from '../playbook/schema.js';
import { CountProgress } from '../report/counts.js';
import { stateFolder } from '../report/folders.js';
import { harmless } from '../report/github.js';
import { JournalSink } from '../report/journal.js';
import { jsonText, schemaName } from '../report/json.js';
import { LiveProgress } from '../report/live.js';
import type { Log } from '../report/log.js';
import { makePaint, type Paint } from '../report/paint.js';
import { lastRuns } from '../report/past.js';
import { type Progress, plainProgress } from '../report/progress.js';
import type { CommonOptions, Io, RunOptions } from './types.js';

/** More links than this are counted and not shown one by one. */
const MOST_ROWS = 20;

export class Session {
  /** For results. */
  readonly paint: Paint;
  /** For progress and errors. */
  readonly errPaint: Paint;
  progress: Progress;
  /** The document stands on stdout already. */
  documented = false;
  readonly #journal: JournalSink;
  readonly #stop = new AbortController();
  readonly #simulated = new Map<string, string>();
  /** A person looks at both streams. */
  #live = false;

  constructor(
    readonly command: string,
    readonly io: Io,
    readonly options: CommonOptions,
    readonly log: Log,
  ) {
    const paintOf = (sink: Io['stdout']): Paint => makePaint({ isTTY: sink.isTTY, columns: sink.columns, env: io.env, color: options.color });
    this.errPaint = paintOf(io.stderr);
    this.paint = options.format !== 'text' ? this.errPaint : paintOf(io.stdout);
    this.#journal = new JournalSink({
      folder: stateFolder(io.env, 'runs'),
      exitOf: (outcome) => exitOf([outcome]),
      note: (link, text) => this.#note(link, text),
    });
    this.progress = plainProgress((line) => this.tell(line), this.errPaint);
  }

  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  /** @returns false where it was asked for before. */
  interrupt(): boolean {
    if (this.signal.aborted) return false;
    this.#stop.abort(new ProvisionError('INTERRUPTED', 'Stopped by the user.'));
    return true;
  }

  /** A result, for people: stdout, or stderr where stdout is for machines. */
  say(text: string): void {
    if (this.options.format !== 'text') this.tell(text);
    else this.io.stdout.write(`${this.#shown(text)}\n`);
  }

  /** A runner of GitHub Actions obeys commands in whatever a step prints; names of somebody else's branch must not become some. */
  #shown(text: string): string {
    return this.io.env.GITHUB_ACTIONS === 'true' ? harmless(text) : text;
  }

  /** Asks a person. @returns Undefined where there is no terminal to ask on. */
  async asks(question: string): Promise<boolean | undefined> {
    if (this.io.ask === undefined) return undefined;
    return /^y(es)?$/i.test((await this.io.ask(`${question} [y/N] `, this.signal)).trim());
  }

  /** The same, where --yes is an answer. */
  async confirms(question: string): Promise<boolean | undefined> {
    return this.options.yes ? true : await this.asks(question);
  }

  /** With --json: the document of a command that goes on until it is stopped, on one line and at once. */
  document(fields: Readonly<Record<string, unknown>>): void {
    if (!this.options.json) return;
    this.documented = true;
    this.io.stdout.write(`${jsonText({ schema: schemaName(this.command), exit: 0, errors: [], ...fields })}\n`);
  }

  /** Progress and remarks: stderr. */
  tell(text: string): void {
    this.io.stderr.write(`${this.#shown(text)}\n`);
  }

  /** The file or folder of the inventory, as it was named. */
  get inventoryPath(): string {
    return this.options.inventory ?? 'inventory';
  }

  /** The folder that no symbolic link below a path may lead out of, for commands that must be safe on somebody else's branch. */
  boundary(path: string): string | undefined {
    return boundaryOf(path, this.io.cwd);
  }

  /** The inventory, with the present addresses of dynamic hosts as they are known here. @param wary - No symbolic link out of the working folder is followed. */
  loadInventory(wary = false): Inventory {
    return this.withPresent(loadInventory(this.inventoryPath, wary ? this.boundary(this.inventoryPath) : undefined));
  }

  /** An inventory with the present addresses of its dynamic hosts. */
  withPresent(loaded: Inventory): Inventory {
    const present = readAddresses(stateFolder(this.io.env, 'addresses'));
    return withPresent(loaded, new Map([...present].map(([host, { address }]) => [host, address])));
  }

  async loadPlaybooks(wary = false): Promise<readonly Playbook[]> {
    const { playbooks, trustPlaybooks } = this.options;
    const folders = playbooks.map((p) => resolve(this.io.cwd, p));
    return await loadPlaybooks(folders, { trust: trustPlaybooks, ...(wary ? { within: (folder) => this.boundary(folder) } : {}) });
  }

  /** Options for the pipeline. @param links - Names that were checked with `linksNamed`. */
  async runOptions(inventory: Inventory, links: readonly string[], more: Partial<RunOptions> = {}): Promise<RunOptions> {
    const { options } = this;
    this.#chooseProgress(inventory, links);
    return {
      inventory,
      playbooks: more.playbooks ?? (await this.loadPlaybooks()),
      links,
      emit: (event) => this.#onEvent(event),
      acceptNew: options.acceptNew,
      timeoutMs: options.timeout * 1000,
      guardSeconds: options.guard,
      oneWay: false,
      concurrency: options.concurrency,
      verbose: options.verbose,
      logFile: this.log.file,
      signal: this.signal,
      twin: 'auto',
      ...more,
    };
  }

  /** For telling what a run that did not end well has left. A folder that cannot be read keeps nobody from looking at the hosts. */
  lastRuns(links: readonly string[]): ReadonlyMap<string, PastRun> {
    try {
      return lastRuns(stateFolder(this.io.env, 'runs'), links);
    } catch {
      return new Map();
    }
  }

  /** What each simulated host of this run simulates, by name: hosts answer in any order, and a run is told the same way each time. */
  get simulated(): ReadonlyMap<string, string> {
    return new Map([...this.#simulated].sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  isSimulated(host: string): boolean {
    return this.#simulated.has(host);
  }

  /** A host that was simulated when its facts were recorded is no real one either. */
  simulates(host: string, kind: string): void {
    this.#simulated.set(host, kind);
  }

  /** For a run that reaches no host and changes nothing: nothing of it is kept, and it is shown only where a person looks on. */
  watch(event: RunEvent): void {
    this.#noteSimulated(event);
    if (this.#live || this.options.verbose) this.progress.event(event);
  }

  #noteSimulated(event: RunEvent): void {
    if (event.type === 'connected' && event.simulated !== undefined) this.simulates(event.host, event.simulated);
  }

  #onEvent(event: RunEvent): void {
    this.#noteSimulated(event);
    // First of all: what is told before a phase is sent must be on the disk by then.
    this.#journal.event(event);
    // The plan has been told by itself.
    const told = event.type === 'outcome' ? { ...event, outcome: { ...event.outcome, plan: undefined } } : event;
    this.log.write(event.type === 'error' ? 'error' : 'info', { command: this.command, event: told });
    this.progress.event(event);
  }

  /** A remark of ours between the lines of progress, live or not. */
  #note(link: string, text: string): void {
    this.log.write('warn', { link, note: text });
    this.progress.event({ type: 'stage', link, stage: 'guard', state: 'end', text: `note: ${text}` });
  }

  /** Live where a person looks at both streams; a result in a pipe means that lines are wanted. */
  #chooseProgress(inventory: Inventory, links: readonly string[]): void {
    const { stdout, stderr, env } = this.io;
    this.#live = stderr.isTTY && stdout.isTTY && !this.options.verbose && env.TERM !== 'dumb' && env.CI === undefined && links.length > 0;
    if (!this.#live) return;
    if (links.length > MOST_ROWS) {
      this.progress = new CountProgress(links.length, (text) => stderr.write(text), this.errPaint);
      return;
    }
    const linksOf = new Map<string, string[]>();
    for (const name of links) {
      for (const end of inventory.links.get(name)?.ends ?? []) linksOf.set(end.host, [...(linksOf.get(end.host) ?? []), name]);
    }
    this.progress = new LiveProgress(links, linksOf, this.errPaint);
  }
}

function unknownName(kind: 'link' | 'host', name: string, known: readonly string[]): ProvisionError {
  const near = nearest(name, known);
  const shown = known.slice(0, 30).join(', ') + (known.length > 30 ? `, or one of ${known.length - 30} more` : '');
  const list = known.length === 0 ? `The inventory has no ${kind}; add one to it.` : `Take one of: ${shown}`;
  return new ProvisionError('NAME_UNKNOWN', `There is no ${kind} ${name} in the inventory.`, {
    next: near === undefined ? list : `Did you mean ${near}?${known.length > 1 ? ` ${list}` : ''}`,
  });
}

/** The links named, or all where none is. @throws {ProvisionError} NAME_UNKNOWN with the nearest name and the list. */
export function linksNamed(inventory: Inventory, names: readonly string[]): readonly string[] {
  const known = [...inventory.links.keys()];
  for (const name of names) if (!inventory.links.has(name)) throw unknownName('link', name, known);
  return names.length === 0 ? known : [...new Set(names)];
}

/** @throws {ProvisionError} NAME_UNKNOWN. @param among - Only these count (the ends of a link); absent: every host. */
export function hostNamed(inventory: Inventory, name: string, among?: readonly string[]): string {
  const known = among ?? [...inventory.hosts.keys()];
  if (!known.includes(name)) throw unknownName('host', name, known);
  return name;
}
