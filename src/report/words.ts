/**
 * Commands as a person would type them.
 *
 * In: a list of words. Out: printable text that a POSIX shell reads back as the same words; quotes only where they are needed.
 */
import { clean } from '../errors/clean.js';
import type { Paint } from './paint.js';

/** What no shell takes as syntax, wherever it stands in a word. */
const BARE = /^[A-Za-z0-9_@%+:,./-][A-Za-z0-9_@%+=:,./-]*$/;

/** One word, quoted only if a shell needs it. */
export function quoteWord(word: string): string {
  return BARE.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

/** The whole command on one line. Control characters are shown escaped (the wire compiler refuses them anyway). */
export function commandLine(words: readonly string[]): string {
  return clean(words.map(quoteWord).join(' '), { max: 8000 });
}

/** The command broken with backslashes where a terminal is narrower; still the same command when pasted. */
export function commandLines(words: readonly string[], paint: Paint, indent: number): string[] {
  const whole = commandLine(words);
  if (!paint.terminal || indent + whole.length <= paint.width) return [whole];
  const lines: string[] = [];
  let line = '';
  for (const word of words.map((w) => clean(quoteWord(w), { max: 8000 }))) {
    if (line !== '' && indent + line.length + word.length + 3 > paint.width) {
      lines.push(`${line} \\`);
      line = `  ${word}`;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return [...lines, line];
}
