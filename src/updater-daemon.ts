/**
 * `provision updater run`: the updaters of this host in one process, until it is stopped.
 *
 * In: which settings are meant. Out: start, reload and stop. A reload leaves alone what has not changed, and what it cannot read.
 */
import { dirname } from 'node:path';
import { configText } from './address/config.js';
import { startUpdater } from './address/schedule.js';
import { metricsText, type Standing } from './address/status.js';
import type { Updater } from './address/updater.js';
import { clean } from './errors/clean.js';
import { ProvisionErrors } from './errors/error.js';
import { type Found, findConfigs, makeUpdater, type RunOptions, type Wanted } from './updater.js';
import { type Hold, holdLink } from './updater-lock.js';
import { type MetricsServer, serveMetrics } from './updater-metrics.js';

interface Running {
  readonly text: string;
  readonly updater: Updater;
  readonly hold: Hold;
  readonly stop: () => Promise<void>;
}

export interface DaemonOptions extends RunOptions, Wanted {
  /** Of the text page, on 127.0.0.1; replaces what the settings say. */
  readonly metricsPort?: number;
  /** Folders to look in; only tests set it. */
  readonly folders?: readonly string[];
}

const wordsOf = (error: unknown): string => clean(error instanceof Error ? error.message : String(error), { max: 500 });

export class Daemon {
  readonly #options: DaemonOptions;
  /** By file. */
  readonly #running = new Map<string, Running>();
  readonly #pages = new Map<number, MetricsServer>();
  /** Start, reload and stop come one after the other. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(options: DaemonOptions) {
    this.#options = options;
  }

  get standings(): readonly Standing[] {
    return [...this.#running.values()].map(({ updater }) => ({ config: updater.config, state: updater.state }));
  }

  /** Ports that the text page is served on. */
  get ports(): readonly number[] {
    return [...this.#pages.values()].map((page) => page.port);
  }

  /** @throws ProvisionErrors UPDATER_SETTINGS, ProvisionError NAME_UNKNOWN or LOCKED; nothing runs then. */
  start(): Promise<void> {
    return this.#inTurn(async () => {
      const found = this.#find();
      try {
        for (const one of found) await this.#begin(one);
      } catch (error) {
        await this.#stopAll();
        throw error;
      }
      await this.#servePages();
    });
  }

  /** Reads the settings again. Never rejects: with bad settings all goes on as it was, and that is noted. */
  reload(): Promise<void> {
    return this.#inTurn(async () => {
      try {
        await this.#exchange(this.#find());
        await this.#servePages();
        this.#note('info', `settings were read again: ${this.#running.size} links`);
      } catch (error) {
        const all = error instanceof ProvisionErrors ? error.errors : [error];
        for (const one of all) this.#note('error', `settings are as before: ${wordsOf(one)}`);
      }
    });
  }

  stop(): Promise<void> {
    return this.#inTurn(() => this.#stopAll());
  }

  #find(): readonly Found[] {
    return findConfigs(this.#options, this.#options.folders);
  }

  #note(level: 'error' | 'info', text: string, link = ''): void {
    this.#options.note({ level, link, text });
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(work);
    this.#turn = turn.catch(() => undefined);
    return turn;
  }

  async #begin(found: Found): Promise<void> {
    const { file, config } = found;
    const hold = await holdLink(dirname(file), config.link);
    const updater = makeUpdater(found, this.#options, true);
    this.#running.set(file, { text: configText(config), updater, hold, stop: startUpdater(updater) });
    const watched = config.watch === undefined ? 'behind a gateway' : `watching ${config.watch}`;
    this.#note('info', `started, ${watched}, schedule ${config.schedule}`, config.link);
  }

  async #end(file: string): Promise<void> {
    const running = this.#running.get(file);
    if (running === undefined) return;
    await running.stop();
    await running.hold.release();
    this.#running.delete(file);
    this.#note('info', 'stopped', running.updater.config.link);
  }

  async #exchange(found: readonly Found[]): Promise<void> {
    const wanted = new Map(found.map((one) => [one.file, configText(one.config)]));
    for (const [file, { text }] of [...this.#running]) if (wanted.get(file) !== text) await this.#end(file);
    for (const one of found) {
      if (this.#running.has(one.file)) continue;
      await this.#begin(one).catch((error: unknown) => this.#note('error', `not started: ${wordsOf(error)}`, one.config.link));
    }
  }

  /** A page that cannot be served is no reason not to keep a tunnel. */
  async #servePages(): Promise<void> {
    const { metricsPort } = this.#options;
    const asked = metricsPort === undefined ? this.standings.flatMap(({ config }) => config.metricsPort ?? []) : [metricsPort];
    for (const [port, page] of [...this.#pages]) {
      if (asked.includes(port)) continue;
      this.#pages.delete(port);
      await page.stop();
    }
    for (const port of new Set(asked)) {
      if (this.#pages.has(port)) continue;
      try {
        this.#pages.set(port, await serveMetrics(port, () => metricsText(this.standings)));
      } catch (error) {
        this.#note('error', `no metrics on port ${port}: ${wordsOf(error)}`);
      }
    }
  }

  async #stopAll(): Promise<void> {
    await Promise.all([...this.#running.keys()].map((file) => this.#end(file)));
    await Promise.all([...this.#pages.values()].map((page) => page.stop()));
    this.#pages.clear();
  }
}
