/**
 * Changes single values of an inventory file and leaves every other byte as it is: comments, order, quotes, line ends.
 *
 * In: the text of a file, a map in it, keys and values. Out: the text with these values. The parser only tells where to cut; nothing is written anew, because
 * a serialiser would lay out a file that a person has laid out.
 */
import { isDeepStrictEqual } from 'node:util';
import { type Document, isMap, isScalar, type Pair, parseDocument, type YAMLMap } from 'yaml';
import { keyText } from './parsed.js';
import { readQuick } from './quick.js';

/** One value of one map. */
export interface Setting {
  /** Keys from the top of the file to the map. */
  readonly map: readonly string[];
  readonly key: string;
  /** Plain text that needs no quotes in YAML: an address, a subnet, a name. */
  readonly value: string;
  /** Where the key is new: it goes before this one, else before the first. */
  readonly before?: string;
}

/** The text is good: that each key stands there once is known, and looking for it again takes the square of the time. */
const AS_IT_IS = { prettyErrors: false, uniqueKeys: false } as const;

interface Cut {
  readonly from: number;
  readonly to: number;
  readonly text: string;
}

/** Why a file cannot be changed in place. */
export class EditRefused extends Error {}

const refuse = (setting: Setting, why: string): never => {
  throw new EditRefused(`${[...setting.map, setting.key].join('.')}: ${why}`);
};

const indexes = new WeakMap<YAMLMap, ReadonlyMap<string, Pair>>();

function pairOf(map: YAMLMap, key: string): Pair | undefined {
  const index = indexes.get(map) ?? new Map(map.items.map((item) => [keyText(item.key), item]));
  indexes.set(map, index);
  return index.get(key);
}

const startOf = (node: unknown): number => (isScalar(node) || isMap(node) ? (node.range?.[0] ?? -1) : -1);

function mapAt(doc: Document, setting: Setting): YAMLMap {
  let node: unknown = doc.contents;
  for (const step of setting.map) {
    // An alias leads to a map that others share: a change there would change them too.
    if (!isMap(node)) return refuse(setting, 'it stands behind an alias or in no map');
    node = pairOf(node, step)?.value;
  }
  return isMap(node) ? node : refuse(setting, 'it stands behind an alias or in no map');
}

function replaced(text: string, setting: Setting, pair: Pair): Cut {
  const { value, key } = pair;
  if (isScalar(value) && value.range !== undefined && value.range !== null && value.range[1] > value.range[0]) {
    return { from: value.range[0], to: value.range[1], text: setting.value };
  }
  const empty = value === null || (isScalar(value) && value.value === null);
  const colon = isScalar(key) ? text.indexOf(':', key.range?.[1] ?? 0) : -1;
  if (!empty || colon < 0) return refuse(setting, 'what stands there is no single value');
  return { from: colon + 1, to: colon + 1, text: ` ${setting.value}` };
}

/** Start of the line, or of the comment lines right above it with the same indentation: they belong to what follows. */
function lineStart(text: string, offset: number, indent: string): number {
  let at = text.lastIndexOf('\n', offset - 1) + 1;
  for (;;) {
    const above = text.lastIndexOf('\n', at - 2) + 1;
    if (at === 0 || above === at || !text.slice(above, at).startsWith(`${indent}#`)) return at;
    at = above;
  }
}

function inserted(text: string, setting: Setting, map: YAMLMap): Cut {
  const pair = `${setting.key}: ${setting.value}`;
  const anchor = (setting.before === undefined ? undefined : pairOf(map, setting.before)) ?? map.items[0];
  if (map.flow === true) {
    const at = anchor === undefined ? startOf(map) + 1 : startOf(anchor.key);
    if (at < 1) return refuse(setting, 'its place was not found');
    return { from: at, to: at, text: anchor === undefined ? ` ${pair} ` : `${pair}, ` };
  }
  const offset = startOf(anchor?.key);
  const line = text.lastIndexOf('\n', offset - 1) + 1;
  const indent = text.slice(line, offset);
  if (offset < 0 || !/^ *$/.test(indent)) return refuse(setting, 'its map does not begin on a line of its own');
  const at = lineStart(text, offset, indent);
  return { from: at, to: at, text: `${indent}${pair}${lineEnd(text)}` };
}

/** As the first line ends. */
const lineEnd = (text: string): string => (/^[^\n]*\r\n/.test(text) ? '\r\n' : '\n');

type Plain = Record<string, unknown>;

/** The value of the file with the settings; keys that are new come last, which is no difference. */
function wanted(value: unknown, settings: readonly Setting[]): unknown {
  // By way of JSON, so that what an alias shares is shared no longer: a change there must show in two places.
  const copy = JSON.parse(JSON.stringify(value)) as unknown;
  for (const { map, key, value: to } of settings) {
    let at = copy as Plain;
    for (const step of map) at = at[step] as Plain;
    at[key] = to;
  }
  return copy;
}

