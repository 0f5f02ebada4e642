/** Errors of a run as text: each once, with the line of the file where one is named. In: reports. Out: text for stderr. */
import { CATALOGUE, type ErrorCode } from '../errors/catalogue.js';
import { ProvisionError } from '../errors/error.js';
import { renderError } from '../errors/render.js';
import { withoutSecrets } from '../errors/secret.js';
import { boundaryOf, readRegular } from '../files/read.js';
import type { ErrorReport } from '../model/outcome.js';

const isCode = (code: string): code is ErrorCode => Object.hasOwn(CATALOGUE, code);

/** Bytes of a file whose lines are shown. */
const LONGEST = 2 ** 20;

/** Lines of a file, without secrets; none of one that a symbolic link below the working folder leads to from outside of it. */
function sourceFrom(cwd: string): (file: string) => string | undefined {
  return (file) => {
    try {
      const within = boundaryOf(file, cwd);
      return within === undefined ? undefined : withoutSecrets(readRegular(file, { most: LONGEST, within }).toString('utf8'));
    } catch {
      return undefined;
    }
  };
}

/** A report as an error again; a code that is not in the catalogue is a bug of ours. */
function revived(report: ErrorReport): ProvisionError {
  const { code, message, ...details } = report;
  return isCode(code) ? new ProvisionError(code, message, details) : new ProvisionError('BUG', `${code}: ${message}`, details);
}

/**
 * @param cwd - Lines are shown of files in it, and of those that lie elsewhere themselves.
 * @returns Text without a newline at its end; errors are apart by an empty line.
 */
export function renderErrors(reports: readonly ErrorReport[], colour: boolean, cwd: string = process.cwd()): string {
  const source = sourceFrom(cwd);
  return reports.map((r) => renderError(revived(r), { colour, source })).join('\n\n');
}
