/**
 * Reads playbooks: the built-in folder and folders of the user.
 *
 * In: folders. Out: playbooks that follow the schema and whose names, probes and steps refer to things that exist. Errors carry file, line and
 * column and come all at once. A playbook of the user that shadows a built-in one is refused unless it is trusted: it would run as root on every host.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isNode, LineCounter, parseDocument } from 'yaml';
import type { z } from 'zod';
import { ProvisionError, ProvisionErrors } from '../errors/error.js';
import { readRegular, stayInside } from '../files/read.js';
import type { Place } from '../model/inventory.js';
import { prepared } from './prepared.js';
import { danglingEvidence, namedProbes, routingProbes } from './probes.js';
import { type Playbook, type PlaybookData, playbookSchema } from './schema.js';
import { type RoutingData, type RoutingPlaybook, routingSchema } from './schema-routing.js';

/** The folder of built-in playbooks, beside src/ or dist/. */
export const BUILT_IN = fileURLToPath(new URL('../../playbooks/', import.meta.url));

interface Source {
  readonly file: string;
  readonly text: string;
  readonly builtIn: boolean;
}

/** Bytes of one playbook. */
const LONGEST = 2 ** 20;

/** Where playbooks of the user may come from: `within` gives the folder that no symbolic link may lead out of. */
export interface LoadOptions {
  readonly trust?: boolean;
  readonly within?: (folder: string) => string | undefined;
}

function readOne(file: string, within: string | undefined): string {
  try {
    return readRegular(file, { most: LONGEST, ...(within === undefined ? {} : { within }) }).toString('utf8');
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new ProvisionError('PLAYBOOK_INVALID', `${file} cannot be read.`, { place: { file, line: 1, column: 1 }, why, cause });
  }
}

function readFolder(folder: string, builtIn: boolean, within?: string): Source[] {
  let names: string[];
  try {
    stayInside(folder, within);
    names = readdirSync(folder).filter((n) => n.endsWith('.yaml') || n.endsWith('.yml'));
  } catch (cause) {
    throw new ProvisionError('PLAYBOOK_INVALID', `The playbook folder ${folder} cannot be read.`, { why: String(cause), cause });
  }
  return names.sort().map((n) => ({ file: join(folder, n), text: readOne(join(folder, n), within), builtIn }));
}

/** Routing daemons stand in a folder of their own. */
const ROUTING = join(BUILT_IN, 'routing/');

/** @throws {ProvisionErrors} with every error of every file. */
export function loadPlaybooks(folders: readonly string[] = [], options: LoadOptions = {}): readonly Playbook[] {
  const sources = [...readFolder(BUILT_IN, true), ...folders.flatMap((f) => readFolder(f, false, options.within?.(f)))];
  const errors: ProvisionError[] = [];
  const byName = new Map<string, Playbook>();
  for (const source of sources) {
    const made = parsePlaybook(source, errors);
    if (made === undefined) continue;
    const other = byName.get(made.name);
    if (other !== undefined && options.trust !== true) {
      errors.push(
        new ProvisionError('PLAYBOOK_SHADOW', `${source.file} has the name ${made.name}, which ${other.file} has already.`, {
          next: 'Give it another name, or run with --trust-playbooks to use yours instead.',
        }),
      );
    }
    byName.set(made.name, made);
  }
  const daemons = readFolder(ROUTING, true).flatMap((source) => parseRouting(source, errors) ?? []);
  if (errors.length > 0) throw new ProvisionErrors(errors);
  return [...byName.values()].map((playbook) => ({ ...playbook, routing: daemons.filter((d) => d.places[playbook.system] !== undefined) }));
}

/** One playbook from its text; errors are added to `errors`. */
export function parsePlaybook(source: Source, errors: ProvisionError[]): Playbook | undefined {
  return parsed(source, playbookSchema, danglingNames, errors);
}

/** The same for that of a routing daemon. */
export function parseRouting(source: Source, errors: ProvisionError[]): RoutingPlaybook | undefined {
  return parsed(source, routingSchema, danglingRouting, errors);
}

type Origin = Pick<Playbook, 'file' | 'builtIn'>;

function parsed<T extends object>(
  source: Source,
  schema: z.ZodType<T>,
  dangling: (data: T) => string[],
  errors: ProvisionError[],
): (T & Origin) | undefined {
  const origin: Origin = { file: source.file, builtIn: source.builtIn };
  const known = source.builtIn ? schema.safeParse(prepared(source.text)) : undefined;
  if (known?.success === true && dangling(known.data).length === 0) return { ...known.data, ...origin };
  const lines = new LineCounter();
  const document = parseDocument(source.text, { lineCounter: lines });
  const placeOf = (offset: number): Place => {
    const at = lines.linePos(offset);
    return { file: source.file, line: at.line, column: at.col };
  };
  for (const e of document.errors) {
    errors.push(new ProvisionError('PLAYBOOK_INVALID', `Not valid YAML: ${e.message.split('\n')[0] ?? ''}`, { place: placeOf(e.pos[0]) }));
  }
  if (document.errors.length > 0) return undefined;
  const read = schema.safeParse(document.toJS({ maxAliasCount: 200 }));
  if (!read.success) {
    for (const issue of read.error.issues) {
      const node = document.getIn(issue.path as (string | number)[], true);
      const offset = isNode(node) ? (node.range?.[0] ?? 0) : 0;
      errors.push(new ProvisionError('PLAYBOOK_INVALID', `${issue.path.join('.') || 'playbook'}: ${issue.message}`, { place: placeOf(offset) }));
    }
    return undefined;
  }
  for (const text of dangling(read.data)) errors.push(new ProvisionError('PLAYBOOK_INVALID', text, { place: placeOf(0) }));
  return { ...read.data, ...origin };
}

/** Probes that are named and not defined, attributes that are ensured and not known. */
function danglingNames(data: PlaybookData): string[] {
  const { live } = data;
  const settings = Object.keys(live.settings);
  const known = new Set(['driver', 'interface', 'outer', 'inner', 'mtu', 'ttl', 'up', ...settings]);
  const ensured = data.steps.flatMap((s) => s.ensures).filter((e) => !known.has(e));
  return [
    ...namedProbes(data)
      .filter((n) => !Object.hasOwn(data.probes, n))
      .map((n) => `The probe ${n} is named and not defined.`),
    ...danglingEvidence(data).map((n) => `The evidence names the probe ${n}, which is not defined.`),
    ...ensured.map((e) => `A step ensures ${e}, which is neither an attribute nor a setting.`),
  ];
}

/** The same of a routing daemon: what a step ensures is a setting of the same protocol. */
function danglingRouting(data: RoutingData): string[] {
  const ensured = [data.ospf, data.bgp].flatMap((rules) => {
    const known = new Set(Object.keys(rules?.settings ?? {}));
    return [...(rules?.steps ?? []), ...(rules?.remove ?? [])].flatMap((s) => s.ensures).filter((e) => !known.has(e));
  });
  return [
    ...routingProbes(data)
      .filter((n) => !Object.hasOwn(data.probes, n))
      .map((n) => `The probe ${n} is named and not defined.`),
    ...ensured.map((e) => `A step ensures ${e}, which is no setting of its protocol.`),
  ];
}
