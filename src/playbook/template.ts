/**
 * Fills `{{name}}` in the words, patterns and file contents of a playbook.
 *
 * In: text of a playbook and a table of values. Out: text. A name that has no value is an error of the playbook, never an empty word.
 * Values come from a checked inventory or from facts; a value with a control character is refused here all the same.
 */
import { ProvisionError } from '../errors/error.js';

export type Values = Readonly<Record<string, string>>;

const PLACEHOLDER = /\{\{([^}]*)\}\}/g;
/** Most texts have none. */
const OPENING = '{{';

/** Every `{{name}}` in a text. */
export function placeholders(text: string): string[] {
  return [...text.matchAll(PLACEHOLDER)].map((m) => (m[1] ?? '').trim());
}

/** Texts of playbooks taken apart: text, name, text, name, … text. Each is filled for every end of every link. */
const templates = new Map<string, readonly string[]>();

function templateOf(text: string): readonly string[] {
  const known = templates.get(text);
  if (known !== undefined) return known;
  const made = text.split(PLACEHOLDER).map((part, i) => (i % 2 === 1 ? part.trim() : part));
  templates.set(text, made);
  return made;
}

function filledBy(key: string, values: Values): string {
  const value = Object.hasOwn(values, key) ? values[key] : undefined;
  if (value === undefined) throw new ProvisionError('PLAYBOOK_INVALID', `The playbook uses {{${key}}}, which has no value here.`);
  if (/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/.test(value)) {
    throw new ProvisionError('PLAYBOOK_INVALID', `The value of {{${key}}} holds a control character.`);
  }
  return value;
}

function fill(text: string, values: Values, escapeValue: (value: string) => string): string {
  if (!text.includes(OPENING)) return text;
  let filled = '';
  for (const [i, part] of templateOf(text).entries()) filled += i % 2 === 1 ? escapeValue(filledBy(part, values)) : part;
  return filled;
}

export function fillText(text: string, values: Values): string {
  return fill(text, values, (value) => value);
}

/** A word that begins with a value must not be taken for an option. */
export function fillWords(words: readonly string[], values: Values): readonly string[] {
  // Most words of a playbook hold no value: then they are handed out as they stand.
  if (!words.some((word) => word.includes(OPENING))) return words;
  return words.map((word) => {
    const filled = fillText(word, values);
    if (word.startsWith('{{') && filled.startsWith('-')) {
      throw new ProvisionError('PLAYBOOK_INVALID', `The value of ${word} begins with a dash and would be taken for an option.`);
    }
    return filled;
  });
}

/** Values are escaped, so that they match themselves; for POSIX extended and for JavaScript expressions alike. */
export function fillPattern(pattern: string, values: Values): string {
  return fill(pattern, values, (value) => value.replaceAll(/[.*+?^${}()|[\]\\/-]/g, (c) => (c === '-' || c === '/' ? c : `\\${c}`)));
}

/** Values without which no text matches, by pattern; none where a value stands in a group or a choice, where it may be left out. */
const needs = new Map<string, readonly string[]>();
const PIECE = /\\.|\{\{([^}]*)\}\}([?*{])?|\[(?:\\.|[^\]\\])*\]|[()|]/gs;

function needsOf(pattern: string): readonly string[] {
  const known = needs.get(pattern);
  if (known !== undefined) return known;
  const names: string[] = [];
  let depth = 0;
  let choice = false;
  for (const [piece, name, repeat] of pattern.matchAll(PIECE)) {
    if (piece === '(') depth += 1;
    else if (piece === ')') depth -= 1;
    else if (piece === '|') choice ||= depth === 0;
    else if (name !== undefined && depth === 0 && repeat === undefined) names.push(name.trim());
  }
  const made = choice || names.length < placeholders(pattern).length ? [] : names;
  needs.set(pattern, made);
  return made;
}

/** Whether a pattern can match this text at all: false where a value that stands in it does not stand there. Cheaper than to compile it for one host. */
export const mayMatch = (pattern: string, values: Values, text: string): boolean =>
  !pattern.includes(OPENING) ||
  needsOf(pattern)
    .map((name) => filledBy(name, values))
    .every((value) => text.includes(value));

/** Compiled expressions: most patterns hold no value, or one that is the same on many hosts, and each is asked of every host. */
const compiled = { '': new Map<string, RegExp>(), m: new Map<string, RegExp>() };
const MOST_COMPILED = 4096;

/** A pattern of a playbook as an expression, values escaped. @param flags - Without `g` and `y`: the same object is handed out again. */
export function patternOf(pattern: string, values: Values, flags: '' | 'm' = ''): RegExp {
  const source = fillPattern(pattern, values);
  const of = compiled[flags];
  const known = of.get(source);
  if (known !== undefined) return known;
  if (of.size >= MOST_COMPILED) of.clear();
  const made = new RegExp(source, flags);
  of.set(source, made);
  return made;
}
