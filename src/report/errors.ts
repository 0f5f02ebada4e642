/** Errors of a run as text: each once, with the line of the file where one is named. In: reports. Out: text for stderr. */
import { readFileSync } from 'node:fs';
import { CATALOGUE, type ErrorCode } from '../errors/catalogue.js';
import { ProvisionError } from '../errors/error.js';
import { renderError } from '../errors/render.js';
import type { ErrorReport } from '../model/outcome.js';

const isCode = (code: string): code is ErrorCode => Object.hasOwn(CATALOGUE, code);

function source(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

/** A report as an error again; a code that is not in the catalogue is a bug of ours. */
function revived(report: ErrorReport): ProvisionError {
  const { code, message, ...details } = report;
  return isCode(code) ? new ProvisionError(code, message, details) : new ProvisionError('BUG', `${code}: ${message}`, details);
}

/** @returns Text without a newline at its end; errors are apart by an empty line. */
export function renderErrors(reports: readonly ErrorReport[], colour: boolean): string {
  return reports.map((r) => renderError(revived(r), { colour, source })).join('\n\n');
}
