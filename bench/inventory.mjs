/**
 * `check` and `allocate` on large inventories: wall time and peak memory of the whole program, as a person meets it.
 *
 * Out: for 1,000, 5,000 and 20,000 links in one folder the medians, and their ratios to the smallest; the targets stand beside the figures of 5,000.
 * Usage: npm run bench -- inventory [runs] [links...]. Needs a built dist/. No network. Nothing is asserted; a figure from another machine says nothing.
 */
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { median } from './median.mjs';

const [runsText, ...sizesText] = process.argv.slice(2);
const runs = Number(runsText ?? 5);
const sizes = sizesText.length > 0 ? sizesText.map(Number) : [1000, 5000, 20000];
const LINKS_PER_FILE = 500;
const TARGETS = { check: 1500, allocate: 2000, memory: 250 };
const main = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url));
const top = mkdtempSync(join(tmpdir(), 'provision-bench-'));

/** Told by the child itself as it ends: its peak memory in KiB, on descriptor 3. */
const probe = join(top, 'probe.mjs');
writeFileSync(probe, "import { writeSync } from 'node:fs';\nprocess.on('exit', () => writeSync(3, String(process.resourceUsage().maxRSS)));\n");

const address = (n) => [24, 16, 8, 0].map((bits) => Math.floor(n / 2 ** bits) % 256).join('.');

/** One file: hosts in pairs, a link for each pair, comments as people write them. Link 0 of file 0 has no subnet yet: it is what `allocate` works on. */
function fileText(file, from, to) {
  const lines = [`# Part ${file} of a large network.`, ...(file === 0 ? ['pools:', '  wide: 10.0.0.0/12'] : []), 'hosts:'];
  for (let i = from; i < to; i += 1) {
    lines.push(`  left-${i}: { hostname: left-${i}.example.net, address: ${address(0xc6120000 + i)} }`);
    lines.push(`  right-${i}: { address: ${address(0xc6130000 + i)} } # the far end`);
  }
  lines.push('', 'links:');
  for (let i = from; i < to; i += 1) {
    const at = 0x0a000000 + i * 4;
    const given = i > 0;
    lines.push(`  link-${i}:`, '    kind: gre', '    pool: wide');
    if (given) lines.push(`    subnet: ${address(at)}/30 # the two middle addresses are the ends`);
    lines.push('    ends:');
    lines.push(`      left-${i}: { ${given ? `inner: ${address(at + 1)}, ` : ''}interface: gre1 }`);
    lines.push(`      right-${i}: { ${given ? `inner: ${address(at + 2)}, ` : ''}interface: gre1 }`);
  }
  return `${lines.join('\n')}\n`;
}

/** @param whole - Link 0 has its subnet. */
function makeFolder(links, whole) {
  const folder = join(top, `${links}-${whole ? 'whole' : 'open'}`);
  mkdirSync(folder);
  let bytes = 0;
  for (let file = 0, from = 0; from < links; file += 1, from += LINKS_PER_FILE) {
    let text = fileText(file, from, Math.min(from + LINKS_PER_FILE, links));
    if (file === 0 && whole) {
      text = text
        .replace('    pool: wide\n    ends:', '    pool: wide\n    subnet: 10.0.0.0/30\n    ends:')
        .replace('left-0: { interface', 'left-0: { inner: 10.0.0.1, interface')
        .replace('right-0: { interface', 'right-0: { inner: 10.0.0.2, interface');
    }
    writeFileSync(join(folder, `part-${String(file).padStart(3, '0')}.yaml`), text);
    bytes += text.length;
  }
  return { folder, bytes };
}

/** Wall milliseconds and peak memory in MiB of one run. */
function run(words, good) {
  const from = performance.now();
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['--import', probe, main, ...words], {
      stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
      env: { ...process.env, HOME: top, XDG_STATE_HOME: top },
    });
    let [memory, said] = ['', ''];
    child.stdio[3].on('data', (data) => {
      memory += data;
    });
    child.stderr.on('data', (data) => {
      said += data;
    });
    child.on('error', reject);
    child.on('close', (code) => {
      if (!good.includes(code)) reject(new Error(`${words.join(' ')} ended with ${code}: ${said}`));
      else resolve({ ms: performance.now() - from, mib: Number(memory) / 1024 });
    });
  });
}

async function measure(words, good) {
  const all = [];
  for (let i = 0; i < runs; i += 1) all.push(await run(words, good));
  return { ms: median(all.map((r) => r.ms)), mib: Math.max(...all.map((r) => r.mib)) };
}

try {
  const empty = await measure(['schema', 'inventory', '--json'], [0]);
  console.log(`medians of ${runs} runs, highest memory of them; ${availableParallelism()} processors, Node ${process.versions.node}`);
  console.log(`floor: the program alone           ${empty.ms.toFixed(0).padStart(6)} ms  ${empty.mib.toFixed(0).padStart(4)} MiB`);
  const first = {};
  for (const links of sizes) {
    const [whole, open] = [makeFolder(links, true), makeFolder(links, false)];
    console.log(`\n${links} links, ${(whole.bytes / 1024).toFixed(0)} KiB of YAML`);
    const commands = {
      check: await measure(['check', '-i', whole.folder], [0]),
      allocate: await measure(['allocate', 'link-0', '-i', open.folder, '--dry-run'], [2]),
    };
    // Written for real once, and the result must be right.
    const written = await run(['allocate', 'link-0', '-i', open.folder], [0]);
    await run(['check', '-i', open.folder], [0]);
    commands['allocate, written'] = written;
    for (const [name, { ms, mib }] of Object.entries(commands)) {
      first[name] ??= { ms, mib, links };
      const grown = `${(links / first[name].links).toFixed(0)}x the links: ${(ms / first[name].ms).toFixed(2)}x time, ${(mib / first[name].mib).toFixed(2)}x memory`;
      const target = links === 5000 ? `  (target ${TARGETS[name.split(',')[0]]} ms, ${TARGETS.memory} MiB)` : '';
      console.log(`  ${name.padEnd(32)} ${ms.toFixed(0).padStart(6)} ms  ${mib.toFixed(0).padStart(4)} MiB  ${grown}${target}`);
    }
  }
} finally {
  rmSync(top, { recursive: true, force: true });
}
