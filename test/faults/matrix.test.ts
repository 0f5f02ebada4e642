/**
 * The fault matrix: every kind of fault at every sort of call, for link, re-point and unlink of six pairs of systems.
 *
 * FAULTS_STRIDE=N takes every N-th case (1: all, for hours); without it there are about 1,150. FAULTS_ONLY=TEXT takes all whose name begins with it.
 */
import { afterAll, describe, expect, it } from 'vitest';
import { acts, type FaultCase, nameOf, PAIRS, thin, VERBS } from './cases.js';
import { type Finished, failuresOf, report, runCases, survey } from './run.js';

const ACTING = 1000;
const LOOKING = 250;
const TEN_MINUTES = 600_000;
const asked = process.env.FAULTS_STRIDE === undefined ? undefined : Number(process.env.FAULTS_STRIDE);
const only = process.env.FAULTS_ONLY;

const all: Finished[] = [];

/** The same share for each pair: the pairs have about as many calls. */
function chosen(cases: readonly FaultCase[]): FaultCase[] {
  if (only !== undefined) return cases.filter((c) => nameOf(c).startsWith(only));
  const looking = cases.filter((c) => !acts(c));
  return [...thin(cases.filter(acts), ACTING / PAIRS.length, asked), ...thin(looking, LOOKING / PAIRS.length, asked)];
}

describe('a fault at any call', () => {
  it.each(PAIRS)('%s and %s: both ends are as before or as wanted, and the next run puts all right', { timeout: TEN_MINUTES }, async (...pair) => {
    const { cases, references } = await survey([pair], VERBS);
    const finished = await runCases(chosen(cases), references);
    all.push(...finished);
    const failures = failuresOf(finished);
    expect(failures.slice(0, 10), `${failures.length} of ${finished.length}`).toEqual([]);
  });

  afterAll(() => console.log(report(all)));
});
