/**
 * One look and what follows from it: the own end first, then its boot files, then the other end.
 *
 * In: the present address, or none where only the fixed end sees it. Out: how it ended. The caller says when; here is what.
 */
import { ProvisionError } from '../errors/error.js';
import { askedOf, type Desk, pairOf } from './machine.js';
import { answersAcross, OwnEnd } from './own.js';
import type { UpdaterState } from './state.js';
import { type Told, tell } from './tell.js';

export type Ended =
  /** `fresh`: it was asked or changed just now, not only remembered. */
  | { readonly state: 'as-wanted'; readonly fresh: boolean }
  | { readonly state: 'waiting'; readonly error: ProvisionError }
  /** unchanged: this host is as it was. half: this end is changed, and the other end or the boot files are not. `wait`: milliseconds; the other end says so. */
  | { readonly state: 'unchanged' | 'half'; readonly error: ProvisionError; readonly wait?: number }
  /** A newer wish has come, or the program ends. */
  | { readonly state: 'overtaken' };

const OVERTAKEN: Ended = { state: 'overtaken' };

/** Milliseconds in which the other end is likely to say where it is, after something new was said or heard; and how often the meeting point is asked then. */
const NEWS_MS = 120_000;
const ASK_AGAIN_MS = 5000;

export class Round {
  readonly #desk: Desk;
  readonly #own: OwnEnd;
  readonly #overtaken: () => boolean;
  #asking: AbortController | undefined;
  #waits = false;
  /** Where the meeting point has seen the other end last. */
  #other: string | undefined;
  #newsAt = Number.NEGATIVE_INFINITY;

  /** @param overtaken - True where the address is another one by now, or the program ends. */
  constructor(desk: Desk, overtaken: () => boolean) {
    this.#desk = desk;
    this.#own = new OwnEnd(desk);
    this.#overtaken = overtaken;
  }

  /** Gives up a request that is under way. Its wish stays in the state. */
  abandon(): void {
    this.#asking?.abort();
  }

