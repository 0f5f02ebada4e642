/**
 * The updater of a dynamic address: what an hour with nothing to do costs, and what one changed address costs.
 *
 * Out: CPU and memory over an hour of a clock that is moved by hand (clock.mjs), where an interface is watched and behind a gateway, against a Node that does nothing;
 * wall, CPU, connections and bytes of one update against a bare `ssh` that asks the same of the same kind of receiver. Medians, in turn.
 * What is measured is the program as built (`updater run`, `updater once`) with what `updater install` has left on a simulated host (updater-stand.mjs).
 * Usage: npm run bench -- updater [updates]. Needs root (settings must be root's), Linux, the ssh client and a built dist/. Talks to 127.0.0.1 only.
 * Nothing is asserted.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { median } from './median.mjs';
import { main, run, settings, stand } from './updater-stand.mjs';

const updates = Number(process.argv[2] ?? 9);
const HOUR = 3_600_000;
const IDLE_ROUNDS = 3;
const clock = fileURLToPath(new URL('./clock.mjs', import.meta.url));
const top = mkdtempSync(join(tmpdir(), 'provision-bench-'));
const env = { ...process.env, HOME: top, XDG_STATE_HOME: top };

const stateOf = (file) => {
  try {
    return JSON.parse(readFileSync(file.replace(/json$/, 'state'), 'utf8'));
  } catch {
    return {};
  }
};

async function until(is, what) {
  const from = performance.now();
  while (!is()) {
    if (performance.now() - from > 20_000) throw new Error(`${what} did not come`);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

/** A program with a clock that is moved by hand. `shells`: CPU of its children that have ended, in ms; the kernel counts in hundredths of a second. */
function moved(words) {
  const options = { stdio: ['ignore', 'ignore', 'pipe', 'ipc'], env: { ...env, BENCH_ADDRESS: '203.0.113.2' } };
  const child = spawn(process.execPath, ['--import', clock, ...words], options);
  let said = '';
  child.stderr.on('data', (data) => {
    said += data;
  });
  child.once('exit', (code) => code > 0 && console.error(said));
  const tell = async (what) => {
    const answered = new Promise((resolve) => child.once('message', resolve));
    child.send(what);
    const answer = await answered;
    const [user, system] = readFileSync(`/proc/${child.pid}/stat`, 'utf8').split(') ')[1].split(' ').slice(13, 15).map(Number);
    return { ...answer, shells: (user + system) * 10 };
  };
  const end = () => {
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    return ended;
  };
  return { tell, end };
}

const daemon = (file) => moved([main, 'updater', 'run', '--config', file]);

/** The second hour of a program: what the first one brings into memory is no leak. */
async function secondHour(one) {
  const before = await one.tell({ advance: HOUR });
  const after = await one.tell({ advance: HOUR });
  await one.end();
  const [cpu, shells] = [after.cpu - before.cpu, after.shells - before.shells];
  return { cpu, shells, share: (cpu + shells) / HOUR, ran: after.ran, rss: after.rss, grown: after.rss - before.rss };
}

async function idle(ours, watch, round) {
  const file = settings(ours, `idle-${watch ?? 'gateway'}-${round}`, watch);
  const one = daemon(file);
  await until(() => stateOf(file).succeededAt !== undefined, 'the end of the first tick');
  return secondHour(one);
}

/** Timers as often as those of a watching updater that do nothing: what moving the clock costs, and what a Node takes. */
const NOTHING = "setInterval(() => {}, 500); setInterval(() => {}, 60000); require('node:net').createServer().listen(0, '127.0.0.1')";

async function hours(ours) {
  const rounds = { 'timers of nothing': [], 'watching an interface': [], 'behind a gateway': [] };
  for (let i = 0; i < IDLE_ROUNDS; i += 1) {
    rounds['timers of nothing'].push(await secondHour(moved(['-e', NOTHING])));
    rounds['watching an interface'].push(await idle(ours, 'wan0', i));
    rounds['behind a gateway'].push(await idle(ours, undefined, i));
  }
  console.log(`the second hour with nothing to do, medians of ${IDLE_ROUNDS}`);
  const bare = rounds['timers of nothing'].map((one) => one.rss);
  for (const [name, made] of Object.entries(rounds)) {
    const of = (key) => median(made.map((one) => one[key]));
    const cpu = `${of('cpu').toFixed(0).padStart(6)} ms CPU and ${of('shells')} ms in shells, ${(of('share') * 100).toFixed(3)} % of the hour`;
    const more = `${(of('rss') / 1024).toFixed(0)} MiB (${(of('rss') / median(bare)).toFixed(2)}), ${(of('grown') / 1024).toFixed(1)} MiB more than an hour before`;
    console.log(`  ${name.padEnd(22)} ${cpu}; ${of('ran')} timers; ${more}`);
  }
}

