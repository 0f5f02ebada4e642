/**
 * mkdir, rm, rmdir and chmod on a simulated host, in the words of the BSDs and of GNU coreutils.
 *
 * In: words. Out: an answer and the changed file tree, or undefined when the command is not one of these.
 */
import { type CommonHost, failed, getopt, ok } from './common-host.js';
import type { FileTree } from './files.js';
import type { CommandResult } from './system.js';

export const FILE_PROGRAMS = ['mkdir', 'rm', 'rmdir', 'chmod'].map((name) => `/bin/${name}`);

const NONE = 'No such file or directory';

const parentOf = (path: string): string => path.slice(0, path.lastIndexOf('/')) || '/';
const clean = (path: string): string => (path === '/' ? path : path.replace(/\/+$/, ''));

/** How the tool says that it could not: GNU's tell what they wanted to do. */
function complaint(host: CommonHost, tool: string, did: string, path: string, why: string): string {
  return host.uname.sysname === 'Linux' ? `${tool}: ${did} '${path}': ${why}\n` : `${tool}: ${path}: ${why}\n`;
}

/** Does one thing for each path; the answer holds all complaints. */
function forEach(paths: readonly string[], one: (path: string) => string | undefined): CommandResult {
  const said = paths.map((path) => one(clean(path)) ?? '').join('');
  return said === '' ? ok() : failed(1, said);
}

const MODE = /^0?[0-7]{3}$/;

function mkdir(host: CommonHost, args: readonly string[]): CommandResult {
  const given = getopt(args, 'pvm:');
  if (given === undefined || given.rest.length === 0) return failed(1, 'usage: mkdir [-pv] [-m mode] directory ...\n');
  const { files } = host;
  const text = given.values.get('m') ?? '0755';
  if (!MODE.test(text)) return failed(1, `mkdir: invalid file mode: ${text}\n`);
  const mode = Number.parseInt(text, 8);
  const there = (path: string): boolean => files.get(path) !== undefined || files.isDirectory(path);
  return forEach(given.rest, (path) => {
    const wrong = (why: string): string => complaint(host, 'mkdir', 'cannot create directory', path, why);
    if (there(path)) return given.flags.has('p') && files.isDirectory(path) ? undefined : wrong('File exists');
    if (!given.flags.has('p') && !files.isDirectory(parentOf(path))) return wrong(NONE);
    const above = ancestors(path).filter((p) => !files.isDirectory(p));
    if (above.some((p) => files.get(p) !== undefined)) return wrong('Not a directory');
    for (const folder of above) files.addDirectory(folder);
    files.addDirectory(path, mode);
    return undefined;
  });
}

/** Folders above a path, the uppermost first. */
function ancestors(path: string): string[] {
  const parts = path.split('/').slice(1, -1);
  return parts.map((_, i) => `/${parts.slice(0, i + 1).join('/')}`);
}

function removeTree(files: FileTree, path: string): void {
  for (const inside of files.paths().filter((p) => p.startsWith(`${path}/`))) files.remove(inside);
  for (const inside of files.directoriesBelow(path)) files.removeDirectory(inside);
  files.removeDirectory(path);
}

function rm(host: CommonHost, args: readonly string[]): CommandResult {
  const given = getopt(args, 'firRv');
  if (given === undefined) return failed(1, 'usage: rm [-f | -i] [-dPRrvWx] file ...\n');
  const force = given.flags.has('f');
  if (given.rest.length === 0) return force ? ok() : failed(1, 'rm: missing operand\n');
  const { files } = host;
  return forEach(given.rest, (path) => {
    if (files.remove(path)) return undefined;
    const folder = files.isDirectory(path);
    if (folder && (given.flags.has('r') || given.flags.has('R'))) removeTree(files, path);
    else if (folder) return complaint(host, 'rm', 'cannot remove', path, host.uname.sysname === 'Linux' ? 'Is a directory' : 'is a directory');
    else if (!force) return complaint(host, 'rm', 'cannot remove', path, NONE);
    return undefined;
  });
}

function rmdir(host: CommonHost, args: readonly string[]): CommandResult {
  const given = getopt(args, 'p');
  if (given === undefined || given.rest.length === 0) return failed(1, 'usage: rmdir [-p] directory ...\n');
  const { files } = host;
  return forEach(given.rest, (path) => {
    const wrong = (why: string): string => complaint(host, 'rmdir', 'failed to remove', path, why);
    if (files.get(path) !== undefined) return wrong('Not a directory');
    if (!files.isDirectory(path)) return wrong(NONE);
    if (!files.isEmpty(path)) return wrong('Directory not empty');
    files.removeDirectory(path);
    return undefined;
  });
}

function chmod(host: CommonHost, args: readonly string[]): CommandResult {
  const [mode = '', ...paths] = args;
  if (!MODE.test(mode) || paths.length === 0) return failed(1, `chmod: this simulated host knows modes of three octal digits only: ${mode}\n`);
  const { files } = host;
  return forEach(paths, (path) => {
    const target = files.get(path)?.link ?? path;
    if (files.get(target) === undefined && !files.isDirectory(target)) return complaint(host, 'chmod', 'cannot access', path, NONE);
    files.setMode(target, Number.parseInt(mode, 8));
    return undefined;
  });
}

const COMMANDS: Readonly<Record<string, (host: CommonHost, args: readonly string[]) => CommandResult>> = { mkdir, rm, rmdir, chmod };

/** @returns The answer, or undefined if the command is not one of these. */
export function fileCommand(host: CommonHost, words: readonly string[]): CommandResult | undefined {
  const [name = '', ...args] = words;
  const base = name.split('/').at(-1) ?? '';
  return Object.hasOwn(COMMANDS, base) ? COMMANDS[base]?.(host, args) : undefined;
}
