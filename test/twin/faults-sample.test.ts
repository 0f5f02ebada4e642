/** A few cases of the fault matrix (test/faults, `npm run test:faults`), the same ones every time. */
import { expect, it } from 'vitest';
import { acts, PAIRS, thin, VERBS } from '../faults/cases.js';
import { failuresOf, report, runCases, survey } from '../faults/run.js';

const ABOUT = 30;

it('a fault at any call leaves both ends as before or as wanted, and the next run puts all right (a sample)', { timeout: 120_000 }, async () => {
  const { cases, references } = await survey(PAIRS.slice(1, 3), VERBS);
  const finished = await runCases(thin(cases.filter(acts), ABOUT), references);
  console.log(report(finished));
  expect(finished.length).toBeGreaterThan(20);
  expect(failuresOf(finished)).toEqual([]);
});
