/**
 * What one host is and how the tunnel stands on it now.
 *
 * In: a shell on the host, one end of a link, the playbooks. Out: facts, the playbook that fits, addresses and the state of the other interfaces.
 * Two phases: who are you (uname, id), then everything that the playbooks of that system ask, the boot files, and a ping of the peer's outer address.
 * One more where that is silent, for the way to it. Read only: nothing on the host changes.
 */
import { ProvisionError } from '../errors/error.js';
import type { Facts, FileFact, ProbeFact } from '../model/facts.js';
import type { Call, CallRecord, PhaseRunner } from '../model/wire.js';
import { protocolsOf, withDaemons } from '../playbook/compose.js';
import { type Context, holds } from '../playbook/condition.js';
import type { Playbook } from '../playbook/schema.js';
import type { Values } from '../playbook/values.js';
import { textOf } from './bytes.js';
import { fileFact, lookBeside } from './files.js';
import { candidatesFor, type Identity, identify, needAll } from './identify.js';
import { type Asked, ask, Questions, type Subject } from './questions.js';
import { readAddresses, readLive, readOthers, sectionOf } from './read.js';
import { withLive } from './values.js';

export interface SurveyRequest extends Subject {
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
  /** This end is somebody else's: nothing of it was read. */
  readonly elsewhere?: true;
}

const factOf = (words: readonly string[], record: CallRecord): ProbeFact => ({
  words,
  exit: record.exit,
  stdout: textOf(record.stdout),
  stderr: textOf(record.stderr),
  ...(record.stdoutTotal > record.stdout.length ? { cut: true as const } : {}),
});

function answersOf(asked: Asked, records: ReadonlyMap<string, CallRecord>): Record<string, ProbeFact> {
  const answers: Record<string, ProbeFact> = { ...asked.kept };
  for (const [name, question] of asked.probes) {
    const record = records.get(question.id);
    if (record === undefined) continue;
    const fact = factOf(question.words, record);
    const section = asked.playbook.probes[name]?.section;
    answers[name] = section === undefined ? fact : sectionOf(fact, section, asked.values.get('interface') ?? '');
  }
  return answers;
}

type Reach = NonNullable<Facts['outerReach']>;

/** The way to an address that does not answer: routers that are silent take seconds each, and where it answers nobody asks for them. */
async function traced(runner: PhaseRunner, host: string, words: readonly string[]): Promise<Pick<Reach, 'trace'>> {
  const { records } = needAll(host, await runner.run([{ verb: 'probe', id: 'trace', words, optional: true }]));
  const record = records.get('trace');
  return record === undefined ? {} : { trace: factOf(words, record) };
}

async function reachOf(runner: PhaseRunner, host: string, asked: Asked, records: ReadonlyMap<string, CallRecord>): Promise<Reach | undefined> {
  const { reach, playbook } = asked;
  const ping = records.get(reach?.ping.id ?? '');
  const full = records.get(reach?.full?.id ?? '');
  if (reach === undefined || ping === undefined) return undefined;
  const said = factOf(reach.ping.words, ping);
  const received = new RegExp(playbook.ping.received, 'm').exec(said.stdout)?.groups?.received;
  const answered = Number(received ?? 0) > 0;
  return {
    ping: said,
    answered,
    ...(answered ? {} : await traced(runner, host, reach.trace)),
    ...(full === undefined || reach.full === undefined ? {} : { full: factOf(reach.full.words, full) }),
  };
}

/** What was asked, with what was answered. */
interface Answered extends Asked {
  readonly answers: Readonly<Record<string, ProbeFact>>;
}

