/**
 * A lab of real Linux kernels for tests: user-mode Linux hosts on one bridge in a network namespace of their own.
 *
 * in: what each host shall be
 * out: booted hosts that answer SSH, and the hands of an administrator: run, reboot, cut power or cable, capture, look at files
 * why: apply, ping, drift and reboot must be proven on real kernels (docs/lab.md), and whatever a test does must not leave this namespace.
 *
 * However the test process ends, reaper.sh takes everything down.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type FileFact, listFiles } from './files.js';
import { Machine } from './machine.js';
import { addTap, type Capture, controllerAddress, makeNamespace, setCable, startCapture } from './network.js';
import { type LabHostSpec, makeRoot, preload } from './root.js';
import { must, type Ran, type Running, type RunOptions, run, sleep, start } from './run.js';

export { CONNTRACK, describeLab, labReason, NFT } from './reason.js';
export type { Capture, FileFact, LabHostSpec, Ran, Running };

const CLI = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const REAPER = fileURLToPath(new URL('./reaper.sh', import.meta.url));
const BOOT_LIMIT_MS = 180_000;

interface Host {
  readonly spec: LabHostSpec;
  readonly root: string;
  readonly tap: string;
  readonly machine: Machine;
}

/** Environment entries for `provision`, beside the lab's own HOME and XDG_STATE_HOME. */
export type LabEnv = Readonly<Record<string, string>>;

