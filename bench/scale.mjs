/**
 * Many links at once on the twin, against OpenSSH started in parallel (`xargs -P`) to the same servers.
 *
 * Out: for each number of links: links per second and CPU per link of `provision link`, ssh per second and CPU per ssh of OpenSSH, what failed, and the peak memory of
 * provision above that of one link, per host. The simulated hosts run in a process of their own, so that their memory is not counted.
 * OpenSSH sends to fresh hosts, byte for byte, what provision sent to each, in one go and without waiting for an answer, and logs in a second time as provision does.
 * Usage: npm run bench -- scale [links...]. Needs the ssh client and a built dist/. Talks to 127.0.0.1 only. Nothing is asserted.
 */
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const sizes = process.argv.length > 2 ? process.argv.slice(2).map(Number) : [5, 50, 500];
const AT_ONCE = 16;
const main = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url));
const top = mkdtempSync(join(tmpdir(), 'provision-bench-'));
const probe = join(top, 'probe.cjs');
writeFileSync(probe, "const { writeSync } = require('node:fs');\nprocess.on('exit', () => writeSync(3, String(process.resourceUsage().maxRSS)));\n");

const address = (n) => [24, 16, 8, 0].map((bits) => Math.floor(n / 2 ** bits) % 256).join('.');

/** Simulated hosts in a process of their own (servers.mjs), two for each link. @param scripts - Where they write what their shells were sent. */
async function servers(links, scripts) {
  const specs = Array.from({ length: links }, (_, i) => ['left', 'right'].map((side, j) => [`${side}-${i}`, address(0xc6120000 + 2 * i + j)])).flat();
  const list = join(top, 'hosts.json');
  writeFileSync(list, JSON.stringify(specs));
  const child = spawn(
    process.execPath,
    [fileURLToPath(new URL('./servers.mjs', import.meta.url)), list, ...(scripts === undefined ? [] : [scripts])],
    {
      stdio: ['pipe', 'pipe', 'inherit'],
    },
  );
  let said = '';
  for await (const data of child.stdout.setEncoding('utf8')) {
    said += data;
    if (said.endsWith('\n')) break;
  }
  const end = () => {
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.stdin.end();
    return ended;
  };
  return { end, specs: new Map(specs), ...JSON.parse(said) };
}

function run(words) {
  const from = performance.now();
  return new Promise((resolve, reject) => {
    const env = { ...process.env, HOME: top, XDG_STATE_HOME: top };
    const timed = ['-c', 'TIMEFORMAT="%U %S"; { time "$@" >/dev/null 2>&4; } 2>&5 4>&1', 'bash', ...words];
    const child = spawn('bash', timed, { stdio: ['ignore', 'pipe', 'ignore', 'pipe', 'ignore', 'pipe'], env });
    const said = { 1: '', 3: '', 5: '' };
    for (const n of Object.keys(said))
      child.stdio[n].on('data', (data) => {
        said[n] = `${said[n]}${data}`.slice(-20_000);
      });
    child.on('error', reject);
    child.on('close', (code) => {
      const [user, system] = said[5].trim().split(/\s+/).slice(-2).map(Number);
      resolve({ ms: performance.now() - from, cpu: (user + system) * 1000, kib: Number(said[3]), code, said: said[1] });
    });
  });
}

function inventory({ hosts, specs, key }, links) {
  writeFileSync(join(top, 'key'), key, { mode: 0o600 });
  const lines = hosts.map(
    ([name, port, hostKey]) =>
      `  ${name}: { address: ${specs.get(name)}, ssh: { host: 127.0.0.1, port: ${port}, user: root, identity: ${join(top, 'key')}, host_key: "${hostKey.trim()}" } }`,
  );
  const made = Array.from({ length: links }, (_, i) => {
    const inner = 0x0a000000 + 4 * i;
    const ends = ['left', 'right'].map((side, j) => `      ${side}-${i}: { inner: ${address(inner + 1 + j)}, interface: gre1 }`);
    return `  link-${i}:\n    subnet: ${address(inner)}/30\n    ends:\n${ends.join('\n')}`;
  });
  const path = join(top, `many-${links}`);
  mkdirSync(path);
  const part = (list, word, each) => {
    for (let at = 0; at < list.length; at += each)
      writeFileSync(join(path, `${word}-${String(at).padStart(6, '0')}.yaml`), `${word}:\n${list.slice(at, at + each).join('\n')}\n`);
  };
  part(lines, 'hosts', 1000);
  part(made, 'links', 1000);
  return path;
}

/** What provision sent to each host, by ssh, and a second login to each, as provision proves the way in. */
function openssh({ hosts, key }, scripts) {
  writeFileSync(join(top, 'key'), key, { mode: 0o600 });
  const options = `-F none -i ${join(top, 'key')} -o IdentitiesOnly=yes -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR`;
  const lines = hosts.flatMap(([name, port]) => {
    const ssh = `ssh ${options} -p ${port} root@127.0.0.1`;
    return [`${ssh} exec /bin/sh < ${join(scripts, name)}`, `${ssh} uname -srm < /dev/null`];
  });
  writeFileSync(join(top, 'commands'), `${lines.join('\n')}\n`);
  return { count: lines.length, words: ['sh', '-c', `xargs -P ${AT_ONCE} -d '\\n' -n 1 sh -c < ${join(top, 'commands')}`] };
}

async function measure(links) {
  const scripts = join(top, `scripts-${links}`);
  mkdirSync(scripts);
  const ours = await servers(links, scripts);
  const names = Array.from({ length: links }, (_, i) => `link-${i}`);
  const words = [main, 'link', ...names, '-i', inventory(ours, links), '--yes', '--concurrency', String(AT_ONCE)];
  const made = await run([process.execPath, '--require', probe, ...words]);
  await ours.end();
  const theirs = await servers(links);
  const ssh = openssh(theirs, scripts);
  const bare = await run(ssh.words);
  await theirs.end();
  return { made, bare, logins: ssh.count };
}

try {
  let base;
  for (const links of sizes) {
    const { made, bare, logins } = await measure(links);
    base ??= { kib: made.kib, links };
    const more = links === base.links ? '' : `, ${((made.kib - base.kib) / (2 * (links - base.links))).toFixed(0)} KiB more per host`;
    const line = (name, { ms, cpu }) =>
      `  ${name.padEnd(10)} ${((links * 1000) / ms).toFixed(1).padStart(7)} links/s  ${(cpu / links).toFixed(0).padStart(5)} ms CPU per link`;
    console.log(`${links} links, ${2 * links} hosts, ${AT_ONCE} at once; load ${loadavg()[0].toFixed(1)}`);
    console.log(`${line('OpenSSH', bare)}  (${logins} logins)`);
    const ended = made.code === 0 ? '' : `  ENDED WITH ${made.code}`;
    console.log(
      `${line('provision', made)}  peak ${(made.kib / 1024).toFixed(0)} MiB${more}  ${(bare.ms / made.ms).toFixed(2)} of the speed of OpenSSH${ended}`,
    );
    if (made.code !== 0) console.log(made.said.split('\n').slice(-12).join('\n'));
  }
} finally {
  rmSync(top, { recursive: true, force: true });
}
