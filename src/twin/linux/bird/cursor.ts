/** The tokens of bird.conf, one after the other, with the errors that BIRD prints where another one was wanted. */
import { isAddress } from '../result.js';
import { BirdError, type Token } from './lexer.js';

export class Cursor {
  private at = 0;
  constructor(private readonly all: readonly Token[]) {}
  peek(): Token {
    const last = this.all.at(-1);
    return this.all[this.at] ?? { text: '', kind: 'end', file: last?.file ?? '', line: last?.line ?? 1, column: (last?.column ?? 0) + 1 };
  }
  get done(): boolean {
    return this.at >= this.all.length;
  }
  next(): Token {
    const token = this.peek();
    this.at += 1;
    return token;
  }
  take(...texts: string[]): string | undefined {
    const { text, kind } = this.peek();
    if ((kind !== 'word' && kind !== 'sign') || !texts.includes(text)) return undefined;
    this.at += 1;
    return text;
  }
  expect(text: string): void {
    if (this.take(text) === undefined) throw this.wrong();
  }
  number(): number {
    if (this.peek().kind !== 'number') throw this.wrong();
    return Number(this.next().text);
  }
  address(): string {
    const { text } = this.peek();
    if (!isAddress(text)) throw this.wrong();
    return this.next().text;
  }
  wrong(token = this.peek()): BirdError {
    const names = { word: 'CF_SYM_UNDEFINED', number: 'NUM', address: 'IP4', text: 'TEXT', sign: `'${token.text}'`, end: 'END' };
    return new BirdError(token, `syntax error, unexpected ${names[token.kind]}`);
  }
  /** Up to the `;` that ends the statement, or through the braces that end it. */
  passOver(): void {
    let depth = 0;
    for (;;) {
      if (this.done) throw this.wrong();
      const { text, kind } = this.next();
      if (kind !== 'sign') continue;
      depth += text === '{' || text === '[' ? 1 : text === '}' || text === ']' ? -1 : 0;
      if (depth === 0 && text === ';') return;
      if (depth === 0 && text === '}') {
        this.take(';');
        return;
      }
    }
  }
  between(from: number): string {
    return this.all
      .slice(from, this.at)
      .map((t) => t.text)
      .join(' ');
  }
  get position(): number {
    return this.at;
  }
}
