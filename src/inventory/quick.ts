/**
 * Reads the plain part of YAML that inventories are written in, many times faster than a parser of all of YAML.
 *
 * In: a text. Out: values and places exactly as `parsed.ts` gives them, or nothing: the text then holds something else, or a mistake, and the parser has to say what.
 * Plain is: maps of indented lines, `{ }` and `[ ]` on one line, values on one line, bare or in quotes, and comments. Not: lists of lines, values over several
 * lines, escapes in quotes, anchors, tags, documents, tabs, keys that are no plain words or are given twice, numbers other than whole ones, and whatever may
 * be a secret. Why it exists: an inventory of thousands of links took the parser most of the time and memory of a run.
 */
import { SECRET_NAME } from '../errors/secret.js';
import { BARE, BARE_IN_FLOW, KEY, meaning, OUTSIDE, outside, QUOTED, trimmed } from './quick-words.js';
import type { Node, Read } from './tree.js';

/** Deeper maps are the parser's: its limit is not ours. */
const DEEPEST = 20;
/** The parser refuses a key that is longer than this with what stands before it. */
const LONGEST_LINE = 1000;

class Reader {
  /** Where reading goes on: at the first character of a line that holds something, or the end. */
  #at = 0;
  /** Blanks before it; -1 at the end. */
  #indent = -1;
  /** Of the part that was read last. */
  #value: unknown;

  constructor(private readonly text: string) {}

  read(): Read {
    this.#nextLine();
    const at = this.#at;
    const entries = this.#map(0);
    return { value: this.#value, tree: { key: at, at, text: undefined, entries, items: undefined } };
  }

  /** What the pattern finds here. Without an array of what it found: there are a hundred thousand of them. */
  #match(pattern: RegExp): string {
    const from = this.#at;
    pattern.lastIndex = from;
    if (!pattern.test(this.text)) outside();
    this.#at = pattern.lastIndex;
    return this.text.slice(from, this.#at);
  }

  #blanks(): void {
    while (this.text[this.#at] === ' ') this.#at += 1;
  }

  /** From the start of a line to the first character of one that holds more than a comment. */
  #nextLine(): void {
    for (;;) {
      const start = this.#at;
      this.#blanks();
      this.#indent = this.#at - start;
      const char = this.text[this.#at];
      if (char === undefined) this.#indent = -1;
      if (char !== '\n' && char !== '#') return;
      this.#toNextLine();
    }
  }

  #toNextLine(): void {
    const end = this.text.indexOf('\n', this.#at);
    this.#at = end === -1 ? this.text.length : end + 1;
  }

  /** Behind a key or value: nothing may follow but a comment. True where the line ends. */
  #lineEnds(): boolean {
    this.#blanks();
    const char = this.text[this.#at];
    return char === undefined || char === '\n' || (char === '#' && this.text[this.#at - 1] === ' ');
  }

  #key(values: Readonly<Record<string, unknown>>): string {
    const key = this.#match(KEY);
    // A word that YAML does not read as text, one that every object has, one that stands here twice.
    if (meaning(key) !== key || key in values) outside();
    this.#at += 1;
    return key;
  }

  /** A map of lines with this indentation. */
  #map(indent: number, depth = 0): ReadonlyMap<string, Node> {
    const values: Record<string, unknown> = {};
    const entries = new Map<string, Node>();
    if (this.#indent !== indent || depth > DEEPEST) outside();
    while (this.#indent === indent) {
      const at = this.#at;
      const key = this.#key(values);
      entries.set(key, this.#lineEnds() ? this.#below(at, indent, depth) : this.#beside(key, at));
      values[key] = this.#value;
      // More indented lines below would go on with the value.
      if (this.#indent > indent) outside();
    }
    this.#value = values;
    return entries;
  }

  /** What stands on the lines below a key: a map, or nothing. */
  #below(key: number, indent: number, depth: number): Node {
    this.#toNextLine();
    this.#nextLine();
    this.#value = null;
    if (this.#indent <= indent) return { key, at: key, text: '', entries: undefined, items: undefined };
    const at = this.#at;
    return { key, at, text: undefined, entries: this.#map(this.#indent, depth + 1), items: undefined };
  }

  /** What stands beside a key, up to the end of its line. */
  #beside(name: string, key: number): Node {
    const node = this.#one(key, BARE, name);
    if (!this.#lineEnds() || this.#at - key > LONGEST_LINE) outside();
    this.#toNextLine();
    this.#nextLine();
    return node;
  }

  /** A part that begins here and ends on this line. @param key - Offset of its key; -1 where it has none. */
  #one(key: number, bare: RegExp, name: string, depth = 0): Node {
    const at = this.#at;
    const base = { key: key === -1 ? at : key, at };
    if (depth > DEEPEST) outside();
    const char = this.text[at];
    if (char === '{') return { ...base, text: undefined, entries: this.#flowMap(depth), items: undefined };
    if (char === '[') return { ...base, text: undefined, entries: undefined, items: this.#flowList(name, depth) };
    const quoted = char === '"' || char === "'";
    const found = this.#match(quoted ? QUOTED : bare);
    const text = quoted ? found.slice(1, -1) : trimmed(found);
    if (SECRET_NAME.test(name)) outside();
    this.#value = quoted ? text : meaning(text);
    return { ...base, text, entries: undefined, items: undefined };
  }

  /** The comma or the bracket behind a part. True where it was the bracket. */
  #closes(bracket: string): boolean {
    this.#blanks();
    const char = this.text[this.#at];
    if (char !== ',' && char !== bracket) outside();
    this.#at += 1;
    if (char === bracket) return true;
    this.#blanks();
    return false;
  }

  #opens(bracket: string): boolean {
    this.#at += 1;
    this.#blanks();
    if (this.text[this.#at] !== bracket) return true;
    this.#at += 1;
    return false;
  }

  #flowMap(depth: number): ReadonlyMap<string, Node> {
    const values: Record<string, unknown> = {};
    const entries = new Map<string, Node>();
    for (let more = this.#opens('}'); more; more = !this.#closes('}')) {
      const at = this.#at;
      const key = this.#key(values);
      this.#blanks();
      entries.set(key, this.#one(at, BARE_IN_FLOW, key, depth + 1));
      values[key] = this.#value;
    }
    this.#value = values;
    return entries;
  }

  #flowList(name: string, depth: number): readonly Node[] {
    const values: unknown[] = [];
    const items: Node[] = [];
    for (let more = this.#opens(']'); more; more = !this.#closes(']')) {
      items.push(this.#one(-1, BARE_IN_FLOW, name, depth + 1));
      values.push(this.#value);
    }
    this.#value = values;
    return items;
  }
}

/** @param text - Without a byte order mark. @returns Nothing where the parser has to read it. */
export function readQuick(text: string): Read | undefined {
  if (/[\t\r]/.test(text)) return undefined;
  try {
    return new Reader(text).read();
  } catch (error) {
    if (error === OUTSIDE) return undefined;
    throw error;
  }
}
