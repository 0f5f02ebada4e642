/**
 * Reads the plain part of YAML that inventories are written in, many times faster than a parser of all of YAML.
 *
 * In: a text. Out: values and places exactly as `parsed.ts` gives them, or nothing: the text then holds something else, or a mistake, and the parser has to say what.
 * Plain is: maps of indented lines, lists of indented lines with a value on each, `{ }` and `[ ]` on one line, values on one line, bare or in quotes, and
 * comments. Not: maps in lists of lines, values over several lines, escapes in quotes, anchors, tags, documents, tabs, keys that are no plain words or are given twice, numbers other than whole ones, and whatever may
 * be a secret. Why it exists: an inventory of thousands of links took the parser most of the time and memory of a run.
 */
import { SECRET_NAME } from '../errors/secret.js';
import { BARE, BARE_IN_FLOW, KEY, meaning, OUTSIDE, outside, QUOTED, trimmed } from './quick-words.js';
import { type Read, Where } from './where.js';

type Values = Record<string, unknown>;

/** Deeper maps are the parser's: its limit is not ours. */
const DEEPEST = 20;
/** The parser refuses a key that is longer than this with what stands before it. */
const LONGEST_LINE = 1000;

class Reader {
  /** Where reading goes on: at the first character of a line that holds something, or the end. */
  #at = 0;
  /** Blanks before it; -1 at the end. */
  #indent = -1;
  readonly #where = new Where();

  constructor(private readonly text: string) {}

  read(): Read {
    this.#nextLine();
    const node = this.#where.begin(this.#at, this.#at);
    const value = this.#map(0, 0);
    this.#where.end(node);
    return { value, find: (path, part) => this.#where.find(this.text, value, path, part) };
  }

  #match(pattern: RegExp): string {
    const from = this.#at;
    pattern.lastIndex = from;
    // No array of what it found: there are a hundred thousand of them.
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

  #key(values: Values): string {
    const key = this.#match(KEY);
    // A word that YAML does not read as text, one that every object has, one that stands here twice.
    if (meaning(key) !== key || key in values) outside();
    this.#at += 1;
    return key;
  }

  /** A map of lines with this indentation. */
  #map(indent: number, depth: number): Values {
    const values: Values = {};
    if (this.#indent !== indent || depth > DEEPEST) outside();
    while (this.#indent === indent) {
      const at = this.#at;
      const key = this.#key(values);
      values[key] = this.#lineEnds() ? this.#below(key, at, indent, depth) : this.#beside(key, at);
      // More indented lines below would go on with the value.
      if (this.#indent > indent) outside();
    }
    return values;
  }

  /** What stands on the lines below a key: a map, a list, or nothing. */
  #below(name: string, key: number, indent: number, depth: number): Values | readonly unknown[] | null {
    this.#toNextLine();
    this.#nextLine();
    const found = this.#indent > indent;
    const node = this.#where.begin(key, found ? this.#at : -1);
    const list = found && this.text[this.#at] === '-';
    const value = list ? this.#list(name, this.#indent) : found ? this.#map(this.#indent, depth + 1) : null;
    this.#where.end(node);
    return value;
  }

  /** A list of lines with this indentation. */
  #list(name: string, indent: number): readonly unknown[] {
    const values: unknown[] = [];
    while (this.#indent === indent) {
      const from = this.#at;
      if (!this.text.startsWith('- ', from)) outside();
      this.#at += 2;
      this.#blanks();
      values.push(this.#one(this.#at, BARE, name, 0));
      this.#endLine(from);
      if (this.#indent > indent) outside();
    }
    return values;
  }

  /** What stands beside a key, up to the end of its line. */
  #beside(name: string, key: number): unknown {
    const value = this.#one(key, BARE, name, 0);
    this.#endLine(key);
    return value;
  }

  #endLine(from: number): void {
    if (!this.#lineEnds() || this.#at - from > LONGEST_LINE) outside();
    this.#toNextLine();
    this.#nextLine();
  }

  /** A part that begins here and ends on this line. @param name - The key that it stands under. */
  #one(key: number, bare: RegExp, name: string, depth: number): unknown {
    if (depth > DEEPEST) outside();
    const node = this.#where.begin(key, this.#at);
    const char = this.text[this.#at];
    const value = char === '{' ? this.#flowMap(depth) : char === '[' ? this.#flowList(name, depth) : this.#scalar(bare, name);
    this.#where.end(node);
    return value;
  }

  #scalar(bare: RegExp, name: string): unknown {
    if (SECRET_NAME.test(name)) outside();
    const char = this.text[this.#at];
    return char === '"' || char === "'" ? this.#match(QUOTED).slice(1, -1) : meaning(trimmed(this.#match(bare)));
  }

  /** Into brackets. True where there is something in them. */
  #opens(bracket: string): boolean {
    this.#at += 1;
    this.#blanks();
    if (this.text[this.#at] !== bracket) return true;
    this.#at += 1;
    return false;
  }

  /** Over the comma or the bracket behind a part. True where it was the bracket. */
  #closes(bracket: string): boolean {
    this.#blanks();
    const char = this.text[this.#at];
    if (char !== ',' && char !== bracket) outside();
    this.#at += 1;
    this.#blanks();
    return char === bracket;
  }

  #flowMap(depth: number): Values {
    const values: Values = {};
    for (let more = this.#opens('}'); more; more = !this.#closes('}')) {
      const at = this.#at;
      const key = this.#key(values);
      this.#blanks();
      values[key] = this.#one(at, BARE_IN_FLOW, key, depth + 1);
    }
    return values;
  }

  #flowList(name: string, depth: number): readonly unknown[] {
    const values: unknown[] = [];
    for (let more = this.#opens(']'); more; more = !this.#closes(']')) values.push(this.#one(this.#at, BARE_IN_FLOW, name, depth + 1));
    return values;
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
