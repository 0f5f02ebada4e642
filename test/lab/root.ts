/**
 * Root file systems of the lab's hosts: the cached base, and one copy of it per host.
 *
 * in: base.sh (the recipe), the kernel's modules, what a host shall be
 * out: a folder that boots as that host, with its own host keys and our key in authorized_keys
 * why: making the base takes most of a minute and the network, so it is made once per recipe and kept outside the project.
 */
import { createHash, randomBytes } from 'node:crypto';
import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { hasAmx, moduleFolder } from './reason.js';
import { must } from './run.js';

/** One host of the lab. */
export interface LabHostSpec {
  /** Host name and name in known_hosts; letters, digits and dashes. */
  readonly name: string;
  /** IPv4 address on the lab's bridge, a /24 that all hosts of one lab share; .254 is the controller's. */
  readonly address: string;
  readonly network: 'ifupdown' | 'networkd';
  /** Scope `link` for that address: a way in that nobody takes for the host's own public address. */
  readonly scope?: 'link';
  /** Root's (or the user's) login shell. */
  readonly shell?: 'bash' | 'tcsh';
  /** What /bin/sh is. */
  readonly sh?: 'dash' | 'busybox';
  /** The kernel has no GRE at all. */
  readonly noGre?: boolean;
  /** The routing daemon that starts at boot; with it come the tools that look at packets and filter them. */
  readonly routing?: 'frr' | 'bird';
  /** Root may not log in; this user may, and becomes root without a password. */
  readonly user?: { readonly name: string; readonly become: 'sudo' | 'doas' };
}

/** What a recipe makes, a root folder from another folder for example, made first if it isn't cached. Safe to call from several processes. */
async function cached(kind: 'base' | 'routing' | 'xstate', source: string): Promise<string> {
  const recipe = fileURLToPath(new URL(`./${kind}.sh`, import.meta.url));
  const cache = process.env.PROVISION_LAB_DIR ?? '/var/cache/provision-lab';
  const key = createHash('sha256').update(readFileSync(recipe)).update(basename(source)).digest('hex').slice(0, 16);
  const target = join(cache, `${kind}-${key}`);
  if (existsSync(target)) return target;
  mkdirSync(cache, { recursive: true, mode: 0o700 });
  const make = '[ -e "$1" ] || exec bash "$2" "$1" "$3"';
  await must(['flock', join(cache, 'lock'), 'bash', '-c', make, kind, target, recipe, source], { timeout: 600_000 });
  return target;
}

/** The base for the present recipe and kernel (about a minute where it isn't cached). */
export async function baseRoot(): Promise<string> {
  const modules = moduleFolder();
  if (modules === undefined) throw new Error('no kernel modules for the lab');
  return cached('base', modules);
}

/** What the kernels of the lab have to be loaded with on this processor; nothing on most. */
export async function preload(): Promise<string | undefined> {
  return hasAmx() ? cached('xstate', '') : undefined;
}

/** The daemon at boot. FRR starts no protocol unless told so. */
async function writeRouting(root: string, daemon: 'frr' | 'bird'): Promise<void> {
  if (daemon === 'frr') {
    const file = join(root, 'etc/frr/daemons');
    writeFileSync(file, readFileSync(file, 'utf8').replace(/^(ospfd|bgpd)=no$/gm, '$1=yes'));
  }
  await must(['chroot', root, 'systemctl', 'enable', '-q', daemon]);
}

const INTERFACE = 'vec0'; // the name that user-mode Linux gives its first vector device

function writeNetwork(root: string, spec: LabHostSpec): void {
  if (spec.network === 'ifupdown') {
    const stanza = `auto lo\niface lo inet loopback\n\nauto ${INTERFACE}\niface ${INTERFACE} inet static\n    address ${spec.address}/24\n${spec.scope ? `    scope ${spec.scope}\n` : ''}`;
    writeFileSync(join(root, 'etc/network/interfaces'), `${stanza}\nsource /etc/network/interfaces.d/*\n`);
    return;
  }
  mkdirSync(join(root, 'etc/systemd/network'), { recursive: true });
  const section = spec.scope ? `[Address]\nScope=${spec.scope}\n` : '[Network]\n';
  writeFileSync(join(root, 'etc/systemd/network/10-outer.network'), `[Match]\nName=${INTERFACE}\n\n${section}Address=${spec.address}/24\n`);
  const wants = join(root, 'etc/systemd/system/multi-user.target.wants');
  mkdirSync(wants, { recursive: true });
  symlinkSync('/lib/systemd/system/systemd-networkd.service', join(wants, 'systemd-networkd.service'));
}

