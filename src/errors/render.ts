/**
 * Errors as people read them: what, where (the line with a caret), why, state, what to do next.
 *
 * In: a `ProvisionError`. Out: some lines of text. Everything that came from a file or a host is cleaned; no stack trace is ever shown.
 */
import pico from 'picocolors';
import type { Place } from '../model/inventory.js';
import { CATALOGUE } from './catalogue.js';
import { clean } from './clean.js';
import type { ProvisionError } from './error.js';

export { clean, isClean } from './clean.js';

export interface RenderOptions {
  readonly colour: boolean;
  /** Text of a file, for showing the line; undefined where it cannot be read. */
  readonly source?: (file: string) => string | undefined;
}

/** All errors of one reading, with an empty line between them and their number at the end. */
export function renderErrors(errors: readonly ProvisionError[], options: RenderOptions): string {
  const texts = errors.map((error) => renderError(error, options));
  return [...texts, ...(errors.length > 1 ? [`${errors.length} errors`] : [])].join('\n\n');
}

type Paint = ReturnType<typeof pico.createColors>;

/** Longest part of a source line that is shown, in characters. */
const WINDOW = 110;
/** Lines of what a host wrote to standard error. */
const MOST_LINES = 8;
const INDENT = ' '.repeat(11);

/** One error as text, without a newline at its end. */
export function renderError(error: ProvisionError, options: RenderOptions): string {
  const paint = pico.createColors(options.colour);
  const { details } = error;
  const field = (name: string, text: string | undefined): string[] =>
    text === undefined || text === '' ? [] : [`  ${paint.dim(name.padEnd(7))}  ${clean(text, { max: 1000 })}`];
  const host = details.host === undefined ? undefined : details.host + (details.step === undefined ? '' : `, step ${details.step}`);
  return [
    `${paint.red(paint.bold('error'))} ${paint.bold(error.code)}  ${clean(error.message, { max: 1000 })}`,
    ...(details.place === undefined ? [] : whereLines(details.place, options, paint)),
    ...field(details.place === undefined ? 'where' : 'host', host),
    ...field('command', details.command),
    ...field('exit', details.exitCode === undefined ? undefined : String(details.exitCode)),
    ...saidLines(details.stderr, paint),
    ...field('why', details.why),
    ...field('state', details.state),
    ...field('next', details.next ?? CATALOGUE[error.code].next),
  ].join('\n');
}

function saidLines(stderr: string | undefined, paint: Paint): string[] {
  const lines = (stderr ?? '').slice(0, 10_000).trimEnd().split('\n');
  if (stderr === undefined || stderr.trim() === '') return [];
  const more = lines.length > MOST_LINES ? [`${INDENT}… (${lines.length} lines)`] : [];
  return [...lines.slice(0, MOST_LINES).map((line, i) => (i === 0 ? `  ${paint.dim('it said')}  ` : INDENT) + clean(line, { max: 300 })), ...more];
}

function whereLines(place: Place, options: RenderOptions, paint: Paint): string[] {
  const head = `  ${paint.dim('where  ')}  ${clean(place.file, { max: 300 })}:${place.line}:${place.column}`;
  const line = options.source?.(place.file)?.split('\n')[place.line - 1];
  if (line === undefined) return [head];
  const { text, caret, width } = excerpt(line.replace(/\r$/, ''), place.column - 1);
  const number = String(place.line);
  const gutter = ' '.repeat(number.length);
  return [
    head,
    `${INDENT}  ${paint.dim(`${number} |`)} ${text}`,
    `${INDENT}  ${paint.dim(`${gutter} |`)} ${' '.repeat(caret)}${paint.red('^'.repeat(width))}`,
  ];
}

/** The part of a line around a column (from 0), cleaned, and where the caret stands in it. */
function excerpt(line: string, column: number): { text: string; caret: number; width: number } {
  const from = column > WINDOW - 20 ? column - 40 : 0;
  const cut = (start: number, end: number): string => clean(line.slice(start, end).replaceAll('\t', ' '));
  const before = (from > 0 ? '…' : '') + cut(from, column);
  const wordEnd = column + wordAt(line, column);
  const word = cut(column, Math.min(wordEnd, from + WINDOW));
  const after = cut(Math.min(wordEnd, from + WINDOW), from + WINDOW);
  const text = before + word + after + (line.length > from + WINDOW ? '…' : '');
  return { text, caret: widthOf(before), width: Math.max(1, widthOf(word)) };
}

/** Length of the YAML value or key that starts at a column: a quoted text, or up to the next delimiter. */
function wordAt(line: string, column: number): number {
  const rest = line.slice(column, column + WINDOW);
  if (/^\s/.test(rest)) return 1;
  const quoted = /^("(\\.|[^"\\])*"|'[^']*')/.exec(rest)?.[0];
  if (quoted !== undefined) return quoted.length;
  if (/^[{[]/.test(rest)) return (/^[{[][^}\]]*[}\]]/.exec(rest)?.[0] ?? rest.slice(0, 1)).length;
  const plain = /^.+?(?=\s*(?:$|\s#|[,}\]]|:(?:\s|$)))/.exec(rest)?.[0];
  return plain?.length ?? 1;
}

/** Columns in a terminal: wide (East Asian, emoji) characters take two, combining ones none. */
function widthOf(text: string): number {
  let width = 0;
  for (const char of text) {
    if (/\p{Mark}/u.test(char)) continue;
    width += /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/u.test(char)
      ? 2
      : 1;
  }
  return width;
}
