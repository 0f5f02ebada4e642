/**
 * What one host is and how the tunnel stands on it now.
 *
 * In: a shell on the host, one end of a link, the playbooks. Out: facts, the playbook that fits, addresses and the state of the other interfaces.
 * Two phases: who are you (uname, id), then everything that the playbooks of that system ask, the boot files, and the ping and trace of the
 * peer's outer address. Read only: nothing on the host changes.
 */
import { ProvisionError } from '../errors/error.js';
import type { Facts, FileFact, ProbeFact } from '../model/facts.js';
import type { End, Host, Link } from '../model/inventory.js';
import type { Call, CallRecord, PhaseResult, PhaseRunner } from '../model/wire.js';
import { type Context, conditionFiles, holds } from '../playbook/condition.js';
import { inRange } from '../playbook/release.js';
import type { Playbook } from '../playbook/schema.js';
import { fillText, fillWords, type Values } from '../playbook/template.js';
import { readAddresses, readLive, readOthers, sectionOf } from './read.js';
import { endValues, withLive } from './values.js';

export interface SurveyRequest {
  readonly end: End;
  readonly link: Link;
  readonly host: Host;
  /** Ping and trace the peer's outer address too. */
  readonly reach: boolean;
  /** Only look again with this playbook: no identification, no other candidates. */
  readonly again?: Surveyed;
}

export interface Surveyed {
  readonly facts: Facts;
  readonly playbook: Playbook;
  readonly addresses: readonly { readonly interface: string; readonly address: string }[];
  /** State of every other interface, by name. */
  readonly others: ReadonlyMap<string, string>;
  readonly values: Values;
}

interface Identity {
  readonly system: string;
  readonly release: string;
  readonly machine: string;
  readonly uid: number;
}

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('utf8');
const factOf = (words: readonly string[], record: CallRecord): ProbeFact => ({
  words,
  exit: record.exit,
  stdout: text(record.stdout),
  stderr: text(record.stderr),
  ...(record.stdoutTotal > record.stdout.length ? { cut: true as const } : {}),
});

/** @throws {ProvisionError} SSH_LOST if the connection went away. */
export function needAll(host: string, result: PhaseResult): PhaseResult {
  if (result.status !== 'cut') return result;
  throw new ProvisionError('SSH_LOST', `The connection to ${host} was lost.`, { host, why: result.why });
}

async function identify(runner: PhaseRunner, host: string): Promise<Identity> {
  const calls: Call[] = [
    { verb: 'probe', id: 'uname', words: ['uname', '-srm'] },
    { verb: 'probe', id: 'id', words: ['id', '-u'] },
  ];
  const { records } = needAll(host, await runner.run(calls));
  const said = text(records.get('uname')?.stdout ?? new Uint8Array());
  const [system, release, machine] = said.trim().split(/\s+/);
  if (system === undefined || release === undefined || system === '') {
    throw new ProvisionError('SYSTEM_UNKNOWN', `${host} does not say what system it is.`, {
      host,
      why: `uname -srm answered: ${said.trim() || 'nothing'}`,
      state: 'Nothing was changed.',
    });
  }
  const uid = Number.parseInt(text(records.get('id')?.stdout ?? new Uint8Array()).trim(), 10);
  return { system, release, machine: machine ?? '', uid: Number.isNaN(uid) ? -1 : uid };
}

function candidatesFor(playbooks: readonly Playbook[], kind: string, identity: Identity, host: string): Playbook[] {
  const fits = playbooks.filter((p) => p.kind === kind && p.system === identity.system && inRange(identity.release, p.release));
  if (fits.length > 0) return fits;
  const known = [...new Set(playbooks.map((p) => `${p.system} ${p.release}`.trim()))].join(', ');
  throw new ProvisionError('SYSTEM_UNKNOWN', `No playbook fits ${host}, which is ${identity.system} ${identity.release}.`, {
    host,
    why: `There are playbooks for: ${known}.`,
    state: 'Nothing was changed.',
  });
}

