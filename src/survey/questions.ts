/**
 * Every question that the playbooks of a system ask of one host, each once.
 *
 * In: a playbook and what is asked about. Out: the calls of one phase, and which answer belongs to what.
 */
import type { Facts, ProbeFact } from '../model/facts.js';
import type { End, Host, Link } from '../model/inventory.js';
import type { Call } from '../model/wire.js';
import { placeValues, protocolsOf } from '../playbook/compose.js';
import { conditionFiles, holds, optionsOf } from '../playbook/condition.js';
import { onceFor } from '../playbook/once.js';
import { settingProbes } from '../playbook/probes.js';
import type { Protocol } from '../playbook/protocols.js';
import type { Playbook, PlaybookStep } from '../playbook/schema.js';
import type { RoutingPlaybook } from '../playbook/schema-routing.js';
import { fillText, fillWords } from '../playbook/template.js';
import type { Values } from '../playbook/values.js';
import type { Beside } from './files.js';
import type { Identity } from './identify.js';
import { endValues } from './values.js';

/** What is asked about. */
export interface Subject {
  readonly end: End;
  readonly link: Link;
  readonly host: Host;
  /** Ping the peer's outer address too, and trace it where it does not answer. */
  readonly reach: boolean;
}

const filesOf = (files: PlaybookStep['files']): string[] => files.flatMap((f) => [f.path, ...conditionFiles([...f.when, ...f.keep])]);

const filesOfSteps = (steps: readonly PlaybookStep[]): string[] => steps.flatMap((s) => [...filesOf(s.files), ...conditionFiles(s.when)]);

/** Files that are written and files that conditions ask about, placeholders not yet filled. */
const namedFiles = onceFor((playbook: Playbook): readonly string[] => {
  const asked = [
    ...playbook.boot.flatMap((way) => [...filesOf(way.files), ...conditionFiles([...way.when, ...way.conflicts.flatMap((c) => c.when)])]),
    ...filesOfSteps([...playbook.steps, ...playbook.remove]),
    ...(playbook.daemons?.chosen ?? []).flatMap((d) => d.refuse.flatMap((r) => conditionFiles(r.when))),
  ];
  return [...new Set(asked)];
});

const pathsOf = (playbook: Playbook, values: Values): string[] => [...new Set(namedFiles(playbook).map((path) => fillText(path, values)))];

/** The same for a routing daemon that may be on the host. */
function pathsOfDaemon(book: RoutingPlaybook, protocols: readonly Protocol[], values: Values): string[] {
  const asked = protocols.flatMap((p) => {
    const rules = book[p];
    if (rules === undefined) return [];
    return [...filesOf(rules.files), ...filesOfSteps([...rules.steps, ...rules.remove]), ...rules.refuse.flatMap((r) => conditionFiles(r.when))];
  });
  return asked.map((path) => fillText(path, values));
}

type Question = { readonly id: string; readonly words: readonly string[] };

/** A daemon that may be on the host, and what it was asked. */
export interface AskedDaemon {
  readonly book: RoutingPlaybook;
  readonly values: Values;
  readonly probes: ReadonlyMap<string, Question>;
  readonly files: ReadonlyMap<string, string>;
}

const entriesOf = onceFor((probes: Playbook['probes']) => Object.entries(probes));

/** Probes of a playbook without those that only other links need. */
function wantedProbes(
  probes: Playbook['probes'],
  { release }: Identity,
  link: Link,
  values: Values,
): (readonly [string, Playbook['probes'][string]])[] {
  const context = { release, probes: {}, values, ...optionsOf(link) };
  return entriesOf(probes).filter(([, { when }]) => holds(when, context));
}

/** Only what a link asks for: a host without routing is not asked about daemons. */
function askDaemons(questions: Questions, playbook: Playbook, { link }: Subject, values: Values, identity: Identity): AskedDaemon[] {
  const protocols = protocolsOf(link);
  if (playbook.daemons !== undefined || protocols.length === 0) return [];
  return (playbook.routing ?? [])
    .filter((book) => protocols.some((p) => book[p] !== undefined))
    .map((book) => {
      const own = values.with(placeValues(book, identity.system));
      const probes = wantedProbes(book.probes, identity, link, own).map(([name, { run }]) => {
        const words = fillWords(run, own);
        return [name, { id: questions.probe(words), words }] as const;
      });
      const files = pathsOfDaemon(book, protocols, own).map((path) => [path, questions.look(path)] as const);
      return { book, values: own, probes: new Map(probes), files: new Map(files) };
    });
}

/** Files and folders in which the forms of a playbook look, placeholders not yet filled. */
const lookedThrough = onceFor((playbook: Playbook): readonly string[] => {
  const paths = playbook.boot.flatMap((way) => way.files.flatMap((f) => f.byHand?.forms.flatMap((form) => form.parts.flatMap((p) => p.in)) ?? []));
  return [...new Set(paths)];
});

