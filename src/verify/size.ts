/**
 * How large a packet may be that crosses the tunnel with don't-fragment.
 *
 * In: a shell on one host, its playbook and values. Out: bytes. Nothing is changed. Several sizes are tried in each round trip.
 */
import type { Call, CallRecord, PhaseRunner } from '../model/wire.js';
import type { Playbook } from '../playbook/schema.js';
import { fillWords, type Values } from '../playbook/template.js';
import { IP_AND_ICMP, receivedOf } from './ping.js';

/** Echo requests in one phase. */
const AT_ONCE = 8;
/** Rounds enough for any MTU: each leaves a ninth of what was open. */
const MOST_ROUNDS = 5;

type Tried = ReadonlyMap<number, boolean>;

/** Sizes between two bounds, neither of them included, evenly spread. */
export function between(low: number, high: number): number[] {
  const open = high - low - 1;
  const count = Math.min(AT_ONCE, open);
  return Array.from({ length: Math.max(0, count) }, (_, i) => low + Math.round(((i + 1) * (open + 1)) / (count + 1)));
}

async function tryAll(runner: PhaseRunner, playbook: Playbook, values: Values, sizes: readonly number[], count: string): Promise<Tried | undefined> {
  const target = values['inner.peer'] ?? '';
  const calls = sizes.map((bytes): Call => {
    const payload = String(bytes - IP_AND_ICMP);
    return { verb: 'probe', id: `size-${bytes}`, words: fillWords(playbook.ping.df, { ...values, target, count, deadline: count, payload }) };
  });
  const result = await runner.run(calls);
  if (result.status === 'cut') return undefined;
  const crossed = (record: CallRecord | undefined): boolean => (receivedOf(playbook, record) ?? 0) > 0;
  return new Map(sizes.map((bytes) => [bytes, crossed(result.records.get(`size-${bytes}`))]));
}

/**
 * The largest inner packet that crosses, in bytes; undefined where the connection went away.
 *
 * @param low - A size that is known to cross.
 * @param high - One that does not.
 */
export async function largestAcross(runner: PhaseRunner, playbook: Playbook, values: Values, low: number, high: number): Promise<number | undefined> {
  let [crosses, fails] = [low, high];
  for (let round = 0; round < MOST_ROUNDS && fails - crosses > 1; round++) {
    const tried = await tryAll(runner, playbook, values, between(crosses, fails), '1');
    if (tried === undefined) return undefined;
    const good = [...tried].filter(([, ok]) => ok).map(([bytes]) => bytes);
    crosses = Math.max(crosses, ...good);
    // A single loss below a size that crossed says nothing.
    fails = Math.min(fails, ...[...tried].filter(([bytes, ok]) => !ok && bytes > crosses).map(([bytes]) => bytes));
  }
  // A lost packet is no small MTU: what failed last is asked for once more, with patience.
  const again = fails < high ? await tryAll(runner, playbook, values, [fails], '3') : undefined;
  return again?.get(fails) === true ? largestAcross(runner, playbook, values, fails, high) : crosses;
}
