/**
 * The guards of one simulated host: scripts that run when their time is over, unless they are disarmed or the host has lost power.
 *
 * In: the text of a guard script, as `arm` of the wire program brings it. Out: its phases are run like any other. The script is read, not executed: what is
 * not the prelude and phases of docs/wire.md is ignored. The state folder of the real thing lies where a reboot empties it, so a reboot forgets everything
 * but the names of temporary files, which are kept elsewhere.
 */
import { ASK_PHASE, SETTLE_PHASE } from '../script/guard.js';
import { phasesOf, type WireCall } from './wire-parse.js';

interface Order {
  readonly run: string;
  /** Who armed it. */
  readonly holder: string;
  readonly seconds: number;
  readonly script: string;
  readonly keep: string;
}

/** Runs the calls of one phase; dropped: takes away what the run has staged. */
export interface GuardWork {
  readonly phase: (calls: readonly WireCall[]) => Promise<'done' | 'failed' | 'gone'>;
  readonly drop: () => void;
}

interface Guard extends Order {
  timer?: NodeJS.Timeout;
  readonly work: GuardWork;
  state: 'armed' | 'agreed' | 'undoing';
  /** Seconds that an agreed guard waits longer. */
  patience: number;
  /** Some change of the run was begun; else the undo does nothing. */
  touched: boolean;
}

export class Guards {
  private readonly armed = new Map<string, Guard>();
  /** Temporary files by the folder that outlasts a reboot. */
  private readonly temps = new Map<string, string[]>();
  /** Runs whose guard has fired, for tests. */
  readonly fired: string[] = [];
  /** No real clock: guards fire when a test says so (`runOut`). */
  manual = false;

  /** Out: nothing, or the holder of the guard that stands in this folder already. */
  arm(folder: string, order: Order, work: GuardWork): string | undefined {
    const there = this.armed.get(folder);
    if (there !== undefined) return there.holder;
    const guard: Guard = { ...order, work, state: 'armed', patience: 0, touched: false };
    this.armed.set(folder, guard);
    this.start(folder, guard, order.seconds);
    return undefined;
  }

  private start(folder: string, guard: Guard, seconds: number): void {
    if (this.manual) return;
    guard.timer = setTimeout(() => void this.expire(folder, guard), seconds * 1000);
    guard.timer.unref();
  }

  stands(folder: string, run: string): boolean {
    const guard = this.armed.get(folder);
    return guard?.run === run && guard.state !== 'undoing';
  }

  /** Its script is at work. */
  undoes(folder: string, run: string): boolean {
    const guard = this.armed.get(folder);
    return guard?.run === run && guard.state === 'undoing';
  }

  /** A change of this run begins. */
  touch(folder: string): void {
    const guard = this.armed.get(folder);
    if (guard !== undefined) guard.touched = true;
  }

  /** False if it is not armed any more. */
  agree(folder: string, run: string, seconds: number): boolean {
    const guard = this.armed.get(folder);
    if (guard?.run !== run || guard.state !== 'armed') return false;
    guard.state = 'agreed';
    guard.patience = seconds;
    return true;
  }

  /** False if it has fired. */
  disarm(folder: string, run: string): boolean {
    const guard = this.armed.get(folder);
    if (guard?.run !== run || guard.state === 'undoing') return false;
    clearTimeout(guard.timer);
    this.armed.delete(folder);
    return true;
  }

  /** As `held` of the wire program says it. */
  holderIn(folder: string): string {
    const guard = this.armed.get(folder);
    return guard === undefined ? '' : `${guard.state}.${guard.run}\n${guard.holder}\n`;
  }

  /** The time of this guard is over now. False where it does not stand any more. */
  async release(folder: string, run: string): Promise<boolean> {
    const guard = this.armed.get(folder);
    if (guard?.run !== run || guard.state === 'undoing') return false;
    clearTimeout(guard.timer);
    await this.fire(folder, guard);
    return true;
  }

  /** Remembers a temporary file that a loss of power may leave. */
  note(keep: string, path: string): void {
    this.temps.set(keep, [...(this.temps.get(keep) ?? []), path]);
  }

  /** The temporary files that were noted there, and forgets them. */
  takeNoted(keep: string): readonly string[] {
    const noted = this.temps.get(keep) ?? [];
    this.temps.delete(keep);
    return noted;
  }

  get count(): number {
    return this.armed.size;
  }

  /** No power: timers and folders are gone. */
  forget(): void {
    for (const guard of this.armed.values()) clearTimeout(guard.timer);
    this.armed.clear();
  }

  /** The time of every guard in this state is over now. Resolves when all of them are done. */
  async runOut(state: 'armed' | 'agreed'): Promise<void> {
    const over = [...this.armed].filter(([, guard]) => guard.state === state);
    await Promise.all(over.map(([folder, guard]) => this.fire(folder, guard)));
  }

  private async expire(folder: string, guard: Guard): Promise<void> {
    if (guard.state === 'agreed' && guard.patience > 0) {
      const { patience } = guard;
      guard.patience = 0;
      this.start(folder, guard, patience);
    } else await this.fire(folder, guard);
  }

  private async fire(folder: string, guard: Guard): Promise<void> {
    if (this.armed.get(folder) !== guard || guard.state === 'undoing') return;
    const agreed = guard.state === 'agreed';
    guard.state = 'undoing';
    this.fired.push(guard.run);
    if (guard.touched) await this.end(guard, agreed);
    if (this.armed.get(folder) === guard) this.armed.delete(folder);
  }

  private async end(guard: Guard, agreed: boolean): Promise<void> {
    const phases = phasesOf(guard.script);
    const { phase, drop } = guard.work;
    if (agreed && (await phase(phases.get(ASK_PHASE) ?? [])) === 'done') {
      await phase(phases.get(SETTLE_PHASE) ?? []);
      return;
    }
    drop();
    for (const [number, calls] of phases) if (number < ASK_PHASE) await phase(calls);
  }
}
