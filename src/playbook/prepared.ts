/**
 * The built-in playbooks as the build has read and checked them: reading the YAML takes a third of a second, the schema a sixth, and every command needs them.
 *
 * In: the text of a playbook. Out: what it says, or nothing where the build has not seen this very text (changed since, or running from src/): then it is read
 * and checked as any other. What is here has passed the same checks (prepare.ts); it lies beside the program and is trusted as the program is.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { PlaybookData } from './schema.js';
import type { RoutingData } from './schema-routing.js';

/** Written by scripts/build.mjs. */
const FILE = new URL('../playbooks.json', import.meta.url);

/** By the hash of their text. */
export interface Prepared {
  readonly playbooks: Readonly<Record<string, PlaybookData>>;
  readonly routing: Readonly<Record<string, RoutingData>>;
}

export const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex');

let all: Prepared | undefined;

/** What the build made of this text; a text that it has not seen has none. */
export function prepared(text: string): { readonly [K in keyof Prepared]: Prepared[K][string] | undefined } {
  all ??= read();
  const hash = hashOf(text);
  return { playbooks: all.playbooks[hash], routing: all.routing[hash] };
}

/** Whether the build has seen this text. */
export function isPrepared(text: string): boolean {
  const { playbooks, routing } = prepared(text);
  return playbooks !== undefined || routing !== undefined;
}

function read(): Prepared {
  try {
    return JSON.parse(readFileSync(FILE, 'utf8')) as Prepared;
  } catch {
    return { playbooks: {}, routing: {} };
  }
}
