/**
 * Judges a run by looking at the simulated hosts, not at what was reported.
 *
 * In: states of both ends, and those of a clean run. Out: one word for the pair, and where it differs.
 */
import { isDeepStrictEqual } from 'node:util';
import type { Sent, Side, Verb } from './cases.js';
import { bothStates, runVerb, SIDES, type Stand, withStand } from './stand.js';
import { watch } from './strike.js';

/** split: one end as before and the other as wanted. half: so are the boot files of one end, which lost its power between two renames. */
export type Verdict = 'as-before' | 'as-wanted' | 'split' | 'half' | 'broken';

/** A state as it was made by commands, and as the same host has it after a boot: systems show some details otherwise then. */
type Both = Readonly<Record<Side, readonly unknown[]>>;

export interface Reference {
  readonly before: Both;
  readonly wanted: Both;
  readonly calls: readonly Sent[];
}

function withBooted(stand: Stand): Both {
  const live = bothStates(stand);
  for (const side of SIDES) stand.hosts[side].reboot();
  const booted = bothStates(stand);
  return { left: [live.left, booted.left], right: [live.right, booted.right] };
}

/** What a clean run of this verb begins with, ends with and sends. */
export async function referenceOf(pair: readonly [string, string], verb: Verb): Promise<Reference> {
  const before = await withStand(pair, verb, (stand) => Promise.resolve(withBooted(stand)));
  return withStand(pair, verb, async (stand) => {
    const watched = watch(stand);
    const made = await runVerb(stand, pair, verb, { confirm: watched.confirm, guardSeconds: 60 });
    if (made.exit !== 0) throw new Error(`${pair.join(' / ')}, ${verb}: a clean run ends with ${made.exit}: ${JSON.stringify(made.errors)}`);
    return { before, wanted: withBooted(stand), calls: watched.calls };
  });
}

type States = Readonly<Record<Side, unknown>>;

const isOne = (state: unknown, known: readonly unknown[]): boolean => known.some((k) => isDeepStrictEqual(state, k));

const filesOf = (state: unknown): Record<string, unknown> => (state as { readonly files: Record<string, unknown> }).files;

/** Every single file is as before or as wanted. */
function halfWay(side: Side, states: States, { before, wanted }: Reference): boolean {
  const [now, ...known] = [states[side], ...before[side], ...wanted[side]].map(filesOf);
  const paths = new Set([now, ...known].flatMap((files) => Object.keys(files ?? {})));
  return [...paths].every((path) => known.some((files) => isDeepStrictEqual(files[path], now?.[path])));
}

export function judge(states: States, reference: Reference): Verdict {
  const { before, wanted } = reference;
  const are = (known: Both): boolean => SIDES.every((s) => isOne(states[s], known[s]));
  if (are(wanted)) return 'as-wanted';
  if (are(before)) return 'as-before';
  const whole = (s: Side): boolean => isOne(states[s], wanted[s]) || isOne(states[s], before[s]);
  if (SIDES.every(whole)) return 'split';
  return SIDES.every((s) => whole(s) || halfWay(s, states, reference)) ? 'half' : 'broken';
}

const isTree = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

/** The paths at which two values differ, with both values. */
function differ(a: unknown, b: unknown, path: string): string[] {
  if (isDeepStrictEqual(a, b)) return [];
  if (!isTree(a) || !isTree(b)) return [`${path} is ${JSON.stringify(a)?.slice(0, 160)}, not ${JSON.stringify(b)?.slice(0, 160)}`];
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].flatMap((key) => differ(a[key], b[key], `${path}.${key}`));
}

/** For each end: as before, as wanted, or what keeps it from the nearer of the two. */
export function explain(states: States, { before, wanted }: Reference): string {
  const side = (s: Side): string => {
    if (isOne(states[s], wanted[s])) return `${s} is as wanted`;
    if (isOne(states[s], before[s])) return `${s} is as before`;
    const named = [...wanted[s].map((k) => ['wanted', k] as const), ...before[s].map((k) => ['before', k] as const)];
    const gaps = named.map(([name, k]) => ({ name, gap: differ(states[s], k, s) })).sort((x, y) => x.gap.length - y.gap.length);
    return `${s} is neither; against ${gaps[0]?.name}: ${gaps[0]?.gap.slice(0, 4).join('; ')}`;
  };
  return SIDES.map(side).join(' | ');
}
