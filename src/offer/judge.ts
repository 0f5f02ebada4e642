/**
 * Whether a signed half may be taken now: it is of this time, newer than what was taken before, not mine, and crosses none of mine.
 *
 * In: the half, who has signed it, what is remembered of the link, the clock. Out: nothing, or the one reason why not. Pure.
 */
import { ProvisionError } from '../errors/error.js';
import type { Half } from './half.js';
import type { Memory } from './store.js';

export interface Judged {
  readonly half: Half;
  /** Fingerprint of the key that has signed it. */
  readonly signer: string;
  readonly memory: Memory;
  /** My open offer, where there is one. */
  readonly mine?: Half;
  /** The file in which my answer to this offer is kept, should there be one. */
  readonly answer?: string;
  /** Fingerprint of the key that I sign with. */
  readonly myKey?: string;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** Clocks of two operators may differ by so much. */
const SKEW_MS = 10 * 60_000;

type Code = 'OFFER_OWN' | 'OFFER_SIGNER' | 'OFFER_EXPIRED' | 'OFFER_OLD' | 'OFFER_CROSSED';

const refused = (code: Code, message: string, more: { why?: string; next?: string } = {}): ProvisionError =>
  new ProvisionError(code, message, { ...more, state: 'Nothing was changed.' });

const noun = (half: Half): string => (half.answers === undefined ? 'offer' : 'answer');

function checkOwner({ half, signer, memory, myKey }: Judged): void {
  const ids = [memory.mine?.id, ...memory.former];
  if (ids.includes(half.offer) || signer === myKey || signer === memory.mine?.key)
    throw refused('OFFER_OWN', `This ${noun(half)} for ${half.link} is your own.`, { why: `It is signed with your key ${signer}.` });
  const known = memory.accepted?.signer;
  if (known !== undefined && known !== signer)
    throw refused('OFFER_SIGNER', `${half.link} was agreed on with another key.`, {
      why: `It was ${known}; this ${noun(half)} is signed with ${signer}.`,
      next: `If the other operator really has a new key, run: provision offer ${half.link} --withdraw. Then accept it.`,
    });
}

function checkTime({ half, now, memory, answer }: Judged): void {
  const [made, expires] = [Date.parse(half.made), Date.parse(half.expires)];
  if (now >= expires)
    throw refused('OFFER_EXPIRED', `This ${noun(half)} for ${half.link} has expired.`, { why: `It was good until ${half.expires}.` });
  if (made > now + SKEW_MS)
    throw refused('OFFER_EXPIRED', `This ${noun(half)} for ${half.link} is of the future.`, {
      why: `It says that it was made at ${half.made}; here it is ${new Date(now).toISOString().slice(0, 19)}Z.`,
      next: 'Compare the clocks of both machines.',
    });
  const { accepted } = memory;
  if (accepted?.ids.includes(half.offer) === true)
    throw refused('OFFER_OLD', `This ${noun(half)} for ${half.link} was accepted already, at ${accepted.at}.`, {
      next:
        half.answers === undefined
          ? `Your answer to it is kept in ${answer ?? 'its folder'}: send that again, or ask for a new offer.`
          : 'There is nothing more to do with it.',
    });
  if (accepted !== undefined && made <= Date.parse(accepted.made))
    throw refused('OFFER_OLD', `This ${noun(half)} for ${half.link} is older than one that was accepted.`, {
      why: `It was made at ${half.made}, the other one at ${accepted.made}.`,
    });
}

/** An answer is taken for my open offer and for no other. */
function checkAnswer({ half, memory, mine, now }: Judged): void {
  const { state } = memory.mine ?? {};
  if (memory.former.includes(half.answers ?? '') || (memory.mine?.id === half.answers && state === 'withdrawn'))
    throw refused('OFFER_OLD', `This answer for ${half.link} is to an offer that you have taken back or replaced.`, {
      next: 'Send your newest offer.',
    });
  if (memory.mine?.id !== half.answers || mine === undefined)
    throw refused('OFFER_OLD', `This answer for ${half.link} is to no offer that was made here.`, {
      why: `It answers ${half.answers ?? ''}.`,
    });
  if (state === 'answered') throw refused('OFFER_OLD', `Your offer for ${half.link} was answered already.`);
  if (now >= Date.parse(mine.expires))
    throw refused('OFFER_EXPIRED', `Your offer for ${half.link} has expired.`, {
      why: `It was good until ${mine.expires}.`,
      next: `Make a new one: provision offer ${half.link}`,
    });
}

/** Which of two offers that cross is kept: the older one; of two of the same second that with the smaller id. Both operators find the same. */
export function kept(a: Half, b: Half): Half {
  if (a.made !== b.made) return Date.parse(a.made) < Date.parse(b.made) ? a : b;
  return a.offer < b.offer ? a : b;
}

function checkCrossing({ half, memory, mine, now }: Judged): void {
  if (mine === undefined || memory.mine?.state !== 'open' || now >= Date.parse(mine.expires)) return;
  const why = `Yours was made at ${mine.made}, theirs at ${half.made}. The older one is kept; of two of the same second the one with the smaller id.`;
  const message = `Two offers for ${half.link} cross: you have made one too.`;
  if (kept(mine, half) === mine)
    throw refused('OFFER_CROSSED', message, {
      why,
      next: `Yours is kept. The other operator runs: provision offer ${half.link} --withdraw, and accepts yours.`,
    });
  throw refused('OFFER_CROSSED', message, { why, next: `Theirs is kept. Run: provision offer ${half.link} --withdraw, then accept theirs.` });
}

/** @throws {ProvisionError} the first reason why it may not be taken. */
export function judge(judged: Judged): void {
  checkOwner(judged);
  checkTime(judged);
  if (judged.half.answers === undefined) checkCrossing(judged);
  else checkAnswer(judged);
}
