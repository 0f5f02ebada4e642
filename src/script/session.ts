/**
 * One shell on one host for a whole run: sends the prelude, then phase after phase, and hands back their records.
 *
 * In: a byte channel to /bin/sh and the calls. Out: one PhaseResult per phase.
 * Why a class of its own: the channel can go away at any byte, and every phase must then end as `cut` and never hang.
 */
import { randomBytes } from 'node:crypto';
import { clean } from '../errors/clean.js';
import { ProvisionError } from '../errors/error.js';
import type { Call, CallRecord, PhaseResult, PhaseStatus, ShellChannel } from '../model/wire.js';
import { compilePhase } from './compile.js';
import { preludeText } from './prelude.js';
import { RecordReader, type WireEvent } from './reader.js';

export interface SessionOptions {
  /** 32 hexadecimal digits; random if not given. */
  readonly mark?: string;
  /** Path prefix for the files of the verbs; only tests set it. */
  readonly root?: string;
  readonly path?: string;
  /** Milliseconds until the shell must have answered the prelude. Default 30 000. */
  readonly helloTimeoutMs?: number;
}

export interface RunOptions {
  /** A call begins. Must not throw. */
  readonly onBegin?: (id: string) => void;
  /** A call has ended. Must not throw. */
  readonly onRecord?: (record: CallRecord) => void;
  /** Milliseconds for the whole phase. When they have passed the channel is destroyed and the phase is `cut`. Default: none. */
  readonly timeoutMs?: number;
}

export interface Session {
  /** Resolves once the shell has answered. @throws ProvisionError SSH_SHELL where no hello comes. */
  readonly ready: Promise<void>;
  /**
   * Runs one phase: one write, one answer. Calls are serialised; the first goes out at once, right behind the prelude. A lost connection is a result (`cut`), not an
   * exception.
   *
   * @throws ProvisionError where the calls cannot be compiled (nothing was sent then), and SSH_SHELL as `ready`.
   */
  run(calls: readonly Call[], options?: RunOptions): Promise<PhaseResult>;
  /** Ends the shell; resolves when the channel is gone (destroyed after 5 s). */
  close(): Promise<void>;
  /** Ends the shell once no phase is on its way, and does not wait until it is gone: a round trip. */
  leave(): Promise<void>;
}

/** Who waits for events, and how it is told that none will come. */
interface Listener {
  readonly onEvent: (event: WireEvent) => void;
  readonly onGone: (why: string) => void;
}

const VERSION = 1;
const CLOSE_MS = 5000;

/**
 * Starts the wire program on a fresh shell.
 *
 * @throws ProvisionError SSH_SHELL where no hello comes: exit status and standard error of the channel are in the details, so that
 *   the caller can tell a refusing sudo from a missing shell.
 */
export async function openSession(channel: ShellChannel, options: SessionOptions = {}): Promise<Session> {
  const session = beginSession(channel, options);
  await session.ready;
  return session;
}

/** The same without waiting for the hello: a first phase that may be asked of any shell saves a round trip. */
export function beginSession(channel: ShellChannel, options: SessionOptions = {}): Session {
  return new ShellSession(channel, options);
}

class ShellSession implements Session {
  readonly #channel: ShellChannel;
  readonly #mark: string;
  readonly #reader: RecordReader;
  readonly ready: Promise<void>;
  /** In the order of what was written: events are for the first. */
  readonly #listeners: Listener[] = [];
  #gone: string | undefined;
  #number = 0;
  #last: Promise<unknown> = Promise.resolve();

  constructor(channel: ShellChannel, options: SessionOptions) {
    this.#channel = channel;
    this.#mark = options.mark ?? randomBytes(16).toString('hex');
    this.#reader = new RecordReader(this.#mark);
    this.ready = this.#start(options);
    // Whoever runs a phase is told.
    this.ready.catch(() => undefined);
  }

  async #start(options: SessionOptions): Promise<void> {
    const { root, path } = options;
    const dir = randomBytes(16).toString('hex');
    const text = preludeText({ mark: this.#mark, dir, ...(root === undefined ? {} : { root }), ...(path === undefined ? {} : { path }) });
    void this.#pump();
    const answer = await this.#listen<WireEvent | string>(options.helloTimeoutMs ?? 30_000, text, (event, done) => done(event));
    if (typeof answer !== 'string' && answer.type === 'hello' && answer.version === VERSION) return;
    this.#channel.destroy();
    throw await this.#refusal(answer);
  }

  run(calls: readonly Call[], options: RunOptions = {}): Promise<PhaseResult> {
    const result = this.#last.then(() => this.#phase(calls, options));
    // Only that it is over: the answers are the caller's to keep.
    this.#last = result.then(
      () => undefined,
      () => undefined,
    );
    return result;
  }

