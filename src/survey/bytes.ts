/**
 * Bytes of answers as text.
 *
 * In: bytes. Out: text; what is no UTF-8 becomes U+FFFD.
 */
export function textOf(bytes: Uint8Array): string {
  const { buffer, byteOffset, byteLength } = bytes;
  return byteLength === 0 ? '' : (known.get(bytes) ?? Buffer.from(buffer, byteOffset, byteLength).toString('utf8'));
}

/** Bytes that many hosts gave alike, with their text. */
const known = new WeakMap<Uint8Array, string>();

/** Such bytes need no reading any more. @param text - What they say, and no part of a longer text that would be kept with it. */
export function keepText(bytes: Uint8Array, text: string): void {
  known.set(bytes, text);
}
