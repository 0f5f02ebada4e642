/**
 * Collects everything that is wrong with an inventory, so that all of it is told at once.
 *
 * In: findings with a place and what to write instead. Out: `ProvisionError`s in the order of the files.
 */

import type { ErrorCode } from '../errors/catalogue.js';
import { clean } from '../errors/clean.js';
import { ProvisionError, ProvisionErrors } from '../errors/error.js';
import type { Place } from '../model/inventory.js';

/** What is wrong, in one sentence, and what to write instead. */
export interface Problem {
  readonly code: Exclude<Extract<ErrorCode, `INVENTORY_${string}`>, 'INVENTORY_EDIT'>;
  readonly message: string;
  readonly next: string;
  readonly why?: string;
}

/** Two parts of the inventory that cannot both be so. */
export const conflict = (message: string, next: string, why?: string): Problem => ({
  code: 'INVENTORY_CONFLICT',
  message,
  next,
  ...(why === undefined ? {} : { why }),
});

/** More errors than this help nobody, and a hostile file must not make millions of them. */
const MOST = 200;

export class Problems {
  readonly #found: ProvisionError[] = [];

  get empty(): boolean {
    return this.#found.length === 0;
  }

  /** True where more would help nobody; checks that take long stop then. */
  get full(): boolean {
    return this.#found.length >= MOST;
  }

  add(place: Place, problem: Problem): void {
    if (this.full) return;
    const { code, message, next, why } = problem;
    this.#found.push(new ProvisionError(code, message, { place, next, ...(why === undefined ? {} : { why }) }));
  }

  /** Throws all that was found as one `ProvisionErrors`; returns when nothing was. */
  throwAny(files: readonly string[]): void {
    if (this.empty) return;
    const rank = (e: ProvisionError): number => files.indexOf(e.details.place?.file ?? '');
    const at = (e: ProvisionError): number => (e.details.place?.line ?? 0) * 1e6 + (e.details.place?.column ?? 0);
    const sorted = [...this.#found].sort((a, b) => rank(a) - rank(b) || at(a) - at(b));
    throw new ProvisionErrors(sorted);
  }
}

/** A value as it stands in a message: one line, printable, short. */
export function show(value: unknown): string {
  if (value === null || value === undefined) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a map';
  return clean(String(value), { max: 60 });
}

/** `inventory/guide.yaml:17:24`, for naming a second place in a message. */
export const placeText = (place: Place): string => `${clean(place.file, { max: 200 })}:${place.line}:${place.column}`;
