/**
 * Host ranges of Ansible: `web[01:10]`, `db-[a:f].example.net`, `n[1:9:2]`; several in one name.
 *
 * In: a pattern. Out: names in order. Bounded: a pattern of a few bytes must not become a million hosts.
 */

export const MOST_HOSTS = 20_000;

const RANGE = /\[(\d+|[a-zA-Z]):(\d+|[a-zA-Z])(?::(\d+))?\]/;

function series(from: string, to: string, step: number): string[] | undefined {
  const letters = /^[a-zA-Z]$/.test(from);
  if (letters !== /^[a-zA-Z]$/.test(to) || step < 1) return undefined;
  const [low, high] = letters ? [from.charCodeAt(0), to.charCodeAt(0)] : [Number(from), Number(to)];
  if (low > high || (high - low) / step > MOST_HOSTS) return undefined;
  // Leading zeros are kept: 01 goes on with 02. Both ends must then be as long.
  const wide = !letters && from.startsWith('0') && from.length > 1 ? from.length : 0;
  if (wide > 0 && to.length !== wide) return undefined;
  const made: string[] = [];
  for (let n = low; n <= high; n += step) made.push(letters ? String.fromCharCode(n) : String(n).padStart(wide, '0'));
  return made;
}

/** The names that a pattern stands for; undefined where it is no pattern that Ansible takes, or stands for too many. */
export function expandRange(pattern: string): string[] | undefined {
  let names = [pattern];
  for (let turn = 0; turn < 5; turn++) {
    const match = RANGE.exec(names[0] ?? '');
    if (match === null) break;
    const made = series(match[1] ?? '', match[2] ?? '', Number(match[3] ?? 1));
    if (made === undefined || made.length * names.length > MOST_HOSTS) return undefined;
    // All names have the same range at their first place, since only ranges before it were filled.
    names = names.flatMap((name) => made.map((part) => name.replace(RANGE, () => part)));
  }
  return names.some((n) => /[[\]]/.test(n)) ? undefined : names;
}
