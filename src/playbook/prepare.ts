/**
 * Makes what `prepared.ts` reads. Called by scripts/build.mjs only.
 *
 * In: the folder of built-in playbooks. Out: JSON. A playbook with an error, and one that JSON does not give back as it was, is left out: it is read, and told of,
 * at run time.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { ProvisionError } from '../errors/error.js';
import { type Origin, parsePlaybook, parseRouting, type Source } from './parse.js';
import { hashOf, type Prepared } from './prepared.js';

function folder<T extends Origin>(
  path: string,
  parse: (source: Source, errors: ProvisionError[]) => T | undefined,
): Record<string, Omit<T, keyof Origin>> {
  const names = readdirSync(path).filter((name) => /\.ya?ml$/.test(name));
  const made = names.flatMap((name) => {
    const text = readFileSync(join(path, name), 'utf8');
    const errors: ProvisionError[] = [];
    const read = parse({ file: name, text, builtIn: true }, errors);
    if (read === undefined || errors.length > 0) return [];
    const { file: _file, builtIn: _builtIn, ...data } = read;
    return isDeepStrictEqual(JSON.parse(JSON.stringify(data)), data) ? [[hashOf(text), data] as const] : [];
  });
  return Object.fromEntries(made);
}

export function preparedText(builtIn: string): string {
  const made: Prepared = { playbooks: folder(builtIn, parsePlaybook), routing: folder(join(builtIn, 'routing'), parseRouting) };
  return `${JSON.stringify(made)}\n`;
}
