/**
 * The verbs of the wire program that work on files: look, put, block, remove. Exit numbers are the table of docs/wire.md.
 *
 * In: a call's arguments and the files of the host. Out: exit, output and whether something was changed.
 */
import { cksum } from './cksum.js';
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

/** Content as announced, or undefined when it did not arrive whole. */
function arrived(announced: readonly string[], body: readonly string[]): string | undefined {
  const [length = '', sum = '', encoding = ''] = announced;
  const content = decodeBody(encoding, Number(length), body);
  if (content === undefined || content.length !== Number(length)) return undefined;
  return cksum(Buffer.from(content, 'latin1')) === Number(sum) ? content : undefined;
}

/** @param args - mode, path, length, checksum, encoding. */
export function put(files: FileTree, args: readonly string[], body: readonly string[]): VerbResult {
  const [mode = '', path = '', ...announced] = args;
  const wrong = kind(files, path);
  if (wrong !== 0) return same(wrong);
  const content = arrived(announced, body);
  if (content === undefined) return same(4);
  const bits = Number.parseInt(mode, 8);
  const before = files.get(path);
  return before?.content === content && before.mode === bits ? same() : write(files, path, content, bits);
}

/** The file with the block set, put in place, or taken away (empty content). */
function withBlock(before: string, name: string, content: string): string {
  const begin = `# BEGIN provision ${name}\n`;
  const end = `# END provision ${name}\n`;
  const inner = content === '' || content.endsWith('\n') ? content : `${content}\n`;
  const block = content === '' ? '' : `${begin}${inner}${end}`;
  const whole = before === '' || before.endsWith('\n') ? before : `${before}\n`;
  const from = `\n${whole}`.indexOf(`\n${begin}`);
  const to = from < 0 ? -1 : `\n${whole}`.indexOf(`\n${end}`, from);
  if (to >= 0) return whole.slice(0, from) + block + whole.slice(to + end.length);
  return content === '' ? before : whole + block;
}

/** @param args - path, block name, length, checksum, encoding. */
export function block(files: FileTree, args: readonly string[], body: readonly string[]): VerbResult {
  const [path = '', name = '', ...announced] = args;
  const wrong = kind(files, path);
  if (wrong !== 0) return same(wrong);
  const content = arrived(announced, body);
  if (content === undefined || !/^[A-Za-z0-9_.-]+$/.test(name)) return same(4);
  const file = files.get(path);
  const before = file?.content ?? '';
  const after = withBlock(before, name, content);
  if (after === before) return same();
  if (after === '') {
    files.remove(path);
    return result(0, 'changed');
  }
  return write(files, path, after, file?.mode ?? 0o644);
}

export function remove(files: FileTree, path: string): VerbResult {
  const wrong = kind(files, path);
  if (wrong !== 0) return same(wrong);
  return result(0, files.remove(path) ? 'changed' : 'same');
}
