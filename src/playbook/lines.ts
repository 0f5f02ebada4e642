/**
 * The text of a configuration file as plain lines, so that two ways of writing the same thing look the same.
 *
 * In: text and its format. Out: lines without comments, with single blanks. Pure. What cannot be read becomes a line that nothing equals.
 */
import { parseDocument } from 'yaml';

export type LineFormat = 'lines' | 'ini' | 'yaml';

/** A line that no piece of a playbook matches. */
const UNREAD = '?';
const MOST_ALIASES = 10;
const DEEPEST = 20;

const single = (text: string): string => text.replaceAll(/[ \t\r]+/g, ' ').trim();

/** Only whole-line comments are left out: behind a value most programs read `#` as part of it. */
function plainLines(text: string): string[] {
  return text
    .replaceAll(/\\\n/g, ' ')
    .split('\n')
    .map(single)
    .filter((line) => line !== '' && !line.startsWith('#'));
}

function iniLines(text: string): string[] {
  let section = '';
  return text.split('\n').flatMap((raw) => {
    const line = single(raw);
    if (line === '' || /^[#;]/.test(line)) return [];
    const head = /^\[([^\]]+)\]$/.exec(line)?.[1];
    if (head !== undefined) {
      section = head;
      return [];
    }
    const pair = /^([^=]+?) ?= ?(.*)$/.exec(line);
    return [pair === null ? `${UNREAD} ${line}` : `${section}.${pair[1]}=${pair[2]}`];
  });
}

function flatten(value: unknown, path: string, depth: number): string[] {
  if (depth > DEEPEST) return [UNREAD];
  if (Array.isArray(value)) return value.flatMap((item, i) => flatten(item, `${path}[${i}]`, depth + 1));
  if (typeof value !== 'object' || value === null) return [single(`${path}=${String(value)}`)];
  return Object.entries(value).flatMap(([key, inner]) => flatten(inner, path === '' ? key : `${path}.${key}`, depth + 1));
}

function yamlLines(text: string): string[] {
  const document = parseDocument(text, { logLevel: 'silent' });
  if (document.errors.length > 0) return [UNREAD];
  try {
    const value: unknown = document.toJS({ maxAliasCount: MOST_ALIASES });
    return value === null ? [] : flatten(value, '', 0);
  } catch {
    // Aliases that unfold to too much.
    return [UNREAD];
  }
}

export function linesOf(text: string, format: LineFormat): string[] {
  if (format === 'ini') return iniLines(text);
  return format === 'yaml' ? yamlLines(text) : plainLines(text);
}
