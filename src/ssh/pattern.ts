/**
 * OpenSSH patterns: `*` any run of characters, `?` exactly one, `!` in front negates.
 *
 * Matched without regular expressions, so a hostile pattern with many stars costs no more than pattern × text.
 * Source: ssh_config(5) PATTERNS.
 */

/** True if `text` matches the one `pattern` (no negation, no lists). Case counts. */
export function matchPattern(pattern: string, text: string): boolean {
  let p = 0;
  let t = 0;
  let star = -1;
  let mark = 0;
  while (t < text.length) {
    const c = pattern[p];
    if (c === '*') {
      star = p++;
      mark = t;
    } else if (c !== undefined && (c === '?' || c === text[t])) {
      p++;
      t++;
    } else if (star >= 0) {
      p = star + 1;
      t = ++mark;
    } else {
      return false;
    }
  }
  while (pattern[p] === '*') p++;
  return p === pattern.length;
}

/** True if some pattern of the list matches and no negated one does. */
export function matchList(patterns: readonly string[], text: string): boolean {
  let found = false;
  for (const pattern of patterns) {
    if (pattern.startsWith('!')) {
      if (matchPattern(pattern.slice(1), text)) return false;
    } else if (matchPattern(pattern, text)) {
      found = true;
    }
  }
  return found;
}
