/**
 * Reads the routing neighbours of a host, by the patterns of the daemon's playbook.
 *
 * In: a shell on one host, its playbook and values; or an answer that was read before. Out: for each protocol of the link what state its neighbour is in, and who
 * else is a neighbour. Nothing is changed.
 */
import { ProvisionError } from '../errors/error.js';
import type { ProbeFact } from '../model/facts.js';
import type { Check } from '../model/outcome.js';
import type { Call, PhaseRunner } from '../model/wire.js';
import type { Playbook } from '../playbook/schema.js';
import type { Daemon } from '../playbook/schema-routing.js';
import { fillWords } from '../playbook/template.js';
import type { Values } from '../playbook/values.js';

export interface Neighbour {
  /** As this host sees the other: an inner address. */
  readonly address: string;
  /** In the daemon's own words: `Full/-`, `Init/PtP`, `Active`. */
  readonly state: string;
  readonly up: boolean;
}

/** The neighbours of one daemon and protocol. */
export interface NeighbourEvidence {
  readonly host: string;
  readonly daemon: Daemon;
  /** Inner address of the other end. */
  readonly wanted: string;
  /** That one; undefined where the daemon does not show it. */
  readonly own?: Neighbour;
  readonly others: readonly Neighbour[];
  /** What the daemon said, for people. */
  readonly lines: readonly string[];
}

type Rules = NonNullable<Daemon['neighbours']>;

/** Every neighbour in an answer. */
export function neighboursIn(rules: Rules, answer: string): Neighbour[] {
  const up = new RegExp(rules.up);
  // JSON of FRR writes a slash as \/.
  return [...answer.replaceAll('\\/', '/').matchAll(new RegExp(rules.each, 'gm'))].flatMap(({ groups }) => {
    const { address, state } = groups ?? {};
    return address === undefined || state === undefined ? [] : [{ address, state, up: up.test(state) }];
  });
}

const MOST_LINES = 12;

function evidenceOf(
  host: string,
  daemon: Daemon,
  rules: Rules,
  wanted: string,
  said: { readonly stdout: string; readonly stderr: string },
): NeighbourEvidence {
  const found = neighboursIn(rules, said.stdout);
  const own = found.find((n) => n.address === wanted);
  const lines = `${said.stdout}\n${said.stderr}`.split('\n').filter((l) => l.trim() !== '');
  return {
    host,
    daemon,
    wanted,
    ...(own === undefined ? {} : { own }),
    others: found.filter((n) => n.address !== wanted),
    lines: lines.slice(0, MOST_LINES),
  };
}

const readable = (playbook: Playbook): { readonly daemon: Daemon; readonly rules: Rules }[] =>
  (playbook.daemons?.chosen ?? []).flatMap((daemon) => (daemon.neighbours === undefined ? [] : [{ daemon, rules: daemon.neighbours }]));

/** Of what a survey has read. */
export function neighboursBefore(host: string, playbook: Playbook, values: Values, probes: Readonly<Record<string, ProbeFact>>): NeighbourEvidence[] {
  return readable(playbook).flatMap(({ daemon, rules }) => {
    const said = probes[rules.from];
    return said === undefined ? [] : [evidenceOf(host, daemon, rules, values.get('inner.peer') ?? '', said)];
  });
}

/** @throws {ProvisionError} SSH_LOST where the connection went away. */
export async function readNeighbours(runner: PhaseRunner, host: string, playbook: Playbook, values: Values): Promise<NeighbourEvidence[]> {
  const asked = readable(playbook);
  if (asked.length === 0) return [];
  const calls = asked.map(({ rules }, i): Call => ({ verb: 'probe', id: `n${i}`, words: fillWords(playbook.probes[rules.from]?.run ?? [], values) }));
  const result = await runner.run(calls);
  if (result.status === 'cut')
    throw new ProvisionError('SSH_LOST', `The connection to ${host} was lost while its neighbours were read.`, { host, why: result.why });
  const text = (bytes: Uint8Array | undefined): string => Buffer.from(bytes ?? []).toString('utf8');
  return asked.map(({ daemon, rules }, i) => {
    const record = result.records.get(`n${i}`);
    return evidenceOf(host, daemon, rules, values.get('inner.peer') ?? '', { stdout: text(record?.stdout), stderr: text(record?.stderr) });
  });
}

const nameOf = (e: NeighbourEvidence): string => `${e.daemon.protocol.toUpperCase()} neighbour ${e.wanted}`;

export const isUp = (e: NeighbourEvidence): boolean => e.own?.up === true;

/** Those that a link wants; of a daemon that it leaves only the other neighbours count. */
export const wantedOf = (evidence: readonly NeighbourEvidence[]): NeighbourEvidence[] => evidence.filter((e) => e.daemon.leaving !== true);

export function neighbourChecks(evidence: readonly NeighbourEvidence[]): Check[] {
  return wantedOf(evidence).map((e) => ({
    id: 'neighbour',
    host: e.host,
    ok: isUp(e),
    text: `${e.host}: ${nameOf(e)} is ${e.own?.state ?? 'not seen'} (${e.daemon.title})`,
    ...(isUp(e) ? {} : { evidence: e.lines }),
  }));
}

/** The error of ends that do not become neighbours; undefined where all are. @param seconds - How long was waited. */
export function neighbourError(link: string, evidence: readonly NeighbourEvidence[], seconds: number): ProvisionError | undefined {
  const down = wantedOf(evidence).filter((e) => !isUp(e));
  const [first] = down;
  if (first === undefined) return undefined;
  const protocols = [...new Set(down.map((e) => e.daemon.protocol.toUpperCase()))].join(' and ');
  return new ProvisionError('NEIGHBOUR_DOWN', `Packets cross ${link}, and after ${seconds} s its ends are no ${protocols} neighbours.`, {
    ...(new Set(down.map((e) => e.host)).size === 1 ? { host: first.host } : {}),
    why: `${down.map((e) => `${e.host} shows the ${nameOf(e)} as ${e.own?.state ?? 'not seen'}`).join('; ')}.`,
    stderr: down.flatMap((e) => [`${e.host}:`, ...e.lines]).join('\n'),
  });
}

/** Neighbours that are not over this link, were up before the change and are not any more. */
export function lostNeighbours(before: readonly NeighbourEvidence[], now: readonly NeighbourEvidence[]): ProvisionError | undefined {
  const lost = now.flatMap((n) => {
    const was = before.find((b) => b.host === n.host && b.daemon.protocol === n.daemon.protocol && b.daemon.name === n.daemon.name);
    return (was?.others ?? []).filter((o) => o.up && !n.others.some((x) => x.address === o.address && x.up)).map((o) => ({ n, o }));
  });
  const [first] = lost;
  if (first === undefined) return undefined;
  const told = lost.map(({ n, o }) => {
    const is = n.others.find((x) => x.address === o.address)?.state ?? 'not seen';
    return `the ${n.daemon.protocol.toUpperCase()} neighbour ${o.address} of ${n.host} was ${o.state} and is ${is}`;
  });
  return new ProvisionError('NEIGHBOUR_LOST', `The change has cost another neighbour: ${told.join('; ')}.`, { host: first.n.host });
}
