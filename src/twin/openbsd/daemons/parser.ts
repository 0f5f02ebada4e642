/**
 * What the grammars of ospfd.conf and bgpd.conf share: statements by line, errors as `FILE:LINE: TEXT`, and how yacc goes on behind one (parse.y of both: `grammar
 * error '\n'`). In: tokens. Out: nothing by itself; a grammar gives it rules.
 */
import { type Source, type Token, Unreadable } from './lexer.js';

/** An error inside a statement; the words are already in the list. */
export class Wrong extends Error {}

/** So many words have to be taken before yacc tells of another syntax error. */
const QUIET = 3;

export class Parser {
  readonly errors: string[] = [];
  private quiet = 0;

  constructor(
    private readonly source: Source,
    private readonly keywords: ReadonlySet<string>,
  ) {}

  /** Of the word that comes: a keyword, or nothing. */
  keyword(): string | undefined {
    const { kind, text, quoted } = this.source.peek();
    return kind === 'string' && !quoted && this.keywords.has(text) ? text : undefined;
  }

  get done(): boolean {
    return this.source.peek().kind === 'end';
  }

  peek(): Token {
    return this.source.peek();
  }

  next(): Token {
    if (this.quiet > 0) this.quiet -= 1;
    return this.source.next();
  }

  take(...texts: string[]): string | undefined {
    const { kind, text, quoted } = this.peek();
    if (quoted || !(kind === 'string' || kind === 'sign') || !texts.includes(text)) return undefined;
    this.next();
    return text;
  }

  expect(text: string): void {
    if (this.take(text) === undefined) this.syntax();
  }

  newline(): boolean {
    if (this.peek().kind !== 'newline') return false;
    this.next();
    return true;
  }

  newlines(): void {
    while (this.newline());
  }

  number(): number {
    if (this.peek().kind !== 'number') this.syntax();
    return Number(this.next().text);
  }

  /** A word that is no keyword. */
  string(): string {
    if (this.peek().kind !== 'string' || this.keyword() !== undefined) this.syntax();
    return this.next().text;
  }

  /** @throws {Wrong} Where the last word stands. */
  fail(text: string, at: Token = this.peek()): never {
    this.errors.push(`${at.file}:${at.line}: ${text}`);
    throw new Wrong(text);
  }

  syntax(): never {
    const at = this.peek();
    if (this.quiet === 0) this.errors.push(`${at.file}:${at.line}: syntax error`);
    throw new Wrong('syntax error');
  }

  /** Words of the real grammar that nothing here would act on are an error of their own: nothing is taken in silence. */
  unknown(what: string): never {
    return this.fail(`the simulation does not know ${what}`);
  }

  include(): void {
    const path = this.string();
    try {
      this.source.include(path);
    } catch (error) {
      if (!(error instanceof Unreadable)) throw error;
      this.errors.push(error.message);
      this.fail(`failed to include file ${path}`);
    }
  }

  /** Reads all; behind an error it goes on with the next line. */
  all(statement: () => void): void {
    while (!this.done) {
      if (this.newline()) continue;
      try {
        if (this.peek().text === '$') this.unknown('macros');
        statement();
        if (!this.newline() && !this.done) this.syntax();
      } catch (error) {
        if (!(error instanceof Wrong)) throw error;
        this.quiet = QUIET;
        while (!this.done && this.source.next().kind !== 'newline');
      }
    }
  }

  /** A line `NAME = VALUE`. */
  varset(): boolean {
    if (this.peek().kind !== 'string' || this.keyword() !== undefined) return false;
    this.next();
    if (this.peek().text === '=') this.unknown('macros');
    return this.syntax();
  }
}
