/**
 * The only way by which a value becomes part of shell text.
 *
 * In: one word. Out: the word in single quotes, in which no shell knows a special character.
 * Why refuse: a control character in a command line has no honest use here, and shells disagree about bytes that are no text.
 */
import { ProvisionError } from '../errors/error.js';

/** Control, format, surrogate, private and unassigned characters, line and paragraph separators. */
const UNPRINTABLE = /[\p{C}\p{Zl}\p{Zp}]/u;

/**
 * Quotes one word for sh.
 *
 * @param word - Printable text; may be empty.
 * @throws ProvisionError INVENTORY_VALUE for control characters, newlines and anything that is no printable UTF-8.
 */
export function quoteWord(word: string): string {
  const at = word.search(UNPRINTABLE);
  if (at !== -1) {
    const code = (word.codePointAt(at) ?? 0).toString(16).toUpperCase().padStart(4, '0');
    throw new ProvisionError('INVENTORY_VALUE', `A word for the host holds the unprintable character U+${code} at position ${at + 1}.`, {
      why: 'Only printable text is put into commands.',
    });
  }
  return `'${word.replaceAll("'", "'\\''")}'`;
}
