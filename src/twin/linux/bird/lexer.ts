/** Words of bird.conf with their places, and what `include` brings in (conf/cf-lex.l of BIRD 2). In: files. Out: tokens, or an error as BIRD prints it. */

export interface Token {
  readonly text: string;
  readonly kind: 'word' | 'number' | 'address' | 'text' | 'sign' | 'end';
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

export class BirdError extends Error {
  constructor(place: Pick<Token, 'file' | 'line' | 'column'>, what: string) {
    super(`${place.file}:${place.line}:${place.column} ${what}`);
  }
}

export interface Reader {
  /** Undefined: no such file. */
  read(path: string): string | 'denied' | undefined;
  isFolder(path: string): boolean;
  paths(): readonly string[];
}

const ONE = /^(?:"([^"\n]*)"|(\d+(?:\.\d+){3}(?:\/\d+)?)|(0x[0-9a-fA-F]+|\d+)|([A-Za-z_][A-Za-z0-9_]*)|(\/\*[\s\S]*?\*\/)|([^\s]))/;

const folderOf = (path: string): string => path.replace(/\/[^/]*$/, '');

function included(pattern: string, from: Token, files: Reader): string[] {
  const path = pattern.startsWith('/') ? pattern : `${folderOf(from.file)}/${pattern}`;
  const place = { ...from, column: from.column + 1 };
  if (!/[*?[]/.test(path)) return [path];
  if (!files.isFolder(folderOf(path))) throw new BirdError(place, `Unable to match pattern ${path}: No such file or directory`);
  const source = path
    .replace(/[.+^${}()|\\]/g, '\\$&')
    .replaceAll('*', '[^/]*')
    .replaceAll('?', '[^/]');
  return files.paths().filter((p) => new RegExp(`^${source}$`).test(p));
}

/** @throws {BirdError} */
export function readTokens(path: string, files: Reader, from?: Token, depth = 0): Token[] {
  const text = files.read(path);
  const place = from === undefined ? { file: path, line: 0, column: 0 } : { ...from, column: from.column + 1 };
  if (text === undefined || text === 'denied' || depth > 8) {
    const why = text === undefined ? 'No such file or directory' : text === 'denied' ? 'Permission denied' : 'Max include depth reached';
    throw from === undefined
      ? new Error(`Unable to open configuration file ${path}: ${why}`)
      : new BirdError(place, `Unable to open included file ${path}: ${why}`);
  }
  const found: Token[] = [];
  let [line, column, rest] = [1, 1, text];
  const skip = (n: number): void => {
    for (const c of rest.slice(0, n)) [line, column] = c === '\n' ? [line + 1, 1] : [line, column + 1];
    rest = rest.slice(n);
  };
  for (;;) {
    skip(/^(?:\s|#[^\n]*)*/.exec(rest)?.[0].length ?? 0);
    if (rest === '') break;
    const match = ONE.exec(rest);
    const [whole = '', quoted, address, number, word, comment] = match ?? [];
    const kind =
      quoted !== undefined ? 'text' : address !== undefined ? 'address' : number !== undefined ? 'number' : word !== undefined ? 'word' : 'sign';
    if (comment === undefined) found.push({ text: quoted ?? whole, kind, file: path, line, column });
    skip(whole.length);
    const [named, name, semicolon] = found.slice(-3);
    if (semicolon?.text !== ';' || name?.kind !== 'text' || named?.text !== 'include' || named.kind !== 'word') continue;
    found.splice(-3);
    for (const file of included(name.text, name, files)) found.push(...readTokens(file, files, name, depth + 1));
  }
  return found;
}
