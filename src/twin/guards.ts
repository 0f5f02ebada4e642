/**
 * The guards of one simulated host: undo scripts that run when their time is over, unless they are disarmed or the host has lost power.
 *
 * In: the text of an undo script, as `arm` of the wire program brings it. Out: its phases are run like any other. The script is read, not executed: what is
 * not the prelude and phases of docs/wire.md is ignored. The folder of the real thing lies where a reboot empties it, so a reboot forgets everything.
 */
import { parsePhase, type WireCall } from './wire-parse.js';

interface Guard {
  readonly run: string;
  readonly script: string;
  readonly timer: NodeJS.Timeout;
  state: 'armed' | 'undoing';
}

const PHASE = /^pv_phase_(\d{4}) \(\) \{\n([\s\S]*?)\n\}\npv_phase_\1$/gm;

export class Guards {
  private readonly armed = new Map<string, Guard>();
  /** Runs whose guard has fired, for tests. */
  readonly fired: string[] = [];

  /** False while another guard stands in this folder. */
  arm(folder: string, run: string, seconds: number, script: string, undo: (calls: readonly WireCall[]) => Promise<unknown>): boolean {
    if (this.armed.has(folder)) return false;
    const timer = setTimeout(() => void this.fire(folder, undo), seconds * 1000);
    timer.unref();
    this.armed.set(folder, { run, script, timer, state: 'armed' });
    return true;
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
    for (const [, , body] of guard.script.matchAll(PHASE)) {
      const parsed = parsePhase((body ?? '').split('\n'));
      if ('calls' in parsed) await undo(parsed.calls);
    }
    if (this.armed.get(folder) === guard) this.armed.delete(folder);
  }
}
