/**
 * The values of the built-in playbooks as the build has read them: reading them from YAML takes a third of a second, and every command needs them.
 *
 * In: the text of a playbook. Out: its value, or nothing where the build has not seen this very text (changed since, or running from src/): it is read from
 * YAML then. Nothing else comes from here: the schema and all checks are the same, and whoever finds a mistake reads the YAML for its place.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

/** Written by scripts/build.mjs: values by the hash of their text. */
const FILE = new URL('../playbooks.json', import.meta.url);

export const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex');

let all: ReadonlyMap<string, unknown> | undefined;

export function prepared(text: string): unknown {
  all ??= new Map(Object.entries(read()));
  return all.get(hashOf(text));
}

function read(): object {
  try {
    const value: unknown = JSON.parse(readFileSync(FILE, 'utf8'));
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    return {};
  }
}
