/**
 * One YAML file: its value, and the place of every part of it.
 *
 * In: text. Out: plain values plus `placeOf(path)`. Whatever is wrong with the YAML itself becomes a problem with its own place.
 * Decided: YAML 1.2 core; one document per file; aliases are allowed (at most 100 uses), merge keys and tags are not (`defaults:`
 * serves the purpose, and `<<` would hide where a value came from); a key given twice is an error.
 */
import { type Document, isAlias, isMap, isPair, isScalar, isSeq, type Node, type Pair, parseDocument, visit, type YAMLMap } from 'yaml';
import type { Place } from '../model/inventory.js';
import { type Problem, type Problems, placeText, show } from './problems.js';
import { checkSecretText, secretIn } from './secrets.js';
import { syntaxProblem } from './syntax.js';
import { checkText, type Source } from './text.js';

export type { Source } from './text.js';

export type Path = readonly PropertyKey[];

export interface ReadDocument {
  readonly file: string;
  /** Undefined where the YAML is broken. */
  readonly value: unknown;
  /** The place of a key (default), or of its value. The nearest part there is, where the path leads nowhere. */
  placeOf(path: Path, part?: 'key' | 'value'): Place;
  /** How a single value is written: `203.0` is the number 203 otherwise. */
  textOf(path: Path): string | undefined;
}

const MOST_ALIASES = 100;

const syntax = (message: string, next: string): Problem => ({ code: 'INVENTORY_SYNTAX', message, next });

