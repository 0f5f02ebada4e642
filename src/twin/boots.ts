/**
 * When a simulated host was booted, as its kernel says it.
 *
 * In: the clock of the simulated internet. Out: seconds, and the text of ctime(3).
 * kern.boottime: FreeBSD's sysctl(8) prints the struct with ctime(3) behind it (S_timeval in sysctl.c), NetBSD's and OpenBSD's print ctime(3) alone (recalled).
 */

/** A kernel needs some time to come up: two boots never begin in the same second. */
const BOOT_MS = 30_000;

export class Boots {
  /** How often it was booted. */
  count = 0;
  #at = 0;

  constructor(private readonly clock: () => number) {}

  next(): void {
    this.count += 1;
    this.#at = Math.max(this.clock(), this.#at) + (this.count > 1 ? BOOT_MS : 0);
  }

  /** Epoch, in seconds. */
  get seconds(): number {
    return Math.floor(this.#at / 1000);
  }

  /** As ctime(3), in UTC and without the newline. */
  get ctime(): string {
    const [, weekday, day, month, year, time] = /^(\w+), (\d+) (\w+) (\d+) (\S+)/.exec(new Date(this.seconds * 1000).toUTCString()) ?? [];
    return `${weekday} ${month} ${String(Number(day)).padStart(2)} ${time} ${year}`;
  }
}
