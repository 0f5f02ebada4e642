/**
 * Changes single values of an inventory file and leaves every other byte as it is: comments, order, quotes, line ends.
 *
 * In: the text of a file, a map in it, keys and values. Out: the text with these values. The parser only tells where to cut; nothing is written anew, because
 * a serialiser would lay out a file that a person has laid out.
 */
import { isDeepStrictEqual } from 'node:util';
import { type Document, isMap, isScalar, type Pair, parseDocument, type YAMLMap } from 'yaml';

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

const keyOf = ({ key }: Pair): string => (isScalar(key) ? String(key.value ?? '') : '');
const startOf = (node: unknown): number => (isScalar(node) || isMap(node) ? (node.range?.[0] ?? -1) : -1);

function mapAt(doc: Document, setting: Setting): YAMLMap {
  let node: unknown = doc.contents;
  for (const step of setting.map) {
    // An alias leads to a map that others share: a change there would change them too.
    if (!isMap(node)) return refuse(setting, 'it stands behind an alias or in no map');
    node = node.items.find((item) => keyOf(item) === step)?.value;
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
  const anchor = map.items.find((item) => keyOf(item) === setting.before) ?? map.items[0];
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
  const end = text.slice(0, text.indexOf('\n') + 1).endsWith('\r\n') ? '\r\n' : '\n';
  return { from: at, to: at, text: `${indent}${pair}${end}` };
}

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

const read = (text: string): unknown => parseDocument(text, { prettyErrors: false }).toJS({ maxAliasCount: 100 });

/**
 * @param text - Good YAML.
 * @throws EditRefused where the value cannot be set without changing anything else; nothing is lost then.
 */
export function withSettings(text: string, settings: readonly Setting[]): string {
  const body = text.replace(/^\uFEFF/, '');
  const doc = parseDocument(body, { prettyErrors: false });
  const cuts = settings.map((setting): Cut => {
    const map = mapAt(doc, setting);
    const pair = map.items.find((item) => keyOf(item) === setting.key);
    return pair === undefined ? inserted(body, setting, map) : replaced(body, setting, pair);
  });
  let edited = body;
  // From the end, so that places found before stay right.
  for (const { from, to, text: by } of [...cuts].sort((a, b) => b.from - a.from)) edited = edited.slice(0, from) + by + edited.slice(to);
  // The proof: read again, it is what it was but for what was wanted. A shared anchor, a strange quote, anything unforeseen shows here.
  const [first] = settings;
  if (first !== undefined && !isDeepStrictEqual(read(edited), wanted(read(body), settings)))
    refuse(first, 'the file would not be the same otherwise');
  return text.length === body.length ? edited : `\uFEFF${edited}`;
}
