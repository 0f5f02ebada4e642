/** The connection is lost at any command of a run, with the power or without: what is claimed of the hosts is true, and the next run puts all right. */
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { expectTruth, type Rig, stateOf, withPair } from './rig.js';

const PEER = 'Debian 12';
const STRIDE = Number(process.env.CUT_STRIDE ?? '7');

/** What is told of the two hosts of a run that was cut at its n-th command. */
async function cut(
  rig: Rig,
  verb: 'link' | 'unlink',
  nth: number,
  how: { readonly when: 'before' | 'after'; readonly powerLoss?: boolean },
): Promise<boolean> {
  const left = rig.host('left');
  const states = (): unknown[] => structuredClone([stateOf(left), stateOf(rig.host('right'))]);
  const before = states();
  left.faults.countFromHere();
  left.faults.cuts.push({ ...how, nth });
  const outcome = await rig.run(verb, { guardSeconds: 1 });
  const hit = left.faults.cuts.length === 0;
  left.faults.cuts = [];
  expect(outcome.errors.map((e) => e.code)).not.toContain('BUG');
  if (!hit) expect(outcome.state).toBe('as-wanted');
  else if (outcome.state !== 'as-wanted') {
    expect([1, 3, 4]).toContain(outcome.exit);
    expect(outcome.errors.length).toBeGreaterThan(0);
    expectTruth(outcome, before, states());
  }
  // What the run could not take back, the guards do; the next run waits for them.
  for (const host of [left, rig.host('right')]) while (host.guards.count > 0) await sleep(50);
  return hit;
}

const cases = [{ when: 'before' }, { when: 'after' }, { when: 'after', powerLoss: true }] as const;

describe.each(['FreeBSD 4.5', 'FreeBSD 13.2', 'NetBSD 1.5.2', 'NetBSD 9.3', 'OpenBSD 3.0', 'OpenBSD 7.5', 'Debian 12'])('%s', (kind) => {
  it.each(cases)('link, $when a command, power lost: $powerLoss', { timeout: 60_000 }, async (how) => {
    let hit = true;
    for (let nth = 1; hit; nth += STRIDE) {
      hit = await withPair(kind, PEER, async (rig) => {
        const struck = await cut(rig, 'link', nth, how);
        const again = await rig.run('link');
        expect([nth, again.state, again.errors]).toEqual([nth, 'as-wanted', []]);
        return struck;
      });
    }
  });

  it.each(cases)('unlink, $when a command, power lost: $powerLoss', { timeout: 60_000 }, async (how) => {
    let hit = true;
    for (let nth = 1; hit; nth += STRIDE) {
      hit = await withPair(kind, PEER, async (rig) => {
        expect((await rig.run('link')).state).toBe('as-wanted');
        const struck = await cut(rig, 'unlink', nth, how);
        const again = await rig.run('unlink');
        expect([nth, again.state, again.errors]).toEqual([nth, 'as-wanted', []]);
        return struck;
      });
    }
  });
});
