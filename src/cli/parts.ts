/**
 * Loads parts of the built program with what V8 made of them before: compiling them anew is a third of the start-up (docs/performance.md).
 *
 * In: files of dist/parts, CommonJS, each with a code cache beside it (`.code`), made by the build from a run of the program. Out: what a part exports.
 * Node 22 has such a cache of its own, Node 20 has not. The caches lie where the code lies, written by whoever wrote the code: nothing is read from a folder that
 * somebody else may write. V8 takes a cache only from its own version and flags; with any other Node the part is compiled as ever.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { Script } from 'node:vm';

/** Compiled parts by the path of their file. */
export const scripts = new Map<string, Script>();
const loaded = new Map<string, { exports: object }>();
const others = createRequire(import.meta.url);

type Wrapper = (exports: object, require: (name: string) => unknown, module: { exports: object }, file: string, folder: string) => void;

function cacheOf(file: string): Buffer | undefined {
  try {
    return readFileSync(`${file}.code`);
  } catch {
    return undefined;
  }
}

/** What a part exports; it is run once. @param file - Its path. */
export function load(file: string): object {
  const known = loaded.get(file);
  if (known !== undefined) return known.exports;
  const module: { exports: object } = { exports: {} };
  loaded.set(file, module);
  // The build has left ASCII alone in it: nothing is to be decoded.
  const text = `(function (exports, require, module, __filename, __dirname) {${readFileSync(file, 'latin1')}\n})`;
  const cachedData = cacheOf(file);
  const script = new Script(text, { filename: file, ...(cachedData === undefined ? {} : { cachedData }) });
  scripts.set(file, script);
  const folder = dirname(file);
  const find = (name: string): unknown => (name.startsWith('.') ? load(join(folder, name)) : others(name));
  (script.runInThisContext() as Wrapper)(module.exports, find, module, file, folder);
  return module.exports;
}
