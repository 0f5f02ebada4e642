/**
 * Reads the wire program as text (docs/wire.md): one phase function becomes a list of calls.
 *
 * In: the lines of one phase's body, bytes as latin1. Out: calls, or the first line that is not one. Nothing is executed here, and
 * nothing is trusted: a line that is not exactly a verb with quoted words is a refusal, as it would be a syntax error or worse in sh.
 */

export interface WireCall {
  readonly verb: string;
  /** Arguments, id first. */
  readonly words: readonly string[];
  /** Lines of the here-document, if there is one. */
  readonly body?: readonly string[];
}

export type ParsedPhase = { readonly calls: readonly WireCall[] } | { readonly wrong: string };

const WORD = /^(?:'[^']*'|\\'|[A-Za-z0-9_.:/=@%+,-]+)+/;
const HERE = /^<<'([A-Za-z0-9_]+)'$/;

/** The delimiter of the here-document that this line opens. */
export function hereDelimiter(line: string): string | undefined {
  return /<<'([A-Za-z0-9_]+)'$/.exec(line)?.[1];
}

/** Takes the quotes away: `'a'\''b'` is a'b. Bytes outside ASCII are UTF-8. */
function unquote(token: string): string {
  const bare = token.replace(/'([^']*)'|\\'/g, (_all, inner: string | undefined) => inner ?? "'");
  return Buffer.from(bare, 'latin1').toString('utf8');
}

/** One line into words and the here-document mark, or undefined. */
export function splitCall(line: string): { words: string[]; here?: string } | undefined {
  const words: string[] = [];
  let rest = line.trim();
  while (rest !== '') {
    const here = HERE.exec(rest)?.[1];
    if (here !== undefined) return { words, here };
    const token = WORD.exec(rest)?.[0];
    if (token === undefined) return undefined;
    words.push(unquote(token));
    const after = rest.slice(token.length);
    if (after !== '' && !/^[ \t]/.test(after)) return undefined;
    rest = after.trimStart();
  }
  return { words };
}

/** @param lines - What stands between `pv_phase_NNNN () {` and `}`. */
export function parsePhase(lines: readonly string[]): ParsedPhase {
  const calls: WireCall[] = [];
  for (let i = 0; i < lines.length; i += 1) {
    const line = lines[i] ?? '';
    if (line.trim() === '' || line.trimStart().startsWith('#')) continue;
    const split = splitCall(line);
    const [verb, ...words] = split?.words ?? [];
    if (split === undefined || verb === undefined) return { wrong: line };
    if (split.here === undefined) {
      calls.push({ verb, words });
      continue;
    }
    const end = lines.indexOf(split.here, i + 1);
    if (end < 0) return { wrong: line };
    calls.push({ verb, words, body: lines.slice(i + 1, end) });
    i = end;
  }
  return { calls };
}

/** The bytes that a here-document stands for, as latin1; undefined if it is not in the form announced. */
export function decodeBody(encoding: string, length: number, body: readonly string[]): string | undefined {
  if (encoding === 'plain') return length === 0 && body.length === 0 ? '' : body.map((l) => `${l}\n`).join('');
  if (encoding !== 'octal') return undefined;
  const format = body.join('');
  if (!/^(?:\\[0-7]{1,3}|\\\\|%%|[^\\%])*$/.test(format)) return undefined;
  return format.replace(/\\([0-7]{1,3})|\\\\|%%/g, (all, octal: string | undefined) =>
    octal === undefined ? all.charAt(0) : String.fromCharCode(Number.parseInt(octal, 8) & 0xff),
  );
}

const PHASE = /^pv_phase_(\d{4}) \(\) \{\n([\s\S]*?)\n?\}\npv_phase_\1$/gm;

/** The phases that stand in a script, by number. What is no phase, or not of the known form, is passed over. */
export function phasesOf(script: string): Map<number, readonly WireCall[]> {
  const phases = new Map<number, readonly WireCall[]>();
  for (const [, number, body] of script.matchAll(PHASE)) {
    const parsed = parsePhase((body ?? '').split('\n'));
    if ('calls' in parsed) phases.set(Number(number), parsed.calls);
  }
  return phases;
}
