/**
 * The updater of one link: keeps the own end at the present address and the fixed end told, and asks for nothing where all is as wanted.
 *
 * In: ticks (a schedule, a changed address, a start). Out: the state, notes, an outcome for each tick. Only one tick works at a time, and only one request
 * is open at a time: an address that changes meanwhile ends the request, and the newest wish wins.
 */
import { clean } from '../errors/clean.js';
import { ProvisionError } from '../errors/error.js';
import { outerForm } from '../inventory/address.js';
import type { ErrorReport } from '../model/outcome.js';
import type { UpdaterConfig } from '../model/updater.js';
import type { Desk } from './machine.js';
import { type Ended, Round } from './round.js';
import type { UpdaterState } from './state.js';

/** unchanged: failed, and this host is as it was. half: this end is changed, and the other end or the boot files are not. */
export interface Outcome {
  readonly state: 'as-wanted' | 'waiting' | 'unchanged' | 'half' | 'stopped';
  readonly error?: ErrorReport;
}

const FIRST_DELAY = 1000;
const LAST_DELAY = 60_000;
/** Behind a gateway "still as wanted" is written again after so long, in milliseconds: not each minute, for flash memory's sake. */
const STATE_AGE = 600_000;

/** An address that a host gives itself when nobody gives it one is none to tunnel from. */
const usable = (address: string): boolean => outerForm(address) === undefined && !address.startsWith('169.254.');

export class Updater {
  readonly config: UpdaterConfig;
  readonly #desk: Desk;
  readonly #round: Round;
  readonly #retries: boolean;
  #running: Promise<Outcome> | undefined;
  #last: Outcome = { state: 'waiting' };
  /** The address that is worked for. */
  #address: string | undefined;
  /** Sleeping until a failure is tried again. */
  #nap: AbortController | undefined;
  #failed = 0;
  #stopped = false;

  /** @param retries - False: a tick that fails is not tried again by itself. */
  constructor(desk: Desk, retries = true) {
    this.config = desk.config;
    this.#desk = desk;
    this.#retries = retries;
    this.#round = new Round(desk, () => this.#stopped || this.#moved());
  }

  get state(): UpdaterState {
    return this.#desk.memory.state;
  }

  /** Looks at the interface, without a process and without a byte, and works where its address is another one. */
  poll(): void {
    if (!this.#stopped && this.#moved()) void this.tick('change');
  }

  /** One look and what follows from it. Never rejects. While one is at work, its outcome is given. */
  tick(reason: 'schedule' | 'change' | 'start' | 'retry'): Promise<Outcome> {
    if (this.#stopped) return Promise.resolve({ state: 'stopped' });
    if (this.#running !== undefined) {
      if (this.#moved()) this.#round.abandon();
      return this.#running;
    }
    // A failure has a time of its own to be tried again; the schedule does not come before it.
    if (reason === 'schedule' && this.#nap !== undefined && !this.#moved()) return Promise.resolve(this.#last);
    this.#running = this.#work().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  /** Resolves when the step under way has ended; an open request is given up, and the wish stays in the state. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#wake();
    this.#round.abandon();
    await this.#running;
  }

  #present(): string | undefined {
    const { watch } = this.config;
    return watch === undefined ? undefined : this.#desk.machine.addresses(watch).find(usable);
  }

  #moved(): boolean {
    return this.#present() !== this.#address;
  }

  #wake(): void {
    this.#nap?.abort();
    this.#nap = undefined;
  }

  async #work(): Promise<Outcome> {
    for (;;) {
      this.#wake();
      const address = this.#present();
      if (address !== this.#address) this.#failed = 0;
      this.#address = address;
      const ended = await this.#once(address);
      if (ended.state !== 'overtaken') this.#last = this.#record(ended);
      if (this.#stopped) return { state: 'stopped' };
      if (ended.state !== 'overtaken' && !this.#moved()) return this.#last;
    }
  }

  async #once(address: string | undefined): Promise<Ended> {
    try {
      return await (this.config.watch === undefined ? this.#round.behindGateway() : this.#round.watched(address));
    } catch (error) {
      if (error instanceof ProvisionError) return { state: 'unchanged', error };
      this.#desk.note('error', `a bug of ours: ${clean(String(error), { max: 500 })}`, { bug: error });
      return { state: 'unchanged', error: new ProvisionError('BUG', clean(String(error), { max: 500 })) };
    }
  }

  #record(ended: Exclude<Ended, { state: 'overtaken' }>): Outcome {
    if (ended.state === 'as-wanted') return this.#succeeded(ended.fresh);
    if (ended.state !== 'waiting') this.#failure(ended.error, ended.wait);
    return { state: ended.state, error: ended.error.report() };
  }

  #succeeded(fresh: boolean): Outcome {
    const { memory, machine } = this.#desk;
    const { error, nextAt, succeededAt = 0 } = memory.state;
    const now = machine.now();
    this.#failed = 0;
    // Where nothing was looked at but the address of an interface, nothing new is known, and nothing is written.
    const pings = this.config.watch === undefined || this.config.via !== undefined;
    const old = pings && succeededAt + STATE_AGE <= now;
    if (fresh || old || error !== undefined || nextAt !== undefined) memory.set({ succeededAt: now }, ['error', 'nextAt']);
    return { state: 'as-wanted' };
  }

  /** @param wait - Milliseconds, where the other end said so; that is no failure. */
  #failure(error: ProvisionError, wait?: number): void {
    const { memory, machine } = this.#desk;
    const text = clean([error.message, error.details.why ?? ''].join(' ').trim(), { max: 1000 });
    const now = machine.now();
    const delay = wait ?? this.#delay();
    const failures = memory.state.failures + (wait === undefined ? 1 : 0);
    const retries = this.#retries && !this.#stopped;
    memory.set({ error: { at: now, text }, failures, ...(retries ? { nextAt: now + delay } : {}) }, retries ? [] : ['nextAt']);
    if (retries) this.#retryIn(delay);
  }

  /** Milliseconds: twice as long each time, and never in step with others. */
  #delay(): number {
    const whole = Math.min(FIRST_DELAY * 2 ** this.#failed, LAST_DELAY);
    this.#failed = Math.min(this.#failed + 1, 16);
    return Math.round(Math.max(FIRST_DELAY, whole * (0.5 + this.#desk.machine.random() / 2)));
  }

  #retryIn(ms: number): void {
    const nap = new AbortController();
    this.#nap = nap;
    void this.#desk.machine.sleep(ms, nap.signal).then(() => (nap.signal.aborted ? undefined : this.tick('retry')));
  }
}