/** Boot files and the files that conditions ask about, placeholders filled. */
function pathsOf(playbook: Playbook, values: Values): string[] {
  const asked = playbook.boot.flatMap((way) => [
    ...way.files.map((f) => f.path),
    ...conditionFiles([...way.when, ...way.conflicts.flatMap((c) => c.when), ...way.files.flatMap((f) => f.when)]),
  ]);
  return asked.map((path) => fillText(path, values));
}

const pingValues = (values: Values, target: string): Values => ({ ...values, target, count: '1', deadline: '2', payload: '56' });

/** Every distinct question of the candidates, as one phase. */
class Questions {
  readonly calls: Call[] = [];
  private readonly ids = new Map<string, string>();

  probe(words: readonly string[]): string {
    const key = JSON.stringify(words);
    const known = this.ids.get(key);
    if (known !== undefined) return known;
    const id = `q${this.ids.size}`;
    this.ids.set(key, id);
    this.calls.push({ verb: 'probe', id, words });
    return id;
  }

  look(path: string): string {
    const key = `look ${path}`;
    const known = this.ids.get(key);
    if (known !== undefined) return known;
    const id = `q${this.ids.size}`;
    this.ids.set(key, id);
    this.calls.push({ verb: 'look', id, path });
    return id;
  }
}

interface Asked {
  readonly playbook: Playbook;
  readonly values: Values;
  readonly probes: ReadonlyMap<string, { readonly id: string; readonly words: readonly string[] }>;
  readonly files: ReadonlyMap<string, string>;
  readonly reach?: { readonly ping: { id: string; words: string[] }; readonly trace: { id: string; words: string[] } };
}

function ask(questions: Questions, playbook: Playbook, request: SurveyRequest, identity: Identity): Asked {
  const { end, link, host } = request;
  const module = host.module ?? playbook.module;
  const values: Values = {
    ...endValues(end, link, host),
    release: identity.release,
    machine: identity.machine,
    ...(module === undefined ? {} : { module }),
  };
  const probes = new Map<string, { id: string; words: readonly string[] }>();
  for (const [name, probe] of Object.entries(playbook.probes)) {
    const words = fillWords(probe.run, values);
    probes.set(name, { id: questions.probe(words), words });
  }
  const files = new Map(pathsOf(playbook, values).map((path) => [path, questions.look(path)]));
  if (!request.reach) return { playbook, values, probes, files };
  const target = pingValues(values, end.outer.remote);
  const ping = fillWords(playbook.ping.run, target);
  const trace = fillWords(playbook.ping.trace, target);
  return {
    playbook,
    values,
    probes,
    files,
    reach: { ping: { id: questions.probe(ping), words: ping }, trace: { id: questions.probe(trace), words: trace } },
  };
}

const STATES: FileFact['state'][] = ['file', 'absent', 'symlink'];

function fileFact(path: string, record: CallRecord | undefined): FileFact {
  if (record === undefined) return { path, state: 'other', content: new Uint8Array() };
  if (record.exit === 0 && record.stdoutTotal > record.stdout.length) {
    throw new ProvisionError('FACT_UNKNOWN', `${path} is larger than provision reads (${record.stdoutTotal} bytes).`, {
      state: 'Nothing was changed.',
    });
  }
  const mode = record.exit === 0 ? text(record.stderr).trim().split(/\s+/)[0] : undefined;
  return { path, state: STATES[record.exit] ?? 'other', content: record.stdout, ...(mode === undefined ? {} : { mode }) };
}

function answersOf(asked: Asked, records: ReadonlyMap<string, CallRecord>): Record<string, ProbeFact> {
  const answers: Record<string, ProbeFact> = {};
  for (const [name, question] of asked.probes) {
    const record = records.get(question.id);
    if (record === undefined) continue;
    const fact = factOf(question.words, record);
    const section = asked.playbook.probes[name]?.section;
    answers[name] = section === undefined ? fact : sectionOf(fact, section, asked.values.interface ?? '');
  }
  return answers;
}

