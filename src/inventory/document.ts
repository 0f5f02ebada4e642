/**
 * One YAML file: its value, and the place of every part of it.
 *
 * In: text. Out: plain values plus `placeOf(path)`. Whatever is wrong with the YAML itself becomes a problem with its own place.
 * Most files are read by the quick reader; whatever it does not know is the parser's, and so is everything that is said about a file.
 */
import type { Place } from '../model/inventory.js';
import { readParsed } from './parsed.js';
import type { Problems } from './problems.js';
import { readQuick } from './quick.js';
import { checkSecretText } from './secrets.js';
import { checkText, type Source } from './text.js';
import type { Path } from './where.js';

export type { Source } from './text.js';
export type { Path } from './where.js';

export interface ReadDocument {
  readonly file: string;
  /** Undefined where the YAML is broken. */
  readonly value: unknown;
  /** The place of a key (default), or of its value. The nearest part there is, where the path leads nowhere. */
  placeOf(path: Path, part?: 'key' | 'value'): Place;
  /** How a single value is written: `203.0` is the number 203 otherwise. */
  textOf(path: Path): string | undefined;
}

/** Reads one file. Everything wrong with it goes to `problems`; then `value` is undefined. */
export function readDocument(source: Source, problems: Problems): ReadDocument {
  const file = source.file;
  const top: Place = { file, line: 1, column: 1 };
  const broken: ReadDocument = { file, value: undefined, placeOf: () => top, textOf: () => undefined };
  const text = source.text.replace(/^\uFEFF/, '');
  if (!checkText({ file, text }, problems) || !checkSecretText({ file, text }, problems)) return broken;
  const place = placer(file, text);
  const read = readQuick(text) ?? readParsed(text, place, problems);
  if (read === undefined) return broken;
  const { value, find } = read;
  return { file, value, placeOf: (path, part = 'key') => place(find(path, part).offset), textOf: (path) => find(path, 'value').text };
}

/**
 * Line and column of an offset, kept inside the text: an error at the end of the file points behind its last character.
 * By a table of our own: after some broken lines the parser's line counter misses line starts.
 */
function placer(file: string, text: string): (offset: number) => Place {
  const starts = [0];
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  const end = text.trimEnd().length;
  return (offset) => {
    const at = Math.min(offset, end);
    let [low, high] = [0, starts.length - 1];
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((starts[middle] ?? 0) <= at) low = middle;
      else high = middle - 1;
    }
    return { file, line: low + 1, column: at - (starts[low] ?? 0) + 1 };
  };
}
