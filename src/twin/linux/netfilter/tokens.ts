/** nft's lexer: words, quoted texts and punctuation, with where each stands. In: text of a file or a command line. Out: tokens; a newline outside of a list is `;`. */
export interface Token {
  readonly text: string;
  readonly quoted: boolean;
  /** From 1. */
  readonly line: number;
  readonly column: number;
}

/** What nft prints when it does not understand: place, message, the line and marks under the word. */
export class NftError extends Error {
  constructor(
    readonly said: string,
    readonly at?: Token,
  ) {
    super(said);
  }
}

const ONE = /^(?:"([^"\n]*)"|[{};,]|[^\s{};,"#]+)/;

export function tokens(text: string): Token[] {
  const found: Token[] = [];
  text.split('\n').forEach((whole, index) => {
    let rest = whole;
    let column = 1;
    const line = index + 1;
    for (;;) {
      const blank = /^\s*/.exec(rest)?.[0].length ?? 0;
      rest = rest.slice(blank);
      column += blank;
      if (rest === '' || rest.startsWith('#')) break;
      const [word = '', quoted] = ONE.exec(rest) ?? [];
      if (word === '') throw new NftError('syntax error, unexpected junk', { text: rest.charAt(0), quoted: false, line, column });
      if (word === '\\' && rest.trim() === '\\') break;
      found.push({ text: quoted ?? word, quoted: quoted !== undefined, line, column });
      rest = rest.slice(word.length);
      column += word.length;
    }
    if (!/\\\s*$/.test(whole)) found.push({ text: ';', quoted: false, line, column });
  });
  return found;
}

/** A cursor over tokens, with nft's words for what is wrong. */
export class Tokens {
  private at = 0;

  constructor(private readonly all: readonly Token[]) {}

  get done(): boolean {
    return this.at >= this.all.length;
  }

  /** @param further - Tokens behind the next one. */
  peek(further = 0): Token | undefined {
    return this.all[this.at + further];
  }

  /** The one behind the next. */
  after(): Token | undefined {
    return this.all[this.at + 1];
  }

  next(): Token {
    const token = this.all[this.at];
    if (token === undefined) throw new NftError('syntax error, unexpected end of file', this.all.at(-1));
    this.at += 1;
    return token;
  }

  /** Takes the next token if it is this punctuation or word. */
  take(text: string): boolean {
    const token = this.peek();
    if (token === undefined || token.quoted || token.text !== text) return false;
    this.at += 1;
    return true;
  }

  expect(text: string): void {
    if (!this.take(text)) throw this.wrong();
  }

  /** Separators between statements. */
  skip(): void {
    while (this.take(';'));
  }

  word(): string {
    const token = this.next();
    if (!token.quoted && /^[{};,]$/.test(token.text)) throw this.wrong(token);
    return token.text;
  }

  wrong(token: Token | undefined = this.peek()): NftError {
    const what = token === undefined ? 'end of file' : token.text === ';' ? 'newline' : /^[{},]$/.test(token.text) ? `'${token.text}'` : 'string';
    return new NftError(`syntax error, unexpected ${what}`, token ?? this.all.at(-1));
  }
}
