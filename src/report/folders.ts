/** Folders of ours: where they are, and how they are made, one by one. `mkdir` with `recursive` never comes back below some file systems (/proc), so it is not used. */
import { mkdirSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

/** `$XDG_STATE_HOME/provision/NAME`, else below ~/.local/state. */
export function stateFolder(env: Readonly<Record<string, string | undefined>>, name: 'log' | 'runs' | 'addresses' | 'offers'): string {
  const base = env.XDG_STATE_HOME?.startsWith('/') === true ? env.XDG_STATE_HOME : join(env.HOME ?? homedir(), '.local', 'state');
  return join(base, 'provision', name);
}

/** `$XDG_CONFIG_HOME/provision/NAME`, else below ~/.config. */
export function configFile(env: Readonly<Record<string, string | undefined>>, name: 'allowed_signers'): string {
  const base = env.XDG_CONFIG_HOME?.startsWith('/') === true ? env.XDG_CONFIG_HOME : join(env.HOME ?? homedir(), '.config');
  return join(base, 'provision', name);
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}

/**
 * Makes a folder and what is missing above it.
 *
 * @param mode - Of those that are made; one that is there keeps its own.
 * @throws the system's error, where one cannot be made.
 */
export function makeFolders(path: string, mode = 0o777): void {
  const whole = resolve(path);
  if (isFolder(whole)) return;
  const parent = dirname(whole);
  if (parent !== whole) makeFolders(parent, mode);
  try {
    mkdirSync(whole, { mode });
  } catch (error) {
    // Another run may have been faster.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST' || !isFolder(whole)) throw error;
  }
}
