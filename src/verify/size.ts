/**
 * How large a packet may be that arrives with don't-fragment.
 *
 * In: a shell on one host, its playbook and values, or any other way of trying sizes. Out: bytes. Nothing is changed. Several sizes are tried in each round trip.
 */
import type { Call, CallRecord, PhaseRunner } from '../model/wire.js';
import type { Playbook } from '../playbook/schema.js';
import { fillWords } from '../playbook/template.js';
import type { Values } from '../playbook/values.js';
import { IP_AND_ICMP, type PingEvidence, receivedOf, USUAL_BYTES } from './ping.js';

/** Echo requests in one phase. */
const AT_ONCE = 8;
/** Rounds enough for any MTU: each leaves a ninth of what was open. */
const MOST_ROUNDS = 5;

/** Sizes in bytes, and whether a packet of that size was answered. */
export type Tried = ReadonlyMap<number, boolean>;
/** Tries sizes in one round trip, each with this many packets; undefined where nobody can say. */
export type Attempt = (sizes: readonly number[], count: number) => Promise<Tried | undefined>;

/** Sizes between two bounds, neither of them included, evenly spread. */
export function between(low: number, high: number): number[] {
  const open = high - low - 1;
  const count = Math.min(AT_ONCE, open);
  return Array.from({ length: Math.max(0, count) }, (_, i) => low + Math.round(((i + 1) * (open + 1)) / (count + 1)));
}

/** An echo request of this size with don't-fragment. */
export function sizeCall(playbook: Playbook, values: Values, target: string, bytes: number, count: number): Call {
  const filled = values.with({ target, count: String(count), deadline: String(count), payload: String(bytes - IP_AND_ICMP) });
  return { verb: 'probe', id: `size-${bytes}`, words: fillWords(playbook.ping.df, filled), optional: true };
}

/** Tries sizes from one host to one address. */
export function attemptOver(runner: PhaseRunner, playbook: Playbook, values: Values, target: string): Attempt {
  return async (sizes, count) => {
    const { status, records } = await runner.run(sizes.map((bytes) => sizeCall(playbook, values, target, bytes, count)));
    const answered = sizes.map((bytes): readonly [number, CallRecord | undefined] => [bytes, records.get(`size-${bytes}`)]);
    if (status === 'cut' || answered.some(([, record]) => record === undefined)) return undefined;
    return new Map(answered.map(([bytes, record]) => [bytes, (receivedOf(playbook, record) ?? 0) > 0]));
  };
}

/**
 * The largest size that arrives, in bytes; undefined where nobody can say.
 *
 * @param low - A size that is known to arrive.
 * @param high - One that does not.
 */
export async function largest(attempt: Attempt, low: number, high: number): Promise<number | undefined> {
  let [crosses, fails] = [low, high];
  for (let round = 0; round < MOST_ROUNDS && fails - crosses > 1; round++) {
    const tried = await attempt(between(crosses, fails), 1);
    if (tried === undefined) return undefined;
    const good = [...tried].filter(([, ok]) => ok).map(([bytes]) => bytes);
    crosses = Math.max(crosses, ...good);
    // A single loss below a size that crossed says nothing.
    fails = Math.min(fails, ...[...tried].filter(([bytes, ok]) => !ok && bytes > crosses).map(([bytes]) => bytes));
  }
  // A lost packet is no small MTU: what failed last is asked for once more, with patience.
  const again = fails < high ? await attempt([fails], 3) : new Map();
  if (again === undefined) return undefined;
  return again.get(fails) === true ? largest(attempt, fails, high) : crosses;
}

/** The evidence with the largest packet that crosses, where small ones do and the full one does not; as it is where that cannot be told. */
export async function withLargest(runner: PhaseRunner, playbook: Playbook, values: Values, evidence: PingEvidence): Promise<PingEvidence> {
  if (evidence.fullSize !== false || evidence.received === 0) return evidence;
  const found = await largestAcross(runner, playbook, values, USUAL_BYTES, evidence.mtuBytes);
  return found === undefined ? evidence : { ...evidence, largest: found };
}

/** The largest inner packet that crosses the tunnel, in bytes; undefined where the connection went away. Bounds as above. */
export function largestAcross(runner: PhaseRunner, playbook: Playbook, values: Values, low: number, high: number): Promise<number | undefined> {
  return largest(attemptOver(runner, playbook, values, values.get('inner.peer') ?? ''), low, high);
}
