/**
 * How text looks on one stream: colours or none, how wide, and how long lines are broken.
 *
 * In: a stream, the environment, the --no-color flag. Out: a `Paint`, the only thing renderers know of the terminal, so that they stay pure.
 */
import pc from 'picocolors';

type Colour = (text: string) => string;

export interface Paint {
  readonly bold: Colour;
  readonly dim: Colour;
  readonly red: Colour;
  readonly green: Colour;
  readonly yellow: Colour;
  readonly cyan: Colour;
  /** Columns that prose may fill. */
  readonly width: number;
  /** A person is looking: long commands are continued with a backslash. In a pipe each command stays on one line. */
  readonly terminal: boolean;
}

export interface PaintOptions {
  readonly isTTY: boolean;
  readonly columns?: number | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** False: the person gave --no-color. */
  readonly color?: boolean;
}

/** Whether to colour. Order: --no-color, NO_COLOR, FORCE_COLOR, CLICOLOR_FORCE, CLICOLOR, then whether it is a terminal. */
export function wantsColour({ isTTY, env, color }: PaintOptions): boolean {
  const set = (name: string): boolean => (env[name] ?? '') !== '';
  if (color === false || set('NO_COLOR')) return false;
  if (set('FORCE_COLOR')) return env.FORCE_COLOR !== '0';
  if (set('CLICOLOR_FORCE') && env.CLICOLOR_FORCE !== '0') return true;
  if (env.CLICOLOR === '0' || env.TERM === 'dumb') return false;
  return isTTY;
}

export function makePaint(options: PaintOptions): Paint {
  const colours = pc.createColors(wantsColour(options));
  const asked = Number(options.env.COLUMNS);
  const columns = options.columns ?? (Number.isInteger(asked) && asked > 0 ? asked : 100);
  const { bold, dim, red, green, yellow, cyan } = colours;
  // Narrower than 40 nothing can be read, wider than 120 the eye loses the line.
  return { bold, dim, red, green, yellow, cyan, width: Math.min(Math.max(columns, 40), 120), terminal: options.isTTY };
}

/** No colours, fixed width: for files and tests. */
export const plainPaint = (width = 100): Paint => ({ ...makePaint({ isTTY: false, env: {}, color: false }), width });

/** Columns left for text after an indent; never so few that every word breaks. */
const room = (width: number, indent: number): number => Math.max(width - indent, 20);

/** Breaks prose at blanks. @returns Lines with the indent put before each; `first` (as wide as the indent or less) replaces the first line's. */
export function wrap(text: string, width: number, indent: string, first: string = indent): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/ +/).filter((w) => w !== '')) {
    if (line !== '' && line.length + 1 + word.length > room(width, indent.length)) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  lines.push(line);
  return lines.map((l, i) => (i === 0 ? first : indent) + l);
}