/** Where something that does the same may have been written by hand. */
function besideOf(playbook: Playbook, values: Values, questions: Questions, own: ReadonlyMap<string, string>, seen: readonly string[]): Beside {
  const asked = lookedThrough(playbook)
    .map((path) => fillText(path, values))
    .filter((path) => !own.has(path));
  const folder = (path: string): string => path.slice(0, path.lastIndexOf('/'));
  return {
    files: new Map(asked.filter((path) => !path.includes('*')).map((path) => [path, questions.look(path)])),
    folders: new Map(asked.filter((path) => path.includes('*')).map((path) => [path, questions.probe(['ls', folder(path)])])),
    own: new Set(own.keys()),
    seen: new Map(seen.filter((path) => !own.has(path)).map((path) => [path, questions.look(path, true)])),
  };
}

/** Payload of an echo request of 1500 bytes. */
const FULL_PAYLOAD = '1472';

/** Every distinct question of the candidates, as one phase. */
export class Questions {
  readonly calls: Call[] = [];
  /** By the words of a command, and by the path of a file. */
  private readonly probes = new Map<string, string>();
  private readonly looks = new Map<string, string>();

  /** @param prefix - Before every id. */
  constructor(private readonly prefix = '') {}

  /** @param optional - Where it is not answered, something is unknown that a plan may do without. */
  probe(words: readonly string[], optional = false): string {
    const key = words.join('\0');
    const known = this.probes.get(key);
    if (known !== undefined) return known;
    const id = `${this.prefix}q${this.calls.length}`;
    this.probes.set(key, id);
    this.calls.push({ verb: 'probe', id, words, ...(optional ? { optional } : {}) });
    return id;
  }

  /** @param quiet - What is in it is not for the log. */
  look(path: string, quiet = false): string {
    const known = this.looks.get(path);
    if (known !== undefined) return known;
    const id = `${this.prefix}q${this.calls.length}`;
    this.looks.set(path, id);
    this.calls.push({ verb: 'look', id, path, ...(quiet ? { quiet } : {}) });
    return id;
  }
}

export interface Asked {
  readonly playbook: Playbook;
  readonly values: Values;
  readonly probes: ReadonlyMap<string, Question>;
  /** Answers of the last look that last. */
  readonly kept: Readonly<Record<string, ProbeFact>>;
  readonly files: ReadonlyMap<string, string>;
  readonly beside: Beside;
  readonly daemons: readonly AskedDaemon[];
  /** `trace`: words of a question that is asked by itself, where the ping is not answered. */
  readonly reach?: { readonly ping: Question; readonly full?: Question; readonly trace: readonly string[] };
}

/** Ping of the peer's outer address, and a packet that fills the usual path where the MTU hangs on it. */
function askReach(questions: Questions, { ping }: Playbook, values: Values, measure: boolean): NonNullable<Asked['reach']> {
  const target = values.with({ target: values.get('outer.remote') ?? '', count: '1', deadline: '2', payload: '56' });
  const put = (words: readonly string[], more = target): Question => {
    const filled = fillWords(words, more);
    return { id: questions.probe(filled, true), words: filled };
  };
  const full = measure ? { full: put(ping.df, target.with({ payload: FULL_PAYLOAD })) } : {};
  return { ping: put(ping.run), ...full, trace: fillWords(ping.trace, target) };
}

/** @param last - What the last look in this run has found: it says which files beside ours are there, and what lasts. */
export function ask(questions: Questions, playbook: Playbook, request: Subject, identity: Identity, last?: Facts): Asked {
  const { end, link, host } = request;
  const module = host.module ?? playbook.module;
  const { system, release, machine } = identity;
  const own = endValues(end, link, host).with({ system, release, machine, ...(module === undefined ? {} : { module }) });
  const values = playbook.daemons === undefined ? own : own.with(playbook.daemons.values);
  const probes = new Map<string, Question>();
  const kept: Record<string, ProbeFact> = {};
  const extra = settingProbes(playbook);
  for (const [name, probe] of wantedProbes(playbook.probes, identity, link, values)) {
    const words = fillWords(probe.run, values);
    const known = probe.lasting ? last?.probes[name] : undefined;
    if (known !== undefined) kept[name] = known;
    else probes.set(name, { id: questions.probe(words, extra.has(name)), words });
  }
  const files = new Map(pathsOf(playbook, values).map((path) => [path, questions.look(path)]));
  const seen = [...(last?.files.values() ?? [])].flatMap((f) => (f.beside === true && f.state === 'file' ? [f.path] : []));
  const beside = besideOf(playbook, values, questions, files, seen);
  const daemons = askDaemons(questions, playbook, request, values, identity);
  if (!request.reach) return { playbook, values, probes, kept, files, beside, daemons };
  return { playbook, values, probes, kept, files, beside, daemons, reach: askReach(questions, playbook, values, link.mtu === 'auto') };
}
