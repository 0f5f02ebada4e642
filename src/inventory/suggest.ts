/** Finds the word that was probably meant, for "did you mean" in messages. */

/** Edit distance with swapped neighbours counted once (optimal string alignment). */
function distance(a: string, b: string): number {
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      let best = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + same);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) best = Math.min(best, (before[j - 2] ?? 0) + 1);
      row.push(best);
    }
    before = last;
    last = row;
  }
  return last[b.length] ?? 0;
}

/** The nearest of `known`, or nothing where none is near (a third of the letters may differ). */
export function nearest(word: string, known: readonly string[]): string | undefined {
  // A hostile name of a megabyte must not be compared letter by letter.
  if (word.length > 80) return undefined;
  const plain = (s: string): string => s.toLowerCase().replace(/[-_ ]/g, '');
  const ranked = known.map((name) => ({ name, far: distance(plain(word), plain(name)) })).sort((x, y) => x.far - y.far);
  const best = ranked[0];
  return best !== undefined && best.far <= Math.max(1, Math.floor(word.length / 3)) ? best.name : undefined;
}
