/**
 * Whether lines are exactly what the pieces of a playbook say: each line is one of them, and none that is needed is missing.
 *
 * In: pieces, lines, what conditions are asked of. Out: what is not so, in words for people; nothing where it is. Pure.
 */
import { type Context, holds } from '../playbook/condition.js';
import type { Piece } from '../playbook/schema-by-hand.js';
import { fillPattern } from '../playbook/template.js';

interface Filled {
  readonly pattern: string;
  readonly needed: boolean;
  readonly many: boolean;
  readonly anywhere: boolean;
  readonly words?: readonly Piece[];
}

function filled(pieces: readonly Piece[], context: Context): Filled[] {
  return pieces.flatMap((piece) => {
    const { is, when = [], optional = false, many = false, anywhere = false, words } = typeof piece === 'string' ? { is: piece } : piece;
    if (!holds(when, context)) return [];
    const mayMiss = typeof optional === 'boolean' ? optional : holds(optional, context);
    const pattern = fillPattern(is, context.values);
    return [{ pattern, needed: !mayMiss, many, anywhere, ...(words === undefined ? {} : { words }) }];
  });
}

/** A pattern as a person would write the line: what is escaped stands for itself. */
const shown = (pattern: string): string => pattern.replaceAll(/\\(.)/g, '$1').replaceAll(/\(\?<words>\.\*\??\)/g, '…');

/** Groups of words in any order, each at most once. */
export function wordMismatches(pieces: readonly Piece[], text: string, context: Context): string[] {
  const all = filled(pieces, context);
  const left = new Set(all);
  let rest = text.trim();
  while (rest !== '') {
    const fits = [...left].map((piece) => ({ piece, long: new RegExp(`^(?:${piece.pattern})(?= |$)`).exec(rest)?.[0].length ?? 0 }));
    const best = fits.sort((a, b) => b.long - a.long)[0];
    if (best === undefined || best.long === 0) return [`it says “${rest}”, and “${rest.split(' ', 1)[0] ?? ''}” is not expected`];
    if (!best.piece.many) left.delete(best.piece);
    rest = rest.slice(best.long).trimStart();
  }
  return [...left].filter((p) => p.needed && !p.many).map((p) => `“${shown(p.pattern)}” is missing`);
}

interface Reading {
  readonly used: Set<Filled>;
  readonly spread: Map<Filled, string[]>;
  readonly wrong: string[];
  last: number;
}

function take(line: string, all: readonly Filled[], reading: Reading, context: Context): boolean {
  let near: string[] = [];
  for (const [index, piece] of all.entries()) {
    if (reading.used.has(piece) && !piece.many) continue;
    const match = new RegExp(`^(?:${piece.pattern})$`).exec(line);
    if (match === null) continue;
    const words = match.groups?.words ?? '';
    const wrong = piece.words === undefined || piece.many ? [] : wordMismatches(piece.words, words, context);
    if (wrong.length > 0) {
      near = wrong;
      continue;
    }
    reading.used.add(piece);
    if (piece.words !== undefined && piece.many) reading.spread.set(piece, [...(reading.spread.get(piece) ?? []), words]);
    if (!piece.anywhere && index < reading.last) reading.wrong.push(`“${line}” stands too late`);
    if (!piece.anywhere) reading.last = Math.max(reading.last, index);
    return true;
  }
  reading.wrong.push(near.length > 0 ? `“${line}”: ${near.join('; ')}` : `“${line}” is not expected`);
  return false;
}

/** What is wrong with the lines. @param ordered - They must stand in the order of the pieces. */
export function mismatches(pieces: readonly Piece[], lines: readonly string[], context: Context, ordered: boolean): string[] {
  const all = filled(pieces, context);
  const reading: Reading = { used: new Set(), spread: new Map(), wrong: [], last: 0 };
  for (const line of lines) {
    if (!ordered) reading.last = 0;
    take(line, all, reading, context);
  }
  const spread = all.flatMap((p) =>
    p.words === undefined || !p.many ? [] : wordMismatches(p.words, (reading.spread.get(p) ?? []).join(' '), context),
  );
  const missing = all
    .filter((p) => p.needed && !reading.used.has(p) && !(p.many && p.words !== undefined))
    .map((p) => `“${shown(p.pattern)}” is missing`);
  return [...reading.wrong, ...spread, ...missing];
}
