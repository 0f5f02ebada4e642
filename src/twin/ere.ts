/**
 * POSIX extended regular expressions, as `grep -E` takes them in the C locale, made into JavaScript ones.
 *
 * The differences that matter: bracket expressions (`[]a]`, `[[:space:]]`, a backslash in brackets is itself), `{` as a
 * plain character where no count follows, and letters behind a backslash, which POSIX leaves undefined and which are refused here.
 */

const CLASSES: Readonly<Record<string, string>> = {
  alpha: 'A-Za-z',
  digit: '0-9',
  alnum: 'A-Za-z0-9',
  upper: 'A-Z',
  lower: 'a-z',
  space: ' \\t\\n\\v\\f\\r',
  blank: ' \\t',
  punct: '!-\\/:-@\\[-`{-~',
  print: ' -~',
  graph: '!-~',
  cntrl: '\\x00-\\x1f\\x7f',
  xdigit: '0-9A-Fa-f',
};

/** Reads one bracket expression that starts at `at`; gives its translation and where the text goes on. */
function bracket(pattern: string, at: number): { text: string; next: number } {
  let i = at + 1;
  let out = '[';
  if (pattern[i] === '^') {
    out += '^';
    i += 1;
  }
  for (let first = true; ; first = false) {
    const c = pattern[i];
    if (c === undefined) throw new Error('bracket expression is not closed');
    if (c === ']' && !first) return { text: `${out}]`, next: i + 1 };
    const named = /^\[:([a-z]+):\]/.exec(pattern.slice(i));
    if (named !== null) {
      const set = CLASSES[named[1] ?? ''];
      if (set === undefined) throw new Error(`unknown character class ${named[0]}`);
      out += set;
      i += named[0].length;
    } else {
      out += /[\\\][^]/.test(c) ? `\\${c}` : c;
      i += 1;
    }
  }
}

/** @throws {Error} if the pattern is not one that every grep -E reads the same way. */
export function ereToRegExp(pattern: string): RegExp {
  let out = '';
  for (let i = 0; i < pattern.length; ) {
    const c = pattern.charAt(i);
    if (c === '[') {
      const part = bracket(pattern, i);
      out += part.text;
      i = part.next;
    } else if (c === '\\') {
      const next = pattern.charAt(i + 1);
      if (next === '' || /[A-Za-z0-9]/.test(next)) throw new Error('backslash before a letter, a digit or nothing');
      out += /[\\^$.[\]|()*+?{}/]/.test(next) ? `\\${next}` : next;
      i += 2;
    } else if (c === '{') {
      const count = /^\{\d+(,\d*)?\}/.exec(pattern.slice(i));
      out += count === null ? '\\{' : count[0];
      i += count === null ? 1 : count[0].length;
    } else {
      out += c === '}' || c === ']' || c === '/' ? `\\${c}` : c;
      i += 1;
    }
  }
  return new RegExp(out, 'u');
}

/** Whether any line of the text matches, as `grep -E -q` says it. A last line without newline counts. */
export function anyLineMatches(pattern: string, text: string): boolean {
  const regexp = ereToRegExp(pattern);
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines.some((line) => regexp.test(line));
}
