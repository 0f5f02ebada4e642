/**
 * Links that share a host take turns on it.
 *
 * In: the hosts of a link and its work. Out: the work's result, once every link that asked earlier for one of these hosts is through with it.
 * Why: what links of one host share (the driver, a system-wide setting, a boot file) is read, changed and taken back by one of them at a time.
 * Nobody waits for a link that asked later, so no two links can wait for each other.
 */
export class Turns {
  private readonly last = new Map<string, Promise<unknown>>();
  private readonly changed = new Set<string>();

  take<T>(hosts: readonly string[], work: () => Promise<T>): Promise<T> {
    const earlier = hosts.map((host) => this.last.get(host) ?? Promise.resolve());
    const mine = Promise.all(earlier).then(work);
    const through = mine.catch(() => undefined);
    for (const host of hosts) this.last.set(host, through);
    return mine;
  }

  /** Remembers that these hosts are no longer as their survey found them. */
  note(hosts: readonly string[]): void {
    for (const host of hosts) this.changed.add(host);
  }

  /** Whether one of these hosts was changed in this run. */
  stale(hosts: readonly string[]): boolean {
    return hosts.some((host) => this.changed.has(host));
  }
}
