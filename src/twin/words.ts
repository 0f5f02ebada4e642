/**
 * Splits one typed command line into words: blanks, single and double quotes, backslash. No expansion of any kind.
 *
 * In: what came with an SSH exec request or was typed at the prompt. Out: words, or why the line is beyond what a simulated host knows.
 */

export type Split = { readonly words: readonly string[] } | { readonly refused: string };

const SPECIAL = /[$`;&|<>(){}*?[\]~#!\n]/;

/** One pass, character by character; an unclosed quote or a character with a meaning in sh is refused, never guessed at. */
export function splitWords(line: string): Split {
  const words: string[] = [];
  let word: string | undefined;
  let quote = '';
  for (let at = 0; at < line.length; at += 1) {
    const c = line.charAt(at);
    if (quote === "'" || quote === '"') {
      if (c === quote) quote = '';
      else if (quote === '"' && (c === '$' || c === '`')) return { refused: `the character ${c} needs a real shell` };
      else if (quote === '"' && c === '\\' && /["\\$`]/.test(line.charAt(at + 1))) word = (word ?? '') + line.charAt(++at);
      else word = (word ?? '') + c;
    } else if (c === "'" || c === '"') {
      quote = c;
      word ??= '';
    } else if (c === '\\' && at + 1 < line.length) {
      word = (word ?? '') + line.charAt(++at);
    } else if (/\s/.test(c) && c !== '\n') {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else if (SPECIAL.test(c)) {
      return { refused: `the character ${c === '\n' ? 'newline' : c} needs a real shell` };
    } else word = (word ?? '') + c;
  }
  if (quote !== '') return { refused: 'a quote is not closed' };
  if (word !== undefined) words.push(word);
  return { words };
}
