/**
 * The guards of one simulated host: undo scripts that run when their time is over, unless they are disarmed or the host has lost power.
 *
 * In: the text of an undo script, as `arm` of the wire program brings it. Out: its phases are run like any other. The script is read, not executed: what is
 * not the prelude and phases of docs/wire.md is ignored. The folder of the real thing lies where a reboot empties it, so a reboot forgets everything.
 */
import { parsePhase, type WireCall } from './wire-parse.js';

interface Order {
  readonly run: string;
  /** Who armed it. */
  readonly holder: string;
  readonly seconds: number;
  readonly script: string;
}

interface Guard extends Order {
  readonly timer: NodeJS.Timeout;
  state: 'armed' | 'undoing';
  /** Some change of the run was begun; else the undo does nothing. */
  touched: boolean;
}

const PHASE = /^pv_phase_(\d{4}) \(\) \{\n([\s\S]*?)\n\}\npv_phase_\1$/gm;

export class Guards {
  private readonly armed = new Map<string, Guard>();
  /** Runs whose guard has fired, for tests. */
  readonly fired: string[] = [];

  /** Out: nothing, or the holder of the guard that stands in this folder already. */
  arm(folder: string, order: Order, undo: (calls: readonly WireCall[]) => Promise<unknown>): string | undefined {
    const there = this.armed.get(folder);
    if (there !== undefined) return there.holder;
    const timer = setTimeout(() => void this.fire(folder, undo), order.seconds * 1000);
    timer.unref();
    this.armed.set(folder, { ...order, timer, state: 'armed', touched: false });
    return undefined;
  }

  stands(folder: string, run: string): boolean {
    const guard = this.armed.get(folder);
    return guard?.run === run && guard.state === 'armed';
  }

  /** A change of this run begins. */
  touch(folder: string): void {
    const guard = this.armed.get(folder);
    if (guard !== undefined) guard.touched = true;
  }

  /** False if it is not armed any more. */
  disarm(folder: string, run: string): boolean {
    const guard = this.armed.get(folder);
    if (guard?.run !== run || guard.state !== 'armed') return false;
    clearTimeout(guard.timer);
    this.armed.delete(folder);
    return true;
  }

  get count(): number {
    return this.armed.size;
  }

  /** No power: timers and folders are gone. */
  forget(): void {
    for (const guard of this.armed.values()) clearTimeout(guard.timer);
    this.armed.clear();
  }

  private async fire(folder: string, undo: (calls: readonly WireCall[]) => Promise<unknown>): Promise<void> {
    const guard = this.armed.get(folder);
    if (guard === undefined) return;
    guard.state = 'undoing';
    this.fired.push(guard.run);
    for (const [, , body] of guard.touched ? guard.script.matchAll(PHASE) : []) {
      const parsed = parsePhase((body ?? '').split('\n'));
      if ('calls' in parsed) await undo(parsed.calls);
    }
    if (this.armed.get(folder) === guard) this.armed.delete(folder);
  }
}
