/**
 * Two hosts with a native sshd each and a controller, all in network namespaces of this process: what a bench of one link runs against.
 *
 * In: a folder of its own. Out: how to run commands on the controller and on a host, ports through a line with a delay, and how to take it all away again.
 * Needs root, `ip`, `unshare`, `nsenter`, `ping`, OpenSSH's client and an sshd (in PATH, or named by SSHD). No packet leaves the namespaces, no file of the machine is written: what a host keeps lies in
 * a tmpfs of its own.
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Outer addresses of the hosts, and the controller's towards each. */
export const OUTER = { left: '192.0.2.1', right: '192.0.2.2' };
const CONTROL = { left: ['198.51.100.1', '198.51.100.2'], right: ['198.51.100.5', '198.51.100.6'] };

/** Why it cannot run here, or nothing. */
export function missing() {
  if (process.getuid() !== 0) return 'it needs root';
  for (const tool of ['ip', 'unshare', 'nsenter', 'ssh', 'ssh-keygen', 'ping'])
    if (spawnSync('which', [tool]).status !== 0) return `${tool} is not there`;
  return sshdPath() === undefined ? 'there is no sshd (install openssh-server, or name one with SSHD=/path)' : undefined;
}

function sshdPath() {
  return [process.env.SSHD, '/usr/sbin/sshd', '/usr/local/sbin/sshd'].find((path) => path !== undefined && existsSync(path));
}

function sh(line) {
  const ran = spawnSync('sh', ['-ec', line], { encoding: 'utf8' });
  if (ran.status !== 0) throw new Error(`${line}\n${ran.stderr}`);
  return ran.stdout;
}

/** In a mount namespace: what the host may write is its own, and sshd finds the account that it wants. */
const START = `set -e
mount --make-rprivate /
mount --bind "$1/passwd" /etc/passwd
for dir in /var/lib /run /etc/cron.d; do [ -d $dir ] || continue; mount -t tmpfs tmpfs $dir; done
mkdir -p /run/sshd
exec "$2" -D -f "$1/sshd.$3" -E "$1/log.$3"`;

export async function startNet(folder) {
  const id = `pb${process.pid}`;
  const ns = (name) => `${id}-${name}`;
  const made = [];
  const children = [];
  const stop = async () => {
    const ended = children.map((child) => new Promise((resolve) => (child.exitCode === null ? child.once('exit', resolve) : resolve())));
    for (const child of children) child.kill('SIGTERM');
    await Promise.all(ended);
    for (const name of made) spawnSync('ip', ['netns', 'del', name]);
  };
  try {
    for (const name of ['control', 'left', 'right']) {
      sh(`ip netns add ${ns(name)}`);
      made.push(ns(name));
      sh(`ip -n ${ns(name)} link set lo up`);
    }
    // Wider than usual: 1476 bytes and what VXLAN puts around them must fit, as they would with GRE.
    sh(`ip -n ${ns('left')} link add outer mtu 1600 type veth peer name outer mtu 1600 netns ${ns('right')}`);
    for (const [name, [ours, theirs]] of Object.entries(CONTROL)) {
      sh(`ip -n ${ns('control')} link add ${name} type veth peer name control netns ${ns(name)}
        ip -n ${ns('control')} addr add ${ours}/30 dev ${name}; ip -n ${ns('control')} link set ${name} up
        ip -n ${ns(name)} addr add ${theirs}/30 dev control; ip -n ${ns(name)} link set control up
        ip -n ${ns(name)} addr add ${OUTER[name]}/24 dev outer; ip -n ${ns(name)} link set outer up`);
    }
    const key = join(folder, 'key');
    sh(`ssh-keygen -q -t ed25519 -N '' -f ${key}; cp ${key}.pub ${folder}/keys`);
    writeFileSync(
      join(folder, 'passwd'),
      `${readFileSync('/etc/passwd', 'utf8').replace(/^sshd:.*\n/m, '')}sshd:x:65533:65534::/run/sshd:/usr/sbin/nologin\n`,
    );
    const hosts = {};
    for (const [name, [, address]] of Object.entries(CONTROL)) {
      sh(`ssh-keygen -q -t ed25519 -N '' -f ${folder}/host.${name}`);
      const lines = [
        `ListenAddress ${address}`,
        `HostKey ${folder}/host.${name}`,
        `AuthorizedKeysFile ${folder}/keys`,
        'StrictModes no',
        'PidFile none',
        'LogLevel VERBOSE',
        'UseDNS no',
        'PermitRootLogin yes',
        'MaxStartups 500',
      ];
      writeFileSync(join(folder, `sshd.${name}`), `${lines.join('\n')}\n`);
      const child = spawn('ip', ['netns', 'exec', ns(name), 'unshare', '-m', 'sh', '-c', START, 'sh', folder, sshdPath(), name], {
        stdio: 'inherit',
      });
      children.push(child);
      hosts[name] = {
        address,
        pid: child.pid,
        hostKey: readFileSync(join(folder, `host.${name}.pub`), 'utf8')
          .split(' ')
          .slice(0, 2)
          .join(' '),
      };
    }
    const on = (name, line) => sh(`nsenter -t ${hosts[name].pid} -m -n sh -ec '${line}'`);
    const control = (words) => ['ip', 'netns', 'exec', ns('control'), ...words];
    const [line] = control([]).slice(0, 1);
    const proxy = spawn(line, control([process.execPath, join(import.meta.dirname, 'line.mjs'), hosts.left.address, hosts.right.address]).slice(1), {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    children.push(proxy);
    const answers = proxy.stdout.setEncoding('utf8')[Symbol.asyncIterator]();
    const ask = async (text) => {
      proxy.stdin.write(`${text}\n`);
      return JSON.parse((await answers.next()).value);
    };
    const [left, right] = JSON.parse((await answers.next()).value);
    const sessions = () =>
      ['left', 'right'].map((n) => readFileSync(join(folder, `log.${n}`), 'utf8').split('Starting session').length - 1).reduce((a, b) => a + b);
    return { key, hosts, ports: { left, right }, on, control, sessions, delay: (ms) => ask(`delay ${ms}`), wire: () => ask('count'), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
