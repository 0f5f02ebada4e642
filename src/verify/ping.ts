/**
 * Pings across the tunnel and reads the counters that tell which way packets are lost.
 *
 * In: a shell on one host, its playbook and values. Out: evidence. Nothing is changed.
 */
import { ProvisionError } from '../errors/error.js';
import type { Call, CallRecord, PhaseRunner } from '../model/wire.js';
import type { Playbook } from '../playbook/schema.js';
import { fillWords } from '../playbook/template.js';
import type { Values } from '../playbook/values.js';

/** Packets that went through the tunnel interface. */
export interface Counted {
  readonly sent: number;
  readonly received: number;
}

export interface PingEvidence {
  readonly host: string;
  readonly target: string;
  readonly sent: number;
  readonly received: number;
  /** Round trip of the last answer in milliseconds, if the output shows one. */
  readonly rttMs?: number;
  /** Largest inner packet in bytes that crossed with don't-fragment; undefined if it was not tried or cannot be told. */
  readonly fullSize?: boolean;
  /** The largest packet that crossed, where the full one did not and it was looked for. */
  readonly largest?: number;
  readonly mtuBytes: number;
  /** Whether a packet with a TTL of 1 crossed; undefined: it cannot be told. */
  readonly oneHop?: boolean;
  /** Packets through the interface while both ends pinged, if the playbook can count them. */
  readonly counted?: Counted;
  readonly lines: readonly string[];
}

/** Bytes of an echo request that are not its payload. */
export const IP_AND_ICMP = 28;
/** Bytes of the usual echo request. */
export const USUAL_BYTES = 84;
const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('utf8');

/** How many answers ping counted; undefined: its summary is not there. */
export function receivedIn(playbook: Playbook, stdout: string): number | undefined {
  const found = new RegExp(playbook.ping.received, 'm').exec(stdout)?.groups?.received;
  return found === undefined ? undefined : Number(found);
}

export const receivedOf = (playbook: Playbook, record: CallRecord | undefined): number | undefined =>
  record === undefined ? undefined : receivedIn(playbook, text(record.stdout));

function counter(pattern: string, record: CallRecord | undefined): number | undefined {
  if (record === undefined || record.exit !== 0) return undefined;
  const value = new RegExp(pattern, 'm').exec(text(record.stdout))?.groups?.value;
  return value === undefined ? undefined : Number(value);
}

/**
 * Packets through the interface up to now. Read before both ends ping and again after both have: what one end sends can only be missed by the other
 * if the other was watching all the time.
 */
export async function countPackets(runner: PhaseRunner, playbook: Playbook, values: Values): Promise<Counted | undefined> {
  const rule = playbook.counters;
  if (rule === undefined) return undefined;
  const { records } = await runner.run([{ verb: 'probe', id: 'counters', words: fillWords(rule.run, values) }]);
  const sent = counter(rule.sent, records.get('counters'));
  const received = counter(rule.received, records.get('counters'));
  return sent === undefined || received === undefined ? undefined : { sent, received };
}

/** The evidence with what went through the interface between two counts; as it is where one of them is not known. */
export function withCounts(evidence: PingEvidence, before: Counted | undefined, after: Counted | undefined): PingEvidence {
  if (before === undefined || after === undefined) return evidence;
  return { ...evidence, counted: { sent: after.sent - before.sent, received: after.received - before.received } };
}

type Two<T> = readonly [T, T];

/** Pings of both ends, with what went through the interface of each while both pinged. */
export async function whileCounting(
  count: () => Promise<Two<Counted | undefined>>,
  ping: () => Promise<Two<PingEvidence>>,
): Promise<Two<PingEvidence>> {
  const before = await count();
  const evidence = await ping();
  const after = await count();
  return [withCounts(evidence[0], before[0], after[0]), withCounts(evidence[1], before[1], after[1])];
}

/**
 * @throws {ProvisionError} SSH_LOST where the connection went away: a host that can't be asked says nothing about the tunnel.
 * @param count - Echo requests of 84 bytes; one more of the full MTU with don't-fragment follows.
 * @param hop - Then one with a TTL of 1, for who wants to know whether routing protocols would cross: where it does not, that takes seconds.
 */
export async function pingAcross(
  runner: PhaseRunner,
  host: string,
  playbook: Playbook,
  values: Values,
  mtuBytes: number,
  count: number,
  hop = true,
): Promise<PingEvidence> {
  const target = values.get('inner.peer') ?? '';
  const common = values.with({ target, count: String(count), deadline: String(count + 1), payload: '56' });
  const count1 = common.with({ count: '1', deadline: '2', payload: String(mtuBytes - IP_AND_ICMP) });
  const calls: Call[] = [
    { verb: 'probe', id: 'ping', words: fillWords(playbook.ping.run, common) },
    { verb: 'probe', id: 'full', words: fillWords(playbook.ping.df, count1) },
    ...(hop ? [{ verb: 'probe', id: 'hop', words: fillWords(playbook.ping.hop, common) } as const] : []),
  ];
  const result = await runner.run(calls);
  if (result.status === 'cut') throw new ProvisionError('SSH_LOST', `The connection to ${host} was lost while it pinged.`, { host, why: result.why });
  const { records } = result;
  const ping = records.get('ping');
  const received = receivedOf(playbook, ping);
  const full = receivedOf(playbook, records.get('full'));
  const oneHop = receivedOf(playbook, records.get('hop'));
  const said = ping === undefined ? '' : `${text(ping.stdout)}\n${text(ping.stderr)}`;
  const rtt = /\btime[=<]([\d.]+) ?ms/.exec(said)?.[1];
  return {
    host,
    target,
    sent: count,
    received: received ?? 0,
    mtuBytes,
    lines: said.split('\n').filter((l) => l.trim() !== ''),
    ...(rtt === undefined ? {} : { rttMs: Number(rtt) }),
    ...(full === undefined ? {} : { fullSize: full > 0 }),
    ...(oneHop === undefined ? {} : { oneHop: oneHop > 0 }),
  };
}
