/**
 * One playbook from its text: YAML, the schema, and names that refer to things that exist.
 *
 * In: a text and where it came from. Out: the playbook; or nothing, and errors with file, line and column.
 */
import { isNode, LineCounter, parseDocument } from 'yaml';
import type { z } from 'zod';
import { ProvisionError } from '../errors/error.js';
import type { Place } from '../model/inventory.js';
import { danglingEvidence, namedProbes, routingProbes } from './probes.js';
import { type Playbook, type PlaybookData, playbookSchema } from './schema.js';
import { type RoutingData, type RoutingPlaybook, routingSchema } from './schema-routing.js';

export interface Source {
  readonly file: string;
  readonly text: string;
  readonly builtIn: boolean;
}

/** One playbook from its text; errors are added to `errors`. */
export function parsePlaybook(source: Source, errors: ProvisionError[]): Playbook | undefined {
  return parsed(source, playbookSchema, danglingNames, errors);
}

/** The same for that of a routing daemon. */
export function parseRouting(source: Source, errors: ProvisionError[]): RoutingPlaybook | undefined {
  return parsed(source, routingSchema, danglingRouting, errors);
}

/** Where it came from. */
export type Origin = Pick<Playbook, 'file' | 'builtIn'>;

function parsed<T extends object>(
  source: Source,
  schema: z.ZodType<T>,
  dangling: (data: T) => string[],
  errors: ProvisionError[],
): (T & Origin) | undefined {
  const origin: Origin = { file: source.file, builtIn: source.builtIn };
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
