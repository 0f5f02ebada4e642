/** Reads a file of another tool: its size bounded, its bytes UTF-8. */
import { resolve } from 'node:path';
import { ProvisionError } from '../errors/error.js';
import { FileRefused, readRegular } from '../files/read.js';

const LONGEST = 4 * 1024 * 1024;

export interface SourceFile {
  /** As it was typed: the result may be shown to others, and a path of this machine is nobody's business. */
  readonly file: string;
  readonly path: string;
  readonly text: string;
}

function refuse(file: string, why: string, cause?: unknown): ProvisionError {
  return new ProvisionError('IMPORT_READ', `${file} cannot be read.`, {
    why,
    state: 'Nothing was written.',
    ...(cause === undefined ? {} : { cause }),
  });
}

/** @throws {ProvisionError} IMPORT_READ */
export function readSource(file: string, cwd: string): SourceFile {
  const path = resolve(cwd, file);
  try {
    return { file, path, text: new TextDecoder('utf-8', { fatal: true }).decode(readRegular(path, { most: LONGEST })) };
  } catch (cause) {
    if (cause instanceof FileRefused) throw refuse(file, `It ${cause.message}.`, cause);
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
    if (code === 'ERR_ENCODING_INVALID_ENCODED_DATA') throw refuse(file, 'It is not UTF-8.', cause);
    throw refuse(file, code === 'ENOENT' ? 'It is not there.' : code === 'EACCES' ? 'This user may not read it.' : String(code || cause), cause);
  }
}

/** @throws {ProvisionError} IMPORT_SYNTAX */
export function syntaxError(file: string, line: number, message: string, next?: string): ProvisionError {
  return new ProvisionError('IMPORT_SYNTAX', message, {
    place: { file, line, column: 1 },
    state: 'Nothing was written.',
    ...(next === undefined ? {} : { next }),
  });
}
