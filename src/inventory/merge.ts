/**
 * Puts the documents of a folder together, each part checked against its schema.
 *
 * In: documents. Out: a draft: typed parts that still know their document and place. A name or default given in two files is an
 * error: which of them would win must not hang on file names.
 */
import type { z } from 'zod';
import type { Place } from '../model/inventory.js';
import { isSubnet, readSubnet, type Subnet } from './address.js';
import type { Path, ReadDocument } from './document.js';
import { NAME } from './forms.js';
import { at, checkPart, isMap, type PartForm, unknownKey } from './issues.js';
import { plainDefaults, plainHost, plainLink, plainPool } from './plain.js';
import { type Problem, type Problems, placeText, show } from './problems.js';
import { defaultsSchema, poolSchema } from './schema.js';
import { hostSchema, type sshSchema } from './schema-host.js';
import { linkSchema } from './schema-link.js';

export type HostPart = z.output<ReturnType<typeof hostSchema>>;
export type LinkPart = z.output<ReturnType<typeof linkSchema>>;
export type DefaultsPart = z.output<ReturnType<typeof defaultsSchema>>;

/** A part with the way back to where it was written. */
export interface Part<T> {
  readonly name: string;
  readonly value: T;
  readonly place: Place;
  placeOf(path: Path, part?: 'key' | 'value'): Place;
}

export interface Draft {
  readonly pools: ReadonlyMap<string, Part<Subnet>>;
  readonly hosts: ReadonlyMap<string, Part<HostPart>>;
  readonly links: ReadonlyMap<string, Part<LinkPart>>;
  readonly defaults: DefaultsPart;
  /** Names that were written, also of hosts and pools with errors: nothing more is to be said about those. */
  readonly written: { readonly hosts: ReadonlySet<string>; readonly pools: ReadonlySet<string> };
}

/** In the order of the schema. */
export const SECTIONS = ['pools', 'defaults', 'hosts', 'links'] as const;
type Section = (typeof SECTIONS)[number];

const FORMS = {
  pools: { schema: poolSchema, plain: plainPool },
  hosts: { schema: hostSchema, plain: plainHost },
  links: { schema: linkSchema, plain: plainLink },
  defaults: { schema: defaultsSchema, plain: plainDefaults },
};

/** Merges documents into a draft; whatever is wrong goes to `problems`. */
export function mergeDocuments(docs: readonly ReadDocument[], problems: Problems): Draft {
  const shaped = docs.filter((doc) => checkTop(doc, problems));
  const pools = section(shaped, 'pools', FORMS.pools, problems);
  const hosts = section(shaped, 'hosts', FORMS.hosts, problems);
  const links = section(shaped, 'links', FORMS.links, problems);
  const first = docs[0];
  if (first !== undefined && shaped.length === docs.length && hosts.written.size === 0 && problems.empty) {
    const next = 'Add hosts: and links:, or make a starter with: provision init';
    problems.add(first.placeOf([]), { code: 'INVENTORY_KEY', message: 'The inventory has no hosts.', next });
  }
  return {
    pools: readPools(pools.parts),
    hosts: hosts.parts,
    links: links.parts,
    defaults: mergeDefaults(shaped, problems),
    written: { hosts: hosts.written, pools: pools.written },
  };
}

function checkTop(doc: ReadDocument, problems: Problems): boolean {
  const value = doc.value;
  if (value === null || value === undefined) return true;
  if (!isMap(value)) {
    const message = `The file holds ${Array.isArray(value) ? 'a list' : 'a single value'}, not a map.`;
    problems.add(doc.placeOf([], 'value'), { code: 'INVENTORY_VALUE', message, next: 'Write hosts: and links: at the start of a line.' });
    return false;
  }
  for (const key of Object.keys(value)) if (!SECTIONS.some((name) => name === key)) problems.add(doc.placeOf([key]), unknownKey(key, SECTIONS, []));
  return true;
}

/** One section of all files: its entries by name. An empty entry of `hosts:` is a host that ssh_config knows. */
function section<T extends z.ZodType>(docs: readonly ReadDocument[], name: Section, form: PartForm<T>, problems: Problems) {
  const parts = new Map<string, Part<z.output<T>>>();
  const written = new Map<string, Place>();
  for (const doc of docs) {
    const entries = at(doc.value, [name]);
    if (entries === undefined || entries === null) continue;
    if (!isMap(entries)) {
      const message = `${name}: holds ${show(entries)}, not a map of names.`;
      problems.add(doc.placeOf([name], 'value'), {
        code: 'INVENTORY_VALUE',
        message,
        next: `Write each on a line of its own, with its name and a colon, indented under ${name}:`,
      });
      continue;
    }
    for (const [key, value] of Object.entries(entries)) {
      const place = doc.placeOf([name, key]);
      const before = written.get(key);
      if (before !== undefined) problems.add(place, twiceInFiles(`${name}.${key}`, before));
      written.set(key, before ?? place);
      const badName = NAME.find(key);
      if (badName !== undefined) problems.add(place, badName);
      const given = name === 'hosts' && value === null ? {} : value;
      // A name with spaces and braces in it is a line without its colon: its value tells nothing more.
      if (badName !== undefined && !isMap(value)) continue;
      const read = checkPart(form, given, [name, key], doc, problems);
      const placeOf: Part<unknown>['placeOf'] = (path, part) => doc.placeOf([name, key, ...path], part);
      if (read !== undefined && before === undefined && badName === undefined) parts.set(key, { name: key, value: read, place, placeOf });
    }
  }
  return { parts, written: new Set(written.keys()) };
}

const twiceInFiles = (what: string, before: Place): Problem => ({
  code: 'INVENTORY_CONFLICT',
  message: `${show(what)} is given in two files; the other is at ${placeText(before)}.`,
  next: 'Keep one of the two.',
});

function readPools(parts: ReadonlyMap<string, Part<string>>): Map<string, Part<Subnet>> {
  const pools = new Map<string, Part<Subnet>>();
  for (const [name, part] of parts) {
    const value = readSubnet(part.value, [8, 30]);
    if (isSubnet(value)) pools.set(name, { ...part, value });
  }
  return pools;
}

/** Defaults of all files: each single setting may be given once. */
function mergeDefaults(docs: readonly ReadDocument[], problems: Problems): DefaultsPart {
  const seen = new Map<string, Place>();
  let merged: DefaultsPart = {};
  for (const doc of docs) {
    const given = at(doc.value, ['defaults']);
    if (given === undefined || given === null) continue;
    const read = checkPart(FORMS.defaults, given, ['defaults'], doc, problems);
    if (read === undefined) continue;
    const paths: string[][] = [...Object.keys(read).map((key) => [key]), ...Object.keys(read.ssh ?? {}).map((key) => ['ssh', key])];
    for (const path of paths.filter((p) => p.join() !== 'ssh')) {
      const place = doc.placeOf(['defaults', ...path]);
      const before = seen.get(path.join('.'));
      if (before !== undefined) problems.add(place, twiceInFiles(`defaults.${path.join('.')}`, before));
      seen.set(path.join('.'), before ?? place);
    }
    merged = { ...merged, ...read, ...(merged.ssh || read.ssh ? { ssh: { ...merged.ssh, ...read.ssh } } : {}) };
  }
  return merged;
}

export type SshPart = z.output<ReturnType<typeof sshSchema>>;
