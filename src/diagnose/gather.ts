/**
 * Asks both ends at once for what a diagnosis needs beside the survey.
 *
 * In: two surveyed ends with a shell each. Out: evidence. Read only: nothing on a host changes. Three phases: everything that can be read, pings from
 * both ends, what was counted; and only where pings are lost or full packets do not cross, a few more.
 */
import { ProvisionError } from '../errors/error.js';
import type { Seen } from '../model/diagnosis.js';
import type { ProbeFact } from '../model/facts.js';
import type { CallRecord, PhaseRunner } from '../model/wire.js';
import { contextOf, differences, type EndInput } from '../plan/wanted.js';
import { type Context, holds } from '../playbook/condition.js';
import type { EvidenceRules } from '../playbook/schema-evidence.js';
import { fillText, fillWords } from '../playbook/template.js';
import type { Values } from '../playbook/values.js';
import { type NeighbourEvidence, readNeighbours, wantedOf } from '../verify/neighbour.js';
import { countPackets, type PingEvidence, pingAcross, whileCounting } from '../verify/ping.js';
import { withLargest } from '../verify/size.js';
import { type EndEvidence, type PairEvidence, seenOf } from './evidence.js';
import { mendsOf } from './mends.js';
import { type Asked, askable, capturedOf, dropsOf, namedValues, strictOf, wayOf } from './read.js';

/** One end: what was surveyed and planned of it, and the way to ask. */
export interface Subject {
  readonly shell: PhaseRunner;
  readonly input: EndInput;
  /** MTU of the pair, bytes. */
  readonly mtuBytes: number;
  /** Titles of the boot steps that are not done. */
  readonly unkept: readonly string[];
}

type Two<T> = readonly [T, T];

/** Echo requests from each end; one may be lost to ARP. */
const COUNT = 3;

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('utf8');

async function both<A, B>(pair: Two<A>, work: (one: A, i: 0 | 1) => Promise<B>): Promise<Two<B>> {
  return Promise.all([work(pair[0], 0), work(pair[1], 1)]);
}

async function probeAll(shell: PhaseRunner, host: string, questions: ReadonlyMap<string, readonly string[]>): Promise<Record<string, ProbeFact>> {
  if (questions.size === 0) return {};
  const calls = [...questions].map(([id, words]) => ({ verb: 'probe' as const, id, words }));
  const result = await shell.run(calls);
  if (result.status === 'cut')
    throw new ProvisionError('SSH_LOST', `The connection to ${host} was lost.`, { host, why: result.why, state: 'Nothing was changed.' });
  const fact = (words: readonly string[], r: CallRecord): ProbeFact => ({ words, exit: r.exit, stdout: text(r.stdout), stderr: text(r.stderr) });
  return Object.fromEntries(
    [...questions].flatMap(([id, words]) => {
      const record = result.records.get(id);
      return record === undefined ? [] : [[id, fact(words, record)] as const];
    }),
  );
}

/** Values of the evidence's own: the interface with the outer address. */
function valuesOf({ input, mtuBytes }: Subject): Values {
  const on = input.addresses.find((a) => a.address === input.end.outer.local)?.interface ?? input.playbook.evidence?.outerInterface ?? '';
  return input.values.with({ mtu: String(mtuBytes), 'outer.interface': on });
}

async function askOne(subject: Subject): Promise<Asked | undefined> {
  const { shell, input } = subject;
  const rules = input.playbook.evidence;
  if (rules === undefined) return undefined;
  const values = valuesOf(subject);
  const wanted = Object.entries(rules.probes).filter(([, p]) => askable(p.run, values));
  const own = await probeAll(shell, input.facts.host, new Map(wanted.map(([id, p]) => [id, fillWords(p.run, values)])));
  const answers = { ...input.facts.probes, ...own };
  const all = values.with(namedValues(rules, answers, values));
  return {
    host: input.facts.host,
    rules,
    answers,
    values: all,
    context: { ...contextOf(input, { wantMtu: subject.mtuBytes }), probes: answers, values: all },
  };
}

/** What the interface takes now, which need not be what is wanted. */
const liveBytes = ({ input, mtuBytes }: Subject): number => {
  const { mtu } = input.facts.live;
  return (mtu.known ? mtu.value : null) ?? mtuBytes;
};

const ping = (subject: Subject, count: number): Promise<PingEvidence> =>
  pingAcross(subject.shell, subject.input.facts.host, subject.input.playbook, subject.input.values, liveBytes(subject), count);

function pings(pair: Two<Subject>): Promise<Two<PingEvidence>> {
  return whileCounting(
    () => both(pair, (s) => countPackets(s.shell, s.input.playbook, s.input.values)),
    () => both(pair, (s) => ping(s, COUNT)),
  );
}

