/**
 * The files of one simulated host: regular files, symbolic links and folders by absolute path, with mode and a size limit for the disk. All belong to root.
 */

export interface SimulatedFile {
  /** Content as bytes in latin1, so that any byte survives. */
  content: string;
  /** Octal permission bits, for example 0o644. */
  mode: number;
  /** Target, if this is a symbolic link. */
  link?: string;
}

export class DiskFullError extends Error {}

const FOLDERS = ['/', '/etc', '/tmp', '/var', '/var/tmp', '/var/db', '/var/lib', '/boot', '/usr', '/usr/sbin', '/sbin', '/root', '/home'];

export class FileTree {
  private readonly files = new Map<string, SimulatedFile>();
  /** With their modes. */
  private readonly directories = new Map<string, number>(FOLDERS.map((path) => [path, 0o755]));
  /** Bytes that may still be written; Infinity unless a fault says otherwise. */
  freeBytes = Number.POSITIVE_INFINITY;

  paths(): string[] {
    return [...this.files.keys()].sort();
  }

  get(path: string): SimulatedFile | undefined {
    return this.files.get(path);
  }

  isDirectory(path: string): boolean {
    return this.directories.has(path) || this.paths().some((p) => p.startsWith(`${path}/`));
  }

  /** One that is there keeps its mode. */
  addDirectory(path: string, mode = 0o755): void {
    if (!this.directories.has(path)) this.directories.set(path, mode);
  }

  directoryMode(path: string): number {
    return this.directories.get(path) ?? 0o755;
  }

  removeDirectory(path: string): void {
    this.directories.delete(path);
  }

  /** Folders that were made in this one. */
  directoriesBelow(path: string): string[] {
    return [...this.directories.keys()].filter((p) => p.startsWith(`${path}/`)).sort();
  }

  /** Whether nothing lies in this folder. */
  isEmpty(path: string): boolean {
    return this.directoriesBelow(path).length === 0 && !this.paths().some((p) => p.startsWith(`${path}/`));
  }

  /** Of a file or a folder that is there. */
  setMode(path: string, mode: number): void {
    const file = this.files.get(path);
    if (file !== undefined) this.files.set(path, { ...file, mode });
    else this.directories.set(path, mode);
  }

  /** Content of a regular file (links followed once), or undefined. */
  read(path: string): string | undefined {
    const file = this.files.get(path);
    return file?.link === undefined ? file?.content : this.files.get(file.link)?.content;
  }

  /** @throws {DiskFullError} when the new bytes do not fit. The old content stays. */
  write(path: string, content: string, mode = 0o644): void {
    if (content.length > this.freeBytes) throw new DiskFullError(path);
    this.files.set(path, { content, mode });
  }

  /** Needs no room: only the name changes. */
  rename(from: string, to: string): void {
    const file = this.files.get(from);
    if (file === undefined) return;
    this.files.delete(from);
    this.files.set(to, file);
  }

  symlink(path: string, target: string): void {
    this.files.set(path, { content: '', mode: 0o777, link: target });
  }

  remove(path: string): boolean {
    return this.files.delete(path);
  }

  /** All files as plain data, sorted, to compare before and after. */
  snapshot(): Record<string, SimulatedFile> {
    return Object.fromEntries(this.paths().map((p) => [p, { ...(this.files.get(p) as SimulatedFile) }]));
  }
}
