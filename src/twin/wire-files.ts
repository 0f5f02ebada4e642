/**
 * The verbs of the wire program that work on files: look, put, block, remove. Exit numbers are the table of docs/wire.md.
 *
 * In: a call's arguments and the files of the host. Out: exit, output and whether something was changed.
 */
import { cksum } from '../script/cksum.js';
import { lsLine } from './common.js';
import { DiskFullError, type FileTree } from './files.js';
import { decodeBody } from './wire-parse.js';

export interface VerbResult {
  readonly exit: number;
  /** latin1 */
  readonly stdout: string;
  readonly stderr: string;
  readonly flag: string;
}

const result = (exit: number, flag: string, stdout = '', stderr = ''): VerbResult => ({ exit, stdout, stderr, flag });
const same = (exit = 0, stderr = ''): VerbResult => result(exit, 'same', '', stderr);

/** 2 symbolic link, 3 not a regular file, 0 otherwise. */
function kind(files: FileTree, path: string): number {
  if (files.get(path)?.link !== undefined) return 2;
  return files.get(path) === undefined && files.isDirectory(path) ? 3 : 0;
}

export function look(files: FileTree, path: string): VerbResult {
  const wrong = kind(files, path);
  if (wrong !== 0) return result(wrong, '-');
  const file = files.get(path);
  if (file === undefined) return result(1, '-');
  return result(0, '-', file.content, `${lsLine({ files, programs: [] }, path, true) ?? ''}\n`);
}

function write(files: FileTree, path: string, content: string, mode: number): VerbResult {
  const folder = path.slice(0, path.lastIndexOf('/')) || '/';
  if (!files.isDirectory(folder)) return same(5, `${path}: No such file or directory\n`);
  try {
    files.write(path, content, mode);
    return result(0, 'changed');
  } catch (error) {
    if (error instanceof DiskFullError) return same(5, `${path}: No space left on device\n`);
    throw error;
  }
}

type Arrived = { readonly content: string } | { readonly wrong: VerbResult };

/** Content as announced, or the refusal when it did not arrive whole. */
function arrived(announced: readonly string[], body: readonly string[]): Arrived {
  const [length = '', sum = '', encoding = ''] = announced;
  // A script on the host itself (docs/updater.md) fills in addresses: it is whole or is not run, so it gives no figures.
  const open = length === '-' && sum === '-';
  const content = decodeBody(encoding, open ? body.length : Number(length), body);
  if (open && content !== undefined) return { content };
  const whole = content !== undefined && content.length === Number(length) && cksum(Buffer.from(content, 'latin1')) === Number(sum);
  if (whole) return { content };
  return { wrong: same(4, `content did not arrive whole: ${content?.length ?? 0} of ${length} bytes\n`) };
}

/** Where the new content waits beside the file until `settle`. */
export const stagedPath = (path: string, run: string): string => path.replace(/([^/]*)$/, `.$1.pv-${run}`);

/** @param args - mode, path, length, checksum, encoding. @param to - Where the new content goes: the path itself, or where it waits. */
export function put(files: FileTree, args: readonly string[], body: readonly string[], to: string): VerbResult {
  const [mode = '', path = '', ...announced] = args;
  const taken = arrived(announced, body);
  if ('wrong' in taken) return taken.wrong;
  const wrong = kind(files, path);
  if (wrong !== 0) return same(wrong);
  const bits = Number.parseInt(mode, 8);
  const before = files.get(path);
  return before?.content === taken.content && before.mode === bits ? same() : write(files, to, taken.content, bits);
}

/** Where the block stands: start and end in bytes, both the file's length when it does not, undefined when its lines are not as we wrote them. */
function blockPlace(text: string, name: string): { from: number; to: number } | undefined {
  const begin = `# BEGIN provision ${name}`;
  const end = `# END provision ${name}`;
  const lines = text.split('\n');
  const count = (line: string): number => lines.filter((l) => l === line).length;
  const [begins, ends] = [count(begin), count(end)];
  if (begins === 0 && ends === 0) return { from: text.length, to: text.length };
  if (begins !== 1 || ends !== 1 || lines.indexOf(begin) > lines.indexOf(end)) return undefined;
  const offset = (line: number): number => lines.slice(0, line).reduce((sum, l) => sum + l.length + 1, 0);
  return { from: offset(lines.indexOf(begin)), to: Math.min(text.length, offset(lines.indexOf(end) + 1)) };
}

/** @param args - path, block name, length, checksum, encoding. @param to - As with put; an empty file that waits says that the file goes. */
export function block(files: FileTree, args: readonly string[], body: readonly string[], to: string): VerbResult {
  const [path = '', name = '', ...announced] = args;
  const taken = arrived(announced, body);
  if ('wrong' in taken) return taken.wrong;
  const wrong = kind(files, path);
  if (wrong !== 0) return same(wrong);
  const { content } = taken;
  const file = files.get(path);
  const before = file?.content ?? '';
  const place = blockPlace(before, name);
  if (place === undefined) return same(7, `the BEGIN and END lines of block ${name} do not stand as we wrote them\n`);
  const wrapped = content === '' ? '' : `# BEGIN provision ${name}\n${content}# END provision ${name}\n`;
  const head = before.slice(0, place.from);
  const gap = wrapped === '' || head === '' || head.endsWith('\n') ? '' : '\n';
  const after = head + gap + wrapped + before.slice(place.to);
  if (after === before) return same();
  if (after !== '' || to !== path) return write(files, to, after, file?.mode ?? 0o644);
  files.remove(path);
  return result(0, 'changed');
}

export function remove(files: FileTree, path: string, to = path): VerbResult {
  const wrong = kind(files, path);
  if (wrong !== 0) return same(wrong);
  if (to !== path) return same();
  return result(0, files.remove(path) ? 'changed' : 'same');
}

/** What waits for this file takes its place. @param how - put, block or remove. */
export function settle(files: FileTree, path: string, run: string, how: string): VerbResult {
  if (how === 'remove') return remove(files, path);
  const from = stagedPath(path, run);
  const waiting = files.get(from);
  if (waiting === undefined) return same();
  if (how === 'block' && waiting.content === '') {
    files.remove(from);
    return remove(files, path);
  }
  files.rename(from, path);
  return result(0, 'changed');
}
