/**
 * Writes an inventory file: whole or not at all, and never over what somebody else has written meanwhile.
 *
 * In: a path, the text that was read, the text that is to be. Out: the file. Its mode and, where it is a link, the link stay.
 */
import { chmodSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { clean } from '../errors/clean.js';
import { ProvisionError } from '../errors/error.js';
import { replaceFile } from '../files/write.js';

const refused = (file: string, why: string): ProvisionError =>
  new ProvisionError('INVENTORY_EDIT', `${clean(file)} was not written.`, {
    why: clean(why, { max: 300 }),
    state: 'The file is as it was.',
    next: 'Mend the reason, then run the same again.',
  });

/** @param before - As it was read. @throws ProvisionError INVENTORY_EDIT; the file is as it was then. */
export function replaceText(file: string, before: string, after: string): void {
  try {
    const real = realpathSync(file);
    if (readFileSync(real, 'utf8') !== before) throw refused(file, 'somebody has changed it meanwhile');
    const mode = statSync(real).mode & 0o7777;
    replaceFile(real, after, mode);
    // The mask of this process must not take bits away.
    chmodSync(real, mode);
  } catch (error) {
    throw error instanceof ProvisionError ? error : refused(file, error instanceof Error ? error.message : String(error));
  }
}
