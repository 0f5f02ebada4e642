/**
 * Fills `{{name}}` in the words, patterns and file contents of a playbook.
 *
 * In: text of a playbook and a table of values. Out: text. A name that has no value is an error of the playbook, never an empty word.
 * Values come from a checked inventory or from facts; a value with a control character is refused here all the same.
 */
import { ProvisionError } from '../errors/error.js';
import { onceFor } from './once.js';
import type { Values } from './values.js';

const PLACEHOLDER = /\{\{([^}]*)\}\}/g;
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/;
/** Most texts have none. */
const OPENING = '{{';

/** Every `{{name}}` in a text. */
export function placeholders(text: string): string[] {
  return [...text.matchAll(PLACEHOLDER)].map((m) => (m[1] ?? '').trim());
}

/** The same of some words. */
export const namesIn = onceFor((words: readonly string[]): readonly string[] => words.flatMap(placeholders));

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
  const value = values.get(key);
  if (value === undefined) throw new ProvisionError('PLAYBOOK_INVALID', `The playbook uses {{${key}}}, which has no value here.`);
  if (CONTROL.test(value)) {
    throw new ProvisionError('PLAYBOOK_INVALID', `The value of {{${key}}} holds a control character.`);
  }
  return value;
}

function fill(text: string, values: Values, escapeValue: (value: string) => string): string {
  if (!text.includes(OPENING)) return text;
  let filled = '';
  let isName = false;
  for (const part of templateOf(text)) {
    filled += isName ? escapeValue(filledBy(part, values)) : part;
    isName = !isName;
  }
  return filled;
}

export function fillText(text: string, values: Values): string {
  return fill(text, values, (value) => value);
}

/** Which of some words hold a value: they are filled for every end of every link. */
const holding = onceFor((words: readonly string[]): readonly boolean[] => words.map((word) => word.includes(OPENING)));

/** A word that begins with a value must not be taken for an option. */
export function fillWords(words: readonly string[], values: Values): readonly string[] {
  const holds = holding(words);
  // Most words of a playbook hold no value: then they are handed out as they stand.
  if (!holds.includes(true)) return words;
  return words.map((word, i) => {
    if (holds[i] !== true) return word;
    const filled = fillText(word, values);
    if (filled.startsWith('-') && word.startsWith(OPENING)) {
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
export function mayMatch(pattern: string, values: Values, text: string): boolean {
  if (!pattern.includes(OPENING)) return true;
  let may = true;
  for (const name of needsOf(pattern)) {
    // Each is asked for: a value that is not there is an error, whatever the text says.
    const value = filledBy(name, values);
    may &&= text.includes(value);
  }
  return may;
}

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