function choose(all: readonly Asked[], identity: Identity, records: ReadonlyMap<string, CallRecord>, host: string): Answered {
  const fits = all
    .map((asked) => ({ answers: answersOf(asked, records), ...asked }))
    .filter(({ playbook, answers, values }) => holds(playbook.match, { release: identity.release, probes: answers, values }));
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

/** The questions with the daemons that answered put in. */
function withAnswering(asked: Answered, identity: Identity, records: ReadonlyMap<string, CallRecord>, { link, host }: SurveyRequest): Answered {
  const { playbook } = asked;
  if (playbook.daemons !== undefined || protocolsOf(link).length === 0) return asked;
  const present = asked.daemons.filter(({ book, probes, values }) => {
    const answers = Object.fromEntries(
      [...probes].flatMap(([name, q]) => {
        const record = records.get(q.id);
        return record === undefined ? [] : [[name, factOf(q.words, record)]];
      }),
    );
    return holds(book.present, { release: identity.release, probes: answers, values });
  });
  const composed = withDaemons(
    playbook,
    present.map((p) => p.book),
    link,
    host,
    identity.system,
  );
  const chosen = present.filter((p) => composed.daemons?.chosen.some((d) => d.name === p.book.name) === true);
  const whole = {
    ...asked,
    playbook: composed,
    values: composed.daemons === undefined ? asked.values : asked.values.with(composed.daemons.values),
    probes: new Map([...asked.probes, ...chosen.flatMap((p) => [...p.probes])]),
    files: new Map([...asked.files, ...chosen.flatMap((p) => [...p.files])]),
  };
  return { ...whole, answers: answersOf(whole, records) };
}

function surveyed(
  asked: Answered,
  identity: Identity,
  records: ReadonlyMap<string, CallRecord>,
  request: SurveyRequest,
  beside: ReadonlyMap<string, FileFact>,
  reach: Reach | undefined,
): Surveyed {
  const { playbook, values, answers } = asked;
  const own = [...asked.files].map(([path, id]): [string, FileFact] => [path, fileFact(path, records.get(id))]);
  const files = new Map([...beside, ...own]);
  const live = readLive(playbook, answers, values);
  const context: Context = { release: identity.release, probes: answers, values, files, live };
  const driver = playbook.driver.find((d) => holds(d.when, context));
  const way = playbook.boot.find((b) => holds(b.when, context));
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
    // What was measured in a run holds for the run.
    ...(request.again?.facts.pathMtu === undefined ? {} : { pathMtu: request.again.facts.pathMtu }),
  };
  return {
    facts,
    playbook,
    addresses: readAddresses(playbook, answers),
    others: readOthers(playbook, answers, request.end.interface),
    values: withLive(values, live),
  };
}

/** Questions that anybody may ask in a phase of his own, and what their answers say. */
export interface Look {
  readonly calls: readonly Call[];
  read(runner: PhaseRunner, records: ReadonlyMap<string, CallRecord>): Promise<Surveyed>;
}

function lookWith(request: SurveyRequest, identity: Identity, candidates: readonly Playbook[], prefix = ''): Look {
  const { name } = request.host;
  const questions = new Questions(prefix);
  const asked = candidates.map((p) => ask(questions, p, request, identity, request.again?.facts));
  return {
    calls: questions.calls,
    read: async (runner, records) => {
      const chosen = withAnswering(choose(asked, identity, records, name), identity, records, request);
      const beside = await lookBeside(runner, name, chosen.beside, records);
      return surveyed(chosen, identity, records, request, beside, await reachOf(runner, name, chosen, records));
    },
  };
}

/** A look once more, with the same playbook. @param prefix - Before the ids of the calls, where others stand in the same phase. */
export function lookAgain(request: Subject, again: Surveyed, prefix?: string): Look {
  const { system, release, machine, uid } = again.facts;
  return lookWith({ ...request, again }, { system, release, machine, uid }, [again.playbook], prefix);
}

/** Surveys one host for one end of a link. */
export async function survey(runner: PhaseRunner, request: SurveyRequest, playbooks: readonly Playbook[]): Promise<Surveyed> {
  const { host, link, again } = request;
  const first = async (): Promise<Look> => {
    const identity = await identify(runner, host.name);
    const { uid } = identity;
    if (uid === 0) return lookWith(request, identity, candidatesFor(playbooks, link.kind, identity, host.name));
    throw new ProvisionError('NOT_ROOT', `The account on ${host.name} is not root (uid ${uid}).`, { host: host.name, state: 'Nothing was changed.' });
  };
  const look = again === undefined ? await first() : lookAgain(request, again);
  const { records } = needAll(host.name, await runner.run(look.calls));
  return look.read(runner, records);
}
