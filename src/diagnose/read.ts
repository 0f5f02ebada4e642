/**
 * Turns the answers of one host into evidence, by the `evidence:` of its playbook. Pure.
 */
import type { Seen } from '../model/diagnosis.js';
import type { ProbeFact } from '../model/facts.js';
import { type Context, holds } from '../playbook/condition.js';
import type { DropRule, EvidenceRules } from '../playbook/schema-evidence.js';
import { fillPattern, fillWords, namesIn } from '../playbook/template.js';
import type { Named, Values } from '../playbook/values.js';
import { type Captured, type Drop, seenOf, type Way } from './evidence.js';

export type Answers = Readonly<Record<string, ProbeFact>>;

/** All that reading one end needs. */
export interface Asked {
  readonly host: string;
  readonly rules: EvidenceRules;
  readonly answers: Answers;
  readonly values: Values;
  readonly context: Context;
}

const search = (pattern: string, text: string, values: Values): RegExpExecArray | null => new RegExp(fillPattern(pattern, values), 'm').exec(text);

const group = (pattern: string | undefined, text: string, values: Values, name: string): string | undefined =>
  pattern === undefined ? undefined : search(pattern, text, values)?.groups?.[name];

/** Whether every `{{name}}` has a value: what is asked about may not be there. */
export const askable = (words: readonly string[], values: Values): boolean => namesIn(words).every((name) => (values.get(name) ?? '') !== '');

export function wayOf({ host, answers, values }: Asked, rule: EvidenceRules['routes']['outer'], to: string): Way | undefined {
  const answer = answers[rule.from];
  if (answer === undefined || answer.exit === 127) return undefined;
  const seen = seenOf(host, answer);
  if (rule.none !== undefined && search(rule.none, `${answer.stdout}\n${answer.stderr}`, values) !== null) return { to, seen };
  const on = group(rule.interface, answer.stdout, values, 'interface');
  if (on === undefined) return undefined;
  const source = group(rule.source, answer.stdout, values, 'source');
  const gateway = group(rule.gateway, answer.stdout, values, 'gateway');
  return { to, interface: on, seen, ...(source === undefined ? {} : { source }), ...(gateway === undefined ? {} : { gateway }) };
}

function dropOf({ host, answers, values, context }: Asked, rule: DropRule): Drop[] {
  const answer = answers[rule.from];
  if (answer === undefined || answer.exit !== 0 || !holds(rule.enabled, context)) return [];
  const found = search(rule.pattern, answer.stdout, values);
  if (found === null || (rule.unless !== undefined && search(rule.unless, answer.stdout, values) !== null)) return [];
  const line = (found.groups?.rule ?? found[0].split('\n')[0] ?? '').trim();
  const seen: Seen = { host, command: answer.words.join(' '), lines: [line] };
  const stateful = rule.keepsState !== undefined && search(rule.keepsState, answer.stdout, values) !== null;
  return [{ filter: rule.filter, carries: rule.carries, way: rule.way, stateful, told: fillWords(rule.told, values), seen }];
}

export const dropsOf = (asked: Asked): Drop[] => asked.rules.drops.flatMap((rule) => dropOf(asked, rule));

export function strictOf({ host, rules, answers, context }: Asked): { of: 'outer' | 'inner'; seen: Seen }[] {
  return rules.strict.flatMap(({ of, from, when }) => {
    const answer = answers[from];
    return answer !== undefined && holds(when, context) ? [{ of, seen: seenOf(host, answer) }] : [];
  });
}

export function capturedOf(host: string, rules: EvidenceRules, values: Values, answer: ProbeFact | undefined): Captured | undefined {
  if (rules.capture === undefined || answer === undefined || answer.exit === 127) return undefined;
  const found = [...answer.stdout.matchAll(new RegExp(fillPattern(rules.capture.seen, values), 'gm'))];
  return { sources: [...new Set(found.flatMap((m) => m.groups?.source ?? []))], seen: seenOf(host, answer) };
}

/** What the playbook names of the answers, for its mends. */
export function namedValues({ values: named }: EvidenceRules, answers: Answers, values: Values): Named {
  const found = Object.entries(named).flatMap(([name, { from, pattern }]) => {
    const value = group(pattern, answers[from]?.stdout ?? '', values, 'value');
    return value === undefined ? [] : [[name, value] as const];
  });
  return Object.fromEntries(found);
}
