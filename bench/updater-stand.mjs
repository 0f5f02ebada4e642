/**
 * Two simulated hosts with a link and an updater, installed by the program, and its settings as they work on this machine; for bench/updater.mjs.
 *
 * In: a folder, and the environment of the program. Out: the hosts, a port that counts and leads from the dynamic end to the fixed one, `updater.json`.
 */
import { spawn } from 'node:child_process';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startTwin } from '../dist/twin/twin.js';

export const main = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url));

/** Wall and CPU milliseconds, exit status and output of a command; its own children are in it. */
export function run(words, env) {
  const from = performance.now();
  const timed = ['-c', 'TIMEFORMAT="%U %S"; { time "$@" 2>&4; } 4>&2 2>&5', 'bash', ...words];
  const child = spawn('bash', timed, { stdio: ['ignore', 'pipe', 'pipe', 'ignore', 'ignore', 'pipe'], env });
  const said = { 1: '', 2: '', 5: '' };
  for (const n of Object.keys(said))
    child.stdio[n].on('data', (data) => {
      said[n] += data;
    });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      const ms = performance.now() - from;
      if (code !== 0) return reject(new Error(`${words.join(' ')} ended with ${code}: ${said[1]}${said[2]}`));
      const [user, system] = said[5].trim().split(/\s+/).map(Number);
      resolve({ ms, cpu: (user + system) * 1000, said: said[1] });
    });
  });
}

/** A port before another that counts connections and bytes. */
async function counted(port) {
  const seen = { connections: 0, bytes: 0 };
  const server = createServer({ noDelay: true }, (near) => {
    seen.connections += 1;
    const far = connect({ port, host: '127.0.0.1', noDelay: true });
    for (const [from, to] of [
      [near, far],
      [far, near],
    ]) {
      from.on('data', (data) => {
        seen.bytes += data.length;
      });
      from.on('error', () => to.destroy());
      from.pipe(to);
    }
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { port: server.address().port, seen, close: () => server.close() };
}

function inventoryOf(twin, folder) {
  const host = (name, address) => {
    const { port, hostKey } = twin.endpoints.get(name);
    return `  ${name}: { address: ${address}, ssh: { host: 127.0.0.1, port: ${port}, user: root, identity: ${folder}/login, host_key: "${hostKey.trim()}" } }`;
  };
  const ends = '      left: { inner: 10.1.12.37, interface: gre1 }\n      right: { inner: 10.1.12.38, interface: gre1 }\n';
  return `hosts:\n${host('left', '203.0.113.1')}\n${host('right', 'dynamic')}\nlinks:\n  pair:\n    subnet: 10.1.12.36/30\n    ends:\n${ends}`;
}

/** What `provision repoint` would have told it. */
function knownAddress(env) {
  const folder = join(env.XDG_STATE_HOME, 'provision', 'addresses');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const known = { schema: 'provision/address/1', host: 'right', address: '203.0.113.2', since: new Date().toISOString() };
  writeFileSync(join(folder, 'right.json'), JSON.stringify(known), { mode: 0o600 });
}

/** A pair with a link and an updater. `move` gives the dynamic end another address; `key` is the file of the updater's key. */
export async function stand(folder, env) {
  mkdirSync(folder, { mode: 0o700 });
  const specs = ['left', 'right'].map((name, i) => ({ name, system: 'Debian 12', addresses: [`203.0.113.${i + 1}`] }));
  const twin = await startTwin(specs);
  // Each request comes ten minutes after the one before: a receiver answers only so many in a minute.
  let time = Date.now();
  twin.internet.clock = () => time;
  writeFileSync(join(folder, 'login'), twin.clientKey.privateKey, { mode: 0o600 });
  const inventory = join(folder, 'pair.yaml');
  writeFileSync(inventory, inventoryOf(twin, folder));
  knownAddress(env);
  await run([process.execPath, main, 'link', 'pair', '-i', inventory, '--yes'], env);
  // A simulated host has no ssh to try the new key with: all is installed then, and what would have been asked is what the bench goes on to do.
  await run([process.execPath, main, 'updater', 'install', 'pair', '-i', inventory, '--yes'], env).catch((error) => {
    if (!error.message.includes('UPDATER_REFUSED')) throw error;
  });
  const left = (file) => twin.hosts.get('right').system.files.read(`/var/lib/provision/pair/${file}`);
  const key = join(folder, 'key');
  writeFileSync(key, left('updater.key'), { mode: 0o600 });
  const line = await counted((await twin.dial('right', 'left')).port);
  const move = (address) => {
    time += 600_000;
    twin.readdress('right', address);
    Object.assign(line.seen, { connections: 0, bytes: 0 });
  };
  const close = () => {
    line.close();
    return twin.close();
  };
  return { folder, key, line, move, close, installed: JSON.parse(left('updater.json')) };
}

/**
 * `updater.json` as it was installed, but for the port and the words that would change a tunnel of this machine: a script stands for them that only remembers.
 * @param watch - Interface; without it: behind a gateway.
 */
export function settings({ folder, key, line, installed }, name, watch) {
  const { watch: _watch, guard: _guard, outer, ...rest } = installed;
  const home = join(folder, name);
  mkdirSync(home, { mode: 0o700 });
  const own = join(home, 'own');
  writeFileSync(own, `#!/bin/sh\n[ $# -eq 0 ] || echo "$*" > ${home}/outer\ncat ${home}/outer\n`);
  chmodSync(own, 0o700);
  writeFileSync(join(home, 'outer'), `${outer.local} ${outer.remote}\n`);
  const move = {
    point: [
      { verb: 'run', id: 'point.1', words: [own, 'PVNEWLOCAL', 'PVNEWREMOTE'] },
      { verb: 'prove', id: 'point.1.proof', pattern: '^PVNEWLOCAL PVNEWREMOTE$', words: [own] },
    ],
    boot: [{ verb: 'put', id: 'boot.1', mode: '0644', path: join(home, 'boot'), content: 'local PVNEWLOCAL remote PVNEWREMOTE\n' }],
    across: { verb: 'prove', id: 'across', pattern: ' 0% packet loss', words: ['echo', '1 packets transmitted, 1 received, 0% packet loss'] },
  };
  const fixed = { ...rest.fixed, address: '127.0.0.1', port: line.port, key };
  const file = join(home, 'updater.json');
  writeFileSync(file, JSON.stringify({ ...rest, ...(watch === undefined ? {} : { watch }), outer, fixed, move }), { mode: 0o600 });
  return file;
}
