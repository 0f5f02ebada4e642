/**
 * Runs one command of the built program and keeps, beside each part that it loaded, what V8 compiled of it.
 *
 * in: `node scripts/keep-code.mjs PARTS START [WORD...]`: cli/parts.js and the part with start.ts of a build, and words for provision
 * out: a file .code beside each part; the exit status of the command
 * why: a code cache holds the functions that have run, and those of the cache that the part was loaded with, so that one command after the other adds to it.
 */
import { writeFileSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';

const [partsFile, startFile, ...words] = process.argv.slice(2);
const { load, scripts } = (await import(partsFile)).default;
// Else V8 throws away functions that have not run for a while. Undone at the end, because the flags are part of what a cache is good for.
setFlagsFromString('--no-flush-bytecode');
process.on('exit', () => {
  setFlagsFromString('--flush-bytecode');
  for (const [file, script] of scripts) writeFileSync(`${file}.code`, script.createCachedData());
});
process.argv = [process.execPath, 'provision', ...words];
await load(startFile).start('0');
