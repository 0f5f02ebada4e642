/** Collects what is left out, so that nothing goes without being named. */
import { clean } from '../errors/clean.js';
import type { LeftOut } from './model.js';

export class LeftOuts {
  readonly #found = new Map<string, { of: string; what: string[]; why: string }>();

  /** @param what - A name within `of`; absent: all of it. Names of the same thing with the same reason make one entry. */
  add(of: string, why: string, what?: string): void {
    const key = `${of}\0${why}`;
    const entry = this.#found.get(key) ?? { of: clean(of, { max: 200 }), what: [], why };
    if (what !== undefined && !entry.what.includes(what)) entry.what.push(clean(what, { max: 200 }));
    this.#found.set(key, entry);
  }

  get all(): readonly LeftOut[] {
    return [...this.#found.values()];
  }
}

/** One line for people: `web01: ntp_server, motd (means nothing here)`. */
export const leftOutText = ({ of, what, why }: LeftOut): string => (what.length === 0 ? `${of}: ${why}` : `${of}: ${what.join(', ')} (${why})`);
