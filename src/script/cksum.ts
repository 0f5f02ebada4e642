/** The checksum of POSIX cksum(1): CRC-32 with polynomial 04C11DB7, high bit first, the length appended, complemented. */

const TABLE = Uint32Array.from({ length: 256 }, (_, n) => {
  let c = n << 24;
  for (let bit = 0; bit < 8; bit += 1) c = c & 0x80000000 ? (c << 1) ^ 0x04c11db7 : c << 1;
  return c >>> 0;
});

/** @returns The first number that `cksum` prints for these bytes (an unsigned 32-bit number). */
export function cksum(bytes: Uint8Array): number {
  let crc = 0;
  const step = (byte: number): void => {
    crc = ((crc << 8) ^ (TABLE[((crc >>> 24) ^ byte) & 0xff] ?? 0)) >>> 0;
  };
  for (const byte of bytes) step(byte);
  for (let length = bytes.length; length > 0; length = Math.floor(length / 256)) step(length & 0xff);
  return ~crc >>> 0;
}
