/**
 * Reads files of unknown origin: regular files only, bounded, and on request none that lies outside a folder.
 *
 * In: a path. Out: its bytes, or why not. Why: a folder of somebody else's branch may hold a symbolic link to a key or to an endless device, and what is
 * wrong with a file is shown with its lines.
 */
import { closeSync, constants, fstatSync, openSync, readSync, realpathSync, statSync } from 'node:fs';
import { dirname, isAbsolute, relative, resolve } from 'node:path';

export interface ReadLimits {
  /** Bytes. */
  readonly most: number;
  /** The real folder that the file must lie in, symbolic links followed; absent: anywhere. */
  readonly within?: string;
}

/** Why a file is not read: the end of a sentence that begins with its name. */
export class FileRefused extends Error {
  override readonly name = 'FileRefused';
}

/** Whether a path lies in a folder or is that folder; both real. */
function inside(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way === '' || (way !== '..' && !way.startsWith('../') && !isAbsolute(way));
}

/**
 * The folder that nothing may lead out of: the working folder where the path lies in it, else what was named itself.
 *
 * @returns undefined where there is nothing at that path; reading it will say so.
 */
export function boundaryOf(path: string, cwd: string): string | undefined {
  const whole = resolve(cwd, path);
  try {
    if (inside(resolve(cwd), whole)) return realpathSync(cwd);
    const real = realpathSync(whole);
    return statSync(real).isDirectory() ? real : dirname(real);
  } catch {
    return undefined;
  }
}

/** @throws {FileRefused} where a symbolic link leads out of the folder. @throws the system's error where there is no such file. */
export function stayInside(path: string, within: string | undefined): void {
  if (within === undefined || inside(within, realpathSync.native(path))) return;
  throw new FileRefused(`leads out of ${within} by a symbolic link, which is not followed here`);
}

/** Of a regular file as much as the limit and one byte more: a file that is longer shows by that. @throws {FileRefused} or the system's error. */
export function readSome(path: string, { most, within }: ReadLimits): Buffer {
  stayInside(path, within);
  // Without O_NONBLOCK the opening of a pipe that nobody writes to never comes back.
  const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
  try {
    const stat = fstatSync(file);
    if (stat.isDirectory()) throw new FileRefused('is a folder');
    if (!stat.isFile()) throw new FileRefused('is not a regular file');
    const bytes = Buffer.alloc(Math.min(stat.size, most) + 1);
    let length = 0;
    // As much as there was when it was opened is the whole; a file that says 0 may be one of those that the kernel makes up.
    for (let got = -1; got !== 0 && length < bytes.length && (length === 0 || length !== stat.size); length += got)
      got = readSync(file, bytes, length, bytes.length - length, null);
    return bytes.subarray(0, length);
  } finally {
    closeSync(file);
  }
}

/** The whole of a regular file. @throws {FileRefused} or the system's error. */
export function readRegular(path: string, limits: ReadLimits): Buffer {
  const bytes = readSome(path, limits);
  if (bytes.length > limits.most) throw new FileRefused(`is longer than ${sizeText(limits.most)}`);
  return bytes;
}

const sizeText = (bytes: number): string => `${bytes / 2 ** 20} MiB`;
