/**
 * What happens to a network and to hosts while an updater works: drawn from a seed, begun together with a change of the address, over after a while.
 */
import type { CallFate } from '../../src/twin/faults.js';
import type { SimulatedHost } from '../../src/twin/host.js';
import { FIXED, type Stand } from './stand.js';

/** Strikes once, at the n-th moment: a call of a phase on that host, or a piece of bytes on the line. */
const STRIKES = ['move-in-line', 'move-in-fixed', 'move-in-dynamic', 'cut-in-line', 'cut-in-fixed', 'power-in-fixed', 'power-in-dynamic'] as const;
/** Lasts a while. */
const STRETCHES = ['loss', 'deaf', 'off', 'mute', 'unheard', 'reboot-fixed', 'reboot-dynamic'] as const;

export type Trouble = (typeof STRIKES)[number] | (typeof STRETCHES)[number] | 'none' | 'rush';

export interface Planned {
  readonly trouble: Trouble;
  /** Milliseconds of quiet before the change. */
  readonly gap: number;
  readonly address: string;
  /** The address of a second change, in the middle of the first one or soon after it. */
  readonly second: string;
  readonly nth: number;
  readonly lasts: number;
}

const pick = <T>(list: readonly T[], random: () => number): T => list[Math.floor(random() * list.length)] as T;

export function addressFrom(random: () => number, ...not: readonly string[]): string {
  for (;;) {
    const address = `${pick(['198.51.100', '203.0.113'], random)}.${3 + Math.floor(random() * 240)}`;
    if (!not.includes(address)) return address;
  }
}

export function draw(random: () => number, present: string): Planned {
  const kind = random();
  const trouble = kind < 0.3 ? 'none' : kind < 0.45 ? 'rush' : kind < 0.75 ? pick(STRIKES, random) : pick(STRETCHES, random);
  const gap = pick([4000, 40_000, 120_000], random) * random();
  const address = addressFrom(random, present, FIXED);
  // Now and then back to where it was.
  const second = random() < 0.25 ? present : addressFrom(random, present, address, FIXED);
  const most = trouble.endsWith('line') ? 30 : 6;
  return { trouble, gap, address, second, nth: 1 + Math.floor(random() * most), lasts: 500 + random() * 30_000 };
}

/** Before or after the n-th call, once. */
function atCall(host: SimulatedHost, nth: number, strike: () => CallFate): void {
  let left = nth;
  host.faults.onCall = () => {
    left -= 1;
    if (left !== 0) return 'go';
    host.faults.onCall = () => 'go';
    return strike();
  };
}

export class Troubles {
  /** When the last one was over; what is under way is not. */
  overAt = 0;
  private under = 0;
  /** Changes of the address so far. */
  changes = 0;

  constructor(private readonly stand: Stand) {}

  get quiet(): boolean {
    return this.under === 0;
  }

  readdress(address: string): void {
    this.changes += 1;
    this.stand.twin.readdress('right', address);
    this.over();
  }

  private over(): void {
    this.overAt = this.stand.clock.now;
  }

  private lasting(ms: number, end: () => void): void {
    const { clock } = this.stand;
    this.under += 1;
    clock.at(clock.now + ms, () => {
      end();
      this.under -= 1;
      this.over();
    });
  }

  /** With the change, or in the middle of what it makes the updater do. */
  begin(plan: Planned): void {
    const { fixed, dynamic, line } = this.stand;
    const { trouble, nth, second } = plan;
    const strike = (then: () => void, fate: CallFate) => (): CallFate => {
      then();
      this.over();
      return fate;
    };
    const move = (): void => this.readdress(second);
    const cut = (): void => {
      this.stand.twin.cut('left');
      this.over();
    };
    if (trouble === 'move-in-line') line.onPiece(nth, move);
    else if (trouble === 'cut-in-line') line.onPiece(nth, cut);
    else if (trouble === 'move-in-fixed') atCall(fixed, nth, strike(move, 'go'));
    else if (trouble === 'move-in-dynamic') atCall(dynamic, nth, strike(move, 'go'));
    else if (trouble === 'cut-in-fixed')
      atCall(
        fixed,
        nth,
        strike(() => undefined, 'cut'),
      );
    else if (trouble === 'power-in-fixed')
      atCall(
        fixed,
        nth,
        strike(() => undefined, 'power'),
      );
    else if (trouble === 'power-in-dynamic')
      atCall(
        dynamic,
        nth,
        strike(() => undefined, 'power'),
      );
    else if (trouble === 'rush') this.lasting(plan.lasts / 10, move);
    else if (trouble !== 'none') this.stretch(plan);
  }

  private stretch({ trouble, lasts, nth }: Planned): void {
    const { fixed, dynamic, internet } = this.stand;
    if (trouble === 'loss') {
      internet.loseEvery = nth + 2;
      this.lasting(lasts, () => {
        internet.loseEvery = 0;
      });
    } else if (trouble === 'deaf') {
      fixed.faults.deaf = true;
      this.lasting(lasts, () => {
        fixed.faults.deaf = false;
      });
    } else if (trouble === 'off') {
      fixed.powerOff();
      this.lasting(lasts, () => fixed.powerOn());
    } else if (trouble === 'mute' || trouble === 'unheard') {
      const filter = trouble === 'mute' ? { from: FIXED } : { to: FIXED };
      internet.filters = [filter];
      this.lasting(lasts, () => {
        internet.filters = [];
      });
    } else this.lasting(lasts / 20, () => (trouble === 'reboot-fixed' ? fixed : dynamic).reboot());
  }

  /** What has not struck by now does not any more. */
  end(): void {
    this.stand.line.forget();
    for (const host of [this.stand.fixed, this.stand.dynamic]) host.faults.onCall = () => 'go';
  }
}
