/** Reads a file of another tool: its size bounded, its bytes UTF-8. */
import { readFileSync, statSync } from 'node:fs';
import { ProvisionError } from '../errors/error.js';

const LONGEST = 4 * 1024 * 1024;

export interface SourceFile {
  readonly file: string;
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
export function readSource(file: string): SourceFile {
  try {
    const stat = statSync(file);
    if (!stat.isFile()) throw refuse(file, stat.isDirectory() ? 'It is a folder; name one file.' : 'It is no regular file.');
    if (stat.size > LONGEST) throw refuse(file, 'It is longer than 4 MiB.');
    return { file, text: new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(file)) };
  } catch (cause) {
    if (cause instanceof ProvisionError) throw cause;
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
