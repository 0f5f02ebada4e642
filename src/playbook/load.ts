/**
 * Reads playbooks: the built-in folder and folders of the user.
 *
 * In: folders. Out: playbooks that follow the schema and whose names, probes and steps refer to things that exist. Errors carry file, line and
 * column and come all at once. A playbook of the user that shadows a built-in one is refused unless it is trusted: it would run as root on every host.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isNode, LineCounter, parseDocument } from 'yaml';
import { ProvisionError, ProvisionErrors } from '../errors/error.js';
import type { Place } from '../model/inventory.js';
import { type Condition, type Playbook, type PlaybookData, playbookSchema } from './schema.js';
import { conditionsOf } from './schema-by-hand.js';

/** The folder of built-in playbooks, beside src/ or dist/. */
export const BUILT_IN = fileURLToPath(new URL('../../playbooks/', import.meta.url));

interface Source {
  readonly file: string;
  readonly text: string;
  readonly builtIn: boolean;
}

function readFolder(folder: string, builtIn: boolean): Source[] {
  let names: string[];
  try {
    names = readdirSync(folder).filter((n) => n.endsWith('.yaml') || n.endsWith('.yml'));
  } catch (cause) {
    throw new ProvisionError('PLAYBOOK_INVALID', `The playbook folder ${folder} cannot be read.`, { why: String(cause), cause });
  }
  return names.sort().map((n) => ({ file: join(folder, n), text: readFileSync(join(folder, n), 'utf8'), builtIn }));
}

/** @throws {ProvisionErrors} with every error of every file. */
export function loadPlaybooks(folders: readonly string[] = [], options: { readonly trust?: boolean } = {}): readonly Playbook[] {
  const sources = [...readFolder(BUILT_IN, true), ...folders.flatMap((f) => readFolder(f, false))];
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
  if (errors.length > 0) throw new ProvisionErrors(errors);
  return [...byName.values()];
}

/** One playbook from its text; errors are added to `errors`. */
export function parsePlaybook(source: Source, errors: ProvisionError[]): Playbook | undefined {
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
  const parsed = playbookSchema.safeParse(document.toJS({ maxAliasCount: 50 }));
  if (!parsed.success) {
    for (const issue of parsed.error.issues) {
      const node = document.getIn(issue.path as (string | number)[], true);
      const offset = isNode(node) ? (node.range?.[0] ?? 0) : 0;
      errors.push(new ProvisionError('PLAYBOOK_INVALID', `${issue.path.join('.') || 'playbook'}: ${issue.message}`, { place: placeOf(offset) }));
    }
    return undefined;
  }
  for (const text of danglingNames(parsed.data)) errors.push(new ProvisionError('PLAYBOOK_INVALID', text, { place: placeOf(0) }));
  return { ...parsed.data, file: source.file, builtIn: source.builtIn };
}

function conditionProbes(conditions: readonly Condition[]): string[] {
  return conditions.flatMap((c) => {
    if ('probe' in c) return [c.probe];
    if ('not' in c) return conditionProbes([c.not]);
    if ('any' in c) return conditionProbes(c.any);
    return 'all' in c ? conditionProbes(c.all) : [];
  });
}

/** Probes that are named and not defined, attributes that are ensured and not known. */
function danglingNames(data: PlaybookData): string[] {
  const { live } = data;
  const settings = Object.keys(live.settings);
  const known = new Set(['driver', 'interface', 'outer', 'inner', 'mtu', 'ttl', 'up', ...settings]);
  const fields = [live.up, live.mtu, live.outer, live.inner, ...(live.ttl === undefined ? [] : [live.ttl]), ...Object.values(live.settings)];
  const lists: (readonly Condition[])[] = [
    data.match,
    data.rebuild,
    ...data.driver.map((d) => d.when),
    ...data.mtu.maximum.map((m) => m.when),
    ...data.faults.map((f) => f.when),
    ...[...data.steps, ...data.remove].flatMap((s) => [s.when, ...s.variants.map((v) => v.when)]),
    ...data.boot.flatMap((b) => [
      b.when,
      ...b.files.flatMap((f) => [f.when, ...(typeof f.content === 'string' ? [] : f.content.map((c) => c.when))]),
      ...b.conflicts.map((c) => c.when),
      ...b.files.flatMap((f) => (f.byHand === undefined ? [] : conditionsOf(f.byHand))),
    ]),
  ];
  const named = [
    ...fields.map((f) => f.from),
    live.interface.from,
    data.addresses.from,
    data.sample.from,
    ...data.tools,
    ...lists.flatMap((l) => conditionProbes(l)),
  ];
  const ensured = data.steps.flatMap((s) => s.ensures).filter((e) => !known.has(e));
  return [
    ...[...new Set(named)].filter((n) => !Object.hasOwn(data.probes, n)).map((n) => `The probe ${n} is named and not defined.`),
    ...ensured.map((e) => `A step ensures ${e}, which is neither an attribute nor a setting.`),
  ];
}