  async leave(): Promise<void> {
    await this.#last;
    this.#channel.end();
  }

  async close(): Promise<void> {
    await this.leave();
    const timer = setTimeout(() => this.#channel.destroy(), CLOSE_MS);
    await this.#channel.closed;
    clearTimeout(timer);
  }

  async #phase(calls: readonly Call[], options: RunOptions): Promise<PhaseResult> {
    const number = this.#number + 1;
    const text = compilePhase(number, this.#mark, calls);
    this.#number = number;
    const records = new Map<string, CallRecord>();
    const wanted = new Map(calls.map((call) => [call.id, call.verb]));
    const step = (event: WireEvent, done: (status: PhaseStatus | string) => void): void => {
      if (event.type === 'begin' && wanted.has(event.id) && !records.has(event.id)) options.onBegin?.(event.id);
      else if (event.type === 'record' && wanted.get(event.record.id) === event.record.verb && !records.has(event.record.id)) {
        records.set(event.record.id, event.record);
        options.onRecord?.(event.record);
      } else if (event.type === 'end' && event.phase === number) done(endOf(event, records, wanted.size));
      else done(event.type === 'broken' ? event.why : 'the host answered something that was not asked');
    };
    const status = await this.#listen<PhaseStatus | string>(options.timeoutMs, text, step);
    await this.ready;
    if (typeof status !== 'string') return { ...status, records };
    this.#channel.destroy();
    return { status: 'cut', why: status, records };
  }

  /** Writes, then gives every event to `step` until it says done, the channel goes away or the time is over (then a sentence is the result). */
  async #listen<T>(
    timeoutMs: number | undefined,
    text: string,
    step: (event: WireEvent, done: (value: T | string) => void) => void,
  ): Promise<T | string> {
    if (this.#gone !== undefined) return this.#gone;
    return await new Promise<T | string>((resolve) => {
      const done = (value: T | string): void => {
        clearTimeout(timer);
        // At once: the next event, perhaps of the same packet, is for the next listener.
        const at = this.#listeners.indexOf(listener);
        if (at >= 0) this.#listeners.splice(at, 1);
        resolve(value);
      };
      const listener: Listener = { onEvent: (event) => step(event, done), onGone: done };
      const timer = timeoutMs === undefined ? undefined : setTimeout(() => done(`no answer within ${timeoutMs / 1000} s`), timeoutMs);
      this.#listeners.push(listener);
      this.#channel.write(text);
    });
  }

  async #pump(): Promise<void> {
    let why = 'the connection or the shell went away';
    try {
      for await (const chunk of this.#channel.output) {
        for (const event of this.#reader.feed(chunk)) this.#listeners[0]?.onEvent(event);
      }
      const { exit, signal, error } = await this.#channel.closed;
      if (error !== undefined) why = clean(error.message, { max: 200 });
      else if (signal !== undefined) why = `the shell was ended by signal ${clean(signal, { max: 20 })}`;
      else if (exit !== undefined) why = `the shell ended with status ${exit}`;
    } catch (error) {
      why = clean(error instanceof Error ? error.message : String(error), { max: 200 });
    }
    this.#gone = why;
    for (const listener of [...this.#listeners]) listener.onGone(why);
  }

  async #refusal(answer: WireEvent | string): Promise<ProvisionError> {
    let why = typeof answer === 'string' ? answer : 'the host answered something that was not asked';
    if (typeof answer !== 'string' && answer.type === 'fail') why = `${answer.word}: ${clean(answer.text, { max: 300 })}`;
    const { exit } = await this.#channel.closed;
    const stderr = this.#channel.stderr();
    const noise = this.#reader.noise.trim();
    return new ProvisionError('SSH_SHELL', `The host did not start our shell: ${why}.`, {
      why: noise === '' ? why : `${why}; before it the host wrote: ${clean(noise, { max: 300 })}`,
      stderr,
      ...(exit === undefined ? {} : { exitCode: exit }),
    });
  }
}

/** A host that says `done` without having answered every call, or `failed` for a call it gave no record of, is not believed. */
function endOf(event: WireEvent & { readonly type: 'end' }, records: ReadonlyMap<string, CallRecord>, calls: number): PhaseStatus | string {
  if (event.status === 'failed') return records.has(event.id) ? { status: 'failed', id: event.id } : 'the host named a failed step it did not answer';
  return records.size === calls ? { status: 'done' } : 'the host said done before every step was answered';
}
