/** Two people run the same link at the same moment: one of them sets it up, the other finds it done or is turned away, and the hosts never get a mix. */
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';
import { stepCount } from '../../src/plan/pair.js';
import { bothStates, leftOvers, letGuardsRun, type Ran, runVerb, type Stand, withStand } from '../faults/stand.js';

const PAIR = ['NetBSD 9.3', 'Debian 12'] as const;
const TIMES = 50;
const SIDE_BY_SIDE = 5;
const GUARD_SECONDS = 5;
/** Milliseconds by which the second begins later, and for which it thinks about the plan. */
const DELAYS = [0, 1, 3, 7, 15, 30, 60, 100, 150, 250];
const THOUGHTS = [0, 5, 20, 50, 400];

const seen = new Map<string, number>();

type Role = 'set it up' | 'nothing to do' | 'turned away' | 'other';

function roleOf(made: Ran): Role {
  const codes = made.errors.map((e) => e.code);
  if (made.exit === 0) return made.plan !== undefined && stepCount(made.plan) === 0 ? 'nothing to do' : 'set it up';
  return made.state === 'unchanged' && codes.length > 0 && codes.every((c) => c === 'LOCKED' || c === 'OVERTAKEN') ? 'turned away' : 'other';
}

const clean = withStand(PAIR, 'link', async (stand) => {
  const before = bothStates(stand);
  await runVerb(stand, PAIR, 'link');
  return { before, wanted: bothStates(stand) };
});

async function stateNow(stand: Stand): Promise<'as wanted' | 'as before' | 'a mix'> {
  const { before, wanted } = await clean;
  const now = bothStates(stand);
  return isDeepStrictEqual(now, wanted) ? 'as wanted' : isDeepStrictEqual(now, before) ? 'as before' : 'a mix';
}

async function race(n: number): Promise<string[]> {
  const [delay, thought] = [DELAYS[n % DELAYS.length] ?? 0, THOUGHTS[Math.floor(n / DELAYS.length) % THOUGHTS.length] ?? 0];
  return withStand(PAIR, 'link', async (stand) => {
    const slow = { guardSeconds: GUARD_SECONDS, confirm: () => sleep(thought).then(() => true) };
    const both = await Promise.all([
      runVerb(stand, PAIR, 'link', { guardSeconds: GUARD_SECONDS }),
      sleep(delay).then(() => runVerb(stand, PAIR, 'link', slow)),
    ]);
    const roles = both.map(roleOf);
    const [at, left] = [await stateNow(stand), leftOvers(stand)];
    await letGuardsRun(stand.running.twin);
    const later = await stateNow(stand);
    const key = `${[...roles].sort().join(' + ')}: hosts ${at}${later === at ? '' : `, and ${later} after the guards`}`;
    seen.set(key, (seen.get(key) ?? 0) + 1);
    const fine =
      at === 'as wanted' && left.length === 0 && roles.includes('set it up') && roles.some((r) => r === 'nothing to do' || r === 'turned away');
    const told = both
      .map(
        (m) =>
          `${m.state}, ${m.plan === undefined ? 'no plan' : `${stepCount(m.plan)} steps`} ${m.errors.map((e) => `${e.code} ${e.message}`).join('; ')}`,
      )
      .join(' | ');
    return fine ? [] : [`${delay} ms later, ${thought} ms of thought: ${key}: ${told} ${left.join('; ')}`];
  });
}

describe('two controllers at once', () => {
  it('one sets the link up, the other finds it done or is turned away, and the hosts are as wanted', { timeout: 120_000 }, async () => {
    const wrong: string[] = [];
    for (let n = 0; n < TIMES; n += SIDE_BY_SIDE) {
      wrong.push(...(await Promise.all(Array.from({ length: SIDE_BY_SIDE }, (_, i) => race(n + i)))).flat());
    }
    expect(wrong.slice(0, 10), `${wrong.length} of ${TIMES}`).toEqual([]);
  });

  afterAll(() => console.log(`two controllers: ${[...seen].map(([what, n]) => `${n} x ${what}`).join(' | ')}`));
});
