/**
 * Real local shells as ShellChannels, for tests.
 *
 * In: a name of SHELLS. Out: a ShellChannel around a child process, and what a test needs to know about it.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';
import type { ShellChannel } from '../../../src/model/wire.js';

interface ShellKind {
  readonly name: string;
  readonly argv: readonly [string, ...string[]];
}

export const SHELLS: readonly ShellKind[] = [
  { name: 'dash', argv: ['dash'] },
  { name: 'busybox', argv: ['busybox', 'sh'] },
  { name: 'bash', argv: ['bash'] },
  { name: 'bash --posix', argv: ['bash', '--posix'] },
  { name: 'mksh', argv: ['mksh'] },
  { name: 'ksh93', argv: ['ksh93'] },
  { name: 'yash', argv: ['yash'] },
  { name: 'zsh --emulate sh', argv: ['zsh', '--emulate', 'sh'] },
  { name: 'tcsh -c exec /bin/sh', argv: ['tcsh', '-c', 'exec /bin/sh'] },
];

/** Those that are /bin/sh of a system, or nearest to it: Debian and the BSDs, Alpine, Red Hat, OpenBSD. For tests that take long. */
export const SYSTEM_SHELLS = SHELLS.filter((kind) => ['dash', 'busybox', 'bash --posix', 'mksh'].includes(kind.name));

export function isInstalled(kind: ShellKind): boolean {
  return (process.env.PATH ?? '').split(':').some((dir) => {
    try {
      accessSync(join(dir, kind.argv[0]), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

export interface LocalShell extends ShellChannel {
  readonly child: ChildProcess;
}

/** Starts the shell with its three streams on pipes, as sshd does without a pty. */
export function startShell(kind: ShellKind, env: Readonly<Record<string, string>> = {}): LocalShell {
  const [file, ...args] = kind.argv;
  const child = spawn(file, args, { env: { PATH: process.env.PATH ?? '/usr/bin:/bin', ...env }, stdio: ['pipe', 'pipe', 'pipe'] });
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => {
    errors = (errors + chunk.toString('latin1')).slice(0, 65536);
  });
  child.stdin.on('error', () => undefined);
  let cut = (): void => undefined;
  const closed = new Promise<Awaited<ShellChannel['closed']>>((resolve) => {
    cut = () => resolve({});
    child.once('error', (error) => resolve({ error }));
    child.once('close', (exit, signal) => resolve({ ...(exit === null ? {} : { exit }), ...(signal === null ? {} : { signal }) }));
  });
  return {
    child,
    write: (text) => void child.stdin.write(text),
    output: child.stdout,
    stderr: () => errors,
    closed,
    end: () => void child.stdin.end(),
    // As when a connection dies: the three streams go away, the shell is left to notice.
    destroy: () => {
      child.stdin.destroy();
      child.stdout.destroy();
      child.stderr.destroy();
      cut();
    },
  };
}
