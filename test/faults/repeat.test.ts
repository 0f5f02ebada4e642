/** A hundred runs with faults leave no sediment: after a last clean one the hosts are what a single clean run makes of fresh ones. */
import { describe, expect, it } from 'vitest';
import { FAULTS, type FaultCase, type Verb } from './cases.js';
import { bothStates, leftOvers, letGuardsRun, runVerb, type Stand, withStand } from './stand.js';
import { endStrike, watch } from './strike.js';

const TIMES = 100;
const SEED = Number(process.env.FAULTS_SEED ?? '2002');
const MOST_CALLS = 24;

/** mulberry32: small, and the same everywhere. */
function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

function anyCase(pair: readonly [string, string], verb: Verb, below: (n: number) => number): FaultCase {
  const at = { side: below(2) === 0 ? 'left' : 'right', index: below(MOST_CALLS), verb: '', id: '' } as const;
  const when = below(2) === 0 ? 'before' : 'after';
  return { pair, verb, at, both: below(3) === 0, when, fault: FAULTS[below(FAULTS.length)] ?? 'cut' };
}

async function struckRun(stand: Stand, wanted: FaultCase): Promise<{ struck: boolean; exit: number }> {
  const watched = watch(stand, wanted);
  const more = { confirm: watched.confirm, timeoutMs: 5000, ...(wanted.fault === 'hang' ? { phaseTimeoutMs: 1500 } : {}) };
  const { exit } = await runVerb(stand, wanted.pair, wanted.verb, more);
  endStrike(stand, 'disk');
  await letGuardsRun(stand.running.twin);
  endStrike(stand, 'all');
  return { struck: watched.struck, exit };
}

describe('a hundred runs', () => {
  it.each([
    ['NetBSD 9.3', 'FreeBSD 14.1'],
    ['OpenBSD 7.5', 'Debian 12 networkd'],
  ] as const)('%s and %s: after random faults a clean run makes what a single clean run makes', async (...pair) => {
    const below = random(SEED);
    const clean = await withStand(pair, 'link', async (stand) => {
      expect((await runVerb(stand, pair, 'link')).exit).toBe(0);
      return JSON.stringify(bothStates(stand));
    });
    await withStand(pair, 'link', async (stand) => {
      let struck = 0;
      const exits = new Map<number, number>();
      for (let i = 0; i < TIMES; i += 1) {
        // From the first good run on there would be nothing to do: half of the time the link is taken away, under a fault too.
        const verbs: readonly Verb[] = below(2) === 0 ? ['unlink', 'link'] : ['link'];
        for (const verb of verbs) {
          const made = await struckRun(stand, anyCase(pair, verb, below));
          struck += made.struck ? 1 : 0;
          exits.set(made.exit, (exits.get(made.exit) ?? 0) + 1);
        }
      }
      console.log(`repeat: ${TIMES} times ${pair.join(' / ')}, ${struck} struck, exits ${JSON.stringify([...exits])}`);
      const last = await runVerb(stand, pair, 'link');
      expect([last.exit, last.errors]).toEqual([0, []]);
      expect(JSON.stringify(bothStates(stand))).toBe(clean);
      expect(leftOvers(stand)).toEqual([]);
    });
  });
});
