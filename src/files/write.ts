/**
 * Writes files whole or not at all, also where power fails in the middle.
 *
 * In: a path and a text. Out: the file; or it is as it was, and the system's error is thrown.
 */
import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** A rename is on the disk once its folder is. */
function syncFolder(path: string): void {
  const folder = openSync(path, 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

/** @param path - Not a symbolic link: that would be replaced. @param mode - Of the new file, less what the mask of this process takes away. */
export function replaceFile(path: string, text: string, mode: number): void {
  const next = `${path}.${process.pid}`;
  try {
    // What an ended process of our number left there goes; what somebody puts there meanwhile is not written into.
    rmSync(next, { force: true });
    writeFileSync(next, text, { mode, flag: 'wx', flush: true });
    renameSync(next, path);
    syncFolder(dirname(path));
  } catch (error) {
    rmSync(next, { force: true });
    throw error;
  }
}
