/**
 * JSON of unknown origin.
 *
 * In: text. Out: its value. What the parser says is not passed on: it quotes the text, which may be that of a symbolic link to something else.
 */

/** Undefined where it is no JSON. */
export function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
