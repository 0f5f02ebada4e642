/**
 * The words of the quick reader: how keys and values of the plain part of YAML look, and what they mean.
 *
 * In: a text at an offset, or a word. Out: the word, its value; `OUTSIDE` is thrown for what only the parser may read.
 */

/** What is thrown where a text is none for the quick reader. */
export const OUTSIDE = new Error('not for the quick reader');

export const outside = (): never => {
  throw OUTSIDE;
};

export const KEY = /[A-Za-z0-9_/][A-Za-z0-9_./@-]*(?=:[ \n]|:$)/y;
/** Up to the end of the line or a comment; no colon or sharp that could mean something else. */
export const BARE = /[A-Za-z0-9_/.~][^\n:#]*(?:(?::(?=[^\s])|(?<=[^ ])#)[^\n:#]*)*/y;
/** The same between brackets, where commas and brackets end it too. */
export const BARE_IN_FLOW = /[A-Za-z0-9_/.~][^\s,[\]{}:#]*(?:(?::(?=[^\s,[\]{}])|(?<=[^ ])#| +(?=[^\s,[\]{}:#]))[^\s,[\]{}:#]*)*/y;
export const QUOTED = /"[^"\\\n]*"|'[^'\n]*'(?!')/y;

const WORDS = new Map<string, unknown>([
  ...['~', 'null', 'Null', 'NULL'].map((word): [string, unknown] => [word, null]),
  ...['true', 'True', 'TRUE'].map((word): [string, unknown] => [word, true]),
  ...['false', 'False', 'FALSE'].map((word): [string, unknown] => [word, false]),
]);
const WHOLE = /^(?:0|[1-9][0-9]{0,14})$/;
/** What YAML may read as a number. */
const NUMBER = /^(?:0o[0-7]+|0x[0-9a-f]+|[-+.0-9]+(?:e[-+]?[0-9]*)?|\.inf|\.nan)$/i;

/** What a bare word means in YAML 1.2 (core schema). */
export function meaning(text: string): unknown {
  const word = WORDS.get(text);
  if (word !== undefined) return word;
  if (!/^[.0-9]/.test(text)) return text;
  if (WHOLE.test(text)) return Number(text);
  // An address has more than one dot, which no number has.
  return NUMBER.test(text) && text.indexOf('.') === text.lastIndexOf('.') ? outside() : text;
}

/** Without blanks at the end; other white space is text to YAML. */
export function trimmed(text: string): string {
  let end = text.length;
  while (text[end - 1] === ' ') end -= 1;
  return end === text.length ? text : text.slice(0, end);
}