async function writeAccess(root: string, spec: LabHostSpec, publicKey: string): Promise<void> {
  const shell = `/bin/${spec.shell ?? 'bash'}`;
  const login = spec.user?.name ?? 'root';
  if (spec.user) {
    await must(['chroot', root, 'useradd', '-m', '-p', '*', login]);
    const rule = spec.user.become === 'sudo' ? `${login} ALL=(ALL) NOPASSWD: ALL\n` : `permit nopass ${login} as root\n`;
    const file = join(root, spec.user.become === 'sudo' ? `etc/sudoers.d/${login}` : 'etc/doas.conf');
    writeFileSync(file, rule, { mode: 0o440 });
    writeFileSync(join(root, 'etc/ssh/sshd_config.d/lab.conf'), 'PermitRootLogin no\n');
  }
  await must(['chroot', root, 'usermod', '-s', shell, login]);
  const [uid = 0, gid = 0] = (await must(['chroot', root, 'sh', '-c', 'id -u "$0"; id -g "$0"', login])).trim().split('\n').map(Number);
  const folder = join(root, login === 'root' ? 'root' : `home/${login}`, '.ssh');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'authorized_keys'), publicKey, { mode: 0o600 });
  chmodSync(folder, 0o700);
  for (const path of [folder, join(folder, 'authorized_keys')]) chownSync(path, uid, gid);
}

async function writeHostKeys(root: string, spec: LabHostSpec): Promise<string> {
  const lines: string[] = [];
  for (const type of ['ed25519', 'ecdsa']) {
    const file = join(root, `etc/ssh/ssh_host_${type}_key`);
    await must(['ssh-keygen', '-q', '-t', type, '-N', '', '-C', spec.name, '-f', file]);
    const [kind, key] = readFileSync(`${file}.pub`, 'utf8').split(' ');
    lines.push(`${spec.name},${spec.address} ${kind} ${key}\n`);
  }
  return lines.join('');
}

/**
 * Makes the root folder of one host.
 * @param root the folder to make
 * @param publicKey the line for authorized_keys
 * @returns the host's lines for known_hosts, under its name and its address
 */
export async function makeRoot(root: string, spec: LabHostSpec, publicKey: string): Promise<string> {
  const base = await baseRoot();
  await must(['cp', '-a', '--reflink=auto', spec.routing ? await cached('routing', base) : base, root]);
  writeFileSync(join(root, 'etc/hostname'), `${spec.name}\n`);
  writeFileSync(join(root, 'etc/hosts'), `127.0.0.1 localhost\n127.0.1.1 ${spec.name}\n`);
  writeFileSync(join(root, 'etc/machine-id'), `${randomBytes(16).toString('hex')}\n`);
  // A host on networkd has no ifupdown, as Debian's own cloud images: otherwise both would claim the boot.
  if (spec.network === 'networkd') await must(['chroot', root, 'dpkg', '--purge', 'ifupdown']);
  writeNetwork(root, spec);
  await writeAccess(root, spec, publicKey);
  if (spec.routing) await writeRouting(root, spec.routing);
  if (spec.sh === 'busybox') {
    rmSync(join(root, 'usr/bin/sh'));
    symlinkSync('busybox', join(root, 'usr/bin/sh'));
  }
  if (spec.noGre) {
    const modules = moduleFolder() ?? '';
    const release = basename(modules);
    await must(['find', join(root, 'usr/lib/modules', release), '-name', '*gre*.ko*', '-delete']);
    await must(['chroot', root, 'depmod', release]);
  }
  return writeHostKeys(root, spec);
}
