/**
 * The Machine of an updater on a simulated host: its addresses are the twin's, its changes go over the wire to a shell of the simulated host, its requests
 * are real SSH connections with the key and the host key that the installation left there.
 *
 * What takes real time takes as much simulated time as it would on a line with the twin's round trip: a phase a few milliseconds, a request its round trips.
 */
import { PassThrough } from 'node:stream';
import type { Machine } from '../../src/address/machine.js';
import { ProvisionError } from '../../src/errors/error.js';
import type { UpdaterConfig } from '../../src/model/updater.js';
import type { Call, PhaseResult, ShellChannel } from '../../src/model/wire.js';
import { openSession } from '../../src/script/session.js';
import { type Asked, askHost } from '../../src/ssh/ask.js';
import type { SimulatedHost } from '../../src/twin/host.js';
import { WireShell } from '../../src/twin/wire.js';
import { targetOf } from '../../src/updater-machine.js';
import type { Clock } from './clock.js';
import type { Line } from './line.js';

/** Milliseconds that one phase takes on its host. */
export const PHASE_MS = 20;
/** As the real machine has it. */
const ASK_MS = 30_000;
/** Round trips of a request before the fixed end has it: TCP, key exchange, login, channel. The rest is counted as it comes. */
const TRIPS_BEFORE = 8;
/** Real time: never reached, the simulated one is over before. */
const REAL_ASK_MS = 120_000;

/** A shell of the host itself, as the real machine starts one. */
export function shellOf(host: SimulatedHost): ShellChannel {
  const output = new PassThrough();
  let errors = '';
  let close = (_how: Awaited<ShellChannel['closed']>): void => undefined;
  const closed = new Promise<Awaited<ShellChannel['closed']>>((resolve) => {
    close = resolve;
  });
  const shell = new WireShell(host, 0, {
    write: (bytes) => void output.write(bytes),
    writeError: (text) => {
      errors += text;
    },
    exit: (exit) => {
      output.end();
      close({ exit });
    },
  });
  return {
    write: (text) => shell.feed(Buffer.from(text)),
    output,
    stderr: () => errors,
    closed,
    end: () => shell.end(),
    destroy: () => {
      output.destroy();
      close({ error: new Error('destroyed') });
    },
  };
}

const never = <T>(): Promise<T> => new Promise(() => undefined);

export interface Surroundings {
  readonly host: SimulatedHost;
  readonly config: UpdaterConfig;
  readonly clock: Clock;
  readonly line: Line;
  /** File with the private key that the installation made. */
  readonly keyFile: string;
  readonly random: () => number;
  readonly addresses: (name: string) => readonly string[];
  /** Port that leads to the fixed end from this address. */
  readonly dial: (source: string | undefined) => Promise<number>;
  readonly rttMs: () => number;
}

export class SimulatedMachine implements Machine {
  /** Phases and requests since the start. */
  readonly done = { phases: 0, requests: 0 };
  /** Under way in real time. */
  active = 0;
  /** The host has lost power: this program does nothing any more and hears of nothing. */
  private dead = false;

  constructor(private readonly around: Surroundings) {}

  die(): void {
    this.dead = true;
    this.active = 0;
    this.around.line.drop();
  }

  get lives(): boolean {
    return !this.dead;
  }

  private async real<T>(work: () => Promise<T>): Promise<T> {
    if (this.dead) return never();
    this.active += 1;
    try {
      return await work();
    } catch (error) {
      if (this.dead) return never();
      throw error;
    } finally {
      if (!this.dead) this.active -= 1;
    }
  }

  addresses(name: string): readonly string[] {
    return this.around.addresses(name);
  }

  async change(calls: readonly Call[]): Promise<PhaseResult> {
    const { clock, host } = this.around;
    this.done.phases += 1;
    await clock.sleep(PHASE_MS / 2);
    const result = await this.real(async () => {
      const session = await openSession(shellOf(host));
      const ended = await session.run(calls);
      await session.close();
      return ended;
    });
    await clock.sleep(PHASE_MS / 2);
    return this.dead ? never() : result;
  }

  async ask(request: string, from: string | undefined, signal: AbortSignal): Promise<Asked> {
    const { clock, line, rttMs } = this.around;
    this.done.requests += 1;
    await clock.sleep(TRIPS_BEFORE * rttMs(), signal);
    const over = new AbortController();
    const stop = (): void => over.abort();
    const cancel = clock.at(clock.now + ASK_MS, stop);
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) stop();
    try {
      const answer = await this.real(() => this.connect(request, from, over.signal));
      await clock.sleep(Math.max(line.trips - TRIPS_BEFORE, 0) * rttMs(), signal);
      return this.dead ? await never() : answer;
    } catch (error) {
      // That the answer did not come in time is for the simulated clock to say.
      if (over.signal.aborted && !signal.aborted) throw new ProvisionError('HOST_DOWN', 'left did not answer within 30 s.', { host: 'left' });
      throw error;
    } finally {
      cancel();
      signal.removeEventListener('abort', stop);
    }
  }

  private async connect(request: string, from: string | undefined, signal: AbortSignal): Promise<Asked> {
    const { config, line, dial, keyFile } = this.around;
    const { port, close } = await line.open(await dial(from));
    const target = { ...targetOf(config, undefined), address: '127.0.0.1', port, identities: [keyFile] };
    return askHost(target, request, { signal, timeoutMs: REAL_ASK_MS }).finally(close);
  }

  now(): number {
    return this.around.clock.now;
  }

  sleep(ms: number, signal: AbortSignal): Promise<void> {
    return this.dead ? never() : this.around.clock.sleep(ms, signal).then(() => (this.dead ? never() : undefined));
  }

  random(): number {
    return this.around.random();
  }
}
