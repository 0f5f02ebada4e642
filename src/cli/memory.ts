/**
 * Memory of a run over very many links.
 *
 * In: how many links. Out: none. Why: Node lets garbage grow to a multiple of what is in use before it looks through all of it, and most of what a link needs is
 * garbage once the link has ended; with a thousand hosts that was half of the peak (docs/performance.md). Looking more often costs some hundredths of the CPU.
 */
import { setFlagsFromString } from 'node:v8';

/** Links from which on it counts. */
const MANY = 50;
/** How much the heap may grow over what is in use, in percent. V8 asks for it each time it has looked through the heap, so it may be set while it runs. */
const GROWTH = 40;

export function spareMemory(links: number): void {
  if (links > MANY) setFlagsFromString(`--heap-growing-percent=${GROWTH}`);
}
