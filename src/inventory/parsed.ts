/**
 * Reads one YAML file with the parser of all of YAML, and says what is wrong with it.
 *
 * In: text. Out: plain values and where they stand; problems.
 * Decided: YAML 1.2 core; one document per file; aliases are allowed (at most 100 uses), merge keys and tags are not (`defaults:`
 * serves the purpose, and `<<` would hide where a value came from); a key given twice is an error.
 */
import { type Document, isAlias, isMap, isPair, isScalar, isSeq, parseDocument, visit, type YAMLMap, type Node as YamlNode } from 'yaml';
import type { Place } from '../model/inventory.js';
import { type Problem, type Problems, placeText, show } from './problems.js';
import { secretIn } from './secrets.js';
import { syntaxProblem } from './syntax.js';
import type { Found, Path, Read } from './where.js';

const MOST_ALIASES = 100;

const syntax = (message: string, next: string): Problem => ({ code: 'INVENTORY_SYNTAX', message, next });

/** @param place - Line and column of an offset. @returns Nothing where something is wrong; that goes to `problems`. */
export function readParsed(text: string, place: (offset: number) => Place, problems: Problems): Read | undefined {
  try {
    const doc = parseDocument(text, {
      uniqueKeys: false,
      prettyErrors: false,
      merge: false,
      stringKeys: false,
    });
    const found = [...doc.errors, ...doc.warnings];
    // One mistake makes the parser stumble again and again on the same line: the first is the one to mend.
    const told = new Set<number>();
    for (const error of found) {
      const here = place(error.pos[0]);
      if (!told.has(here.line)) problems.add(here, syntaxProblem(error));
      told.add(here.line);
    }
    const bad = found.length > 0 || !checkNodes(doc, place, problems);
    return bad ? undefined : { value: doc.toJS({ maxAliasCount: MOST_ALIASES }), find: finder(treeOf(doc)) };
  } catch (cause) {
    // The parser is recursive and stops aliases by throwing: both are the file's fault, not ours.
    const deep = cause instanceof RangeError;
    const message = deep ? 'The file is nested too deeply.' : 'The aliases (*) of the file unfold to too much.';
    const next = deep ? 'Write hosts and links as the starter file does (provision init).' : 'Write the values out, or use defaults:.';
    problems.add(place(0), syntax(message, next));
    return undefined;
  }
}

/** A key as text; empty where it is no single value. */
export const keyText = (key: unknown): string => (isScalar(key) ? String(key.value ?? '') : '');

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
  const range = typeof node === 'object' && node !== null && 'range' in node ? (node as YamlNode).range : undefined;
  return range?.[0] ?? 0;
};

/** One part of a file. */
interface Node {
  /** Offset of its key; its own where it has none (the top, items of lists). */
  readonly key: number;
  /** Its own; -1 where nothing stands behind the key. */
  readonly at: number;
  /** A single value as it is written, without quotes. */
  readonly text?: string | undefined;
  readonly entries?: ReadonlyMap<string, Node>;
  readonly items?: readonly Node[];
}

const finder =
  (tree: Node) =>
  (path: Path, part: 'key' | 'value'): Found => {
    let node = tree;
    let offset = node.key;
    for (const [index, step] of path.entries()) {
      const next = node.entries?.get(String(step)) ?? node.items?.[Number(step)];
      if (next === undefined) return { offset };
      const wanted = part === 'value' && index === path.length - 1;
      offset = wanted && next.at !== -1 ? next.at : next.key;
      node = next;
    }
    return node.text === undefined || node.text === '' ? { offset } : { offset, text: node.text };
  };

type Inside = Pick<Node, 'text' | 'entries' | 'items'>;

/** The same places without the parser's nodes, which take many times the memory. An alias stands where it is written and holds what it names. */
function treeOf(doc: Document): Node {
  const known = new Map<unknown, Inside>();
  const make = (node: unknown, key: number): Node => {
    const here: unknown = isAlias(node) ? node.resolve(doc) : node;
    const inside = known.get(here) ?? insideOf(here, make);
    known.set(here, inside);
    const at = isWritten(node) ? startOf(node) : -1;
    // How an alias is written says nothing about its value.
    return { ...inside, key: key === -1 ? startOf(node) : key, at, text: here === node ? inside.text : undefined };
  };
  return make(doc.contents, -1);
}

/** Not so of an empty value, which the parser puts behind the colon; quotes with nothing in them are written. */
const isWritten = (node: unknown): boolean => node !== null && !(isScalar(node) && node.range?.[0] === node.range?.[1]);

function insideOf(node: unknown, make: (node: unknown, key: number) => Node): Inside {
  if (isScalar(node)) return { text: node.source };
  if (isSeq(node)) return { items: node.items.map((item) => make(item, -1)) };
  if (!isMap(node)) return {};
  return { entries: new Map(node.items.map(({ key, value }) => [keyText(key), make(value, startOf(key))])) };
}
