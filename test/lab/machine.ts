/**
 * One host of the lab as a process: starting the kernel, pulling the plug, finding its processes.
 *
 * in: the namespace, the root folder, the tap device
 * out: a running user-mode Linux, whose console goes to a log file
 * why: a reboot may go on in the same process or end it, and a loss of power must take every process of this host and no other's.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { run, sleep } from './run.js';

export interface MachineOptions {
  readonly namespace: string;
  /** Unique on this machine: the kernel's name in its own command line. */
  readonly umid: string;
  readonly root: string;
  readonly tap: string;
  readonly mac: string;
  /** A library that the kernel has to be loaded with. */
  readonly preload?: string | undefined;
  /** The lab's folder: console log and control sockets go there. */
  readonly folder: string;
}

export class Machine {
  readonly #options: MachineOptions;
  #child: ChildProcess | undefined;

  constructor(options: MachineOptions) {
    this.#options = options;
  }

  /** True while the kernel's first process runs. */
  get running(): boolean {
    return this.#child !== undefined && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Starts the kernel, if it doesn't run already; returns at once, long before sshd answers. */
  powerOn(): void {
    if (this.running) return;
    const { namespace, umid, root, tap, mac, folder, preload } = this.#options;
    const kernel = [
      'linux.uml',
      'mem=256M',
      `umid=${umid}`,
      `uml_dir=${folder}/uml`,
      'rootfstype=hostfs',
      'root=/dev/root',
      `rootflags=${root}`,
      'rw',
    ];
    const devices = [`vec0:transport=tap,ifname=${tap},depth=64,mac=${mac}`, 'con=null', 'con0=null,fd:2', 'con1=null', 'ssl=null'];
    const log = openSync(this.#log(), 'a');
    // Every system call of a guest is some switches between processes here, so beside busy test workers a guest would crawl.
    const words = ['-n', '-10', 'ip', 'netns', 'exec', namespace, ...kernel, ...devices, 'init=/sbin/init', 'quiet', 'systemd.show_status=0'];
    // A process group of its own: Ctrl-C on the test run is for the reaper to answer, in its order.
    const env = preload === undefined ? process.env : { ...process.env, LD_PRELOAD: preload };
    this.#child = spawn('nice', words, { stdio: ['ignore', log, log], detached: true, env });
    this.#child.on('error', () => undefined);
    closeSync(log);
  }

  /**
   * Kills every process of this host at once, as a loss of power does: no service is stopped, no file left open is flushed.
   * Kinder than real disks in one point: a file that was closed is on this machine already (hostfs writes it out at close).
   */
  async powerCut(): Promise<void> {
    for (let round = 0; round < 50; round++) {
      const pids = await this.#pids();
      if (pids.length === 0) break;
      for (const pid of pids) kill(pid);
      await sleep(50);
    }
    this.#child = undefined;
  }

  /** How many times this host has said that it restarts. */
  restarts(): number {
    try {
      return readFileSync(this.#log(), 'utf8').split('reboot: Restarting system').length - 1;
    } catch {
      return 0;
    }
  }

  /** The end of the console log, for a message about a host that didn't come up. */
  consoleTail(): string {
    try {
      return readFileSync(this.#log(), 'utf8').slice(-2000);
    } catch {
      return '(no console log)';
    }
  }

  #log(): string {
    return join(this.#options.folder, `${this.#options.umid}.log`);
  }

  /** The kernel and its traced children: processes of our own namespace that carry this umid. */
  async #pids(): Promise<number[]> {
    const listed = await run(['ip', 'netns', 'pids', this.#options.namespace]);
    return listed.stdout
      .split('\n')
      .map(Number)
      .filter((pid) => pid > 0 && commandLine(pid).includes(`umid=${this.#options.umid}`));
  }
}

function commandLine(pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split(/[\0 ]/);
  } catch {
    return [];
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // gone already: a traced child ends with its kernel
  }
}
