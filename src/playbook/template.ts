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

function fill(text: string, values: Values, escapeValue: (value: string) => string): string {
  if (!text.includes(OPENING)) return text;
  return text.replaceAll(PLACEHOLDER, (_whole, inside: string) => {
    const key = inside.trim();
    const value = Object.hasOwn(values, key) ? values[key] : undefined;
    if (value === undefined) throw new ProvisionError('PLAYBOOK_INVALID', `The playbook uses {{${key}}}, which has no value here.`);
    if (/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/.test(value)) {
      throw new ProvisionError('PLAYBOOK_INVALID', `The value of {{${key}}} holds a control character.`);
    }
    return escapeValue(value);
  });
}

export function fillText(text: string, values: Values): string {
  return fill(text, values, (value) => value);
}

/** A word that begins with a value must not be taken for an option. */
export function fillWords(words: readonly string[], values: Values): string[] {
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

/** Compiled expressions of patterns without values: there are as many as the playbooks hold, and each is asked of every host. */
const compiled = new Map<string, RegExp>();

/** A pattern of a playbook as an expression, values escaped. @param flags - Without `g` and `y`: the same object is handed out again. */
export function patternOf(pattern: string, values: Values, flags: '' | 'm' = ''): RegExp {
  if (pattern.includes(OPENING)) return new RegExp(fillPattern(pattern, values), flags);
  const key = `${flags} ${pattern}`;
  const known = compiled.get(key);
  if (known !== undefined) return known;
  const made = new RegExp(pattern, flags);
  compiled.set(key, made);
  return made;
}
