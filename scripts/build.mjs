/**
 * Builds dist/ from src/: TypeScript, then what tsc leaves behind (shell files that are sent to hosts), then the built-in playbooks as values.
 *
 * in: src/, playbooks/, tsconfig.build.json
 * out: dist/, and dist/.built, whose time says when (scripts/ensure.mjs asks)
 * why: a file deleted from src/ must not live on in dist/, so dist/ is made anew.
 */
import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { extname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { isDeepStrictEqual } from 'node:util';
import { parseDocument } from 'yaml';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const at = (path) => join(ROOT, path);
const COPIED = new Set(['.sh', '.awk']);

/** Values of playbooks by the hash of their text (src/playbook/prepared.ts). One that is wrong, or that JSON does not hold as it is, is left to be read at run time. */
function playbookValues(hashOf) {
  const names = readdirSync(at('playbooks'), { recursive: true }).filter((name) => /\.ya?ml$/.test(name));
  const values = names.flatMap((name) => {
    const text = readFileSync(join(at('playbooks'), name), 'utf8');
    const document = parseDocument(text);
    const value = document.errors.length > 0 ? undefined : document.toJS({ maxAliasCount: 200 });
    const same = value !== undefined && isDeepStrictEqual(JSON.parse(JSON.stringify(value)), value);
    return same ? [[hashOf(text), value]] : [];
  });
  return Object.fromEntries(values);
}

const started = new Date();
// Made beside its place and renamed: a `provision` that is starting meanwhile finds the old build or the new one, and a failed build leaves nothing.
const part = at(`dist.part.${process.pid}`);
process.on('exit', () => rmSync(part, { recursive: true, force: true }));
const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
const ran = spawnSync(process.execPath, [tsc, '-p', at('tsconfig.build.json'), '--outDir', part], { stdio: 'inherit' });
if (ran.status !== 0) process.exit(1);
cpSync(at('src'), part, { recursive: true, filter: (path) => statSync(path).isDirectory() || COPIED.has(extname(path)) });
if (existsSync(join(part, 'cli/main.js'))) chmodSync(join(part, 'cli/main.js'), 0o755);
const { hashOf } = await import(pathToFileURL(join(part, 'playbook/prepared.js')).href);
writeFileSync(join(part, 'playbooks.json'), `${JSON.stringify(playbookValues(hashOf))}\n`);
writeFileSync(join(part, '.built'), `${started.toISOString()}\n`);
utimesSync(join(part, '.built'), started, started);
rmSync(at('dist'), { recursive: true, force: true });
renameSync(part, at('dist'));
