import { afterEach, describe, expect, it, vi } from 'vitest';
import { startUpdater } from '../../../src/address/schedule.js';
import { Updater } from '../../../src/address/updater.js';
import type { UpdaterConfig } from '../../../src/model/updater.js';
import { CONFIG, FIRST, NAT, World } from './world.js';

const HOUR = 3_600_000;

afterEach(() => {
  vi.useRealTimers();
});

function start(config: UpdaterConfig): { world: World; updater: Updater; ticks: number[]; end: () => Promise<void> } {
  const world = new World();
  if (config.watch === undefined) Object.assign(world, { present: config.outer.local, live: config.outer.local, outside: FIRST });
  const updater = new Updater(world.desk(config));
  const ticks: number[] = [];
  const tick = updater.tick.bind(updater);
  updater.tick = (reason) => {
    if (reason === 'schedule') ticks.push(Date.now());
    return tick(reason);
  };
  return { world, updater, ticks, end: startUpdater(updater) };
}

const listeners = (): number => process.eventNames().reduce((sum, name) => sum + process.listenerCount(name), 0);

describe('hours and days', () => {
  it.each([
    ['* * * * *', 60_000],
    ['*/30 * * * * *', 30_000],
    ['7 * * * *', HOUR],
  ])(
    'the schedule %s ticks every time and at the right time, and an idle updater asks nothing',
    async (schedule, every) => {
      vi.useFakeTimers({ now: Date.UTC(2026, 10, 25, 0, 0, 0, 500) });
      const { world, ticks, end } = start({ ...CONFIG, schedule });
      await vi.advanceTimersByTimeAsync(1000);
      const [timers, heard, requests] = [vi.getTimerCount(), listeners(), world.requests.length];
      await vi.advanceTimersByTimeAsync(24 * HOUR);
      expect(ticks).toHaveLength((24 * HOUR) / every);
      expect(ticks.filter((at, i) => at % 1000 > 50 || (i > 0 && Math.abs(at - (ticks[i - 1] ?? 0) - every) > 50))).toEqual([]);
      if (every === HOUR) expect(new Set(ticks.map((at) => new Date(at).getMinutes()))).toEqual(new Set([7]));
      expect([vi.getTimerCount(), listeners(), world.requests.length]).toEqual([timers, heard, requests]);
      await end();
      expect(vi.getTimerCount()).toBe(0);
    },
    120_000,
  );

  it('does not grow: timers and listeners are as many as before, memory stays within bounds, behind a gateway whose address changes every hour', async () => {
    vi.useFakeTimers({ now: Date.UTC(2026, 10, 25) });
    const { world, updater, end } = start(NAT);
    await vi.advanceTimersByTimeAsync(60_000);
    const [timers, heard] = [vi.getTimerCount(), listeners()];
    const gc = (globalThis as { gc?: () => void }).gc;
    gc?.();
    const heap = process.memoryUsage().heapUsed;
    for (let hour = 0; hour < 24; hour++) {
      world.outside = `203.0.113.${hour + 1}`;
      await vi.advanceTimersByTimeAsync(HOUR);
      expect(world.receiver.address).toBe(world.outside);
      world.phases.length = 0;
    }
    expect(updater.state.changes).toBe(24);
    expect(world.requests).toHaveLength(24);
    expect([vi.getTimerCount(), listeners()]).toEqual([timers, heard]);
    gc?.();
    if (gc !== undefined) expect(process.memoryUsage().heapUsed - heap).toBeLessThan(4 * 1024 * 1024);
    await end();
    expect(vi.getTimerCount()).toBe(0);
  }, 120_000);

  it('tries for hours to reach an end that is down, never more than once in half a minute, and tells it when it is back', async () => {
    vi.useFakeTimers({ now: Date.UTC(2026, 10, 25) });
    const { world, updater, end } = start(CONFIG);
    await vi.advanceTimersByTimeAsync(1000);
    world.network = 'down';
    world.present = '198.51.100.7';
    await vi.advanceTimersByTimeAsync(6 * HOUR);
    expect(world.requests.length).toBeGreaterThan(350);
    expect(world.requests.length).toBeLessThan(725);
    expect(new Set(world.requests.slice(1))).toEqual(new Set(['provision 1 move 2']));
    expect(updater.state.pending).toMatchObject({ address: '198.51.100.7', seq: 2 });
    world.network = 'ok';
    await vi.advanceTimersByTimeAsync(60_000);
    expect(world.receiver.address).toBe('198.51.100.7');
    await end();
    expect(vi.getTimerCount()).toBe(0);
  }, 120_000);
});
