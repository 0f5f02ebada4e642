/**
 * Two tables side by side, cell by cell, with a mark where they differ.
 *
 * In: cells. Out: lines of text. What came from a file goes through `clean`.
 */
import { clean } from '../errors/clean.js';
import type { Paint } from './paint.js';

export interface Compared {
  readonly label: string;
  readonly here: string;
  readonly there: string;
  readonly differs: boolean;
}

/** The widest a cell may be. */
const WIDEST = 60;

/** `≠` before each row whose cells differ, so that it is seen without colours too. */
export function renderCompared(cells: readonly Compared[], titles: readonly [here: string, there: string], paint: Paint): string {
  const text = (value: string): string => clean(value, { max: WIDEST });
  const wide = (values: readonly string[]): number => Math.max(...values.map((v) => text(v).length));
  const label = wide(cells.map((c) => c.label));
  const here = wide([titles[0], ...cells.map((c) => c.here)]);
  const head = `    ${' '.repeat(label)}  ${paint.cyan(titles[0].padEnd(here))}  ${paint.cyan(titles[1])}`;
  const row = (c: Compared): string => {
    const line = `${text(c.label).padEnd(label)}  ${text(c.here).padEnd(here)}  ${text(c.there)}`;
    return c.differs ? `  ${paint.red('≠')} ${paint.red(line)}` : `    ${line}`;
  };
  return [head, ...cells.map(row)].map((l) => l.trimEnd()).join('\n');
}
