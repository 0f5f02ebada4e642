/**
 * Writes the files that are made from code: the JSON Schemas and the list of error codes.
 *
 * in: `node scripts/generate.mjs` writes them, with `--check` it only says which are out of date (exit 1); dist/ must be built
 * out: schema/inventory.schema.json, schema/playbook.schema.json, schema/routing.schema.json, docs/errors.md
 * why: they are committed, so that an editor and a reader of the repository have them without a build; a test holds them to the code.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { generated } from '../dist/cli/generated.js';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const read = (path) => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
};

const stale = Object.entries(generated()).filter(([name, text]) => read(join(ROOT, name)) !== text);
for (const [name, text] of stale) {
  if (process.argv.includes('--check')) {
    process.stderr.write(`${name} is out of date: node scripts/generate.mjs\n`);
    process.exitCode = 1;
    continue;
  }
  mkdirSync(dirname(join(ROOT, name)), { recursive: true });
  writeFileSync(join(ROOT, name), text);
  process.stdout.write(`wrote ${name}\n`);
}
