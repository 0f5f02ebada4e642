/**
 * Where the parts of a YAML file stand, kept in little memory: three numbers for each part, in the order of the file.
 *
 * In: offsets from the quick reader, as it goes. Out: the offset of a part by its path, and how a single value is written.
 */

export type Path = readonly PropertyKey[];

export interface Found {
  /** Of the part that the path leads to; of the last one on the way where it leads nowhere. */
  readonly offset: number;
  /** How a single value is written, without quotes; absent where nothing is. */
  readonly text?: string;
}

/** What a reader gives: plain values, and the way back to the text. */
export interface Read {
  readonly value: unknown;
  /** @param part - Which offset is wanted, where the part has a key and a value; that of the key where no value is written. */
  find(path: Path, part: 'key' | 'value'): Found;
}

/** Offset of the key, offset of the part itself, place of what comes behind the part and all that is in it. */
const SIZE = 3;
/** Maps of more entries are searched by an index: ten thousand hosts are asked for ten thousand times. */
const FEW = 8;
const WORD = /[~A-Za-z]+/y;

type Container = Readonly<Record<PropertyKey, unknown>>;

export class Where {
  readonly #all: number[] = [];
  readonly #indexes = new Map<number, ReadonlyMap<string, number>>();

  /** A part begins. @param key - Offset of its key; its own where it has none. @param at - Its own; -1 where nothing is written behind the key. @returns Its number, for `end`. */
  begin(key: number, at: number): number {
    return this.#all.push(key, at, 0) - SIZE;
  }

  end(node: number): void {
    this.#all[node + 2] = this.#all.length;
  }

  /** @param value - Of the whole text; its keys stand in the order of the text. */
  find(text: string, value: unknown, path: Path, part: 'key' | 'value'): Found {
    let [node, here] = [0, value];
    let offset = this.#at(0);
    for (let i = 0; i < path.length; i += 1) {
      const step = path[i] ?? '';
      if (typeof here !== 'object' || here === null || !Object.hasOwn(here, step)) return { offset };
      node = this.#child(node, here as Container, String(step));
      here = (here as Container)[step];
      const wanted = part === 'value' && i === path.length - 1;
      offset = wanted ? this.#at(node) : this.#key(node);
    }
    const written = this.#written(text, node, here);
    return written === '' ? { offset } : { offset, text: written };
  }

  #key(node: number): number {
    return this.#all[node] ?? 0;
  }

  #at(node: number): number {
    const at = this.#all[node + 1] ?? 0;
    return at === -1 ? this.#key(node) : at;
  }

  #written(text: string, node: number, value: unknown): string {
    if (typeof value === 'string' || typeof value === 'number') return String(value);
    if (typeof value === 'object' && value !== null) return '';
    if (this.#all[node + 1] === -1) return '';
    WORD.lastIndex = this.#at(node);
    return WORD.exec(text)?.[0] ?? '';
  }

  #child(node: number, value: Container, step: string): number {
    const index = this.#indexes.get(node);
    if (index !== undefined) return index.get(step) ?? node;
    const keys = Object.keys(value);
    if (keys.length > FEW) return this.#indexed(node, keys).get(step) ?? node;
    let child = node + SIZE;
    for (let i = keys.indexOf(step); i > 0; i -= 1) child = this.#all[child + 2] ?? child;
    return child;
  }

  #indexed(node: number, keys: readonly string[]): ReadonlyMap<string, number> {
    const index = new Map<string, number>();
    let child = node + SIZE;
    for (const key of keys) {
      index.set(key, child);
      child = this.#all[child + 2] ?? child;
    }
    this.#indexes.set(node, index);
    return index;
  }
}
