/**
 * One link between two hosts with native sshd in network namespaces, against the floor (the same steps by two bare `ssh HOST /bin/sh -s` side by side, then one ping by
 * ssh) and against Ansible where it is there.
 *
 * Out: for each round trip time the medians of wall time, CPU of the controller and peak memory, as ratios to the floor of the same round; bytes, connections and sessions.
 * Usage: npm run bench -- link [runs] [rtt ms...]. VXLAN stands for GRE, by the built-in playbook with other words; the guard is armed, boot files are written.
 * Nothing is asserted; a figure from another machine says nothing.
 */
import { spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { availableParallelism, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { ansibleRun } from './ansible.mjs';
import { median } from './median.mjs';
import { OUTER, startNet } from './net.mjs';

const [runsText, ...rttText] = process.argv.slice(2);
const runs = Number(runsText ?? 5);
const rtts = rttText.length > 0 ? rttText.map(Number) : [0, 20, 100, 300];
const at = (path) => fileURLToPath(new URL(path, import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'provision-bench-'));
const main = join(folder, 'dist/cli/main.js');
const INNER = { left: '10.1.12.37', right: '10.1.12.38' };
const BOOT = '/var/lib/provision-bench-';

/** The program as it is built, its playbook of Linux made one for a kernel that has no GRE: the words of VXLAN, no driver to load, a boot file that nothing reads, no timer of another's systemd. */
async function program() {
  const text = JSON.stringify(parse(readFileSync(at('../playbooks/linux-gre.yaml'), 'utf8')))
    .replaceAll('"type","gre","local"', '"type","vxlan","id","42","dstport","4789","local"')
    .replaceAll('"type","gre"', '"type","vxlan"')
    .replaceAll(' gre remote {{outer', ' vxlan id 42 remote {{outer')
    .replaceAll('^ +gre remote', '^ +vxlan id 42 remote');
  const made = JSON.parse(text);
  const skipped = new Set(['driver', 'port', 'carrier', 'plain']);
  made.driver = [{ when: [], state: 'ready', how: 'bench' }];
  made.steps = made.steps.filter((s) => !skipped.has(s.id));
  const file = {
    id: 'bench',
    title: 'Keep {{interface}}',
    path: `${BOOT}{{interface}}`,
    content: '# provision: link {{link}} to {{peer}}\n',
    source: 'bench',
  };
  made.boot = [{ id: 'bench', title: 'bench', when: [], files: [file] }];
  made.guard.timers = [];
  delete made.updater;
  for (const part of ['dist', 'playbooks', 'package.json']) cpSync(at(`../${part}`), join(folder, part), { recursive: true });
  symlinkSync(at('../node_modules'), join(folder, 'node_modules'));
  const playbook = JSON.stringify(made);
  writeFileSync(join(folder, 'playbooks/linux-gre.yaml'), playbook);
  // Read by the build, as those of the program are.
  const values = join(folder, 'dist/playbooks.json');
  const { preparedText } = await import('../dist/playbook/prepare.js');
  writeFileSync(values, preparedText(join(folder, 'playbooks')));
}

function inventory({ key, hosts, ports }) {
  const host = (name) =>
    `  ${name}: { address: ${OUTER[name]}, ssh: { host: 127.0.0.1, port: ${ports[name]}, user: root, identity: ${key}, host_key: "${hosts[name].hostKey}" } }`;
  const end = (name) => `      ${name}: { inner: ${INNER[name]}, interface: gre1 }`;
  const links = `links:\n  pair:\n    subnet: 10.1.12.36/30\n    ends:\n${end('left')}\n${end('right')}`;
  writeFileSync(join(folder, 'pair.yaml'), `hosts:\n${host('left')}\n${host('right')}\n${links}\n`);
}

const PEER = { left: 'right', right: 'left' };

/** What a person would type: the same commands as the plan holds, read back once. */
const commands = (name, peer) => [
  `ip link add name gre1 type vxlan id 42 dstport 4789 local ${OUTER[name]} remote ${OUTER[peer]} ttl 64`,
  'ip link set dev gre1 mtu 1476',
  'ip link set dev gre1 multicast on',
  `ip addr add ${INNER[name]} peer ${INNER[peer]}/30 dev gre1`,
  'ip link set dev gre1 up',
  'ip -d link show gre1',
  'ip addr show gre1',
];
const bootText = (peer) => `# provision: link pair to ${peer}`;
const script = (name, peer) => `set -e\n${commands(name, peer).join('\n')}\necho '${bootText(peer)}' > ${BOOT}gre1\n`;

const ansibleSteps = Object.fromEntries(
  Object.entries(PEER).map(([name, peer]) => [
    name,
    { commands: commands(name, peer), file: `${BOOT}gre1`, content: `${bootText(peer)}\n`, pings: INNER[peer] },
  ]),
);

function floorScript({ key, ports }) {
  const ssh = (name) =>
    `ssh -F none -i ${key} -o IdentitiesOnly=yes -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR -p ${ports[name]} root@127.0.0.1`;
  for (const [name, peer] of Object.entries(PEER)) writeFileSync(join(folder, `${name}.sh`), script(name, peer));
  const text = `${ssh('left')} /bin/sh -s < ${folder}/left.sh & left=$!
${ssh('right')} /bin/sh -s < ${folder}/right.sh & right=$!
wait $left && wait $right && ${ssh('left')} ping -n -c 1 -W 2 ${INNER.right}
`;
  writeFileSync(join(folder, 'floor.sh'), text);
  return ['sh', join(folder, 'floor.sh')];
}

const probe = join(folder, 'probe.cjs');
writeFileSync(probe, "const { writeSync } = require('node:fs');\nprocess.on('exit', () => writeSync(3, String(process.resourceUsage().maxRSS)));\n");

/** Wall and CPU in ms (its children included), peak memory in MiB where it tells. */
function measured(words) {
  const from = performance.now();
  return new Promise((resolve, reject) => {
    const timed = ['-c', 'TIMEFORMAT="%U %S"; { time "$@" 2>&4; } 4>&2 2>&5', 'bash', ...words];
    const env = { ...process.env, HOME: folder, XDG_STATE_HOME: folder, XDG_CACHE_HOME: join(folder, 'cache') };
    const child = spawn('bash', timed, { stdio: ['ignore', 'pipe', 'pipe', 'pipe', 'ignore', 'pipe'], env });
    const said = { 1: '', 2: '', 3: '', 5: '' };
    for (const n of Object.keys(said))
      child.stdio[n].on('data', (data) => {
        said[n] += data;
      });
    child.on('error', reject);
    child.on('close', (code) => {
      const ms = performance.now() - from;
      if (code !== 0) return reject(new Error(`${words.join(' ')} ended with ${code}\n${said[1]}${said[2]}${said[5]}`));
      const [user, system] = said[5].trim().split(/\s+/).map(Number);
      resolve({ ms, cpu: (user + system) * 1000, mib: Number(said[3]) / 1024 });
    });
  });
}

async function round(net, floor, ansible) {
  const clean = () => {
    for (const name of ['left', 'right']) net.on(name, `ip link del gre1 || true; rm -f ${BOOT}gre1`);
  };
  const counted = async (words) => {
    await net.wire();
    const before = net.sessions();
    const made = await measured(net.control(words));
    return { ...made, ...(await net.wire()), sessions: net.sessions() - before };
  };
  const ours = [process.execPath, '--require', probe, main, 'link', 'pair', '-i', join(folder, 'pair.yaml'), '--yes'];
  clean();
  const bare = await counted(floor);
  clean();
  const first = await counted(ours);
  const second = await counted(ours);
  if (ansible === undefined) return { floor: bare, first, second };
  clean();
  return { floor: bare, first, second, ansible: await counted(ansible) };
}

function table(rtt, all) {
  const of = (name, key) => median(all.map((r) => r[name][key]));
  const ratio = (name, key, to = 'floor') => median(all.map((r) => r[name][key] / r[to][key])).toFixed(2);
  console.log(`\nround trip ${rtt} ms; load ${loadavg()[0].toFixed(1)}`);
  for (const name of Object.keys(all[0])) {
    const trips = rtt === 0 ? '' : `  ${(of(name, 'ms') / rtt).toFixed(1)} round trips`;
    const memory = of(name, 'mib') > 0 ? `  ${of(name, 'mib').toFixed(0)} MiB` : '';
    const ofFirst = (...keys) => `  ${keys.map((key) => ratio(name, key, 'first')).join(' and ')} of the first`;
    const more = { second: () => ofFirst('ms'), ansible: () => ofFirst('ms', 'cpu') }[name]?.() ?? '';
    const wire = `${(of(name, 'bytes') / 1024).toFixed(0)} KiB, ${of(name, 'connections')} connections, ${of(name, 'sessions')} sessions`;
    const wall = `wall ${of(name, 'ms').toFixed(0).padStart(6)} ms (${ratio(name, 'ms')})  CPU ${of(name, 'cpu').toFixed(0).padStart(5)} ms (${ratio(name, 'cpu')})`;
    console.log(`  ${name.padEnd(7)} ${wall}${memory}  ${wire}${trips}${more}`);
  }
}

let net;
try {
  net = await startNet(folder);
  await program();
  inventory(net);
  const floor = floorScript(net);
  const ansible = ansibleRun(folder, net, ansibleSteps);
  console.log(
    `one link, native sshd in namespaces: medians of ${runs} runs; (ratios to the floor of the same round); ${availableParallelism()} processors`,
  );
  if (ansible === undefined) console.log('Ansible is not there (Debian: ansible-core), so it is not compared.');
  for (const rtt of rtts) {
    await net.delay(rtt);
    const all = [];
    // Ansible's round trips would take minutes.
    for (let i = 0; i < runs; i += 1) all.push(await round(net, floor, rtt === 0 ? ansible : undefined));
    table(rtt, all);
  }
} finally {
  await net?.stop();
  rmSync(folder, { recursive: true, force: true });
}
