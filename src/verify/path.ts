/**
 * What the way between the outer addresses carries in one piece.
 *
 * In: a shell on one host, its playbook and values, and what the survey saw. Out: bytes of an outer packet, at most those of the usual path, or why they are not known.
 * Nothing is changed. A lost ping is no small MTU, and neither is a filter that drops large pings: only what is asked twice and has a cause counts.
 */
import type { Known, ProbeFact } from '../model/facts.js';
import type { Call, PhaseRunner } from '../model/wire.js';
import type { Playbook } from '../playbook/schema.js';
import { fillWords } from '../playbook/template.js';
import type { Values } from '../playbook/values.js';
import { IP_AND_ICMP, receivedIn, receivedOf } from './ping.js';
import { attemptOver, largest, sizeCall } from './size.js';

/** The path that an MTU is made for where nothing is measured; more is never looked for. */
export const USUAL_PATH = 1500;
/** Less is not believed: no driver here takes an inner MTU below 576. */
const LEAST_PATH = 600;

/** Pings of the peer's outer address: a usual one, and one of USUAL_PATH bytes with don't-fragment. */
export interface PathSeen {
  readonly ping: ProbeFact;
  readonly full: ProbeFact;
}

const unknown = (why: string): Known<number> => ({ known: false, why });
const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('utf8');

/** The calls whose answers are a PathSeen, where the survey did not ask. */
async function look(runner: PhaseRunner, playbook: Playbook, values: Values, target: string): Promise<PathSeen | undefined> {
  const common = values.with({ target, count: '1', deadline: '2' });
  const words = {
    ping: fillWords(playbook.ping.run, common.with({ payload: '56' })),
    full: fillWords(playbook.ping.df, common.with({ payload: String(USUAL_PATH - IP_AND_ICMP) })),
  };
  const calls: Call[] = (['ping', 'full'] as const).map((id) => ({ verb: 'probe', id, words: words[id], optional: true }));
  const { records } = await runner.run(calls);
  const fact = (id: 'ping' | 'full'): ProbeFact | undefined => {
    const record = records.get(id);
    return record === undefined ? undefined : { words: words[id], exit: record.exit, stdout: text(record.stdout), stderr: text(record.stderr) };
  };
  const [ping, full] = [fact('ping'), fact('full')];
  return ping === undefined || full === undefined ? undefined : { ping, full };
}

/** What somebody on the way, or the host itself, says to a packet that is too long: the size that would do, where it is told. */
function saidTooBig(playbook: Playbook, { full }: PathSeen): { readonly said: boolean; readonly sizes: readonly number[] } {
  const found = new RegExp(playbook.ping.tooBig, 'm').exec(`${full.stdout}\n${full.stderr}`);
  const size = Number(found?.groups?.mtu ?? 0);
  return { said: found !== null, sizes: size > 0 ? [size] : [] };
}

interface Round {
  readonly tried: ReadonlyMap<number, boolean>;
  /** A packet of USUAL_PATH bytes that may be cut into pieces is answered. */
  readonly pieces: boolean;
}

/** Once more the full packet, one that may be cut into pieces, the least, and what the hints say, with the next size above each. */
async function firstRound(
  runner: PhaseRunner,
  playbook: Playbook,
  values: Values,
  target: string,
  hints: readonly number[],
): Promise<Round | undefined> {
  const sizes = [...new Set([LEAST_PATH, ...hints.flatMap((h) => [h, h + 1]), USUAL_PATH])].sort((a, b) => a - b);
  const payload = String(USUAL_PATH - IP_AND_ICMP);
  const whole = fillWords(playbook.ping.run, values.with({ target, count: '2', deadline: '3', payload }));
  const calls: Call[] = [
    { verb: 'probe', id: 'pieces', words: whole, optional: true },
    ...sizes.map((bytes) => sizeCall(playbook, values, target, bytes, 2)),
  ];
  const { status, records } = await runner.run(calls);
  if (status === 'cut' || calls.some((c) => records.get(c.id) === undefined)) return undefined;
  const answered = (id: string): boolean => (receivedOf(playbook, records.get(id)) ?? 0) > 0;
  return { tried: new Map(sizes.map((bytes) => [bytes, answered(`size-${bytes}`)])), pieces: answered('pieces') };
}

/**
 * @param values - Of one end; `outer.remote` is pinged.
 * @param stands - Size in bytes of the outer packets that the tunnel sends now, if it stands: asked for first, so that what is right costs one round trip.
 * @param seen - What the survey of this run saw.
 */
export async function measurePath(runner: PhaseRunner, playbook: Playbook, values: Values, stands?: number, seen?: PathSeen): Promise<Known<number>> {
  const target = values.get('outer.remote') ?? '';
  const first = seen ?? (await look(runner, playbook, values, target));
  if (first === undefined) return unknown('it was not looked at');
  const full = receivedIn(playbook, first.full.stdout);
  if (full !== undefined && full > 0) return { known: true, value: USUAL_PATH };
  if ((receivedIn(playbook, first.ping.stdout) ?? 0) === 0) return unknown(`${target} does not answer ping`);
  if (full === undefined) return unknown('its ping cannot forbid fragments');
  const told = saidTooBig(playbook, first);
  const hints = [...(stands === undefined ? [] : [stands]), ...told.sizes].filter((size) => size > LEAST_PATH && size < USUAL_PATH);
  const round = await firstRound(runner, playbook, values, target, hints);
  if (round === undefined) return unknown('it was not looked at');
  const { tried } = round;
  if (tried.get(USUAL_PATH) === true) return { known: true, value: USUAL_PATH };
  if (!told.said && !round.pieces) return unknown(`${target} answers no large ping, whether it may be cut into pieces or not`);
  if (tried.get(LEAST_PATH) !== true) return unknown(`${target} answers no ping of ${LEAST_PATH} bytes`);
  return search(runner, playbook, values, target, tried);
}

async function search(
  runner: PhaseRunner,
  playbook: Playbook,
  values: Values,
  target: string,
  tried: ReadonlyMap<number, boolean>,
): Promise<Known<number>> {
  const low = Math.max(...[...tried].filter(([, ok]) => ok).map(([bytes]) => bytes));
  const high = Math.min(...[...tried].filter(([bytes, ok]) => !ok && bytes > low).map(([bytes]) => bytes));
  const attempt = attemptOver(runner, playbook, values, target);
  const found = await largest(attempt, low, high);
  return found === undefined ? unknown('it was not looked at') : { known: true, value: found };
}
