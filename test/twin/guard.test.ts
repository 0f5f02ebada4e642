/**
 * The controller is gone in the middle of a run: each host goes back by itself. Here the connection to one end is cut before or after every one of its
 * commands and nobody can get in again; the other end is not told anything either.
 */
import { describe, expect, it } from 'vitest';
import { link, plan, unlink } from '../../src/pipeline.js';
import { type AttachedTwin, attachTwin, twinSpecs } from '../../src/twin/attach.js';
import { pairInventory, runOptions } from './pair.js';
import { stateOf } from './state.js';

const GUARD_SECONDS = 3;
const KINDS = ['NetBSD 1.5.2', 'NetBSD 9.3', 'FreeBSD 4.5', 'FreeBSD 14.1', 'OpenBSD 7.5', 'Debian 12 networkd'];

type Goal = 'link' | 'unlink';

async function standing(kind: string, goal: Goal): Promise<AttachedTwin> {
  const inventory = pairInventory(kind, 'Debian 12');
  const running = await attachTwin(twinSpecs(inventory, ['pair'], 'all'));
  if (running === undefined) throw new Error('no twin');
  // Their time is over when the test says so: a slow machine must not make them fire in the middle of a run.
  for (const host of running.twin.hosts.values()) host.guards.manual = true;
  if (goal === 'unlink') expect((await link({ ...runOptions(inventory), running })).exitCode).toBe(0);
  return running;
}

/** The words of every command that one end would run. */
async function commands(kind: string, goal: Goal): Promise<(readonly string[])[]> {
  const running = await standing(kind, goal);
  try {
    const options = { ...runOptions(pairInventory(kind, 'Debian 12')), running };
    const made = goal === 'link' ? await plan(options) : await unlink({ ...options, confirm: () => Promise.resolve(false) });
    return made.outcomes[0]?.plan?.ends[0].steps.flatMap((s) => ('words' in s ? [s.words] : [])) ?? [];
  } finally {
    await running.close();
  }
}

async function guardsRunOut({ twin }: AttachedTwin): Promise<void> {
  const hosts = [...twin.hosts.values()];
  for (const state of ['armed', 'agreed'] as const) await Promise.all(hosts.map((h) => h.guards.runOut(state)));
}

async function cutAt(kind: string, goal: Goal, words: readonly string[], when: 'before' | 'after'): Promise<string[]> {
  const running = await standing(kind, goal);
  try {
    const left = running.twin.hosts.get('left');
    if (left === undefined) throw new Error('no host');
    const was = JSON.stringify([stateOf(running, 'left'), stateOf(running, 'right')]);
    left.faults.cuts = [
      {
        when,
        match: (said) => {
          if (said.join(' ') !== words.join(' ')) return false;
          left.faults.deaf = true;
          return true;
        },
      },
    ];
    const options = { ...runOptions(pairInventory(kind, 'Debian 12')), running, guardSeconds: GUARD_SECONDS, timeoutMs: 2000 };
    const result = goal === 'link' ? await link(options) : await unlink(options);
    await guardsRunOut(running);
    const now = JSON.stringify([stateOf(running, 'left'), stateOf(running, 'right')]);
    const name = `${goal}, cut ${when} ${words.join(' ')}`;
    return [
      ...(result.exitCode === 4 ? [] : [`${name}: exit ${result.exitCode}`]),
      ...(now === was ? [] : [`${name}: was ${was} is ${now}`]),
      ...([...running.twin.hosts.values()].every((h) => h.guards.count === 0) ? [] : [`${name}: a guard is left`]),
    ];
  } finally {
    await running.close();
  }
}

describe('cut for good at every command', () => {
  it.concurrent.each(KINDS.flatMap((k) => (['link', 'unlink'] as const).map((g) => [k, g] as const)))(
    '%s, %s: both ends go back by themselves',
    { timeout: 60_000 },
    async (kind, goal) => {
      const all = await commands(kind, goal);
      expect(all.length).toBeGreaterThan(0);
      const wrong = await Promise.all(all.flatMap((words) => (['before', 'after'] as const).map((when) => cutAt(kind, goal, words, when))));
      expect(wrong.flat()).toEqual([]);
    },
  );
});

describe('a run that ends well', () => {
  it.concurrent.each(KINDS)('%s: is never taken back by its guard', { timeout: 30_000 }, async (kind) => {
    const running = await standing(kind, 'link');
    try {
      const options = { ...runOptions(pairInventory(kind, 'Debian 12')), running, guardSeconds: GUARD_SECONDS };
      expect((await link(options)).exitCode).toBe(0);
      const stood = JSON.stringify([stateOf(running, 'left'), stateOf(running, 'right')]);
      expect([...running.twin.hosts.values()].map((h) => h.guards.count)).toEqual([0, 0]);
      await guardsRunOut(running);
      expect(JSON.stringify([stateOf(running, 'left'), stateOf(running, 'right')])).toBe(stood);
    } finally {
      await running.close();
    }
  });
});
