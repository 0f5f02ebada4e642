/**
 * Builds dist/ from src/: one bundle in parts that are loaded as they are needed, packages included; shell files that are sent to hosts; the built-in playbooks
 * as values.
 *
 * in: src/, playbooks/, node_modules/
 * out: dist/, and dist/.built, whose time says when (scripts/ensure.mjs asks)
 * why: start-up is what is loaded, and some hundred small files take twice as long as a few (docs/performance.md). Types are checked by `npm run lint`. A file
 * deleted from src/ must not live on in dist/, so dist/ is made anew. A source that reads a file beside it names it from one folder below src/: the parts
 * of the bundle lie one folder below dist/.
 */
import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { basename, extname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { rolldown } from 'rolldown';
import { ssh2Parts } from './ssh2-parts.mjs';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const at = (path) => join(ROOT, path);
const COPIED = new Set(['.sh', '.awk']);
/** What is loaded by the program's own loader; what scripts/generate.mjs writes; the simulated hosts, for bench/; what makes the values of the playbooks. */
const PROGRAM = ['cli/start', 'cli/generated', 'twin/twin', 'playbook/prepare'];
/** What Node loads. */
const FIRST = ['cli/main', 'cli/parts'];
/** Runs whose compiled functions are kept (src/cli/parts.ts): the main job on the twin, and an answer without one. */
const KEPT_RUNS = [['check', '-i', at('inventory')], ['demo']];

/** @param define - Values of names that only the build knows. */
async function bundle(folder, entries, entryFileNames, define = {}) {
  const made = await rolldown({
    cwd: ROOT,
    input: Object.fromEntries(entries.map((name) => [name, at(`src/${name}.ts`)])),
    platform: 'node',
    tsconfig: at('tsconfig.json'),
    // Native parts of ssh2: not used, and looked for by it in a way that may fail.
    external: [/\.node$/, 'cpu-features'],
    plugins: [ssh2Parts],
    transform: { define },
  });
  const { output } = await made.write({
    dir: folder,
    format: 'cjs',
    banner: '"use strict";',
    // Names are kept for who reads a profile; comments and space would be read at each start.
    minify: { compress: false, mangle: false, codegen: { removeWhitespace: true } },
    entryFileNames,
    chunkFileNames: 'parts/[name]-[hash].js',
  });
  await made.close();
  for (const file of output) if (file.type === 'chunk') writeFileSync(join(folder, file.fileName), inAscii(file.code));
  return output;
}

/** Other characters as escapes: a text with one of them takes two bytes for each character, and parts.ts would have to decode it. They stand in strings and patterns. */
function inAscii(code) {
  if (/String\.raw`[^`]*[^\0-\x7f]|\\[^\0-\x7f]/.test(code)) throw new Error('build: a character stands where an escape would mean something else');
  return code.replace(/[^\0-\x7f]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** A hash in its name: a code cache of one build is never taken for the part of another. */
const entryName = ({ name }) => (name === 'cli/start' ? 'parts/start-[hash].js' : '[name].js');

/** Licences of what is in the bundle: they have to go where the code goes. */
function licences(modules) {
  const folders = new Set(modules.flatMap((id) => /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/.exec(id) ?? []));
  const texts = [...folders].sort().map((folder) => {
    const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    const file = readdirSync(folder).find((f) => /^licen[cs]e/i.test(f));
    return `${name} ${version} (${license})\n\n${file === undefined ? 'The package holds no text of it.\n' : readFileSync(join(folder, file), 'utf8')}`;
  });
  return texts.join(`\n${'-'.repeat(80)}\n`);
}

/** Runs the program and keeps what V8 compiled for it. Without that it only starts later, so a run that fails is told and no more. */
function keepCode(start) {
  const home = join(part, 'home');
  mkdirSync(home);
  for (const words of KEPT_RUNS) {
    const env = { ...process.env, HOME: home, XDG_STATE_HOME: home, XDG_CONFIG_HOME: home, XDG_CACHE_HOME: home };
    const ran = spawnSync(process.execPath, [at('scripts/keep-code.mjs'), join(part, 'cli/parts.js'), start, ...words], {
      cwd: home,
      env,
      encoding: 'utf8',
    });
    if (ran.status !== 0) process.stderr.write(`build: no code is kept of provision ${words.join(' ')}: it ended with ${ran.status}\n${ran.stderr}`);
  }
  rmSync(home, { recursive: true });
}

const started = new Date();
// Made beside its place and renamed: a `provision` that is starting meanwhile finds the old build or the new one, and a failed build leaves nothing.
const part = at(`dist.part.${process.pid}`);
process.on('exit', () => rmSync(part, { recursive: true, force: true }));
const output = await bundle(part, PROGRAM, entryName);
const start = output.find((file) => file.isEntry && file.name === 'cli/start').fileName;
await bundle(part, FIRST, '[name].js', { START: JSON.stringify(basename(start)) });
const modules = output.flatMap((file) => file.moduleIds ?? []);
// The package is one of modules, its build is not.
writeFileSync(join(part, 'package.json'), '{ "type": "commonjs" }\n');
writeFileSync(join(part, 'LICENCES.txt'), licences(modules));
for (const name of readdirSync(at('src'), { recursive: true }).filter((n) => COPIED.has(extname(n)))) cpSync(join(at('src'), name), join(part, name));
chmodSync(join(part, 'cli/main.js'), 0o755);
const { preparedText } = await import(pathToFileURL(join(part, 'playbook/prepare.js')).href);
writeFileSync(join(part, 'playbooks.json'), preparedText(at('playbooks')));
keepCode(join(part, start));
writeFileSync(join(part, '.built'), `${started.toISOString()}\n`);
utimesSync(join(part, '.built'), started, started);
rmSync(at('dist'), { recursive: true, force: true });
renameSync(part, at('dist'));
