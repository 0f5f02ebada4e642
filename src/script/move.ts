/**
 * Moves: calls whose outer addresses are filled in when they are carried out, by us or by a script on a host that nobody is connected to.
 *
 * In: a move and two outer pairs. Out: calls for a session, or shell text with the placeholders left in for sed.
 * Why placeholders that are plain letters: they mean nothing to sh, to a pattern or to sed, and no address contains them.
 */
import { ProvisionError } from '../errors/error.js';
import type { Move, OuterPair } from '../model/updater.js';
import type { Call } from '../model/wire.js';
import { compilePhase } from './compile.js';

export const PLACE = { newLocal: 'PVNEWLOCAL', newRemote: 'PVNEWREMOTE', oldLocal: 'PVOLDLOCAL', oldRemote: 'PVOLDREMOTE' } as const;

/** Phases of a move in a script; each is compiled by itself. */
export const MOVE_PHASES = { point: 1, boot: 2, across: 3 } as const;
export type MovePart = keyof typeof MOVE_PHASES;

export const movePart = (move: Move, part: MovePart): readonly Call[] => (part === 'across' ? [move.across] : move[part]);

function filler(was: OuterPair, now: OuterPair): (text: string) => string {
  const values: Readonly<Record<string, string>> = {
    [PLACE.newLocal]: now.local,
    [PLACE.newRemote]: now.remote,
    [PLACE.oldLocal]: was.local,
    [PLACE.oldRemote]: was.remote,
  };
  return (text) => text.replace(/PV(?:NEW|OLD)(?:LOCAL|REMOTE)/g, (name) => values[name] ?? name);
}

function filled(call: Call, fill: (text: string) => string): Call {
  switch (call.verb) {
    case 'run':
    case 'probe':
    case 'try':
      return { ...call, words: call.words.map(fill) };
    case 'prove':
      return { ...call, pattern: fill(call.pattern), words: call.words.map(fill) };
    case 'put':
    case 'block':
      return { ...call, content: Buffer.from(fill(Buffer.from(call.content).toString('latin1')), 'latin1') };
    default:
      return call;
  }
}

/** One part of a move with its addresses. */
export function filledPart(move: Move, part: MovePart, was: OuterPair, now: OuterPair): readonly Call[] {
  const fill = filler(was, now);
  return movePart(move, part).map((call) => filled(call, fill));
}

/** The way back from a move that was carried out in part: the same with new and old changed over; what was never done may fail, the last word is its proof. */
export function backCalls(move: Move, was: OuterPair, now: OuterPair): readonly Call[] {
  return filledPart(move, 'point', now, was).map((call) => (call.verb === 'run' ? { ...call, verb: 'try' } : call));
}

/**
 * One part of a move as shell text that is run with `.` once sed has put the addresses in. Contents carry no length and no sum (`-`): they are not known
 * before, and the script that holds them is whole or is not run.
 * @throws ProvisionError BUG where a content is not plain printable ASCII: in octal a placeholder could be torn.
 */
export function partText(move: Move, part: MovePart, mark: string): string {
  return compilePhase(MOVE_PHASES[part], mark, movePart(move, part), { open: true });
}

/** @throws ProvisionError BUG for a move whose words hold no place for the address that moves. */
export function assertMoves(move: Move, place: string): void {
  const inWords = move.point.some((call) => call.words.some((word) => word.includes(place)));
  if (!inWords) throw new ProvisionError('BUG', `The steps that change the outer addresses do not name ${place}.`);
}
