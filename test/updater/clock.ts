/**
 * The time of a simulated world: it stands still while real bytes move and jumps to the next timer when nothing does.
 *
 * Why not fake timers: SSH over loopback needs the real ones. Why not real time: a minute of schedule would take a minute, and a busy machine would
 * make the tunnel look slow.
 */
import { setImmediate as turn, setTimeout as wait } from 'node:timers/promises';

/** What happens in real time. */
export interface Work {
  /** Whether anything is under way whose end must be waited for. */
  active(): boolean;
  /** Grows with every byte and every command. */
  progress(): number;
}

interface Timer {
  readonly at: number;
  readonly run: () => void;
}

/** Turns of the event loop without progress, a millisecond each, after which what is under way is taken to hang: all of it runs in this process. */
const QUIET = 120;

export class Clock {
  now = 1_800_000_000_000;
  work: Work = { active: () => false, progress: () => 0 };
  private timers: Timer[] = [];
  private quiet = 0;
  private seen = -1;

  at(ms: number, run: () => void): () => void {
    const timer = { at: ms, run };
    const after = this.timers.findIndex((t) => t.at > ms);
    this.timers.splice(after < 0 ? this.timers.length : after, 0, timer);
    return () => {
      this.timers = this.timers.filter((t) => t !== timer);
    };
  }

  every(ms: number, run: () => void, first = ms): () => void {
    let cancel = (): void => undefined;
    const next = (at: number): void => {
      cancel = this.at(at, () => {
        next(at + ms);
        run();
      });
    };
    next(this.now + first);
    return () => cancel();
  }

  /** Resolves early, and at once, where the signal is aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        cancel();
        signal?.removeEventListener('abort', done);
        resolve();
      };
      const cancel = this.at(this.now + ms, done);
      signal?.addEventListener('abort', done, { once: true });
      if (signal?.aborted === true) done();
    });
  }

  /** Until nothing is under way, or what is makes no progress any more. */
  async settle(): Promise<void> {
    await turn();
    await turn();
    while (this.work.active() && this.quiet < QUIET) {
      const progress = this.work.progress();
      this.quiet = progress === this.seen ? this.quiet + 1 : 0;
      this.seen = progress;
      await wait(1);
    }
    if (!this.work.active() || this.work.progress() !== this.seen) this.quiet = 0;
  }

  /** What hangs may wait for a timer of its own, of real time: then both times go at the same pace, until this moment or until it hangs no more. */
  private async pace(until: number): Promise<boolean> {
    const [from, real] = [this.now, performance.now()];
    while (this.now < until && this.work.active() && this.work.progress() === this.seen) {
      await wait(1);
      this.now = Math.min(until, from + performance.now() - real);
    }
    return this.now >= until;
  }

  async advance(ms: number): Promise<void> {
    const end = this.now + ms;
    for (;;) {
      await this.settle();
      const [next] = this.timers;
      const until = Math.min(next?.at ?? end, end);
      if (this.work.active() && !(await this.pace(until))) continue;
      if (next === undefined || next.at > end) break;
      this.timers = this.timers.filter((t) => t !== next);
      this.now = Math.max(this.now, next.at);
      next.run();
    }
    this.now = end;
  }

  /** In small steps until it is so. @returns False where the time was over before. */
  async until(is: () => boolean, limitMs: number, stepMs = 20): Promise<boolean> {
    const end = this.now + limitMs;
    for (;;) {
      await this.settle();
      if (is()) return true;
      if (this.now >= end) return false;
      await this.advance(stepMs);
    }
  }
}
