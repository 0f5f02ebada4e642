import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { startUpdater } from '../../../src/address/schedule.js';
import { Updater } from '../../../src/address/updater.js';
import type { UpdaterConfig } from '../../../src/model/updater.js';
import { CONFIG, FIRST, NAT, type Network, World } from './world.js';

const ADDRESSES = [FIRST, '198.51.100.7', '203.0.113.9', '192.0.2.77'];

type Event =
  | { readonly kind: 'address'; readonly to: string | undefined }
  | { readonly kind: 'network'; readonly to: Network }
  | { readonly kind: 'say'; readonly text: string }
  | { readonly kind: 'break'; readonly what: string }
  | { readonly kind: 'mend' | 'restart' | 'lose-state' | 'reboot' };

const event: fc.Arbitrary<Event> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('address' as const), to: fc.constantFrom(...ADDRESSES, undefined) }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('network' as const), to: fc.constantFrom<Network>('ok', 'down', 'lose-answer', 'cut') }) },
  fc.record({
    kind: fc.constant('say' as const),
    text: fc.constantFrom('refused private', 'failed boot', 'busy 3', 'busy 40', 'stale 500', 'done 1 9.9.9.9 confirmed', 'nonsense', ''),
  }),
  fc.record({ kind: fc.constant('break' as const), what: fc.constantFrom('set', 'put', 'show', 'ping', 'set 198.51.100.7') }),
  fc.record({ kind: fc.constantFrom('mend' as const, 'restart' as const, 'lose-state' as const, 'reboot' as const) }),
);

const story = fc.array(fc.tuple(event, fc.nat({ max: 9000 })), { maxLength: 25 });

/** One life of the host: an updater that can be started again over its state. */
class Life {
  readonly world = new World();
  updater: Updater;
  #end: () => Promise<void>;

  constructor(readonly config: UpdaterConfig) {
    this.updater = new Updater(this.world.desk(config));
    this.#end = startUpdater(this.updater);
  }

  async end(): Promise<void> {
    const ended = this.#end();
    await vi.advanceTimersByTimeAsync(40_000);
    await ended;
  }

  async #again(between: () => void): Promise<void> {
    await this.end();
    between();
    this.updater = new Updater(this.world.desk(this.config));
    this.#end = startUpdater(this.updater);
  }

  #move(to: string | undefined): void {
    if (this.config.watch === undefined) this.world.outside = to ?? FIRST;
    else this.world.present = to;
  }

  async happen(it: Event): Promise<void> {
    const { world } = this;
    if (it.kind === 'address') this.#move(it.to);
    else if (it.kind === 'network') world.network = it.to;
    else if (it.kind === 'say') world.receiver.scripted.push({ exit: it.text.startsWith('done') ? 0 : 1, text: `provision 1 ${it.text}\n` });
    else if (it.kind === 'break') world.broken.add(it.what);
    else if (it.kind === 'mend') world.broken.clear();
    else if (it.kind === 'restart') await this.#again(() => undefined);
    else if (it.kind === 'lose-state') await this.#again(() => (world.file = undefined));
    else await this.#again(() => (world.live = world.boot));
  }
}

async function live(config: UpdaterConfig, events: readonly (readonly [Event, number])[], last: string, delay: number, work: number): Promise<Life> {
  const life = new Life(config);
  const { world } = life;
  world.delay = delay;
  world.receiver.ms = work;
  if (config.watch === undefined) {
    world.present = config.outer.local;
    world.live = config.outer.local;
    world.boot = config.outer.local;
    world.outside = FIRST;
  }
  for (const [it, ms] of events) {
    await life.happen(it);
    await vi.advanceTimersByTimeAsync(ms);
  }
  world.network = 'ok';
  world.broken.clear();
  world.receiver.scripted.length = 0;
  await life.happen({ kind: 'address', to: last });
  await vi.advanceTimersByTimeAsync(300_000);
  return life;
}

beforeEach(() => {
  vi.useFakeTimers({ now: Date.UTC(2026, 10, 25) });
});
afterEach(() => {
  vi.useRealTimers();
});

const increasing = (numbers: readonly number[]): boolean => numbers.every((n, i) => i === 0 || n > (numbers[i - 1] ?? 0));

describe('whatever happens before, once all is reachable', () => {
  it.each([
    ['a watched interface', CONFIG],
    ['behind a gateway', NAT],
  ])(
    '%s: both ends hold the last address, each number was carried out at most once and in order, and never were two requests open',
    async (_name, config) => {
      const delays = fc.constantFrom(0, 40, 700);
      await fc.assert(
        fc.asyncProperty(story, fc.constantFrom(...ADDRESSES), delays, delays, async (events, last, delay, work) => {
          const life = await live(config, events, last, delay, work);
          const { world, updater } = life;
          const local = config.watch === undefined ? config.outer.local : last;
          expect({ live: world.live, boot: world.boot, far: world.receiver.address }).toEqual({ live: local, boot: local, far: last });
          expect(updater.state).toMatchObject({ local, boot: local });
          expect([updater.state.pending, updater.state.error, updater.state.nextAt]).toEqual([undefined, undefined, undefined]);
          expect(increasing(world.receiver.applied)).toBe(true);
          expect(world.mostOpen).toBeLessThanOrEqual(1);
          const before = [world.requests.length, world.phases.length];
          if (config.watch !== undefined) {
            await vi.advanceTimersByTimeAsync(600_000);
            expect([world.requests.length, world.phases.length]).toEqual(before);
          }
          await life.end();
          expect(vi.getTimerCount()).toBe(0);
        }),
        { numRuns: 60 },
      );
    },
    120_000,
  );
});
