/**
 * The real machine of an updater: this host's interfaces and its /bin/sh, and SSH to the fixed end.
 *
 * In: the settings of a link. Out: a Machine. Each change has a shell of its own, which is gone when the change is done: an idle updater has no process.
 */
import { spawn } from 'node:child_process';
import { networkInterfaces } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Machine } from './address/machine.js';
import type { UpdaterConfig } from './model/updater.js';
import type { ShellChannel } from './model/wire.js';
import { openSession, type SessionOptions } from './script/session.js';
import { askHost } from './ssh/ask.js';
import type { SshTarget } from './ssh/endpoint.js';

const CONNECT_MS = 10_000;
const ASK_MS = 30_000;
/** A change of this host; the slowest is a script of its network manager. */
const CHANGE_MS = 120_000;
const KILL_MS = 2000;
const STDERR_LIMIT = 65_536;

/** Ends the whole process group; what does not heed that is killed, so that a change which hangs never keeps the updater. */
function endGroup(pid: number): void {
  const kill = (signal: NodeJS.Signals): void => {
    try {
      process.kill(-pid, signal);
    } catch {
      // It has ended meanwhile.
    }
  };
  kill('SIGTERM');
  setTimeout(() => kill('SIGKILL'), KILL_MS).unref();
}

/** One /bin/sh on this host, in a process group of its own: Ctrl-C at our terminal must not end it half-way. */
export function localShell(): ShellChannel {
  const { HOME = '/', PATH = '/usr/bin:/bin' } = process.env;
  const child = spawn('/bin/sh', [], { cwd: '/', detached: true, env: { HOME, PATH }, stdio: ['pipe', 'pipe', 'pipe'] });
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => {
    errors = (errors + chunk.toString('utf8')).slice(0, STDERR_LIMIT);
  });
  child.stdin.on('error', () => undefined);
  let cut = (): void => undefined;
  const closed = new Promise<Awaited<ShellChannel['closed']>>((resolve) => {
    cut = () => resolve({ error: new Error('the shell was ended by us') });
    child.once('error', (error) => resolve({ error }));
    child.once('close', (exit, signal) => resolve({ ...(exit === null ? {} : { exit }), ...(signal === null ? {} : { signal }) }));
  });
  return {
    write: (text) => void child.stdin.write(text),
    output: child.stdout,
    stderr: () => errors,
    closed,
    end: () => void child.stdin.end(),
    destroy: () => {
      if (child.pid !== undefined && child.exitCode === null && child.signalCode === null) endGroup(child.pid);
      for (const stream of [child.stdin, child.stdout, child.stderr]) stream.destroy();
      setTimeout(cut, 2 * KILL_MS).unref();
    },
  };
}

/** The fixed end as the updater dials it. */
export function targetOf(config: UpdaterConfig, from: string | undefined): SshTarget {
  const { address, port, user, hostKeys, key, legacy = false } = config.fixed;
  return {
    name: config.peer,
    address,
    port,
    user,
    identities: [key],
    identitiesOnly: true,
    jumps: [],
    knownHosts: [],
    strict: 'yes',
    pinned: hostKeys,
    become: 'none',
    legacy,
    family: 4,
    ...(from === undefined ? {} : { localAddress: from }),
    connectTimeoutMs: CONNECT_MS,
    keepaliveMs: 5000,
  };
}

/** IPv4 addresses of an interface, in the system's order. */
function addressesOf(name: string): readonly string[] {
  try {
    return (networkInterfaces()[name] ?? []).filter((found) => found.family === 'IPv4').map((found) => found.address);
  } catch {
    // No list (no file descriptor left, say): no address for now, and the next look is half a second away.
    return [];
  }
}

/** @param shell - Only tests set it. */
export function realMachine(config: UpdaterConfig, shell: Pick<SessionOptions, 'root' | 'path'> = {}): Machine {
  return {
    addresses: addressesOf,
    change: async (calls) => {
      const session = await openSession(localShell(), shell);
      try {
        return await session.run(calls, { timeoutMs: CHANGE_MS });
      } finally {
        await session.close();
      }
    },
    ask: (request, from, signal) => askHost(targetOf(config, from), request, { signal, timeoutMs: ASK_MS }),
    now: () => Date.now(),
    sleep: (ms, signal) => sleep(ms, undefined, { signal }).catch(() => undefined),
    random: () => Math.random(),
  };
}