/** @returns Wall and CPU ms from the look that sees the new address to the state that says it is told. */
async function byDaemon(one, file, address) {
  await one.tell({ address });
  const before = await one.tell({});
  const from = performance.now();
  // The next look at the interface comes within half a second; what is waited for is not moved past.
  const looked = one.tell({ look: true });
  await until(() => stateOf(file).told?.address === address && stateOf(file).pending === undefined, `the update to ${address}`);
  const ms = performance.now() - from;
  await looked;
  const after = await one.tell({});
  return { ms, cpu: after.cpu - before.cpu, shells: after.shells - before.shells };
}

/** The same change in turn by a bare ssh, by an updater that runs, and by one that is started for it. */
async function changes(ours, theirs, started) {
  const all = { 'bare ssh': [], 'updater run': [], 'updater once': [] };
  const note = (name, { line }, made) => all[name].push({ ...made, connections: line.seen.connections, bytes: line.seen.bytes });
  const options = ['-F', 'none', '-i', theirs.key, '-o', 'IdentitiesOnly=yes', '-o', 'StrictHostKeyChecking=no'];
  const ssh = ['ssh', ...options, '-o', 'UserKnownHostsFile=/dev/null', '-o', 'LogLevel=ERROR', '-p', String(theirs.line.port), 'root@127.0.0.1'];
  const [running, single] = [settings(ours, 'running', 'wan0'), settings(started, 'single', 'wan0')];
  const one = daemon(running);
  await until(() => stateOf(running).told !== undefined, 'the first update');
  for (let i = 1; i <= updates; i += 1) {
    const address = `198.51.100.${i}`;
    for (const each of [ours, theirs, started]) each.move(address);
    const bare = await run([...ssh, `provision 1 move ${i}`], env);
    if (!bare.said.includes(`done ${i} ${address}`)) throw new Error(`the receiver said: ${bare.said}`);
    note('bare ssh', theirs, bare);
    note('updater run', ours, await byDaemon(one, running, address));
    const once = [process.execPath, '--import', clock, main, 'updater', 'once', '--config', single];
    note('updater once', started, await run(once, { ...env, BENCH_ADDRESS: address }));
  }
  await one.end();
  print(all);
}

function print(all) {
  console.log(`one changed address, medians of ${updates}`);
  const floor = all['bare ssh'];
  for (const [name, made] of Object.entries(all)) {
    const of = (key, from = made) => median(from.map((one) => one[key]));
    // Hundredths of a second say nothing of one update; all of them together do.
    const shells = made.reduce((sum, one) => sum + (one.shells ?? 0), 0) / updates;
    const cpu = of('cpu') + shells;
    const times = `wall ${of('ms').toFixed(0).padStart(4)} ms ${(of('ms') / of('ms', floor)).toFixed(2).padStart(5)}  CPU ${cpu.toFixed(0).padStart(4)} ms ${(cpu / of('cpu', floor)).toFixed(2).padStart(5)}`;
    const kib = (of('bytes') / 1024).toFixed(1);
    console.log(`  ${name.padEnd(13)} ${times}  ${of('connections')} connection, ${kib} KiB ${(of('bytes') / of('bytes', floor)).toFixed(2)}`);
  }
}

const stands = [];
try {
  console.log(`Node ${process.versions.node}; load ${loadavg()[0].toFixed(1)}`);
  for (const name of ['ours', 'theirs', 'started']) stands.push(await stand(join(top, name), env));
  await hours(stands[0]);
  await changes(...stands);
} finally {
  await Promise.all(stands.map((one) => one.close()));
  rmSync(top, { recursive: true, force: true });
}
