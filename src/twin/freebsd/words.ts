/**
 * The little of sh that boot files need: assignments with quotes and ${var}, and command lines of plain words.
 *
 * In: text of a file. Out: values, or lists of words; lines that need a real shell are handed back as not understood, never guessed at.
 */

export interface ParsedWord {
  readonly text: string;
  readonly end: number;
}

export class ShellSyntaxError extends Error {}

const NAME = /^[A-Za-z_][A-Za-z0-9_]*/;

function expand(text: string, at: number, values: ReadonlyMap<string, string>): ParsedWord {
  const rest = text.slice(at + 1);
  const braced = /^\{([A-Za-z_][A-Za-z0-9_]*)(?::?-([^}]*))?\}/.exec(rest);
  if (braced) return { text: values.get(braced[1] ?? '') || (braced[2] ?? ''), end: at + 1 + braced[0].length };
  const plain = NAME.exec(rest)?.[0];
  if (plain !== undefined) return { text: values.get(plain) ?? '', end: at + 1 + plain.length };
  if (/^[({`]/.test(rest)) throw new ShellSyntaxError(`not understood: $${rest.slice(0, 20)}`);
  return { text: '$', end: at + 1 };
}

function quoted(text: string, start: number, values: ReadonlyMap<string, string>): ParsedWord {
  const quote = text[start];
  let out = '';
  let at = start + 1;
  while (at < text.length && text[at] !== quote) {
    if (quote === '"' && text[at] === '\\' && /["$`\\\n]/.test(text[at + 1] ?? '')) {
      if (text[at + 1] !== '\n') out += text[at + 1];
      at += 2;
    } else if (quote === '"' && text[at] === '$') {
      const part = expand(text, at, values);
      out += part.text;
      at = part.end;
    } else if (quote === '"' && text[at] === '`') throw new ShellSyntaxError('not understood: `');
    else out += text[at++];
  }
  if (at >= text.length) throw new ShellSyntaxError('unterminated quoted string');
  return { text: out, end: at + 1 };
}

/** One word from `start` up to an unquoted blank or a separator. */
export function readWord(text: string, start: number, values: ReadonlyMap<string, string>): ParsedWord {
  let out = '';
  let at = start;
  while (at < text.length && !/[\s;&|<>()]/.test(text[at] ?? '')) {
    const c = text[at] ?? '';
    if (c === '"' || c === "'") {
      const part = quoted(text, at, values);
      out += part.text;
      at = part.end;
    } else if (c === '\\') {
      if (text[at + 1] !== '\n') out += text[at + 1] ?? '';
      at += 2;
    } else if (c === '$') {
      const part = expand(text, at, values);
      out += part.text;
      at = part.end;
    } else if (c === '`') throw new ShellSyntaxError('not understood: `');
    else {
      out += c;
      at += 1;
    }
  }
  return { text: out, end: at };
}

/**
 * Reads assignments into `values`, later ones win. Returns the lines that are no assignments.
 * @throws {ShellSyntaxError} where a real sh would refuse the file, or for a construct this reader does not know.
 */
export function readAssignments(text: string, values: Map<string, string>): string[] {
  const others: string[] = [];
  let at = 0;
  while (at < text.length) {
    const c = text[at] ?? '';
    if (/[\s;]/.test(c)) at += 1;
    else if (c === '#') at = lineEnd(text, at);
    else {
      const name = /^(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)=/.exec(text.slice(at, at + 200));
      if (name === null) {
        others.push(text.slice(at, lineEnd(text, at)));
        at = lineEnd(text, at);
        continue;
      }
      const word = readWord(text, at + name[0].length, values);
      values.set(name[1] ?? '', word.text);
      at = word.end;
    }
  }
  return others;
}

function lineEnd(text: string, from: number): number {
  const end = text.indexOf('\n', from);
  return end < 0 ? text.length : end;
}

/** A command line of plain words; undefined if it needs a real shell. Output thrown away (`>/dev/null 2>&1`) is allowed. */
export function splitCommand(line: string, values: ReadonlyMap<string, string> = new Map()): string[] | undefined {
  const text = line.replace(/(\s+[12]?>\s*(\/dev\/null|&[12]))+\s*$/, '').trim();
  const words: string[] = [];
  let at = 0;
  try {
    while (at < text.length) {
      if (/\s/.test(text[at] ?? '')) at += 1;
      else if (text[at] === '#') break;
      else {
        const word = readWord(text, at, values);
        if (word.end === at) return undefined;
        words.push(word.text);
        at = word.end;
      }
    }
  } catch (error) {
    if (error instanceof ShellSyntaxError) return undefined;
    throw error;
  }
  return words;
}

/** Lines of a script: continuation lines joined, blanks and comments gone. */
export function scriptLines(text: string): string[] {
  return text
    .replace(/\\\n/g, ' ')
    .split('\n')
    .map((l) => l.trim())
    .filter((l) => l !== '' && !l.startsWith('#'));
}
