/** What somebody is told who does something that is refused. */
import { ProvisionError, ProvisionErrors } from '../../src/errors/error.js';

const nothing = 'nothing was refused';

function told(work: () => unknown, words: (error: ProvisionError) => string, otherwise: string): string {
  try {
    work();
  } catch (error) {
    if (error instanceof ProvisionErrors) return error.errors.map(words).join('\n');
    if (error instanceof ProvisionError) return words(error);
    throw error;
  }
  return otherwise;
}

/** Code, message and reason. @param otherwise - Where nothing is refused. */
export const refusal = (work: () => unknown, otherwise = nothing): string =>
  told(work, ({ code, message, details }) => `${code} ${message} ${details.why ?? ''}`, otherwise);

/** Code, message and what to do. */
export const said = (work: () => unknown): string => told(work, ({ code, message, details }) => `${code}: ${message} ${details.next ?? ''}`, nothing);
