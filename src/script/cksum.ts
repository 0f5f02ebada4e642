/** The checksum of POSIX cksum(1): CRC-32 with polynomial 04C11DB7, high bit first, the length appended, complemented. */

const TABLE = Int32Array.from({ length: 256 }, (_, n) => {
  let c = n << 24;
  for (let bit = 0; bit < 8; bit += 1) c = c & 0x80000000 ? (c << 1) ^ 0x04c11db7 : c << 1;
  return c;
});

const next = (crc: number, byte: number): number => (crc << 8) ^ (TABLE[((crc >>> 24) ^ byte) & 0xff] ?? 0);

/** @returns The first number that `cksum` prints for these bytes (an unsigned 32-bit number). */
export function cksum(bytes: Uint8Array): number {
  let crc = 0;
  // Written out: it runs once over some ten kilobytes, before anything is compiled for speed.
  for (let i = 0; i < bytes.length; i += 1) crc = (crc << 8) ^ (TABLE[((crc >>> 24) ^ (bytes[i] ?? 0)) & 0xff] ?? 0);
  for (let length = bytes.length; length > 0; length = Math.floor(length / 256)) crc = next(crc, length & 0xff);
  return ~crc >>> 0;
}
