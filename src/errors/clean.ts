/**
 * Makes text of unknown origin safe to print: what a host answered, what an inventory holds.
 *
 * In: any string. Out: one line of printable text; control, direction and invisible characters are written as escapes.
 * Why: a terminal obeys escape sequences, and direction marks make text read as something else than it is.
 */

/** C0, DEL, C1, soft hyphen, zero-width, line and paragraph separators, direction marks and isolates, BOM, tags, lone surrogates. */
const UNSAFE =
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}\p{Surrogate}]/gu;
const BEYOND_ASCII = /[^ -~]/;
const SHORT: Readonly<Record<string, string>> = { '\t': '\\t', '\n': '\\n', '\r': '\\r', '\u001b': '\\e', '\0': '\\0' };

const escaped = (char: string): string => {
  const short = SHORT[char];
  if (short !== undefined) return short;
  const code = char.codePointAt(0) ?? 0;
  if (code < 0x100) return `\\x${code.toString(16).padStart(2, '0')}`;
  return code > 0xffff ? `\\u{${code.toString(16)}}` : `\\u${code.toString(16).padStart(4, '0')}`;
};

/** True where the text holds nothing that `clean` would have to escape. */
export function isClean(text: string): boolean {
  // Nearly all text is plain ASCII, which is many times faster to tell.
  return !BEYOND_ASCII.test(text) || text.search(UNSAFE) === -1;
}

/**
 * Escapes whatever a terminal could obey or hide.
 *
 * @param max - Longest result in characters; what is left out is marked with `…` and its length. Default: 2000.
 */
export function clean(text: string, options: { readonly max?: number } = {}): string {
  const max = options.max ?? 2000;
  // Cut before escaping too: a line of a megabyte must not be walked for a result of some hundred characters.
  const head = text.length > max ? text.slice(0, max) : text;
  const result = head.replace(UNSAFE, escaped);
  if (text.length <= max && result.length <= max) return result;
  // A cut between the two halves of a character leaves no half behind.
  return `${result.slice(0, max).replace(/[\ud800-\udbff]$/, '')}… (${text.length} characters)`;
}
