/** Words of pf.conf(5): macros put in, lists in braces kept together, long lines joined. In: the text of the file. Out: one list of words for each rule, or the line of an error. */

export class PfSyntaxError extends Error {
  constructor(
    readonly line: number,
    readonly what = 'syntax error',
  ) {
    super(what);
  }
}

export interface Statement {
  readonly line: number;
  /** `{` and `}` are words; commas between elements are left out. */
  readonly words: readonly string[];
}

const WORD = /^(?:"([^"]*)"|'([^']*)'|[{}(),!=]|<[A-Za-z0-9_-]+>|\$[A-Za-z][A-Za-z0-9_]*|[^\s{}(),!="'#]+)/;

function words(text: string, line: number, macros: ReadonlyMap<string, string>): string[] {
  const found: string[] = [];
  let rest = text.trimStart();
  while (rest !== '' && !rest.startsWith('#')) {
    const match = WORD.exec(rest);
    if (match === null) throw new PfSyntaxError(line);
    const [whole, double, single] = match;
    if (whole.startsWith('$')) {
      const value = macros.get(whole.slice(1));
      if (value === undefined) throw new PfSyntaxError(line, `macro '${whole.slice(1)}' not defined`);
      found.push(...words(value, line, macros));
    } else if (whole !== ',') found.push(double ?? single ?? whole);
    rest = rest.slice(whole.length).trimStart();
  }
  return found;
}

/** Lines that end in a backslash, or have an open brace, go on. */
function joined(text: string): { readonly line: number; readonly text: string }[] {
  const found: { line: number; text: string }[] = [];
  let open: { line: number; text: string } | undefined;
  text.split('\n').forEach((raw, at) => {
    const whole = raw.replace(/(^|\s)#.*$/, '$1');
    const more = /\\\s*$/.test(whole);
    const part = whole.replace(/\\\s*$/, ' ');
    open = open === undefined ? { line: at + 1, text: part } : { line: open.line, text: `${open.text} ${part}` };
    const depth = [...open.text.replace(/"[^"]*"/g, '')].reduce((n, c) => n + (c === '{' ? 1 : c === '}' ? -1 : 0), 0);
    if (more || depth > 0) return;
    found.push(open);
    open = undefined;
  });
  if (open !== undefined) throw new PfSyntaxError(open.line);
  return found;
}

/** @throws {PfSyntaxError} */
export function statements(text: string): Statement[] {
  const macros = new Map<string, string>();
  const found: Statement[] = [];
  for (const { line, text: one } of joined(text)) {
    const macro = /^\s*([A-Za-z][A-Za-z0-9_]*)\s*=\s*(.*)$/.exec(one);
    const list = macro === null ? words(one, line, macros) : [];
    // The value of a macro is text: a list in it keeps its braces and is split again where it is used.
    if (macro !== null) macros.set(macro[1] ?? '', words(macro[2] ?? '', line, macros).join(' '));
    else if (list.length > 0) found.push({ line, words: list });
  }
  return found;
}
