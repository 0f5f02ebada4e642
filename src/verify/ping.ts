/**
 * Pings across the tunnel and reads the counters that tell which way packets are lost.
 *
 * In: a shell on one host, its playbook and values. Out: evidence. Nothing is changed.
 */
import type { Call, CallRecord, PhaseRunner } from '../model/wire.js';
import type { Playbook } from '../playbook/schema.js';
import { fillWords, type Values } from '../playbook/template.js';

export interface PingEvidence {
  readonly host: string;
  readonly target: string;
  readonly sent: number;
  readonly received: number;
  /** Round trip of the last answer in milliseconds, if the output shows one. */
  readonly rttMs?: number;
  /** Largest inner packet in bytes that crossed with don't-fragment; undefined if it was not tried or cannot be told. */
  readonly fullSize?: boolean;
  readonly mtuBytes: number;
  /** Packets through the interface while pinging, if the playbook can count them. */
  readonly counted?: { readonly sent: number; readonly received: number };
  readonly lines: readonly string[];
}

const IP_AND_ICMP = 28;
const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('utf8');

function receivedOf(playbook: Playbook, record: CallRecord | undefined): number | undefined {
  if (record === undefined) return undefined;
  const found = new RegExp(playbook.ping.received, 'm').exec(text(record.stdout))?.groups?.received;
  return found === undefined ? undefined : Number(found);
}

function counter(pattern: string, record: CallRecord | undefined): number | undefined {
  if (record === undefined || record.exit !== 0) return undefined;
  const value = new RegExp(pattern, 'm').exec(text(record.stdout))?.groups?.value;
  return value === undefined ? undefined : Number(value);
}

function countedOf(playbook: Playbook, records: ReadonlyMap<string, CallRecord>): PingEvidence['counted'] {
  const rule = playbook.counters;
  if (rule === undefined) return undefined;
  const values = ['before', 'after'].flatMap((id) => [counter(rule.sent, records.get(id)), counter(rule.received, records.get(id))]);
  const [sentBefore, receivedBefore, sentAfter, receivedAfter] = values;
  if (sentBefore === undefined || receivedBefore === undefined || sentAfter === undefined || receivedAfter === undefined) return undefined;
  return { sent: sentAfter - sentBefore, received: receivedAfter - receivedBefore };
}

/**
 * @param count - Echo requests of 84 bytes; one more of the full MTU with don't-fragment follows.
 */
export async function pingAcross(
  runner: PhaseRunner,
  host: string,
  playbook: Playbook,
  values: Values,
  mtuBytes: number,
  count: number,
): Promise<PingEvidence> {
  const target = values['inner.peer'] ?? '';
  const common: Values = { ...values, target, count: String(count), deadline: String(count + 1), payload: '56' };
  const counterWords = playbook.counters === undefined ? undefined : fillWords(playbook.counters.run, values);
  const count1: Values = { ...common, count: '1', deadline: '2', payload: String(mtuBytes - IP_AND_ICMP) };
  const calls: Call[] = [
    ...(counterWords === undefined ? [] : [{ verb: 'probe', id: 'before', words: counterWords } as const]),
    { verb: 'probe', id: 'ping', words: fillWords(playbook.ping.run, common) },
    { verb: 'probe', id: 'full', words: fillWords(playbook.ping.df, count1) },
    ...(counterWords === undefined ? [] : [{ verb: 'probe', id: 'after', words: counterWords } as const]),
  ];
  const { records } = await runner.run(calls);
  const ping = records.get('ping');
  const received = receivedOf(playbook, ping);
  const full = receivedOf(playbook, records.get('full'));
  const said = ping === undefined ? '' : `${text(ping.stdout)}\n${text(ping.stderr)}`;
  const rtt = /\btime[=<]([\d.]+) ?ms/.exec(said)?.[1];
  const counted = countedOf(playbook, records);
  return {
    host,
    target,
    sent: count,
    received: received ?? 0,
    mtuBytes,
    lines: said.split('\n').filter((l) => l.trim() !== ''),
    ...(rtt === undefined ? {} : { rttMs: Number(rtt) }),
    ...(full === undefined ? {} : { fullSize: full > 0 }),
    ...(counted === undefined ? {} : { counted }),
  };
}
