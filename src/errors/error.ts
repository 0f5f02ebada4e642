/**
 * The one error class for people. What, where, why, state, next; a closed list of codes (catalogue.ts).
 */
import type { ErrorReport } from '../model/outcome.js';
import { CATALOGUE, type ErrorCode } from './catalogue.js';

export type ErrorDetails = Omit<ErrorReport, 'code' | 'message'> & { readonly cause?: unknown };

export class ProvisionError extends Error {
  readonly code: ErrorCode;
  readonly details: ErrorDetails;

  /** @param message - One sentence: what happened, with names. Values in it are cleaned when rendered. */
  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = 'ProvisionError';
    this.code = code;
    this.details = details;
  }

  /** Exit status of the program when this error decides it (design section 1). */
  get exitCode(): number {
    return CATALOGUE[this.code].exit;
  }

  report(): ErrorReport {
    const { cause: _cause, ...rest } = this.details;
    return { code: this.code, message: this.message, ...rest };
  }
}

/** Several errors found in one reading (an inventory, for example): all are shown. */
export class ProvisionErrors extends Error {
  readonly errors: readonly ProvisionError[];

  constructor(errors: readonly ProvisionError[]) {
    super(errors.map((e) => e.message).join('\n'));
    this.name = 'ProvisionErrors';
    this.errors = errors;
  }

  get exitCode(): number {
    return this.errors[0]?.exitCode ?? 1;
  }
}

/** All errors for people in what was thrown. Anything else is a bug and is thrown on. */
export function errorsIn(thrown: unknown): readonly ProvisionError[] {
  if (thrown instanceof ProvisionErrors) return thrown.errors;
  if (thrown instanceof ProvisionError) return [thrown];
  throw thrown;
}

/** The first of them. */
export function firstError(thrown: unknown): ProvisionError {
  const [first] = errorsIn(thrown);
  if (first === undefined) throw thrown;
  return first;
}