/** One end pings while the other listens. */
async function listen(listener: Subject, asked: Asked | undefined, caller: Subject): Promise<ReturnType<typeof capturedOf>> {
  const rules: EvidenceRules | undefined = asked?.rules;
  if (asked === undefined || rules?.capture === undefined || !askable(rules.capture.run, asked.values)) return undefined;
  const words = fillWords(rules.capture.run, asked.values);
  const [answers] = await Promise.all([probeAll(listener.shell, asked.host, new Map([['capture', words]])), ping(caller, COUNT)]);
  return capturedOf(asked.host, rules, asked.values, answers.capture);
}

/** What a setting of a routing daemon means. */
function causeOf({ playbook, values }: EndInput, attribute: string): EvidenceRules['settings'][string] | undefined {
  const found = playbook.daemons?.chosen.flatMap((d) => d.causes[attribute] ?? [])[0];
  return found === undefined ? undefined : { code: found.code, stops: 'routing', text: fillText(found.text, values) };
}

/** The outer packet has the TTL of the inner one: shown by the interface, or known of the driver. */
function copiesTtl({ facts, playbook }: EndInput, context: Context): boolean {
  const { ttl } = facts.live;
  const shown = ttl.known && ttl.value !== null && !/^[0-9]+$/.test(ttl.value);
  return shown || playbook.faults.some((f) => f.id === 'ttl-copied' && holds(f.when, context));
}

function evidenceOf(
  { input, mtuBytes, unkept }: Subject,
  asked: Asked | undefined,
  made: PingEvidence,
  neighbours: readonly NeighbourEvidence[],
): EndEvidence {
  const { facts, playbook, end, host, addresses } = input;
  const rules = playbook.evidence;
  const missing = !facts.live.exists.known || !facts.live.exists.value;
  const attributes = missing ? new Set(['interface']) : differences(input, mtuBytes, false);
  const differs = [...attributes].map((attribute) => {
    const rule = rules?.settings[attribute] ?? causeOf(input, attribute);
    return { attribute, ...(rule === undefined ? {} : { rule }) };
  });
  const outer = asked === undefined ? undefined : wayOf(asked, asked.rules.routes.outer, end.outer.remote);
  const inner = asked === undefined ? undefined : wayOf(asked, asked.rules.routes.inner, end.inner.peer);
  const seenIn = (from: string): Seen => {
    const fact = facts.probes[from];
    return fact === undefined ? { host: facts.host, command: '', lines: [] } : seenOf(facts.host, fact);
  };
  return {
    host: facts.host,
    end,
    ...(host.address?.kind === 'nat' ? { outside: host.address.outside } : {}),
    facts,
    shown: seenIn(playbook.live.outer.from),
    innerSeen: seenIn(playbook.live.inner.from),
    settingSeen: Object.fromEntries(Object.entries(playbook.live.settings).map(([name, field]) => [name, seenIn(field.from)])),
    addresses,
    differs,
    unkept,
    wantedMtu: mtuBytes,
    ways: { ...(outer === undefined ? {} : { outer }), ...(inner === undefined ? {} : { inner }) },
    drops: asked === undefined ? [] : dropsOf(asked),
    strict: asked === undefined ? [] : strictOf(asked),
    mends: asked === undefined ? {} : mendsOf(asked),
    copiesTtl: copiesTtl(input, contextOf(input, { wantMtu: mtuBytes })),
    neighbours: wantedOf(neighbours),
    pings: made,
  };
}

/** @throws {ProvisionError} SSH_LOST; FACT_UNKNOWN where the tunnel itself could not be read. */
export async function gather(pair: Two<Subject>): Promise<PairEvidence> {
  const asked = await both(pair, askOne);
  const made = await pings(pair);
  const neighbours = await both(pair, ({ shell, input }) => readNeighbours(shell, input.facts.host, input.playbook, input.values));
  const ends = await both(pair, (subject, i) => Promise.resolve(evidenceOf(subject, asked[i], made[i], neighbours[i])));
  if (made.some((p) => p.received === 0)) {
    const there = await listen(pair[1], asked[1], pair[0]);
    const here = await listen(pair[0], asked[0], pair[1]);
    return [here === undefined ? ends[0] : { ...ends[0], captured: here }, there === undefined ? ends[1] : { ...ends[1], captured: there }];
  }
  return both(ends, async (e, i) => ({ ...e, pings: await withLargest(pair[i].shell, pair[i].input.playbook, pair[i].input.values, e.pings) }));
}