/** The words that make root of the user who may log in, around one shell line. */
function asRoot(spec: LabHostSpec, command: string): string {
  if (!spec.user) return command;
  return `${spec.user.become} -n /bin/sh -c '${command.replaceAll("'", `'\\''`)}'`;
}

export class Lab {
  /** The private key that every host accepts; also the default key in the lab's HOME. */
  readonly keyFile: string;
  /** known_hosts of the lab: each host's keys under its name and its address; also ~/.ssh/known_hosts in the lab's HOME. */
  readonly knownHosts: string;
  /** HOME of everything that runs by `provision()`. */
  readonly home: string;
  /** XDG_STATE_HOME of everything that runs by `provision()`. */
  readonly state: string;
  /** A temporary folder for the test's own files (inventories and the like); deleted at the end. */
  readonly folder: string;
  readonly namespace: string;
  readonly #hosts = new Map<string, Host>();
  readonly #reaper: ChildProcess;

  constructor() {
    const id = `${process.pid}-${randomBytes(3).toString('hex')}`;
    this.namespace = `plab-${id}`;
    this.folder = mkdtempSync(join(tmpdir(), `provision-lab-${id}-`));
    this.home = join(this.folder, 'home');
    this.state = join(this.folder, 'state');
    this.keyFile = join(this.home, '.ssh/id_ed25519');
    this.knownHosts = join(this.home, '.ssh/known_hosts');
    mkdirSync(join(this.home, '.ssh'), { recursive: true, mode: 0o700 });
    mkdirSync(this.state, { mode: 0o700 });
    this.#reaper = spawn('bash', [REAPER, this.namespace, this.folder], { stdio: ['pipe', 'ignore', 'ignore'], detached: true });
  }

  /** Makes network, roots and kernels, and waits until every host answers SSH. `prepare` may change the roots before they boot. */
  async boot(specs: readonly LabHostSpec[], prepare?: (lab: Lab) => void): Promise<void> {
    await must(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-C', 'lab', '-f', this.keyFile]);
    writeFileSync(this.knownHosts, '', { mode: 0o600 });
    await makeNamespace(this.namespace, controllerAddress(specs[0]?.address ?? '192.0.2.1'));
    const publicKey = readFileSync(`${this.keyFile}.pub`, 'utf8');
    await Promise.all(specs.map((spec, index) => this.#add(spec, index, publicKey)));
    prepare?.(this);
    await Promise.all(specs.map((spec) => this.powerOn(spec.name)));
  }

  async #add(spec: LabHostSpec, index: number, publicKey: string): Promise<void> {
    const root = join(this.folder, spec.name);
    const tap = `tap${index}`;
    appendFileSync(this.knownHosts, await makeRoot(root, spec, publicKey));
    await addTap(this.namespace, tap);
    const mac = `52:54:00:00:00:${(index + 1).toString(16).padStart(2, '0')}`;
    const umid = `${this.namespace}-${spec.name}`;
    this.#hosts.set(spec.name, {
      spec,
      root,
      tap,
      machine: new Machine({ namespace: this.namespace, umid, root, tap, mac, folder: this.folder, preload: await preload() }),
    });
  }

  #host(name: string): Host {
    const host = this.#hosts.get(name);
    if (!host) throw new Error(`no host ${name} in this lab`);
    return host;
  }

  /** The words of the system's ssh to a host, run from the controller's namespace. */
  sshWords(name: string): string[] {
    const { spec } = this.#host(name);
    const options = ['BatchMode=yes', 'StrictHostKeyChecking=yes', `UserKnownHostsFile=${this.knownHosts}`, 'ConnectTimeout=10'];
    const login = `${spec.user?.name ?? 'root'}@${spec.address}`;
    return ['ssh', '-F', 'none', '-i', this.keyFile, ...options.flatMap((option) => ['-o', option]), login];
  }

  /** Runs one line of the login shell as root on a host, by the system's ssh. Exit 255 is ssh's own failure. */
  ssh(name: string, command: string, input = ''): Promise<Ran> {
    return this.run([...this.sshWords(name), '--', asRoot(this.#host(name).spec, command)], { input });
  }

  /** As `ssh`, for a command that must succeed; returns its standard output. */
  async must(name: string, command: string): Promise<string> {
    const ran = await this.ssh(name, command);
    if (ran.exit !== 0) throw new Error(`${name}: ${command}: exit ${ran.exit}\n${ran.stderr}${ran.stdout}`);
    return ran.stdout;
  }

  /** Runs a program inside the controller's namespace. */
  run(words: readonly string[], options: RunOptions = {}): Promise<Ran> {
    return run(['ip', 'netns', 'exec', this.namespace, ...words], options);
  }

  /** Starts the built `provision` inside the namespace; `child.pid` is its own process, so a test may kill it. */
  startProvision(args: readonly string[], env: LabEnv = {}, input = ''): Running {
    const { PATH = '/usr/bin:/bin:/usr/sbin:/sbin' } = process.env;
    const words = ['ip', 'netns', 'exec', this.namespace, process.execPath, CLI, ...args];
    const whole = { PATH, LANG: 'C.UTF-8', HOME: this.home, XDG_STATE_HOME: this.state, NO_COLOR: '1', ...env };
    return start(words, { env: whole, cwd: this.folder, timeout: 300_000, input });
  }

  /** Runs the built `provision` inside the namespace to its end, with no terminal. */
  provision(args: readonly string[], env: LabEnv = {}, input = ''): Promise<Ran> {
    return this.startProvision(args, env, input).done;
  }

  /** Starts a host and waits until it answers SSH. */
  async powerOn(name: string): Promise<void> {
    await this.#answer(name, () => true);
  }

  /** Kills a host's processes, as a loss of power does. */
  async powerCut(name: string): Promise<void> {
    await this.#host(name).machine.powerCut();
  }

  /**
   * Reboots a host from the inside and waits until it answers as a new boot.
   *
   * @param how - Tells it to; may itself wait until it is back.
   */
  async reboot(name: string, how: () => Promise<Ran> = () => this.ssh(name, 'systemctl reboot')): Promise<Ran> {
    const before = await this.bootId(name);
    const { machine } = this.#host(name);
    const restarts = machine.restarts();
    const told = how();
    // The kernel starts itself over while its tap may still be held, and then has no network: a fresh process is the surer reboot.
    const deadline = Date.now() + 90_000;
    while (machine.restarts() === restarts && Date.now() < deadline) await sleep(200);
    if (machine.restarts() === restarts) throw new Error(`${name} did not restart; its console said:\n${machine.consoleTail()}`);
    await machine.powerCut();
    await this.#answer(name, (bootId) => bootId !== before);
    return told;
  }

  /** The kernel's id of this boot. */
  async bootId(name: string): Promise<string> {
    return (await this.must(name, 'cat /proc/sys/kernel/random/boot_id')).trim();
  }

  /** Waits for a boot that `wanted` likes; starts the process again if it has ended. */
  async #answer(name: string, wanted: (bootId: string) => boolean): Promise<void> {
    const { machine } = this.#host(name);
    const deadline = Date.now() + BOOT_LIMIT_MS;
    while (Date.now() < deadline) {
      machine.powerOn();
      const ran = await this.ssh(name, 'cat /proc/sys/kernel/random/boot_id');
      if (ran.exit === 0 && wanted(ran.stdout.trim())) {
        // sshd answers before the boot is over; a test that starts now would see half a host. "degraded" is over too.
        await this.ssh(name, 'systemctl is-system-running --wait');
        return;
      }
      await sleep(300);
    }
    throw new Error(`${name} did not come up within ${BOOT_LIMIT_MS / 1000} s; its console said:\n${machine.consoleTail()}`);
  }

  /** Plugs a host's cable in or out. */
  cable(name: string, state: 'up' | 'down'): Promise<void> {
    return setCable(this.namespace, this.#host(name).tap, state);
  }

  /** Captures on a host's cable until stopped; GRE (protocol 47) unless another pcap filter is given. */
  capture(name: string, filter = 'ip proto 47'): Promise<Capture> {
    return startCapture(this.namespace, this.#host(name).tap, filter);
  }

  /** Files below absolute folders of a host, read from its disk on this machine. A running host is told to sync first. */
  async files(name: string, folders: readonly string[]): Promise<Map<string, FileFact>> {
    const host = this.#host(name);
    if (host.machine.running) await this.must(name, 'sync');
    return listFiles(host.root, folders);
  }

  /** The absolute path on this machine of a path on a host. */
  hostPath(name: string, path: string): string {
    return join(this.#host(name).root, path);
  }

  /** Takes everything down: processes, namespace, folder. Safe to call twice. */
  async stop(): Promise<void> {
    if (this.#reaper.exitCode !== null) return;
    const ended = new Promise((resolve) => this.#reaper.once('exit', resolve));
    this.#reaper.stdin?.end();
    await ended;
  }
}

/** Boots a lab. On failure everything it started is taken down again. */
export async function startLab(specs: readonly LabHostSpec[], prepare?: (lab: Lab) => void): Promise<Lab> {
  const lab = new Lab();
  try {
    await lab.boot(specs, prepare);
    return lab;
  } catch (error) {
    await lab.stop();
    throw error;
  }
}
