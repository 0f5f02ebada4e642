/**
 * Start-up: `--version`, `check` of the example and `plan --offline` of many links, as ratios to `node -e 0`.
 *
 * Out: medians of wall and CPU time, one round of all commands after the other so that a busy machine is busy for each of them.
 * Usage: npm run bench -- startup [runs] [links...]. Needs a built dist/. No network; recorded facts are those of two simulated hosts, copied. Nothing is asserted.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { median } from './median.mjs';

const [runsText, ...sizesText] = process.argv.slice(2);
const runs = Number(runsText ?? 5);
const sizes = sizesText.length > 0 ? sizesText.map(Number) : [1, 1000, 10_000];
const LINKS_PER_FILE = 500;
const main = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url));
const example = fileURLToPath(new URL('../inventory', import.meta.url));
const top = mkdtempSync(join(tmpdir(), 'provision-bench-'));
const env = { ...process.env, HOME: top, XDG_STATE_HOME: top };

const address = (n) => [24, 16, 8, 0].map((bits) => Math.floor(n / 2 ** bits) % 256).join('.');

/** Wall and CPU milliseconds of one run. */
function run(words, good) {
  const from = performance.now();
  const timed = ['-c', 'TIMEFORMAT="%U %S"; { time "$@" >/dev/null 2>&1; } 2>&1', 'bash', ...words];
  const ran = spawnSync('bash', timed, { env, encoding: 'utf8' });
  const ms = performance.now() - from;
  if (!good.includes(ran.status)) throw new Error(`${words.join(' ')} ended with ${ran.status}`);
  const [user, system] = ran.stdout.trim().split(/\s+/).map(Number);
  return { ms, cpu: (user + system) * 1000 };
}

function files(from, to) {
  const [hosts, links] = [['hosts:'], ['links:']];
  for (let i = from; i < to; i += 1) {
    const inner = 0x0a000000 + 4 * i;
    for (const [j, side] of ['left', 'right'].entries())
      hosts.push(`  ${side}-${i}: { address: ${address(0xc6120000 + 2 * i + j)}, twin: Debian 12 }`);
    links.push(`  link-${i}:`, `    subnet: ${address(inner)}/30`, '    ends:');
    for (const [j, side] of ['left', 'right'].entries()) links.push(`      ${side}-${i}: { inner: ${address(inner + 1 + j)}, interface: gre1 }`);
  }
  return `${[...hosts, ...links].join('\n')}\n`;
}

/** Hosts in pairs with a link each; the facts of the first pair are recorded, those of all others are theirs with other names and addresses. */
function network(links) {
  const folder = join(top, String(links));
  for (const name of ['inventory', 'facts']) mkdirSync(join(folder, name), { recursive: true });
  for (let at = 0; at < links; at += LINKS_PER_FILE)
    writeFileSync(join(folder, 'inventory', `${String(at).padStart(6, '0')}.yaml`), files(at, Math.min(at + LINKS_PER_FILE, links)));
  const first = join(top, 'first.yaml');
  writeFileSync(first, files(0, 1));
  run([process.execPath, main, 'facts', 'left-0', 'right-0', '-i', first, '--save', join(folder, 'facts')], [0]);
  for (const side of ['left', 'right']) {
    const text = readFileSync(join(folder, 'facts', `${side}-0.json`), 'utf8');
    for (let i = 1; i < links; i += 1) {
      const own = text
        .replaceAll(/(left|right|link)-0(?!\d)/g, `$1-${i}`)
        .replaceAll(address(0xc6120000), address(0xc6120000 + 2 * i))
        .replaceAll(address(0xc6120001), address(0xc6120000 + 2 * i + 1));
      writeFileSync(join(folder, 'facts', `${side}-${i}.json`), own);
    }
  }
  return ['plan', '--offline', '--facts', join(folder, 'facts'), '-i', join(folder, 'inventory')];
}

try {
  const commands = [
    { name: 'node -e 0', words: ['-e', '0'], good: [0] },
    { name: '--version', words: [main, '--version'], good: [0], target: 1.3 },
    { name: 'check of the example', words: [main, 'check', '-i', example], good: [0], target: 2.5 },
    ...sizes.map((n) => ({ name: `plan --offline, ${n} links`, words: [main, ...network(n)], good: [2], links: n })),
  ];
  const all = commands.map(() => []);
  for (let i = 0; i < runs; i += 1) for (const [k, { words, good }] of commands.entries()) all[k].push(run([process.execPath, ...words], good));
  console.log(`medians of ${runs} rounds; Node ${process.versions.node}; load ${loadavg()[0].toFixed(1)}`);
  for (const [k, { name, target, links }] of commands.entries()) {
    const of = (key) => median(all[k].map((r) => r[key]));
    const ratio = (key) => median(all[k].map((r, i) => r[key] / all[0][i][key])).toFixed(2);
    const aim = target === undefined ? '' : `  (target ${target})`;
    const each = links === undefined ? '' : `  ${(of('ms') / links).toFixed(2)} ms per link`;
    console.log(
      `  ${name.padEnd(28)} wall ${of('ms').toFixed(0).padStart(6)} ms ${ratio('ms').padStart(7)}  CPU ${of('cpu').toFixed(0).padStart(6)} ms ${ratio('cpu').padStart(7)}${aim}${each}`,
    );
  }
} finally {
  rmSync(top, { recursive: true, force: true });
}
