/** Writes a file that a person has named and that must not be there yet. */
import { writeFileSync } from 'node:fs';
import type { ErrorDetails } from '../errors/error.js';
import { ProvisionError } from '../errors/error.js';

/** @throws {ProvisionError} USAGE where it is there or cannot be written. @param details - What to do then, and how things stand. */
export function writeNew(file: string, text: string, details: Pick<ErrorDetails, 'state' | 'next'>): void {
  try {
    writeFileSync(file, text, { flag: 'wx' });
  } catch (cause) {
    const there = cause instanceof Error && 'code' in cause && cause.code === 'EEXIST';
    const why = there ? 'It is there already, and nothing is overwritten.' : String(cause);
    throw new ProvisionError('USAGE', `${file} was not written.`, { why, ...details, cause });
  }
}