function read(text: string): unknown {
  const quick = readQuick(text);
  return quick === undefined ? parseDocument(text, AS_IT_IS).toJS({ maxAliasCount: 100 }) : quick.value;
}

function withCuts(text: string, cuts: readonly Cut[]): string {
  const pieces: string[] = [];
  let end = text.length;
  // From the end: of two at one place, the later one goes before.
  for (const { from, to, text: by } of [...cuts].sort((a, b) => b.from - a.from)) {
    pieces.push(text.slice(to, end), by);
    end = from;
  }
  return [...pieces, text.slice(0, end)].reverse().join('');
}

/**
 * @param text - Good YAML.
 * @throws EditRefused where the value cannot be set without changing anything else; nothing is lost then.
 */
export function withSettings(text: string, settings: readonly Setting[]): string {
  const body = text.replace(/^\uFEFF/, '');
  const doc = parseDocument(body, AS_IT_IS);
  const cuts = settings.map((setting): Cut => {
    const map = mapAt(doc, setting);
    const pair = pairOf(map, setting.key);
    return pair === undefined ? inserted(body, setting, map) : replaced(body, setting, pair);
  });
  const edited = withCuts(body, cuts);
  // The proof: read again, it is what it was but for what was wanted. A shared anchor, a strange quote, anything unforeseen shows here.
  const [first] = settings;
  if (first !== undefined && !isDeepStrictEqual(read(edited), wanted(read(body), settings)))
    refuse(first, 'the file would not be the same otherwise');
  return text.length === body.length ? edited : `\uFEFF${edited}`;
}

/** One thing more in a section. */
export interface Entry {
  readonly section: 'hosts' | 'links';
  readonly name: string;
  /** YAML of the entry, as it stands under a section that is indented by two blanks. */
  readonly lines: readonly string[];
}

/** Where the entry goes and how far it is indented: behind the last one of its section. */
function placeOfEntry(text: string, { section, name }: Entry): { readonly at: number; readonly indent: string; readonly head: string } {
  const doc = parseDocument(text, AS_IT_IS);
  const top = doc.contents;
  const pair = isMap(top) ? pairOf(top, section) : undefined;
  const setting: Setting = { map: [section], key: name, value: '' };
  if (pair === undefined) {
    if (top !== null && (!isMap(top) || top.flow === true)) return refuse(setting, 'the file is no map with a line for each section');
    return { at: text.length, indent: '  ', head: `${section}:` };
  }
  const { key, value } = pair;
  if (value === null || (isScalar(value) && value.value === null))
    return { at: lineAfter(text, isScalar(key) ? (key.range?.[1] ?? 0) : 0), indent: '  ', head: '' };
  const first = isMap(value) && value.flow !== true ? startOf(value.items[0]?.key) : -1;
  const indent = text.slice(text.lastIndexOf('\n', first - 1) + 1, first);
  if (!isMap(value) || first < 0 || !/^ +$/.test(indent)) return refuse(setting, `${section}: is no map with a line for each name`);
  if (pairOf(value, name) !== undefined) return refuse(setting, 'it is there already');
  const end = text.slice(0, value.range?.[1] ?? first).trimEnd().length;
  return { at: lineAfter(text, end), indent, head: '' };
}

/** Start of the next line; the end of the text where there is none. */
function lineAfter(text: string, offset: number): number {
  const at = text.indexOf('\n', offset);
  return at < 0 ? text.length : at + 1;
}

/** @param text - Good YAML. @throws EditRefused as {@link withSettings}. */
export function withEntry(text: string, entry: Entry): string {
  const body = text.replace(/^\uFEFF/, '');
  const { at, indent, head } = placeOfEntry(body, entry);
  const end = lineEnd(body);
  const lines = [...(head === '' ? [] : [head]), ...entry.lines.map((line) => line.replace(/^ {2}/, indent))];
  const gap = at === body.length && body !== '' && !body.endsWith('\n') ? end : '';
  const edited = `${body.slice(0, at)}${gap}${lines.join(end)}${end}${body.slice(at)}`;
  const was = read(body) as Plain | null;
  const added = (read(`x:\n${entry.lines.join('\n')}\n`) as { x: Plain }).x;
  const section = { ...((was?.[entry.section] ?? {}) as Plain), ...added };
  if (!isDeepStrictEqual(read(edited), { ...was, [entry.section]: section }))
    refuse({ map: [entry.section], key: entry.name, value: '' }, 'the file would not be the same otherwise');
  return text.length === body.length ? edited : `\uFEFF${edited}`;
}
