/**
 * Bytes of answers as text, and text as bytes.
 *
 * In: one. Out: the other. Most hosts of a kind answer most questions with the same words: what was recorded of many hosts is kept once, and decoded once.
 */

const decode = (bytes: Uint8Array): string => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');

const shared = new Map<string, Uint8Array>();
const texts = new WeakMap<Uint8Array, string>();
const MOST_SHARED = 4096;
/** Characters; what is longer is seldom the same on two hosts. */
const LONGEST_SHARED = 16_384;

/** The text as UTF-8. The same object is handed out for the same text, so nobody writes into it. */
export function sharedBytes(text: string): Uint8Array {
  const known = shared.get(text);
  if (known !== undefined) return known;
  const made = Buffer.from(text, 'utf8');
  if (text.length > LONGEST_SHARED) return made;
  if (shared.size >= MOST_SHARED) shared.clear();
  shared.set(text, made);
  // Half a surrogate pair does not come back as it was.
  texts.set(made, decode(made));
  return made;
}

/** UTF-8 as text; what is no UTF-8 becomes U+FFFD. */
export const textOf = (bytes: Uint8Array): string => texts.get(bytes) ?? decode(bytes);
