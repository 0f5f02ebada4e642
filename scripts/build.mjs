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
import { chmodSync, cpSync, readdirSync, readFileSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { rolldown } from 'rolldown';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const at = (path) => join(ROOT, path);
const COPIED = new Set(['.sh', '.awk']);
/** The program; what scripts/generate.mjs writes; the simulated hosts, for bench/; what makes the values of the playbooks. */
const ENTRIES = ['cli/main', 'cli/generated', 'twin/twin', 'playbook/prepare'];

async function bundle(folder) {
  const made = await rolldown({
    cwd: ROOT,
    input: Object.fromEntries(ENTRIES.map((name) => [name, at(`src/${name}.ts`)])),
    platform: 'node',
    tsconfig: at('tsconfig.json'),
    // Native parts of ssh2: not used, and looked for by it in a way that may fail.
    external: [/\.node$/, 'cpu-features'],
    // CommonJS in packages has it, modules have not.
    transform: { define: { __dirname: 'import.meta.dirname' } },
  });
  const { output } = await made.write({ dir: folder, format: 'esm', entryFileNames: '[name].js', chunkFileNames: 'parts/[name]-[hash].js' });
  await made.close();
  return output.flatMap((file) => file.moduleIds ?? []);
}

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

const started = new Date();
// Made beside its place and renamed: a `provision` that is starting meanwhile finds the old build or the new one, and a failed build leaves nothing.
const part = at(`dist.part.${process.pid}`);
process.on('exit', () => rmSync(part, { recursive: true, force: true }));
const modules = await bundle(part);
writeFileSync(join(part, 'LICENCES.txt'), licences(modules));
for (const name of readdirSync(at('src'), { recursive: true }).filter((n) => COPIED.has(extname(n)))) cpSync(join(at('src'), name), join(part, name));
chmodSync(join(part, 'cli/main.js'), 0o755);
const { preparedText } = await import(pathToFileURL(join(part, 'playbook/prepare.js')).href);
writeFileSync(join(part, 'playbooks.json'), preparedText(at('playbooks')));
writeFileSync(join(part, '.built'), `${started.toISOString()}\n`);
utimesSync(join(part, '.built'), started, started);
rmSync(at('dist'), { recursive: true, force: true });
renameSync(part, at('dist'));
