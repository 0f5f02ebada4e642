/**
 * A directory that plays the host's file system (PV_ROOT) and a directory of stub commands that comes first in PATH.
 */
import { chmodSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { FileState } from './contract.js';

export class Room {
  readonly base = mkdtempSync(join(tmpdir(), 'wire-test-'));
  readonly root = join(this.base, 'root with $ and blank');
  readonly bin = join(this.base, 'bin');
  readonly path = `${this.bin}:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin`;

  constructor() {
    mkdirSync(this.bin);
    this.reset();
  }

  reset(): void {
    rmSync(this.root, { recursive: true, force: true });
    for (const dir of ['etc', 'tmp']) mkdirSync(join(this.root, dir), { recursive: true });
  }

  /** A command of the host: an sh script. */
  stub(name: string, script: string): void {
    writeFileSync(join(this.bin, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  }

  at(path: string): string {
    return join(this.root, path);
  }

  set(path: string, state: FileState): void {
    const full = this.at(path);
    mkdirSync(dirname(full), { recursive: true });
    if ('link' in state) symlinkSync(state.link, full);
    else if ('directory' in state) mkdirSync(full);
    else if ('content' in state) {
      writeFileSync(full, Buffer.from(state.content, 'latin1'));
      chmodSync(full, Number.parseInt(state.mode ?? '0644', 8));
    }
  }

  /** The state of a path; mode only where `like` has one. */
  get(path: string, like: FileState): FileState {
    const full = this.at(path);
    const stat = lstatSync(full, { throwIfNoEntry: false });
    if (stat === undefined) return { absent: true };
    if (stat.isSymbolicLink()) return { link: readlinkSync(full) };
    if (stat.isDirectory()) return { directory: true };
    const content = readFileSync(full, 'latin1');
    const mode = (stat.mode & 0o7777).toString(8).padStart(4, '0');
    return 'mode' in like && like.mode !== undefined ? { content, mode } : { content };
  }

  /** Files under the root that are not among those named. */
  strays(known: readonly string[]): string[] {
    const names = readdirSync(this.root, { recursive: true, withFileTypes: true });
    const files = names.map((entry) => join(entry.parentPath, entry.name).slice(this.root.length));
    return files.filter((path) => path !== '/etc' && path !== '/tmp' && !known.includes(path));
  }

  remove(): void {
    rmSync(this.base, { recursive: true, force: true });
  }
}
