/**
 * Turns the answers of a host into facts, by the patterns of its playbook.
 *
 * In: probe answers and a playbook. Out: the live tunnel, each attribute known or unknown with the reason. Pure.
 * Nothing is guessed: a field that does not match is unknown unless the playbook says that no match means "not set".
 */
import type { InnerPair, Known, OuterPair, ProbeFact, TunnelState } from '../model/facts.js';
import type { Field, Playbook } from '../playbook/schema.js';
import { mayMatch, patternOf } from '../playbook/template.js';
import { Values } from '../playbook/values.js';

type Groups = Readonly<Record<string, string | undefined>>;
type Answers = Readonly<Record<string, ProbeFact>>;

const known = <T>(value: T): Known<T> => ({ known: true, value });
const unknown = (why: string): { readonly known: false; readonly why: string } => ({ known: false, why });

function search(pattern: string, text: string, values: Values): Groups | undefined {
  if (!mayMatch(pattern, values, text)) return undefined;
  const match = patternOf(pattern, values, 'm').exec(text);
  return match === null ? undefined : (match.groups ?? {});
}

/** Prefix length from a netmask in hexadecimal (`0xfffffffc`, `fffffffc`), dotted, or as a number of bits. */
export function prefixOf(mask: string): number | undefined {
  if (/^\d{1,2}$/.test(mask) && Number(mask) <= 32) return Number(mask);
  const hex = /^(?:0x)?([0-9a-f]{1,8})$/i.exec(mask)?.[1];
  const dotted = /^(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(mask);
  const bits =
    hex !== undefined ? Number.parseInt(hex, 16) : dotted === null ? undefined : dotted.slice(1).reduce((n, part) => n * 256 + Number(part), 0);
  if (bits === undefined || bits > 0xffffffff) return undefined;
  const text = bits.toString(2).padStart(32, '0');
  return /^1*0*$/.test(text) ? (text.indexOf('0') === -1 ? 32 : text.indexOf('0')) : undefined;
}

const TOO_LONG = (answer: ProbeFact): string => `the answer of ${answer.words.join(' ')} is longer than provision reads`;

/** The lines of one interface out of an answer about all of them. An answer that shows no interface at all stays as it is: it is not understood. */
export function sectionOf(answer: ProbeFact, section: string, own: string): ProbeFact {
  const lines: string[] = [];
  let current: string | undefined;
  for (const line of answer.stdout.split('\n')) {
    current = search(section, line, Values.NONE)?.interface ?? current;
    if (current === own) lines.push(line);
  }
  if (current === undefined) return answer;
  const { cut, ...whole } = answer;
  // A cut answer that goes on behind our lines has all of them.
  const missing = cut === true && (lines.length === 0 || current === own);
  return {
    ...whole,
    ...(missing ? { cut } : {}),
    stdout: lines.join('\n'),
    stderr: lines.length === 0 ? `${answer.stderr}\nnot listed` : answer.stderr,
  };
}

function readField(field: Field, answers: Answers, values: Values): Known<Groups | null> {
  const answer = answers[field.from];
  if (answer === undefined) return unknown(`the host was not asked: ${field.from}`);
  if (answer.cut) return unknown(TOO_LONG(answer));
  if (field.unset !== undefined && search(field.unset, answer.stdout, values) !== undefined) return known(null);
  const groups = search(field.pattern, answer.stdout, values);
  if (groups !== undefined) return known(groups);
  if (field.optional) return known(null);
  return unknown(`${answer.words.join(' ')} answered something that is not understood`);
}

function then<A, B>(value: Known<A | null>, make: (inner: A) => Known<B | null>): Known<B | null> {
  if (!value.known) return value;
  return value.value === null ? known(null) : make(value.value);
}

function outerOf(groups: Groups): Known<OuterPair | null> {
  const { local, remote } = groups;
  return local === undefined || remote === undefined ? unknown('the pattern gave no local and remote') : known({ local, remote });
}

function innerOf(groups: Groups): Known<InnerPair | null> {
  const { local, peer, mask, prefix } = groups;
  if (local === undefined) return unknown('the pattern gave no local address');
  const bits = mask ?? prefix;
  const length = bits === undefined ? undefined : prefixOf(bits);
  if (bits !== undefined && length === undefined) return unknown(`${bits} is not a netmask`);
  return known({ local, peer: peer ?? '', ...(length === undefined ? {} : { prefix: length }) });
}

function numberOf(groups: Groups): Known<number | null> {
  const value = groups.value;
  return value !== undefined && /^\d{1,9}$/.test(value) ? known(Number(value)) : unknown('not a number');
}

function textOf(field: Field): (groups: Groups) => Known<string | null> {
  return (groups) => {
    const value = groups.value;
    return value === undefined ? unknown('the pattern gave no value') : known(field.values?.[value] ?? value);
  };
}

function readExists(playbook: Playbook, answers: Answers, values: Values): Known<boolean> {
  const rule = playbook.live.interface;
  const answer = answers[rule.from];
  if (answer === undefined) return unknown(`the host was not asked: ${rule.from}`);
  if (answer.cut) return unknown(TOO_LONG(answer));
  if (search(rule.present, answer.stdout, values) !== undefined) return known(true);
  if (search(rule.absent, `${answer.stdout}\n${answer.stderr}`, values) !== undefined) return known(false);
  return unknown(`${answer.words.join(' ')} answered something that is not understood`);
}

/** The tunnel interface as the host shows it. For an absent interface every attribute is known and not set. */
export function readLive(playbook: Playbook, answers: Answers, values: Values): TunnelState {
  const { live } = playbook;
  const settings: Record<string, Known<string | null>> = {};
  for (const [name, field] of Object.entries(live.settings)) {
    const read = then(readField(field, answers, values), textOf(field));
    settings[name] = field.otherwise !== undefined && read.known && read.value === null ? known(field.otherwise) : read;
  }
  const exists = readExists(playbook, answers, values);
  if (exists.known && !exists.value) {
    return { exists, up: known(false), mtu: known(null), outer: known(null), inner: known(null), ttl: known(null), settings };
  }
  if (!exists.known) return { exists, up: exists, mtu: exists, outer: exists, inner: exists, ttl: exists, settings };
  const up = readField(live.up, answers, values);
  return {
    exists,
    up: up.known ? known(up.value !== null) : up,
    mtu: then(readField(live.mtu, answers, values), numberOf),
    outer: then(readField(live.outer, answers, values), outerOf),
    inner: then(readField(live.inner, answers, values), innerOf),
    ttl: live.ttl === undefined ? known(null) : then(readField(live.ttl, answers, values), textOf(live.ttl)),
    settings,
  };
}

/** Every IPv4 address of the host with the interface it is on. */
export function readAddresses(playbook: Playbook, answers: Answers): { interface: string; address: string }[] {
  const { from, section, pattern } = playbook.addresses;
  const found: { interface: string; address: string }[] = [];
  let current = '';
  for (const line of (answers[from]?.stdout ?? '').split('\n')) {
    const head = section === undefined ? undefined : search(section, line, Values.NONE)?.interface;
    if (head !== undefined) current = head;
    const groups = search(pattern, line, Values.NONE);
    if (groups?.local !== undefined) found.push({ interface: groups.interface ?? current, address: groups.local });
  }
  return found;
}

const every = new Map<string, RegExp>();

/** Compiled once: it is asked for every line of every host. */
function everyOf(pattern: string): RegExp {
  const made = every.get(pattern) ?? new RegExp(pattern, 'gm');
  every.set(pattern, made);
  return made;
}

/** State of every other interface, by name, cleaned of what changes by itself. To compare before and after. */
export function readOthers(playbook: Playbook, answers: Answers, own: string): ReadonlyMap<string, string> {
  const { from, section, scrub } = playbook.sample;
  const others = new Map<string, string>();
  let current = '';
  for (const raw of (answers[from]?.stdout ?? '').split('\n')) {
    const head = search(section, raw, Values.NONE)?.interface;
    if (head !== undefined) current = head;
    if (current === '' || current === own || raw === '') continue;
    const line = scrub.reduce((text, pattern) => text.replaceAll(everyOf(pattern), ''), raw);
    others.set(current, `${others.get(current) ?? ''}${line}\n`);
  }
  return others;
}
