/**
 * Reads the inventory's files: one file, or the `*.yaml` and `*.yml` of a folder in name order.
 *
 * In: a path. Out: texts. Bytes that are no UTF-8 are an error with their place, not question marks.
 */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { clean } from '../errors/clean.js';
import { FileRefused, readRegular, stayInside } from '../files/read.js';
import type { Source } from './document.js';
import type { Problems } from './problems.js';

const LONGEST = 1024 * 1024;

/** Reads what is there; whatever cannot be read goes to `problems`. @param within - The folder that no symbolic link may lead out of; absent: anywhere. */
export function readSources(path: string, problems: Problems, within?: string): Source[] {
  const unreadable = (file: string, why: string, next: string): void =>
    problems.add({ file, line: 1, column: 1 }, { code: 'INVENTORY_READ', message: `${clean(file, { max: 200 })} ${why}.`, next });
  const files = listFiles(path, unreadable, within);
  return files.flatMap((file) => {
    try {
      return decode(file, readRegular(file, { most: LONGEST, ...(within === undefined ? {} : { within }) }), problems);
    } catch (cause) {
      unreadable(file, reason(cause), advice(cause));
      return [];
    }
  });
}

/** The files that `readSources` would read, as far as they can be listed. */
export function inventoryFiles(path: string, within?: string): readonly string[] {
  return listFiles(path, () => undefined, within);
}

function advice(cause: unknown): string {
  if (!(cause instanceof FileRefused)) return 'Check its name and its permissions, or give another with --inventory PATH.';
  return cause.message.startsWith('is longer')
    ? 'Split it into several files of one folder.'
    : 'Put the file itself there, or give another with --inventory PATH.';
}

type Unreadable = (file: string, why: string, next: string) => void;

function listFiles(path: string, unreadable: Unreadable, within: string | undefined): string[] {
  try {
    stayInside(path, within);
    const stat = statSync(path);
    if (stat.isFile()) return [path];
    if (!stat.isDirectory()) {
      unreadable(path, 'is neither a file nor a folder', 'Give a file or a folder with --inventory PATH.');
      return [];
    }
    const all = readdirSync(path);
    const names = all.filter((name) => /^[^.].*\.ya?ml$/.test(name)).sort();
    const next = 'Put a file NAME.yaml there, or make one with: provision init';
    if (names.length === 0) unreadable(path, all.length === 0 ? 'is an empty folder' : 'is a folder without *.yaml or *.yml files', next);
    return names.map((name) => join(path, name));
  } catch (cause) {
    unreadable(path, reason(cause), 'Give another with --inventory PATH, or make one with: provision init');
    return [];
  }
}

function reason(cause: unknown): string {
  if (cause instanceof FileRefused) return cause.message;
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  if (code === 'ENOENT') return 'is not there';
  if (code === 'EACCES' || code === 'EPERM') return 'may not be read by this user';
  if (code === 'EISDIR') return 'is a folder';
  return `cannot be read (${code === '' ? 'reason unknown' : code})`;
}

function decode(file: string, bytes: Buffer, problems: Problems): Source[] {
  try {
    return [{ file, text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) }];
  } catch {
    const before = goodPart(bytes).split('\n');
    problems.add(
      { file, line: before.length, column: (before.at(-1) ?? '').length + 1 },
      { code: 'INVENTORY_SYNTAX', message: 'The file is not UTF-8 from here on.', next: 'Save it as UTF-8.' },
    );
    return [];
  }
}

/** The text before the first byte that is no UTF-8. */
function goodPart(bytes: Buffer): string {
  let [good, bad] = [0, bytes.length];
  const reads = (length: number): string | undefined => {
    try {
      return new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(0, length), { stream: true });
    } catch {
      return undefined;
    }
  };
  while (good < bad) {
    const middle = Math.ceil((good + bad) / 2);
    if (reads(middle) === undefined) bad = middle - 1;
    else good = middle;
  }
  return reads(good) ?? '';
}
