/**
 * Bytes of answers as text.
 *
 * In: bytes. Out: text; what is no UTF-8 becomes U+FFFD.
 */
export const textOf = ({ buffer, byteOffset, byteLength }: Uint8Array): string =>
  byteLength === 0 ? '' : Buffer.from(buffer, byteOffset, byteLength).toString('utf8');
