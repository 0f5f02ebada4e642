/**
 * Looks at the raw text of a file before a parser sees it: its size, its lines, characters that do not show.
 *
 * In: a text. Out: problems, and whether the parser may have it. Why first: a parser's time on hostile text is not ours to bound.
 */
import { isClean } from '../errors/clean.js';
import type { Place } from '../model/inventory.js';
import { type Problem, type Problems, show } from './problems.js';

export interface Source {
  /** Name for messages; a path where it came from one. */
  readonly file: string;
  readonly text: string;
}

const LONGEST_FILE = 1024 * 1024;
const LONGEST_LINE = 4096;

const syntax = (message: string, next: string): Problem => ({ code: 'INVENTORY_SYNTAX', message, next });

/** True where nothing is to be said; looked at as a whole, because line by line takes many times as long. */
function isPlain(text: string): boolean {
  for (let from = 0; from < text.length; ) {
    const end = text.indexOf('\n', from);
    const to = end === -1 ? text.length : end;
    if (to - from > LONGEST_LINE) return false;
    from = to + 1;
  }
  return !/[^\t\n -~]/.test(text) || isClean(text.replaceAll(/[\t\n]|\r(?=\n)/g, ' '));
}

/** Size and characters, before a parser sees the text. Returns false when it must not see it. */
export function checkText({ file, text }: Source, problems: Problems): boolean {
  if (text.length > LONGEST_FILE) {
    problems.add({ file, line: 1, column: 1 }, syntax('The file is longer than 1 MiB.', 'Split it into several files of one folder.'));
    return false;
  }
  if (isPlain(text)) return true;
  let good = true;
  for (const [index, line] of text.split('\n').entries()) {
    const place = (column: number): Place => ({ file, line: index + 1, column });
    if (line.length > LONGEST_LINE) {
      problems.add(
        place(LONGEST_LINE + 1),
        syntax(`The line has ${line.length} characters; ${LONGEST_LINE} is the most.`, 'Break it into shorter lines.'),
      );
      good = false;
    }
    const body = line.endsWith('\r') ? line.slice(0, -1) : line;
    if (isClean(body.replaceAll('\t', ' '))) continue;
    const at = [...body].findIndex((char) => char !== '\t' && !isClean(char));
    const column = [...body].slice(0, at).join('').length + 1;
    problems.add(
      place(column),
      syntax(`The line holds a control or invisible character: ${show([...body][at])}`, 'Delete it, and type the line again.'),
    );
    good = false;
  }
  return good;
}
