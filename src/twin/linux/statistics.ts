/** The RX and TX lines of `ip -s link show`, laid out as iproute2 6.1 does (ip/ipaddress.c, print_stats64; seen on Debian 12). */
import type { Interface } from '../stack.js';

/** Widths that the headings ask for; a column with a longer number grows, in both lines. */
const HEADINGS = [10, 7, 6, 7, 7, 7];

/** @param newline - What stands between lines: a newline, or a backslash with -o. */
export function statistics(counters: Interface['counters'], newline: string): string {
  const rx = [counters.inBytes, counters.inPackets, 0, 0, 0, 0];
  const tx = [counters.outBytes, counters.outPackets, counters.outErrors, counters.outDropped, 0, counters.loops];
  const width = HEADINGS.map((w, i) => Math.max(w, String(rx[i] ?? 0).length, String(tx[i] ?? 0).length));
  const heading = (title: string, names: readonly string[]): string =>
    `    ${title}: ${names.map((n, i) => n.padStart((width[i] ?? 0) - (i === 0 ? 4 : 0))).join(' ')} ${''.padStart(10)}`;
  const row = (numbers: readonly number[]): string => `    ${numbers.map((n, i) => String(n).padStart(width[i] ?? 0)).join(' ')} `;
  const lines = [
    heading('RX', ['bytes', 'packets', 'errors', 'dropped', 'missed', 'mcast']),
    row(rx),
    heading('TX', ['bytes', 'packets', 'errors', 'dropped', 'carrier', 'collsns']),
    row(tx),
  ];
  return lines.map((l) => newline + l).join('');
}
