/** The search for the largest packet that crosses. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Call, PhaseRunner } from '../../../src/model/wire.js';
import { loadPlaybooks } from '../../../src/playbook/load.js';
import { Values } from '../../../src/playbook/values.js';
import { between, largestAcross } from '../../../src/verify/size.js';

const playbook = (await loadPlaybooks()).find((p) => p.name === 'linux-gre');
if (playbook === undefined) throw new Error('no playbook');

interface Way {
  readonly carries: number;
  /** The n-th request is lost, from 1. */
  readonly loses?: number;
}

/** A host whose pings of up to that size are answered; counts its phases. */
function host({ carries, loses = 0 }: Way): { readonly runner: PhaseRunner; readonly phases: () => number } {
  let [phases, sent] = [0, 0];
  const answer = (call: Call): { readonly stdout: Uint8Array; readonly stderr: Uint8Array; readonly exit: number } => {
    const words = 'words' in call ? call.words : [];
    const bytes = Number(words[words.indexOf('-s') + 1]) + 28;
    const count = Number(words[words.indexOf('-c') + 1]);
    const ok = Array.from({ length: count }, () => ++sent !== loses && bytes <= carries).filter(Boolean).length;
    return { stdout: Buffer.from(`${count} packets transmitted, ${ok} received\n`), stderr: new Uint8Array(), exit: ok > 0 ? 0 : 1 };
  };
  const runner = {
    run: (calls: readonly Call[]) => {
      phases += 1;
      return Promise.resolve({ status: 'done', records: new Map(calls.map((c) => ['id' in c ? c.id : '', answer(c)])) });
    },
  } as unknown as PhaseRunner;
  return { runner, phases: () => phases };
}

const values = new Values({ 'inner.peer': '10.1.12.38' });
const ways = fc.record({ carries: fc.integer({ min: 84, max: 9000 }), loses: fc.integer({ min: 0, max: 40 }) });

describe('largestAcross', () => {
  it('finds any size to the byte in six round trips', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 84, max: 9000 }), async (carries) => {
        const { runner, phases } = host({ carries });
        expect(await largestAcross(runner, playbook, values, 84, 9001)).toBe(carries);
        expect(phases()).toBeLessThanOrEqual(6);
      }),
    );
  });

  it('never says more than crosses, and one lost packet does not make it say less', async () => {
    await fc.assert(
      fc.asyncProperty(ways, async ({ carries, loses }) => {
        expect(await largestAcross(host({ carries, loses }).runner, playbook, values, 84, 9001)).toBe(carries);
      }),
    );
  });

  it('says nothing where the connection goes away', async () => {
    const runner = { run: () => Promise.resolve({ status: 'cut', why: 'gone', records: new Map() }) } as unknown as PhaseRunner;
    expect(await largestAcross(runner, playbook, values, 84, 1476)).toBeUndefined();
  });

  it('tries sizes between the bounds alone, each once', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 9000 }), fc.integer({ min: 0, max: 9000 }), (a, b) => {
        const [low, high] = [Math.min(a, b), Math.max(a, b)];
        const sizes = between(low, high);
        expect(sizes.every((n) => n > low && n < high)).toBe(true);
        expect(new Set(sizes).size).toBe(sizes.length);
        expect(sizes.length > 0).toBe(high - low > 1);
      }),
    );
  });
});
