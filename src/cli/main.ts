#!/usr/bin/env node
/**
 * Where `provision` begins. What a question for the version does not need is not loaded for it.
 */
import { readFileSync } from 'node:fs';

function version(): string {
  const data: unknown = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  return typeof data === 'object' && data !== null && 'version' in data ? String(data.version) : '0';
}

const words = process.argv.slice(2);
if (words.length === 1 && words[0] === '--version') process.stdout.write(`${version()}\n`);
else {
  const { start } = await import('./start.js');
  await start(version());
}
