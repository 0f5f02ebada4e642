/**
 * Reads playbooks: the built-in folder and folders of the user.
 *
 * In: folders. Out: playbooks that follow the schema and whose names, probes and steps refer to things that exist. Errors carry file, line and
 * column and come all at once. A playbook of the user that shadows a built-in one is refused unless it is trusted: it would run as root on every host.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ProvisionError, ProvisionErrors } from '../errors/error.js';
import { readRegular, stayInside } from '../files/read.js';
import type { Source } from './parse.js';
import { isPrepared, prepared } from './prepared.js';
import type { Playbook } from './schema.js';

/** The folder of built-in playbooks, beside src/ or dist/. */
export const BUILT_IN = fileURLToPath(new URL('../../playbooks/', import.meta.url));

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
export async function loadPlaybooks(folders: readonly string[] = [], options: LoadOptions = {}): Promise<readonly Playbook[]> {
  const sources = [...readFolder(BUILT_IN, true), ...folders.flatMap((f) => readFolder(f, false, options.within?.(f)))];
  const daemons = readFolder(ROUTING, true);
  // Schemas and the parser of YAML are loaded only where the build has not read all of them: they take a tenth of what `check` takes.
  const all = [...sources, ...daemons].every((s) => s.builtIn && isPrepared(s.text));
  const parser = all ? undefined : await import('./parse.js');
  const errors: ProvisionError[] = [];
  const byName = new Map<string, Playbook>();
  for (const source of sources) {
    const known = source.builtIn ? prepared(source.text).playbooks : undefined;
    const made = known === undefined ? parser?.parsePlaybook(source, errors) : { ...known, file: source.file, builtIn: true };
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
  const routing = daemons.flatMap((source) => {
    const known = prepared(source.text).routing;
    return known === undefined ? (parser?.parseRouting(source, errors) ?? []) : [{ ...known, file: source.file, builtIn: true }];
  });
  if (errors.length > 0) throw new ProvisionErrors(errors);
  return [...byName.values()].map((playbook) => ({ ...playbook, routing: routing.filter((d) => d.places[playbook.system] !== undefined) }));
}
