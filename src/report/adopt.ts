/**
 * A tunnel that was found on a host, for people: both ends side by side, what they say differently, and what a plan would do.
 *
 * In: what adopt found. Out: text. Everything that a host wrote goes through `clean`.
 */
import { clean } from '../errors/clean.js';
import { type Paint, wrap } from './paint.js';

interface EndRow {
  readonly host: string;
  readonly interface: string;
  readonly outer: { readonly local: string; readonly remote: string };
  readonly inner: { readonly local: string; readonly peer: string };
  readonly prefix?: number;
  readonly mtu: number;
  readonly ttl?: string;
  readonly up: boolean;
}

export interface AdoptedText {
  readonly ends: readonly EndRow[];
  readonly unlike: readonly { readonly what: string; readonly here: string; readonly there: string }[];
  readonly notes: readonly string[];
}

function column(end: EndRow): string[] {
  const prefix = end.prefix === undefined ? '' : `/${end.prefix}`;
  return [
    `${end.host} ${end.interface}`,
    `${end.outer.local} -> ${end.outer.remote}`,
    `${end.inner.local} -> ${end.inner.peer}${prefix}`,
    String(end.mtu),
    end.ttl ?? '-',
    end.up ? 'yes' : 'no',
  ].map((text) => clean(text, { max: 60 }));
}

const LABELS = ['', 'outer', 'inner', 'mtu', 'ttl', 'up'];

/** Both ends, line by line. */
export function renderAdopted({ ends, unlike, notes }: AdoptedText, paint: Paint): string {
  const columns = ends.map(column);
  const wide = columns.map((cells) => Math.max(...cells.map((c) => c.length)));
  const rows = LABELS.map((label, i) =>
    `  ${label.padEnd(7)}${columns.map((cells, c) => (cells[i] ?? '').padEnd((wide[c] ?? 0) + 3)).join('')}`.trimEnd(),
  );
  const said = [...unlike.map((u) => `The ends differ in ${u.what}: ${u.here} here, ${u.there} there.`), ...notes].flatMap((text) =>
    wrap(clean(text), paint.width, '    ', '  ! ').map((l) => paint.yellow(l)),
  );
  return [paint.bold(rows[0] ?? ''), ...rows.slice(1), ...said].join('\n');
}
