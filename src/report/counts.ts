/**
 * Progress of very many links for a person at a terminal: one live line for each stage, with counts, rate and the time that is left; failures as they come.
 *
 * In: RunEvents. Out: text with cursor movements, at most ten times a second. Why beside live.ts: a row for each link fills more than any screen.
 */
import { clean } from '../errors/clean.js';
import type { RunEvent, Stage } from '../model/outcome.js';
import { endedWell, outcomeLines } from './outcome.js';
import type { Paint } from './paint.js';
import type { Progress } from './progress.js';

interface Count {
  readonly since: number;
  running: number;
  done: number;
}

const NAMES: Partial<Record<Stage, string>> = {
  survey: 'looked at',
  plan: 'planned',
  guard: 'guarded',
  apply: 'changed',
  verify: 'checked',
  boot: 'kept for boot',
  undo: 'taken back',
};
/** Milliseconds between two pictures. */
const PAUSE = 100;

/** `3 s`, `2 min`, `1.5 h` */
function span(seconds: number): string {
  if (seconds < 90) return `${Math.ceil(seconds)} s`;
  return seconds < 5400 ? `${Math.round(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`;
}

/** `looked at      312 of 1000   8 under way   41.0/s   17 s left` */
function lineOf(name: string, { since, running, done }: Count, total: number, now: number): string {
  const rate = now > since ? (done * 1000) / (now - since) : 0;
  const left = done < total && done > 0 && rate > 0 ? `   ${span((total - done) / rate)} left` : '';
  return `${name.padEnd(14)} ${String(done).padStart(String(total).length)} of ${total}${running > 0 ? `   ${running} under way` : ''}   ${rate.toFixed(1)}/s${left}`;
}

export class CountProgress implements Progress {
  readonly #stages = new Map<Stage, Count>();
  #failed = 0;
  #ended = 0;
  #drawn = 0;
  #last = 0;

  /** @param now - Milliseconds of a clock. */
  constructor(
    private readonly total: number,
    private readonly write: (text: string) => void,
    private readonly paint: Paint,
    private readonly now: () => number = () => performance.now(),
  ) {}

  event(event: RunEvent): void {
    // A stage that ends with words is a remark of the run, not a stage that has ended.
    if (event.type === 'stage' && event.text !== undefined) this.#draw(clean(event.text));
    else if (event.type === 'stage') this.#count(event.stage, event.state === 'start');
    else if (event.type === 'outcome') this.#end(event);
    else return;
    if (this.now() - this.#last >= PAUSE) this.#draw();
  }

  pause(): Promise<void> {
    if (this.#stages.size > 0) this.#draw();
    this.#drawn = 0;
    this.#stages.clear();
    this.#failed = 0;
    this.#ended = 0;
    return Promise.resolve();
  }

  #count(stage: Stage, begins: boolean): void {
    const count = this.#stages.get(stage) ?? { since: this.now(), running: 0, done: 0 };
    this.#stages.set(stage, count);
    count.running += begins ? 1 : -1;
    if (!begins) count.done += 1;
  }

  #end({ outcome }: Extract<RunEvent, { type: 'outcome' }>): void {
    this.#ended += 1;
    if (endedWell(outcome.state)) return;
    this.#failed += 1;
    this.#draw(outcomeLines(outcome, this.paint)[0] ?? clean(outcome.link));
  }

  /** @param above - A line that stays. */
  #draw(above?: string): void {
    this.#last = this.now();
    const rows = [...this.#stages].flatMap(([stage, count]) => {
      const name = NAMES[stage];
      return name === undefined ? [] : [lineOf(name, count, this.total, this.#last)];
    });
    const failed = this.#failed === 0 ? '' : `, ${this.#failed} failed`;
    if (this.#ended > 0) rows.push(`${'ended'.padEnd(14)} ${this.#ended} of ${this.total}${failed}`);
    const up = this.#drawn === 0 ? '' : `\u001b[${this.#drawn}A\r\u001b[J`;
    this.write(`${up}${above === undefined ? '' : `${above}\n`}${rows.map((row) => `${row.slice(0, this.paint.width)}\n`).join('')}`);
    this.#drawn = rows.length;
  }
}
