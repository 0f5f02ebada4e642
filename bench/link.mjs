/**
 * One link between two simulated hosts against the floor: two bare `ssh` side by side, then one ping by ssh.
 *
 * Out: wall times, medians, and their ratios. Nothing is asserted; a figure from another machine says nothing.
 * Usage: npm run bench -- [runs]. Needs the ssh client and a built dist/. Talks to 127.0.0.1 only.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startTwin } from '../dist/twin/twin.js';
import { median } from './median.mjs';

const runs = Number(process.argv[2] ?? 5);
const main = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'provision-bench-'));

/** Wall milliseconds of one child process; its output is thrown away. */
function run(command, words, env = {}) {
  const from = performance.now();
  return new Promise((resolve, reject) => {
    const child = spawn(command, words, { stdio: 'ignore', env: { ...process.env, HOME: folder, XDG_STATE_HOME: folder, ...env } });
    child.on('error', reject);
    child.on('exit', (code) => resolve({ ms: performance.now() - from, code }));
  });
}

function inventory(twin) {
  const host = (name, address) => {
    const e = twin.endpoints.get(name);
    return `  ${name}: { address: ${address}, ssh: { host: 127.0.0.1, port: ${e.port}, user: root, identity: ${join(folder, 'key')}, host_key: "${e.hostKey}" } }`;
  };
  return `hosts:\n${host('left', '203.0.113.1')}\n${host('right', '203.0.113.2')}
links:
  pair:
    subnet: 10.1.12.36/30
    ends:
      left: { inner: 10.1.12.37, interface: gre1 }
      right: { inner: 10.1.12.38, interface: gre1 }
`;
}

async function once() {
  const twin = await startTwin([
    { name: 'left', system: 'Debian 12', addresses: ['203.0.113.1'] },
    { name: 'right', system: 'Debian 12', addresses: ['203.0.113.2'] },
  ]);
  try {
    writeFileSync(join(folder, 'key'), twin.clientKey.privateKey, { mode: 0o600 });
    writeFileSync(join(folder, 'pair.yaml'), inventory(twin));
    const ssh = (name, ...words) => {
      const options = [
        '-F',
        'none',
        '-i',
        join(folder, 'key'),
        '-o',
        'StrictHostKeyChecking=no',
        '-o',
        'UserKnownHostsFile=/dev/null',
        '-o',
        'LogLevel=ERROR',
      ];
      return run('ssh', [...options, '-p', String(twin.endpoints.get(name).port), 'root@127.0.0.1', ...words]);
    };
    const from = performance.now();
    await Promise.all([ssh('left', 'ip', '-d', 'link', 'show'), ssh('right', 'ip', '-d', 'link', 'show')]);
    await ssh('left', 'ping', '-n', '-c', '1', '203.0.113.2');
    const floor = performance.now() - from;
    const options = ['--inventory', join(folder, 'pair.yaml'), '--yes'];
    const first = await run(process.execPath, [main, 'link', 'pair', ...options]);
    const second = await run(process.execPath, [main, 'link', 'pair', ...options]);
    if (first.code !== 0 || second.code !== 0) throw new Error(`provision ended with ${first.code} and ${second.code}`);
    return { floor, first: first.ms, second: second.ms };
  } finally {
    await twin.close();
  }
}

try {
  const all = [];
  for (let i = 0; i < runs; i += 1) all.push(await once());
  const of = (key) => median(all.map((r) => r[key]));
  const line = (name, ms) => console.log(`${name.padEnd(34)} ${ms.toFixed(0).padStart(6)} ms   ${(ms / of('floor')).toFixed(2)} of the floor`);
  console.log(`medians of ${runs} runs, two simulated hosts on this machine`);
  line('floor: 2 ssh side by side, 1 ping', of('floor'));
  line('provision link, first run', of('first'));
  line('provision link, nothing to do', of('second'));
} finally {
  rmSync(folder, { recursive: true, force: true });
}
