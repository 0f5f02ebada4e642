/** CSV as RFC 4180 has it: commas or semicolons, quotes, line ends inside quotes. In: text. Out: rows by the names of the first one. */

/** Cells of all rows; an open quote ends with the text. */
function cells(text: string, comma: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  let cell = '';
  let quoted = false;
  const endRow = (): void => {
    row.push(cell);
    if (row.some((c) => c.trim() !== '')) rows.push(row);
    row = [];
    cell = '';
  };
  for (let at = 0; at < text.length; at++) {
    const c = text[at] ?? '';
    if (quoted) {
      if (c !== '"') cell += c;
      else if (text[at + 1] === '"') cell += text[++at] ?? '';
      else quoted = false;
    } else if (c === '"' && cell === '') quoted = true;
    else if (c === comma) {
      row.push(cell);
      cell = '';
    } else if (c === '\n') endRow();
    else if (c !== '\r') cell += c;
  }
  if (cell !== '' || row.length > 0) endRow();
  return rows;
}

/** Header names in small letters with `_` for blanks: `Outside IP` and `outside_ip` are one. */
export const headerName = (text: string): string =>
  text
    .trim()
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '_');

export function readCsv(text: string): Map<string, string>[] {
  const plain = text.replace(/^\uFEFF/, '');
  const first = plain.split('\n', 1)[0] ?? '';
  const comma = first.includes(',') ? ',' : first.includes(';') ? ';' : ',';
  const [head = [], ...rows] = cells(plain, comma);
  const names = head.map(headerName);
  return rows.map((row) => new Map(names.map((name, i) => [name, (row[i] ?? '').trim()])));
}
