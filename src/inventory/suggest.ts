/** Finds the word that was probably meant, for "did you mean" in messages. */

/** Edit distance with swapped neighbours counted once (optimal string alignment); infinite where it is more than `most`. */
function distance(a: string, b: string, most: number): number {
  if (Math.abs(a.length - b.length) > most) return Number.POSITIVE_INFINITY;
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
    // No later row is nearer than the nearest of the last two.
    if (Math.min(...row) > most && Math.min(...last) > most) return Number.POSITIVE_INFINITY;
    before = last;
    last = row;
  }
  return last[b.length] ?? 0;
}

/** The nearest of `known`, or nothing where none is near (a third of the letters may differ). */
export function nearest(word: string, known: Iterable<string>): string | undefined {
  // A hostile name of a megabyte must not be compared letter by letter.
  if (word.length > 80) return undefined;
  const plain = (s: string): string => s.toLowerCase().replace(/[-_ ]/g, '');
  const wanted = plain(word);
  // Whoever comes later has to be nearer: of ten thousand names most are given up after a letter or two.
  let [most, best]: [number, string | undefined] = [Math.max(1, Math.floor(word.length / 3)), undefined];
  for (const name of known) {
    const far = distance(wanted, plain(name), most);
    if (far > most) continue;
    [most, best] = [far - 1, name];
  }
  return best;
}
