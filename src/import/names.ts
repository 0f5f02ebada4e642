/**
 * Names of other tools as names of ours. The rule: what is no letter, digit, dot, dash or underscore becomes a dash; dashes and dots at the beginning go; 63
 * characters are kept; a name that is taken already gets -2, -3 … behind it.
 */
import { clean } from '../errors/clean.js';
import { INTERFACE } from '../inventory/forms.js';
import type { Renamed } from './model.js';

const LONGEST = 63;
const LONGEST_INTERFACE = 15;

export class Names {
  readonly renamed: Renamed[] = [];
  readonly #taken = new Set<string>();
  readonly #known = new Map<string, string>();

  /** The same name of the source gives the same name of ours. */
  for(source: string): string {
    const before = this.#known.get(source);
    if (before !== undefined) return before;
    const base =
      source
        .replaceAll(/[^A-Za-z0-9._-]+/g, '-')
        .replace(/^[._-]+/, '')
        .slice(0, LONGEST)
        .replace(/-+$/, '') || 'host';
    let name = base;
    for (let n = 2; this.#taken.has(name); n++) name = `${base.slice(0, LONGEST - 6)}-${n}`;
    this.#taken.add(name);
    this.#known.set(source, name);
    if (name !== source) this.renamed.push({ from: clean(source, { max: 200 }), to: name });
    return name;
  }

  /** An interface name: small letters and digits, with a letter first. */
  interface(source: string): string {
    const made = source
      .toLowerCase()
      .replaceAll(/[^a-z0-9]+/g, '')
      .replace(/^[0-9]+/, '')
      .slice(0, LONGEST_INTERFACE);
    const name = INTERFACE.find(made) === undefined ? made : 'gre1';
    if (name !== source && !this.renamed.some((r) => r.from === source && r.to === name))
      this.renamed.push({ from: clean(source, { max: 200 }), to: name });
    return name;
  }
}
