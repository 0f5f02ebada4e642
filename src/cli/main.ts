#!/usr/bin/env node
/**
 * Where `provision` begins. What a question for the version does not need is not loaded for it.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { load } from './parts.js';
import type { start } from './start.js';

/** File name of the part that start.ts became: scripts/build.mjs puts it here. */
declare const START: string;

function version(): string {
  const data: unknown = JSON.parse(readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8'));
  return typeof data === 'object' && data !== null && 'version' in data ? String(data.version) : '0';
}

const words = process.argv.slice(2);
if (words.length === 1 && words[0] === '--version') process.stdout.write(`${version()}\n`);
else {
  const program = load(join(import.meta.dirname, '../parts', START)) as { readonly start: typeof start };
  // A failure that nobody has caught ends the process, as it should.
  void program.start(version());
}
