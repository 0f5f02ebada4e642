/**
 * The own end of the tunnel: whether it uses the present address, and making it so.
 *
 * In: the present address. Out: how the own end stands. What it really uses is looked up once after a start: a reboot may have brought back old boot files.
 */

import type { ErrorCode } from '../errors/catalogue.js';
import { clean } from '../errors/clean.js';
import { ProvisionError } from '../errors/error.js';
import type { OuterPair } from '../model/updater.js';
import type { Call, CallRecord, PhaseResult, Verb } from '../model/wire.js';
import { backCalls, filledPart } from '../script/move.js';
import { type Desk, pairOf } from './machine.js';

/** unchanged: as it was. half: changed in part, or nobody knows. */
export type Held =
  | { readonly state: 'as-wanted'; readonly changed: boolean }
  | { readonly state: 'unchanged' | 'half'; readonly error: ProvisionError };

const codeOf = (verb: Verb | undefined): ErrorCode =>
  verb === 'prove' ? 'STEP_UNPROVEN' : verb === 'put' || verb === 'block' || verb === 'remove' ? 'FILE_REFUSED' : 'STEP_FAILED';

const textOf = (record: CallRecord | undefined): string =>
  clean(
    Buffer.from(record?.stderr ?? [])
      .toString('utf8')
      .trim(),
    { max: 500 },
  );

function phaseError(desk: Desk, what: string, result: Exclude<PhaseResult, { status: 'done' }>): ProvisionError {
  const { host } = desk.config;
  if (result.status === 'cut') return new ProvisionError('STEP_FAILED', `${what} on ${host} came to no end.`, { host, why: result.why });
  const record = result.records.get(result.id);
  const stderr = textOf(record);
  return new ProvisionError(codeOf(record?.verb), `${what} on ${host} did not succeed.`, {
    host,
    step: result.id,
    ...(record === undefined ? {} : { exitCode: record.exit }),
    ...(stderr === '' ? {} : { stderr }),
  });
}

/** @returns Nothing where the whole phase is done. */
async function carryOut(desk: Desk, what: string, calls: readonly Call[]): Promise<ProvisionError | undefined> {
  try {
    const result = await desk.machine.change(calls);
    return result.status === 'done' ? undefined : phaseError(desk, what, result);
  } catch (error) {
    if (error instanceof ProvisionError) return error;
    return new ProvisionError('STEP_FAILED', `${what} on ${desk.config.host} could not be tried.`, { why: clean(String(error), { max: 300 }) });
  }
}

/** One ping of the other end's inner address. @throws ProvisionError where it could not even be tried. */
export async function answersAcross(desk: Desk): Promise<boolean> {
  const { config, machine } = desk;
  const pair = pairOf(desk);
  const result = await machine.change(filledPart(config.move, 'across', pair, pair));
  if (result.status === 'cut') throw phaseError(desk, 'A ping through the tunnel', result);
  return result.status === 'done';
}

const isSame = (a: OuterPair, b: OuterPair): boolean => a.local === b.local && a.remote === b.remote;

export class OwnEnd {
  readonly #desk: Desk;
  /** What the live end uses is known, and stands in the state. */
  #known = false;

  constructor(desk: Desk) {
    this.#desk = desk;
  }

  /** True where there is nothing to do for this address, as far as can be told without looking. */
  holds(address: string): boolean {
    const { local, boot } = this.#desk.memory.state;
    return this.#known && local === address && boot === address;
  }

  /**
   * Makes the running end use the address. Boot files are another matter: {@link writeBoot}.
   * @param remote - Of the other end, where that has moved too.
   */
  async point(address: string, remote = pairOf(this.#desk).remote): Promise<Held> {
    const { memory } = this.#desk;
    const was = pairOf(this.#desk);
    const now: OuterPair = { local: address, remote };
    const same = isSame(was, now);
    if (this.#known && same) return { state: 'as-wanted', changed: false };
    if (!this.#known && (await this.#proves(now))) {
      this.#known = true;
      if (!same) memory.set(this.#used(now), was.remote === remote ? [] : ['boot']);
      return { state: 'as-wanted', changed: false };
    }
    return await this.#change(was, now);
  }

  /** What the state keeps of the outer addresses: that of the other end only where a meeting point tells it. */
  #used({ local, remote }: OuterPair): { readonly local: string; readonly remote?: string } {
    return this.#desk.config.via === undefined ? { local } : { local, remote };
  }

  /** @returns Nothing where the boot files hold the address. */
  async writeBoot(address: string): Promise<ProvisionError | undefined> {
    const { memory, config, note } = this.#desk;
    if (memory.state.boot === address) return undefined;
    const now = pairOf(this.#desk, address);
    const error = await carryOut(this.#desk, 'Writing the boot files', filledPart(config.move, 'boot', now, now));
    if (error === undefined) memory.set({ boot: address });
    else note('error', `boot files could not be written, they hold the old address: ${error.message}`, { error: error.report() });
    return error;
  }

  async #proves(now: OuterPair): Promise<boolean> {
    const proofs = filledPart(this.#desk.config.move, 'point', now, now).filter((call) => call.verb === 'prove');
    // Without a proof nothing is known, and pointing it once more does no harm.
    return proofs.length > 0 && (await carryOut(this.#desk, 'Reading the outer addresses', proofs)) === undefined;
  }

  /** A controller's run is at work on this link: it knows the host as it was, and must not find it changed half-way. */
  async #held(): Promise<ProvisionError | undefined> {
    const { config, machine } = this.#desk;
    if (config.guard === undefined) return undefined;
    const { records } = await machine.change([{ verb: 'held', id: 'held', state: config.guard }]);
    const said = clean(
      Buffer.from(records.get('held')?.stdout ?? [])
        .toString('utf8')
        .trim(),
      { max: 300 },
    );
    if (said === '') return undefined;
    return new ProvisionError('LOCKED', `A run is at work on ${config.link}.`, { host: config.host, why: said, state: 'Nothing was changed.' });
  }

  async #change(was: OuterPair, now: OuterPair): Promise<Held> {
    const { memory, config, machine, note } = this.#desk;
    const held = await this.#held();
    if (held !== undefined) return { state: 'unchanged', error: held };
    const error = await carryOut(this.#desk, 'Changing the outer addresses', filledPart(config.move, 'point', was, now));
    if (error === undefined) {
      this.#known = true;
      memory.set({ ...this.#used(now), changedAt: machine.now(), changes: memory.state.changes + 1 }, ['boot']);
      const what =
        was.local === now.local
          ? `the other end's address here changed from ${was.remote} to ${now.remote}`
          : `own end changed from ${was.local} to ${now.local}`;
      note('info', what, { was, now });
      return { state: 'as-wanted', changed: true };
    }
    note('error', `own end could not be changed to ${now.local} and ${now.remote}: ${error.message}`, { error: error.report() });
    // Where it was is not known after a reboot that brought back old boot files: there is no way back then.
    if (isSame(was, now)) return { state: 'half', error };
    const stuck = await carryOut(this.#desk, 'Going back to the old outer addresses', backCalls(config.move, was, now));
    this.#known = stuck === undefined;
    if (stuck === undefined) note('info', `own end is back at ${was.local}`);
    else note('error', `own end could not be taken back to ${was.local} either: ${stuck.message}`, { error: stuck.report() });
    return { state: stuck === undefined ? 'unchanged' : 'half', error };
  }
}
