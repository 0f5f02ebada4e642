/** One end set up by itself: it comes to the same as both at once, and a connection that is lost at any call leaves this end as before or as wanted. */
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { describe, expect, it } from 'vitest';
import type { RunOptions } from '../../src/pipeline.js';
import { pairInventory } from './pair.js';
import { makeRig, type Rig, stateOf, withPair } from './rig.js';

const PAIRS = [
  ['NetBSD 1.5.2', 'FreeBSD 4.5'],
  ['NetBSD 9.3', 'Debian 12'],
  ['OpenBSD 7.5', 'FreeBSD 14.1'],
  ['OpenBSD 3.0', 'Debian 12 networkd'],
] as const;

const only = (host: 'left' | 'right'): Partial<RunOptions> => ({ only: new Map([['pair', host]]) });
/** Two operators have agreed on it; one who looks at both ends works it out. */
const agreed = (left: string, right: string) => pairInventory(left, right, '    mtu: 1450');
const both = (rig: Rig): unknown[] => structuredClone([stateOf(rig.host('left')), stateOf(rig.host('right'))]);

describe.each(PAIRS)('%s and %s', (left, right) => {
  it.each([
    ['left', 'right'],
    ['right', 'left'],
  ] as const)('%s, then %s: each by itself, and the hosts are as one run on both leaves them', async (first, second) => {
    const inventory = agreed(left, right);
    const wanted = await withPair(left, right, async (rig) => ((await rig.run('link')).exit === 0 ? both(rig) : undefined), inventory);
    await withPair(
      left,
      right,
      async (rig) => {
        const untouched = both(rig)[second === 'left' ? 0 : 1];
        const alone = await rig.run('link', only(first));
        expect([alone.state, alone.exit, alone.errors]).toEqual(['waiting', 2, []]);
        expect(alone.warnings.map((w) => w.code)).toContain('peer-silent');
        expect(both(rig)[second === 'left' ? 0 : 1]).toEqual(untouched);
        const done = await rig.run('link', only(second));
        expect([done.state, done.exit, done.checks.find((c) => c.id === 'ping')?.host]).toEqual(['as-wanted', 0, second]);
        expect(both(rig)).toEqual(wanted);
        expect((await rig.run('plan')).state).toBe('as-wanted');
        expect((await rig.run('verify', only(first))).state).toBe('as-wanted');
        expect((await rig.run('unlink', only(first))).state).toBe('as-wanted');
        expect((await rig.run('verify', only(second))).state).toBe('differs');
      },
      inventory,
    );
  });
});

describe('one end with mtu: auto', () => {
  it('is warned about, as neither end sees what the other can do; a number is not', async () => {
    await withPair('NetBSD 1.5.2', 'Debian 12', async (rig) => {
      const plan = await rig.run('plan', only('left'));
      expect(plan.plan?.warnings.map((w) => w.code)).toContain('mtu-not-agreed');
      expect(plan.plan?.ends.map((e) => [e.host, e.elsewhere ?? false])).toEqual([
        ['left', false],
        ['right', true],
      ]);
      expect((await rig.run('plan')).plan?.warnings.map((w) => w.code)).not.toContain('mtu-not-agreed');
    });
  });
});

interface Struck {
  readonly hit: boolean;
  readonly wrong: readonly string[];
}

/** The line to our host is cut for good at its n-th call; then its guard runs out. */
async function cutAt(kind: string, nth: number, when: 'before' | 'after', wanted: unknown): Promise<Struck> {
  const rig = await makeRig(agreed(kind, 'Debian 12'));
  try {
    const [left, right] = [rig.host('left'), rig.host('right')];
    for (const host of [left, right]) host.guards.manual = true;
    const [before, other] = both(rig);
    let calls = 0;
    let verb = '';
    left.faults.onCall = (call, at) => {
      if (at === when) calls += 1;
      if (at !== when || calls !== nth) return left.faults.deaf ? 'cut' : 'go';
      verb = call.verb;
      left.faults.deaf = true;
      return 'cut';
    };
    const made = await rig.run('link', { ...only('left'), timeoutMs: 500 });
    left.faults.onCall = () => 'go';
    left.faults.deaf = false;
    for (const state of ['armed', 'agreed'] as const) await left.guards.runOut(state);
    for (let n = 0; left.guards.count > 0 && n < 100; n += 1) await sleep(20);
    const now = both(rig)[0];
    const name = `${nth} ${when} ${verb}: ${made.state}`;
    const mixed = !isDeepStrictEqual(now, before) && !isDeepStrictEqual(now, wanted);
    const again = await rig.run('link', only('left'));
    const wrong = [
      ...(mixed ? [`${name}: left is a mix`] : []),
      ...(isDeepStrictEqual(both(rig)[1], other) ? [] : [`${name}: right was touched`]),
      ...(again.state === 'waiting' ? [] : [`${name}: again ${again.state} ${again.errors.map((e) => e.code).join()}`]),
    ];
    return { hit: verb !== '', wrong };
  } finally {
    await rig.close();
  }
}

describe('one end, cut for good at a call', () => {
  it.each([
    ['NetBSD 9.3', 'before'],
    ['NetBSD 9.3', 'after'],
    ['Debian 12', 'before'],
    ['Debian 12', 'after'],
  ] as const)('%s, %s: this end is as before or as wanted, the other untouched, and the next run puts it right', async (kind, when) => {
    const wanted = await withPair(
      kind,
      'Debian 12',
      async (rig) => ((await rig.run('link', only('left'))).exit === 2 ? both(rig)[0] : undefined),
      agreed(kind, 'Debian 12'),
    );
    const wrong: string[] = [];
    let hits = 0;
    for (let nth = 1, hit = true; hit; nth += 5) {
      const struck = await cutAt(kind, nth, when, wanted);
      hit = struck.hit;
      hits += hit ? 1 : 0;
      wrong.push(...struck.wrong);
    }
    expect(wrong).toEqual([]);
    expect(hits).toBeGreaterThan(3);
  });
});