/** Reads one file. Everything wrong with it goes to `problems`; then `value` is undefined. */
export function readDocument(source: Source, problems: Problems): ReadDocument {
  const file = source.file;
  const top: Place = { file, line: 1, column: 1 };
  const broken: ReadDocument = { file, value: undefined, placeOf: () => top, textOf: () => undefined };
  const text = source.text.replace(/^\uFEFF/, '');
  if (!checkText({ file, text }, problems) || !checkSecretText({ file, text }, problems)) return broken;
  try {
    const doc = parseDocument(text, {
      uniqueKeys: false,
      prettyErrors: false,
      merge: false,
      stringKeys: false,
    });
    const place = placer(file, text);
    const found = [...doc.errors, ...doc.warnings];
    // One mistake makes the parser stumble again and again on the same line: the first is the one to mend.
    const told = new Set<number>();
    for (const error of found) {
      const here = place(error.pos[0]);
      if (!told.has(here.line)) problems.add(here, syntaxProblem(error));
      told.add(here.line);
    }
    const bad = found.length > 0 || !checkNodes(doc, place, problems);
    if (bad) return broken;
    const value: unknown = doc.toJS({ maxAliasCount: MOST_ALIASES });
    return { file, value, placeOf: (path, part = 'key') => place(find(doc, path, part).offset), textOf: (path) => find(doc, path, 'value').text };
  } catch (cause) {
    // The parser is recursive and stops aliases by throwing: both are the file's fault, not ours.
    const deep = cause instanceof RangeError;
    const message = deep ? 'The file is nested too deeply.' : 'The aliases (*) of the file unfold to too much.';
    problems.add(
      top,
      syntax(message, deep ? 'Write hosts and links as the starter file does (provision init).' : 'Write the values out, or use defaults:.'),
    );
    return broken;
  }
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

const keyText = (key: unknown): string => (isScalar(key) ? String(key.value ?? '') : '');

/** Keys that are no plain words, keys given twice, merge keys, tags. */
function checkNodes(doc: Document, place: (offset: number) => Place, problems: Problems): boolean {
  let good = true;
  let aliases = 0;
  const refuse = (node: unknown, problem: Problem): void => {
    good = false;
    problems.add(place(startOf(node)), problem);
  };
  visit(doc, {
    Map: (_at, map, parents) => checkMap(map, parents, place, refuse),
    Alias: (_at, alias, parents) => {
      aliases += 1;
      if (aliases > MOST_ALIASES) {
        refuse(alias, syntax(`There are more than ${MOST_ALIASES} aliases (*).`, 'Write the values out, or use defaults:.'));
        return visit.BREAK;
      }
      const target = alias.resolve(doc);
      if (target === undefined) refuse(alias, syntax(`There is no anchor (&) for the alias *${show(alias.source)}.`, 'Write the value out.'));
      else if (parents.includes(target))
        refuse(alias, syntax(`The alias *${show(alias.source)} stands inside what it names.`, 'Write the value out.'));
    },
    Node: (_at, node) => {
      if ('tag' in node && node.tag !== undefined && !isDefaultTag(node.tag)) {
        refuse(node, syntax(`The tag ${show(node.tag)} is not read here.`, 'Leave the tag away.'));
      }
    },
  });
  return good;
}

const isDefaultTag = (tag: string): boolean => /^tag:yaml\.org,2002:(str|int|float|bool|null|map|seq)$/.test(tag);

/** The key that a map stands under. */
function ownerOf(parents: readonly unknown[]): string {
  const pair = parents.at(-1);
  return isPair(pair) ? keyText(pair.key) : '';
}

function checkMap(
  map: YAMLMap,
  parents: readonly unknown[],
  place: (offset: number) => Place,
  refuse: (node: unknown, problem: Problem) => void,
): void {
  const seen = new Map<string, unknown>();
  for (const item of map.items) {
    const { key } = item;
    const found = secretIn(item, ownerOf(parents));
    if (found !== undefined) refuse(key, found);
    const name = keyText(key);
    const first = seen.get(name);
    if (!isScalar(key) || key.value === null) refuse(key, syntax('A key must be a plain word.', 'Write it as NAME: VALUE.'));
    else if (name === '<<')
      refuse(key, { code: 'INVENTORY_KEY', message: 'Merge keys (<<) are not read here.', next: 'Write the keys out, or put them under defaults:.' });
    else if (first !== undefined) refuse(key, twice(name, place(startOf(first)), parents));
    seen.set(name, key);
  }
}

/** In `ends:` the same key twice is the same host twice, and says so. */
function twice(name: string, first: Place, parents: readonly unknown[]): Problem {
  const isEnds = ownerOf(parents) === 'ends';
  const message = isEnds
    ? `Both ends are the same host, ${show(name)}; a link joins two hosts.`
    : `${show(name)} is given twice; the first is at ${placeText(first)}.`;
  return {
    code: isEnds ? 'INVENTORY_CONFLICT' : 'INVENTORY_KEY',
    message,
    next: isEnds ? 'Write the name of the other host at one of the ends.' : 'Keep one of the two.',
  };
}

const startOf = (node: unknown): number => {
  const range = typeof node === 'object' && node !== null && 'range' in node ? (node as Node).range : undefined;
  return range?.[0] ?? 0;
};

const indexes = new WeakMap<YAMLMap, ReadonlyMap<string, Pair>>();

/** Looks a key up by an index: a map of ten thousand hosts is asked ten thousand times. */
function pairOf(map: YAMLMap, key: string): Pair | undefined {
  const index = indexes.get(map) ?? new Map(map.items.map((item) => [keyText(item.key), item]));
  indexes.set(map, index);
  return index.get(key);
}

/** The node that a path leads to; the last one on the way where it leads nowhere. */
function find(doc: Document, path: Path, part: 'key' | 'value'): { offset: number; text?: string } {
  let node: unknown = doc.contents;
  let offset = startOf(node);
  for (const [index, step] of path.entries()) {
    const last = index === path.length - 1;
    const here: unknown = isAlias(node) ? node.resolve(doc) : node;
    if (isMap(here)) {
      const pair = pairOf(here, String(step));
      if (pair === undefined) return { offset };
      const empty = pair.value === null || (isScalar(pair.value) && pair.value.source === '');
      offset = startOf((part === 'key' && last) || empty || !last ? pair.key : pair.value);
      node = pair.value;
    } else if (isSeq(here) && here.items[Number(step)] !== undefined) {
      node = here.items[Number(step)];
      offset = startOf(node);
    } else return { offset };
  }
  return { offset, ...(isScalar(node) && node.source !== undefined ? { text: node.source } : {}) };
}
