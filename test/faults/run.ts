/**
 * Runs cases of the fault matrix and counts how they end.
 *
 * Each: a run that is struck, the time its guards need, a look at both hosts, and the same verb once more without any fault.
 */
import pLimit from 'p-limit';
import { allCases, type FaultCase, nameOf, type Verb } from './cases.js';
import { explain, judge, type Reference, referenceOf, type Verdict } from './judge.js';
import { bothStates, leftOvers, letGuardsRun, type Ran, runVerb, type Stand, staleFiles, withStand } from './stand.js';
import { endStrike, watch } from './strike.js';

export interface Finished {
  readonly done: FaultCase;
  readonly verdict: Verdict;
  readonly inWindow: boolean;
  readonly exit: number;
  /** Told, and not held against the run: files below /run that only the next boot puts right. */
  readonly stale: readonly string[];
  /** What must not be, each a sentence; none: the case has passed. */
  readonly wrong: readonly string[];
}

/** How many stand at the same time. */
const SIDE_BY_SIDE = 8;
/** A phase of a simulated host takes a few of these; one that hangs is given up after all of them. */
const PHASE_MS = 1500;
const MOST_PHASE_MS = 20_000;

const MISSED = 'the fault did not strike';

/** What an exit status says of both ends; the others claim nothing. */
const CLAIMS: Readonly<Record<number, Verdict>> = { 0: 'as-wanted', 1: 'as-before', 3: 'as-before' };

function claimed(made: Ran, stand: Stand, reference: Reference, moment: string): string[] {
  const claim = CLAIMS[made.exit];
  const states = bothStates(stand);
  if (claim === undefined || judge(states, reference) === claim) return [];
  return [`exit ${made.exit} (${made.state}) says ${claim}, and ${moment} ${explain(states, reference)}`];
}

const said = (made: Ran): string => `exit ${made.exit}, ${made.errors.map((e) => `${e.code} ${e.message} ${e.state ?? ''}`).join('; ')}`;

async function again(stand: Stand, wanted: FaultCase, reference: Reference): Promise<string[]> {
  const made = await runVerb(stand, wanted.pair, wanted.verb);
  const states = bothStates(stand);
  return [
    ...(made.exit === 0 ? [] : [`the next run ends with ${said(made)}`]),
    ...(judge(states, reference) === 'as-wanted' ? [] : [`after the next run ${explain(states, reference)}`]),
    ...leftOvers(stand).map((what) => `after the next run ${what}`),
  ];
}

async function runOne(wanted: FaultCase, reference: Reference, phaseTimeoutMs = PHASE_MS): Promise<Finished> {
  const finished = await strikeOne(wanted, reference, phaseTimeoutMs);
  // On a busy machine a phase that does not hang is given up too, before the call was reached.
  const early = wanted.fault === 'hang' && finished.wrong.includes(MISSED) && phaseTimeoutMs < MOST_PHASE_MS;
  return early ? runOne(wanted, reference, phaseTimeoutMs * 4) : finished;
}

function strikeOne(wanted: FaultCase, reference: Reference, phaseTimeoutMs: number): Promise<Finished> {
  return withStand(wanted.pair, wanted.verb, async (stand) => {
    const watched = watch(stand, wanted);
    const more = { confirm: watched.confirm, timeoutMs: 5000, ...(wanted.fault === 'hang' ? { phaseTimeoutMs } : {}) };
    const made = await runVerb(stand, wanted.pair, wanted.verb, more);
    endStrike(stand, 'disk');
    const wrong = claimed(made, stand, reference, 'at its end');
    await letGuardsRun(stand.running.twin);
    wrong.push(...claimed(made, stand, reference, 'after the time of its guard'));
    endStrike(stand, 'all');
    const states = bothStates(stand);
    const verdict = judge(states, reference);
    if (!watched.struck) wrong.push(MISSED);
    if (wanted.fault === 'clock' && made.exit !== 0) wrong.push(`a clock that jumps ends the run with ${made.exit}`);
    const allowed = watched.inWindow && (verdict === 'split' || (verdict === 'half' && wanted.fault === 'power'));
    if (verdict !== 'as-before' && verdict !== 'as-wanted' && !allowed) wrong.push(`${verdict}: ${said(made)}: ${explain(states, reference)}`);
    wrong.push(...(await again(stand, wanted, reference)));
    return { done: wanted, verdict, inWindow: watched.inWindow, exit: made.exit, stale: staleFiles(stand), wrong };
  });
}

export type References = ReadonlyMap<string, Reference>;

export const keyOf = (pair: readonly [string, string], verb: Verb): string => `${pair.join('/')} ${verb}`;

/** All cases there are, unthinned, and what their clean runs show. */
export async function survey(
  pairs: readonly (readonly [string, string])[],
  verbs: readonly Verb[],
): Promise<{ cases: FaultCase[]; references: References }> {
  const references = new Map<string, Reference>();
  const cases: FaultCase[] = [];
  for (const pair of pairs) {
    for (const verb of verbs) {
      const reference = await referenceOf(pair, verb);
      references.set(keyOf(pair, verb), reference);
      cases.push(...allCases(pair, verb, reference.calls));
    }
  }
  return { cases, references };
}

export function runCases(cases: readonly FaultCase[], references: References): Promise<Finished[]> {
  const limit = pLimit(SIDE_BY_SIDE);
  const one = async (wanted: FaultCase): Promise<Finished> => {
    const reference = references.get(keyOf(wanted.pair, wanted.verb));
    if (reference === undefined) throw new Error(`no clean run of ${nameOf(wanted)}`);
    return runOne(wanted, reference);
  };
  return Promise.all(cases.map((wanted) => limit(() => one(wanted))));
}

function counts(finished: readonly Finished[]): string {
  const many = (verdict: Verdict): number => finished.filter((f) => f.verdict === verdict).length;
  return `as-before ${many('as-before')}, as-wanted ${many('as-wanted')}, split ${many('split')} and half ${many('half')} (commit window), broken ${many('broken')}`;
}

/** The counts in one line, then by fault, then the first ten that are wrong. */
export function report(finished: readonly Finished[]): string {
  const kinds = [...new Set(finished.map((f) => f.done.fault))];
  const wrong = finished.filter((f) => f.wrong.length > 0);
  return [
    `faults: ${finished.length} runs: ${counts(finished)}; wrong ${wrong.length}`,
    ...kinds.map((kind) => `  ${kind.padEnd(8)} ${counts(finished.filter((f) => f.done.fault === kind))}`),
    ...finished.filter((f) => f.verdict === 'split' || f.verdict === 'half').map((f) => `  ${f.verdict}, exit ${f.exit}: ${nameOf(f.done)}`),
    `  stale files below /run after the next run, until a boot: ${finished.filter((f) => f.stale.length > 0).length} runs`,
    ...wrong.slice(0, 10).map((f) => `  WRONG ${nameOf(f.done)}\n    ${f.wrong.join('\n    ')}`),
  ].join('\n');
}

export const failuresOf = (finished: readonly Finished[]): string[] =>
  finished.filter((f) => f.wrong.length > 0).map((f) => `${nameOf(f.done)}: ${f.wrong[0]}`);
