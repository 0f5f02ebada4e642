/**
 * Words of ospfd.conf and bgpd.conf with their lines, `include` among them (yylex, pushfile and check_file_secrecy in parse.y of OpenBSD's usr.sbin/ospfd and
 * usr.sbin/bgpd). In: files. Out: tokens; newlines are tokens too. Macros are not simulated and say so.
 */
import type { FileTree } from '../../files.js';

export interface Token {
  readonly kind: 'string' | 'number' | 'sign' | 'newline' | 'end';
  readonly text: string;
  /** Written in quotes: never a keyword. */
  readonly quoted: boolean;
  readonly file: string;
  readonly line: number;
}

export interface Dialect {
  /** Signs that end a word beside those that always do. */
  readonly breaks: string;
  /** Up to 2014 (4.8): nobody else may read; later the group may. */
  readonly strict: boolean;
  /** Whether a file that cannot be opened is told with the name of the function. */
  readonly named: boolean;
}

/** A file that is not read at all: the words of log_warn. */
export class Unreadable extends Error {}

/** What was read, or why nothing was. */
export function readable<T>(read: () => T): T | readonly string[] {
  try {
    return read();
  } catch (error) {
    if (error instanceof Unreadable) return [error.message];
    throw error;
  }
}

/** @throws {Unreadable} @param secret - Whether the mode of the file counts. */
function open(files: FileTree, path: string, secret: boolean, dialect: Dialect): string {
  const found = files.get(path);
  if (found === undefined) throw new Unreadable(`${dialect.named ? 'pushfile: ' : ''}${path}: No such file or directory`);
  const others = dialect.strict ? 0o077 : 0o037;
  if (secret && (found.mode & others) !== 0)
    throw new Unreadable(`${path}: ${dialect.strict ? 'group/world readable/writeable' : 'group writable or world read/writable'}`);
  return found.content;
}

const ENDS_NUMBER = /^[\s),/}=]/;
const ALWAYS = '(){}!=#,';

/** One word from the start of the text: its length and what it is. */
function word(text: string, breaks: string): { readonly kind: Token['kind']; readonly length: number } {
  const number = /^-?\d+/.exec(text)?.[0] ?? '';
  const behind = text.slice(number.length);
  if (number !== '' && (behind === '' || ENDS_NUMBER.test(behind))) return { kind: 'number', length: number.length };
  if (!/^[A-Za-z0-9:_*]/.test(text)) return { kind: 'sign', length: 1 };
  let length = 1;
  while (length < text.length && /[!-~]/.test(text[length] ?? '') && !`${ALWAYS}${breaks}`.includes(text[length] ?? '')) length += 1;
  return { kind: 'string', length };
}

/** A quoted string from its first quote: what it says and how long it is. Undefined: it never ends. */
function quoted(text: string): { readonly said: string; readonly length: number } | undefined {
  const quote = text[0];
  let said = '';
  for (let at = 1; at < text.length; at += 1) {
    const c = text[at] ?? '';
    if (c === quote) return { said, length: at + 1 };
    if (c === '\\' && (text[at + 1] === quote || text[at + 1] === '\n')) {
      if (text[at + 1] === quote) said += quote;
      at += 1;
    } else if (c !== '\n') said += c;
  }
  return undefined;
}

/** Tokens of one text. A quoted string that never ends is a sign of its own, which no rule knows. */
function tokensOf(text: string, file: string, dialect: Dialect): Token[] {
  const found: Token[] = [];
  let line = 1;
  for (let at = 0; at < text.length; ) {
    const rest = text.slice(at);
    const skipped = /^(?:[ \t]|\\\n)+|^#[^\n]*/.exec(rest)?.[0];
    if (skipped !== undefined) {
      line += skipped.split('\n').length - 1;
      at += skipped.length;
      continue;
    }
    const inQuotes = /^["']/.test(rest) ? quoted(rest) : undefined;
    const { kind, length } = inQuotes === undefined ? word(rest, dialect.breaks) : { kind: 'string' as const, length: inQuotes.length };
    const raw = rest.slice(0, length);
    found.push({ kind: raw === '\n' ? 'newline' : kind, text: inQuotes?.said ?? raw, quoted: inQuotes !== undefined, file, line });
    line += raw.split('\n').length - 1;
    at += length;
  }
  return found;
}

/** What the parser reads: the file, with those that it draws in where it does so. */
export class Source {
  private readonly ahead: Token[];
  private last: Token;

  /** @throws {Unreadable} @param check - `-n`: nothing is started with it. */
  constructor(
    private readonly files: FileTree,
    path: string,
    private readonly secret: { readonly top: boolean; readonly included: boolean },
    private readonly dialect: Dialect,
  ) {
    this.ahead = tokensOf(open(files, path, secret.top, dialect), path, dialect);
    this.last = { kind: 'end', text: '', quoted: false, file: path, line: 1 };
  }

  peek(): Token {
    const [first] = this.ahead;
    return first ?? { ...this.last, kind: 'end', text: '' };
  }

  next(): Token {
    const token = this.peek();
    this.ahead.shift();
    this.last = token;
    return token;
  }

  /** @throws {Unreadable} */
  include(path: string): void {
    const tokens = tokensOf(open(this.files, path, this.secret.included, this.dialect), path, this.dialect);
    this.ahead.unshift({ ...this.last, kind: 'newline', text: '\n' }, ...tokens);
  }
}