  async watched(address: string | undefined): Promise<Ended> {
    if (address === undefined) return this.#wait();
    this.#waits = false;
    const { told, pending } = this.#desk.memory.state;
    const isTold = pending === undefined && told?.address === address;
    if (isTold && this.#own.holds(address))
      return this.#desk.config.via === undefined ? { state: 'as-wanted', fresh: false } : await this.#heardAcross(address);
    const held = await this.#own.point(address);
    if (held.state !== 'as-wanted') return held;
    const bootError = await this.#own.writeBoot(address);
    if (this.#overtaken()) return OVERTAKEN;
    if (!isTold) {
      const ended = await this.#tell(address, held.changed);
      if (ended.state !== 'as-wanted') return ended;
      if (this.#desk.config.via !== undefined) return await this.#meet(address);
      await this.#lookAcross();
    }
    return bootError === undefined ? { state: 'as-wanted', fresh: true } : { state: 'half', error: bootError };
  }

  async behindGateway(): Promise<Ended> {
    return await this.#heardAcross(undefined);
  }

  /** Only the silence of the tunnel tells that the outer address is another: ours behind a gateway, or the other end's where both move. */
  async #heardAcross(address: string | undefined): Promise<Ended> {
    const { memory, note, config } = this.#desk;
    const answered = await answersAcross(this.#desk);
    if (this.#overtaken()) return OVERTAKEN;
    if (answered) {
      // Boot files that could not be written when the other end was followed.
      const bootError = config.via === undefined ? undefined : await this.#own.writeBoot(memory.state.local);
      if (bootError !== undefined) return { state: 'half', error: bootError };
      const { pending, told } = memory.state;
      if (pending !== undefined) this.#remember({ seq: pending.seq, confirmed: true });
      else if (told?.confirmed === false) this.#remember({ ...told, confirmed: true });
      return { state: 'as-wanted', fresh: pending !== undefined };
    }
    note('info', `no ping comes back from ${config.peer}: ${config.via === undefined ? 'telling it to look where we are' : `asking ${config.via}`}`);
    const ended = await this.#tell(address, false);
    return ended.state === 'as-wanted' && config.via !== undefined ? await this.#meet(address ?? memory.state.local) : ended;
  }

  /** Follows the other end to where the meeting point has seen it last. Silence after that is tried again: the other end may be about to say where it is. */
  async #meet(address: string): Promise<Ended> {
    const { config, machine } = this.#desk;
    const was = pairOf(this.#desk).remote;
    const other = this.#other ?? was;
    if (other !== was) this.#newsAt = machine.now();
    const held = await this.#own.point(address, other);
    if (held.state !== 'as-wanted') return held;
    const bootError = await this.#own.writeBoot(address);
    if (this.#overtaken()) return OVERTAKEN;
    const answered = await this.#lookAcross();
    if (bootError !== undefined) return { state: 'half', error: bootError };
    if (answered) return { state: 'as-wanted', fresh: true };
    const why = `${config.via ?? ''} has seen it at ${other} last`;
    const wait = machine.now() - this.#newsAt < NEWS_MS ? { wait: ASK_AGAIN_MS } : {};
    return {
      state: 'unchanged',
      ...wait,
      error: new ProvisionError('PEER_UNREACHABLE', `No ping comes back from ${config.peer}.`, { host: config.peer, why }),
    };
  }

  /** @returns Whether a ping came back. */
  async #lookAcross(): Promise<boolean> {
    const { note, config, memory } = this.#desk;
    const answered = await answersAcross(this.#desk).catch(() => false);
    if (!answered) note('warn', `no ping has come back from ${config.peer} through the tunnel yet`, { answered });
    if (!answered) return false;
    note('info', `${config.peer} answers through the tunnel`, { answered });
    const { told } = memory.state;
    if (told?.confirmed === false) this.#remember({ ...told, confirmed: true });
    return true;
  }

  async #tell(address: string | undefined, changed: boolean): Promise<Ended> {
    const asking = new AbortController();
    this.#asking = asking;
    const told = await tell(this.#desk, address, changed, asking.signal).finally(() => {
      this.#asking = undefined;
    });
    const { note, memory } = this.#desk;
    const peer = askedOf(this.#desk);
    const state = memory.state.pending?.changed === true ? 'half' : 'unchanged';
    switch (told.kind) {
      case 'abandoned':
        return OVERTAKEN;
      case 'failed':
        note('error', `${peer} is not told: ${told.error.message}`, { error: told.error.report() });
        return { state, error: told.error };
      case 'busy': {
        note('info', `${peer} is busy; it is asked again in ${told.seconds} s`);
        const why = `it says: ask again in ${told.seconds} s`;
        return {
          state,
          error: new ProvisionError('LOCKED', `${peer} is busy with another run or request.`, { why }),
          wait: told.seconds * 1000,
        };
      }
      case 'told':
        this.#heard(told, address);
        return { state: 'as-wanted', fresh: true };
    }
  }

  #heard(told: Extract<Told, { kind: 'told' }>, address: string | undefined): void {
    const { note, config, memory, machine } = this.#desk;
    const { done, confirmed, seen, other } = told;
    this.#other = other;
    const { seq = 0, changed = false, since = machine.now() } = memory.state.pending ?? {};
    // Said for the first time, or after it could not be said for a while.
    if (changed || machine.now() - since >= ASK_AGAIN_MS) this.#newsAt = machine.now();
    this.#remember({ seq, confirmed, ...(address === undefined ? {} : { address }), ...(seen === undefined ? {} : { seen }) });
    if (done && !changed) memory.set({ changedAt: machine.now(), changes: memory.state.changes + 1 });
    const now = seen ?? address ?? '';
    const how = done ? (confirmed ? '' : ', unconfirmed') : ' already';
    const text =
      other === undefined ? `${config.peer} uses ${now}${how}` : `${config.via ?? ''} has noted ${now}, and saw ${config.peer} at ${other} last`;
    note('info', text, { seq, address: now, done, confirmed });
    if (address !== undefined && seen !== undefined)
      note('warn', `${askedOf(this.#desk)} sees ${seen} where this host has ${address}: is there a gateway?`);
  }

  #remember(told: Omit<NonNullable<UpdaterState['told']>, 'at'>): void {
    this.#desk.memory.set({ told: { ...told, at: this.#desk.machine.now() } }, ['pending']);
  }

  /** No address: nothing can be done, and the look every half second tells when there is one. */
  #wait(): Ended {
    const { watch = '', host } = this.#desk.config;
    if (!this.#waits) this.#desk.note('warn', `${watch} has no address; waiting for one`);
    this.#waits = true;
    return {
      state: 'waiting',
      error: new ProvisionError('ADDRESS_UNKNOWN', `${watch} of ${host} has no IPv4 address.`, { host, next: `Look at ${watch}.` }),
    };
  }
}