function reachOf(asked: Asked, records: ReadonlyMap<string, CallRecord>): Facts['outerReach'] {
  const ping = records.get(asked.reach?.ping.id ?? '');
  const trace = records.get(asked.reach?.trace.id ?? '');
  if (asked.reach === undefined || ping === undefined || trace === undefined) return undefined;
  const said = factOf(asked.reach.ping.words, ping);
  const received = new RegExp(asked.playbook.ping.received, 'm').exec(said.stdout)?.groups?.received;
  return { ping: said, trace: factOf(asked.reach.trace.words, trace), answered: Number(received ?? 0) > 0 };
}

function choose(all: readonly Asked[], identity: Identity, records: ReadonlyMap<string, CallRecord>, host: string): Asked {
  const fits = all.filter((a) => holds(a.playbook.match, { release: identity.release, probes: answersOf(a, records), values: a.values }));
  const [first] = fits;
  if (first !== undefined && fits.length === 1) return first;
  const names = (fits.length === 0 ? all : fits).map((a) => a.playbook.name).join(', ');
  throw new ProvisionError(
    fits.length === 0 ? 'SYSTEM_UNKNOWN' : 'PLAYBOOK_AMBIGUOUS',
    fits.length === 0
      ? `${host} (${identity.system} ${identity.release}) shows the signs of no playbook.`
      : `Several playbooks fit ${host} equally well.`,
    { host, why: `Candidates: ${names}.`, state: 'Nothing was changed.' },
  );
}

function surveyed(asked: Asked, identity: Identity, records: ReadonlyMap<string, CallRecord>, request: SurveyRequest): Surveyed {
  const { playbook, values } = asked;
  const answers = answersOf(asked, records);
  const files = new Map([...asked.files].map(([path, id]) => [path, fileFact(path, records.get(id))]));
  const live = readLive(playbook, answers, values);
  const context: Context = { release: identity.release, probes: answers, values, files, live };
  const driver = playbook.driver.find((d) => holds(d.when, context));
  const way = playbook.boot.find((b) => holds(b.when, context));
  const reach = reachOf(asked, records);
  const facts: Facts = {
    host: request.host.name,
    ...identity,
    playbook: playbook.name,
    driver: driver === undefined ? { state: 'missing', how: 'The driver could not be determined.' } : { state: driver.state, how: driver.how },
    ...(way === undefined ? {} : { bootManager: way.title }),
    live,
    probes: answers,
    files,
    ...(reach === undefined ? {} : { outerReach: reach }),
  };
  return {
    facts,
    playbook,
    addresses: readAddresses(playbook, answers),
    others: readOthers(playbook, answers, request.end.interface),
    values: withLive(values, live),
  };
}

/** Surveys one host for one end of a link. */
export async function survey(runner: PhaseRunner, request: SurveyRequest, playbooks: readonly Playbook[]): Promise<Surveyed> {
  const { host, link, again } = request;
  const identity: Identity = again === undefined ? await identify(runner, host.name) : again.facts;
  const { system, release, machine, uid } = identity;
  if (uid !== 0) {
    throw new ProvisionError('NOT_ROOT', `The account on ${host.name} is not root (uid ${uid}).`, { host: host.name, state: 'Nothing was changed.' });
  }
  const who = { system, release, machine, uid };
  const questions = new Questions();
  const candidates = again === undefined ? candidatesFor(playbooks, link.kind, who, host.name) : [again.playbook];
  const asked = candidates.map((p) => ask(questions, p, request, who));
  const { records } = needAll(host.name, await runner.run(questions.calls));
  return surveyed(choose(asked, who, records, host.name), who, records, request);
}
