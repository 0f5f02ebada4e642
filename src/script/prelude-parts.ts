/**
 * The part of prelude.sh that a script needs: the guard of a run carries the functions that it calls and no others, for it goes over the wire and is read by the
 * host's shell byte by byte where that is bash.
 *
 * In: the text of prelude.sh, names of functions. Out: the same text without comments and without functions that none of these can reach by name.
 */

interface Part {
  readonly name: string;
  readonly lines: readonly string[];
}

const isComment = (line: string): boolean => /^\s*#/.test(line);

/** The functions of the outer brace group, each from its first line to its closing brace. */
function partsOf(lines: readonly string[]): Part[] {
  const parts: Part[] = [];
  for (let at = 0; at < lines.length; at += 1) {
    const first = lines[at] ?? '';
    const name = /^([a-z_0-9]+) \(\) \{/.exec(first)?.[1];
    if (name === undefined) continue;
    const end = first.endsWith('}') ? at : lines.indexOf('}', at);
    parts.push({ name, lines: lines.slice(at, end + 1) });
    at = end;
  }
  return parts;
}

/** Whoever is named anywhere in a function may be called by it. */
function reached(parts: ReadonlyMap<string, Part>, roots: Iterable<string>): ReadonlySet<string> {
  const found = new Set<string>();
  const open = [...roots];
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    const part = parts.get(name);
    if (part === undefined || found.has(name)) continue;
    found.add(name);
    open.push(...(part.lines.join('\n').match(/[a-z_0-9]+/g) ?? []));
  }
  return found;
}

/** @param roots - Functions that the script calls itself; that which starts and `pv_end` among them. */
export function preludeWith(body: string, roots: Iterable<string>): string {
  const parts = partsOf(body.split('\n').filter((line) => !isComment(line)));
  // These two catch a cut call of a phase.
  const kept = reached(new Map(parts.map((part) => [part.name, part])), ['p', 'pv', ...roots]);
  const lines = parts.filter(({ name }) => kept.has(name)).flatMap((part) => part.lines);
  return `{\n${lines.join('\n')}\n}\n# end of prelude\n`;
}
