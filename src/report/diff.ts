/**
 * Two versions of a small file as a unified diff.
 *
 * In: text before and after (null: absent). Out: lines with ` `, `+` and `-`. Longest common subsequence; boot files have tens of lines.
 */
import { clean } from '../errors/clean.js';

/** More lines than this are shown as all out, all in: the table would cost their product. */
const MOST = 1500;

const split = (text: string | null): string[] => (text === null || text === '' ? [] : text.replace(/\n$/, '').split('\n'));

/** Length of the longest common subsequence of every pair of tails. */
function tails(a: readonly string[], b: readonly string[]): number[][] {
  const table = Array.from({ length: a.length + 1 }, () => new Array<number>(b.length + 1).fill(0));
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      const row = table[i] ?? [];
      row[j] = a[i] === b[j] ? (table[i + 1]?.[j + 1] ?? 0) + 1 : Math.max(table[i + 1]?.[j] ?? 0, row[j + 1] ?? 0);
    }
  }
  return table;
}

/** Every line of both versions, in order, marked. */
export function diffLines(before: string | null, after: string | null): string[] {
  const a = split(before);
  const b = split(after);
  if (a.length > MOST || b.length > MOST) return [...a.map((l) => `-${l}`), ...b.map((l) => `+${l}`)];
  const table = tails(a, b);
  const lines: string[] = [];
  let i = 0;
  let j = 0;
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      lines.push(` ${a[i] ?? ''}`);
      i++;
      j++;
    } else if (i < a.length && (j >= b.length || (table[i + 1]?.[j] ?? 0) >= (table[i]?.[j + 1] ?? 0))) {
      lines.push(`-${a[i++] ?? ''}`);
    } else {
      lines.push(`+${b[j++] ?? ''}`);
    }
  }
  return lines;
}

/** Keeps `around` unchanged lines beside each change and one hunk line for each group. */
function hunks(lines: readonly string[], around = 3): string[] {
  const near = (i: number): boolean => lines.slice(Math.max(0, i - around), i + around + 1).some((l) => l[0] !== ' ');
  const out: string[] = [];
  let open = false;
  let from = 1;
  let to = 1;
  lines.forEach((line, i) => {
    const keep = near(i);
    if (keep && !open) out.push(`@@ -${from} +${to} @@`);
    if (keep) out.push(line);
    open = keep;
    if (line[0] !== '+') from++;
    if (line[0] !== '-') to++;
  });
  return out;
}

/** Unified diff of one file, each line made safe to print. */
export function unifiedDiff(path: string, before: string | null, after: string | null): string[] {
  const head = [before === null ? '--- (absent)' : `--- ${path}`, after === null ? '+++ (absent)' : `+++ ${path}`];
  return [...head, ...hunks(diffLines(before, after))].map((l) => clean(l, { max: 1000 }));
}
