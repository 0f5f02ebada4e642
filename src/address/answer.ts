/**
 * The one line that a receiver answers (docs/updater.md).
 *
 * In: exit status and standard output of the request. Out: an Answer, or nothing where it is none.
 * Exact: what is not one of these lines, with the exit status that belongs to it, says nothing. A login banner or a broken line must not pass for "done".
 */
import { outerForm } from '../inventory/address.js';
import type { Answer } from '../model/updater.js';

/** Longer than any answer; what is longer is none. */
const MAX_TEXT = 200;
/** Longest wait that a fixed end can ask for, in seconds. */
const MAX_BUSY = 3600;

const SEQ = '(0|[1-9][0-9]{0,8})';
const ADDRESS = '([0-9]{1,3}(?:\\.[0-9]{1,3}){3})';
const line = (rest: string): RegExp => new RegExp(`^provision 1 ${rest}\\n?$`);

const DONE = line(`done ${SEQ} ${ADDRESS} (confirmed|unconfirmed)`);
const SAME = line(`same ${SEQ} ${ADDRESS}`);
const STALE = line(`stale ${SEQ}`);
const BUSY = line('busy ([0-9]{1,6})');
const SEEN = line(`seen ${ADDRESS} ${SEQ} ${ADDRESS}`);
const MET = line(`met ${SEQ} ${ADDRESS} ${ADDRESS}`);
const NOT = line('(refused|failed) ([a-z][a-z-]{0,31})');

function good(text: string): Answer | undefined {
  const done = DONE.exec(text);
  if (done !== null) return { kind: 'done', seq: Number(done[1]), address: done[2] ?? '', confirmed: done[3] === 'confirmed' };
  const same = SAME.exec(text);
  if (same !== null) return { kind: 'same', seq: Number(same[1]), address: same[2] ?? '' };
  const met = MET.exec(text);
  if (met !== null) return { kind: 'met', seq: Number(met[1]), address: met[2] ?? '', other: met[3] ?? '' };
  const seen = SEEN.exec(text);
  return seen === null ? undefined : { kind: 'seen', from: seen[1] ?? '', seq: Number(seen[2]), address: seen[3] ?? '' };
}

function bad(text: string): Answer | undefined {
  const stale = STALE.exec(text);
  if (stale !== null) return { kind: 'stale', seq: Number(stale[1]) };
  const busy = BUSY.exec(text);
  if (busy !== null) return { kind: 'busy', seconds: Math.min(Math.max(Number(busy[1]), 1), MAX_BUSY) };
  const not = NOT.exec(text);
  return not === null ? undefined : { kind: not[1] === 'failed' ? 'failed' : 'refused', code: not[2] ?? '' };
}

/** Whether every address in the answer is one that a host can have. */
function sound(answer: Answer): boolean {
  if (answer.kind === 'seen' && outerForm(answer.from) !== undefined) return false;
  if (answer.kind === 'met' && outerForm(answer.other) !== undefined) return false;
  return !('address' in answer) || outerForm(answer.address) === undefined;
}

/** @param exit - 0 belongs to done, same, met and seen, 1 to the others. @returns Nothing for what is no answer. */
export function parseAnswer(exit: number, text: string): Answer | undefined {
  if (text.length > MAX_TEXT) return undefined;
  const answer = exit === 0 ? good(text) : exit === 1 ? bad(text) : undefined;
  return answer !== undefined && sound(answer) ? answer : undefined;
}
