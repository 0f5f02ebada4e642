/**
 * Every check of `npm run lint`, side by side, with one line each and the whole story of those that failed.
 *
 * in: `node scripts/lint.mjs [NAME...]`: all parts, or the named ones
 * out: exit 0 if all are clean, else 1
 * why: with `&&` between them the first failure would hide the others, and one after the other they take twice as long.
 */
import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const bin = (name) => join(ROOT, 'node_modules/.bin', name);

/** The longest first, so that they overlap with the short ones. */
const PARTS = {
  promises: [bin('eslint'), '--max-warnings=0', '.'],
  types: [bin('tsc'), '--noEmit', '-p', '.', '--incremental', '--tsBuildInfoFile', 'node_modules/.cache/lint.tsbuildinfo'],
  unused: [bin('knip'), '--no-progress'],
  layers: [bin('depcruise'), '--config', '.dependency-cruiser.cjs', 'src'],
  style: [bin('biome'), 'check', '--error-on-warnings', '--max-diagnostics=200'],
  names: [process.execPath, 'scripts/check-names.mjs'],
};

function check(name) {
  const [program, ...args] = PARTS[name];
  const from = Date.now();
  return new Promise((resolve) => {
    const child = spawn(program, args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    const keep = (data) => {
      output += data;
    };
    child.stdout.setEncoding('utf8').on('data', keep);
    child.stderr.setEncoding('utf8').on('data', keep);
    child.on('error', (error) => resolve({ name, ok: false, output: error.message, seconds: 0 }));
    child.on('close', (exit) => resolve({ name, ok: exit === 0, output, seconds: (Date.now() - from) / 1000 }));
  });
}

const asked = process.argv.slice(2);
const wrong = asked.filter((name) => !Object.hasOwn(PARTS, name));
if (wrong.length > 0) {
  process.stderr.write(`no such check: ${wrong.join(', ')} (there are ${Object.keys(PARTS).join(', ')})\n`);
  process.exit(64);
}
const waiting = asked.length > 0 ? asked : Object.keys(PARTS);
const failed = [];
async function worker() {
  for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
    const result = await check(name);
    process.stdout.write(`${result.ok ? 'ok    ' : 'FAILED'} ${name} (${result.seconds.toFixed(1)} s)\n`);
    if (!result.ok) {
      failed.push(name);
      process.stdout.write(`${result.output.trimEnd()}\n\n`);
    }
  }
}
await Promise.all(Array.from({ length: Math.max(2, availableParallelism()) }, worker));
if (failed.length > 0) {
  process.stdout.write(`lint failed: ${failed.join(', ')}\n`);
  process.exit(1);
}
