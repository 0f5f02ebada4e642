/**
 * Release numbers and ranges over them.
 *
 * `4.8`, `13.2-RELEASE-p4`, `1.5.3_ALPHA`, `1.5ZA` and `6.1.0-18-amd64` are compared part by part; a letter after a number
 * (a snapshot on the way to the next release) counts as later than every patch release of it.
 */

/** The comparable parts of a release. Empty when the text does not begin with a number. */
export function releaseParts(release: string): number[] {
  const match = /^(\d+(?:\.\d+)*)([A-Z]+)?/.exec(release);
  if (match === null) return [];
  const parts = (match[1] ?? '').split('.').map(Number);
  const letters = match[2];
  if (letters !== undefined) parts.push(1000 + [...letters].reduce((n, c) => n * 26 + c.charCodeAt(0) - 64, 0));
  return parts;
}

/** Negative, zero or positive, as a sort function wants it. Missing parts count as 0. */
export function compareReleases(a: string, b: string): number {
  const left = releaseParts(a);
  const right = releaseParts(b);
  for (let i = 0; i < Math.max(left.length, right.length); i += 1) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/**
 * Whether a release lies in a range such as `>=4.8 <11` (all parts must hold; empty: every release).
 *
 * @throws {RangeError} if the range is not understood.
 */
export function inRange(release: string, range: string): boolean {
  return range
    .split(/\s+/)
    .filter((part) => part !== '')
    .every((part) => {
      const match = /^(>=|<=|<|>|=)(\d.*)$/.exec(part);
      if (match === null) throw new RangeError(`not a release range: ${part}`);
      const order = compareReleases(release, match[2] ?? '');
      switch (match[1]) {
        case '>=':
          return order >= 0;
        case '<=':
          return order <= 0;
        case '<':
          return order < 0;
        case '>':
          return order > 0;
        default:
          return order === 0;
      }
    });
}
