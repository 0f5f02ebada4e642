/**
 * The keys that a host is still to be offered, one after the other; an encrypted one is opened when its turn has come.
 *
 * In: candidates. Out: the next usable one, and in the end what is left to tell.
 */
import type { Candidate, Candidates, LeftFile, LockedCandidate } from './auth.js';

export class Offers {
  readonly #found: Candidates;
  readonly #waiting: (Candidate | LockedCandidate)[];
  readonly #unopened = new Map<Candidate | LockedCandidate, LeftFile>();

  constructor(found: Candidates) {
    this.#found = found;
    this.#waiting = [...found.list];
  }

  async next(): Promise<Candidate | undefined> {
    for (let one = this.#waiting.shift(); one !== undefined; one = this.#waiting.shift()) {
      const opened = 'method' in one ? one : await one.open();
      if ('method' in opened) return opened;
      this.#unopened.set(one, opened);
    }
    return undefined;
  }

  /** What was found, with those that could not be opened among the files that cannot be used. */
  get result(): Candidates {
    const { list, left } = this.#found;
    return { ...this.#found, list: list.filter((c) => !this.#unopened.has(c)), left: [...left, ...this.#unopened.values()] };
  }
}
