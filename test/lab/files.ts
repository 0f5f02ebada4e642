/**
 * The files of a host, read on this machine from its root folder.
 *
 * in: the host's root folder and absolute folders of the host
 * out: every path below them with mode, size and hash
 * why: "nothing changed" must be seen from outside, not asked of the host that was changed.
 */
import { createHash } from 'node:crypto';
import { lstatSync, readdirSync, readFileSync, readlinkSync, type Stats } from 'node:fs';
import { join } from 'node:path';

export interface FileFact {
  /** Type and permission bits, as in stat(2). */
  readonly mode: number;
  /** Bytes; 0 for folders. */
  readonly size: number;
  /** SHA-256 in hex of the content, or of the target for a symbolic link; empty for anything else. */
  readonly sha256: string;
}

function content(path: string, stat: Stats): string {
  if (stat.isSymbolicLink()) return sha256(readlinkSync(path));
  return stat.isFile() ? sha256(readFileSync(path)) : '';
}

function sha256(data: string | Buffer): string {
  return createHash('sha256').update(data).digest('hex');
}

/** Lists files below `folders` of the host whose root is `root`; a folder that isn't there adds nothing. Symbolic links aren't followed. */
export function listFiles(root: string, folders: readonly string[]): Map<string, FileFact> {
  const found = new Map<string, FileFact>();
  const visit = (path: string): void => {
    const here = join(root, path);
    const stat = lstatSync(here, { throwIfNoEntry: false });
    if (!stat) return;
    found.set(path, { mode: stat.mode, size: stat.isDirectory() ? 0 : stat.size, sha256: content(here, stat) });
    if (!stat.isDirectory()) return;
    for (const name of readdirSync(here).sort()) visit(join(path, name));
  };
  for (const folder of folders) visit(folder);
  return found;
}
