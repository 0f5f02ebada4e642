/**
 * Tells the fixed end, or the meeting point, the present address: one wish, one number, and as many questions as its answer demands (two at most).
 *
 * In: the wish. Out: told, or why not. The wish stands in the state file before the first byte is sent, and goes from there only by an answer.
 */
import { clean } from '../errors/clean.js';
import { ProvisionError } from '../errors/error.js';
import type { Answer } from '../model/updater.js';
import { parseAnswer } from './answer.js';
import { askedOf, type Desk } from './machine.js';
import type { UpdaterState } from './state.js';

export type Told =
  /** `other`: where the meeting point has seen the other end last. */
  | { readonly kind: 'told'; readonly done: boolean; readonly confirmed: boolean; readonly seen?: string; readonly other?: string }
  | { readonly kind: 'busy'; readonly seconds: number }
  | { readonly kind: 'failed'; readonly error: ProvisionError }
  /** A newer wish has come, or the program ends. */
  | { readonly kind: 'abandoned' };

type Wish = NonNullable<UpdaterState['pending']>;

/** 1 to 9 digits (docs/updater.md). */
const MAX_SEQ = 999_999_999;

function refusal(desk: Desk, message: string, why?: string): Told {
  const { link } = desk.config;
  const peer = askedOf(desk);
  const next = `It is asked again. See the log of ${peer} (logger, daemon.notice) and receiver.log of ${link} there.`;
  return { kind: 'failed', error: new ProvisionError('UPDATER_REFUSED', message, { host: peer, ...(why === undefined ? {} : { why }), next }) };
}

const WHY: Readonly<Record<string, string>> = {
  request: 'it did not understand the request',
  version: 'it speaks another version',
  family: 'our address is no IPv4 address of a host',
  private: 'our address is private and its own is not',
  own: 'our address is its own, or an inner one',
  given: 'it takes no address from a request on this link',
  point: 'it could not change its outer addresses',
  boot: 'it could not write its boot files',
  unconfirmed: 'no ping came back through the tunnel',
};

/** The same wish keeps its number, so that an answer that was lost can be given again. */
function wishFor(desk: Desk, address: string | undefined, changed: boolean): Wish {
  const { pending, seq } = desk.memory.state;
  if (pending !== undefined && pending.address === address) return { ...pending, changed: pending.changed || changed };
  const since = desk.machine.now();
  return { ...(address === undefined ? {} : { address }), seq: seq + 1, since, changed: changed || pending?.changed === true };
}

type Heard = Answer | { readonly kind: 'nothing'; readonly told: Told };

async function askOnce(desk: Desk, wish: Wish, signal: AbortSignal): Promise<Heard> {
  try {
    const { exit, text } = await desk.machine.ask(`provision 1 ${desk.config.via === undefined ? 'move' : 'meet'} ${wish.seq}`, wish.address, signal);
    const answer = parseAnswer(exit, text);
    if (answer !== undefined) return answer;
    const why = `exit status ${exit}, output: ${clean(text.trim(), { max: 200 }) || 'none'}`;
    return { kind: 'nothing', told: refusal(desk, `${askedOf(desk)} gave no answer that is one.`, why) };
  } catch (error) {
    if (signal.aborted) return { kind: 'nothing', told: { kind: 'abandoned' } };
    if (error instanceof ProvisionError) return { kind: 'nothing', told: { kind: 'failed', error } };
    throw error;
  }
}

/** What an answer means for this wish. A number: ask once more with this one. */
function judged(desk: Desk, wish: Wish, heard: Heard, first: boolean): Told | number {
  const peer = askedOf(desk);
  switch (heard.kind) {
    case 'nothing':
      return heard.told;
    case 'busy':
      return { kind: 'busy', seconds: heard.seconds };
    case 'refused':
    case 'failed':
      return refusal(
        desk,
        `${peer} ${heard.kind === 'failed' ? 'failed, and uses the old address' : 'refused the request'}.`,
        WHY[heard.code] ?? heard.code,
      );
    case 'stale':
      return heard.seq >= wish.seq ? heard.seq + 1 : refusal(desk, `${peer} named a number that we have passed: ${heard.seq}.`);
    case 'seen':
      return refusal(desk, `${peer} answered another question.`);
    case 'done':
    case 'same':
    case 'met': {
      if ((heard.kind === 'met') !== (desk.config.via !== undefined)) return refusal(desk, `${peer} answered another question.`);
      if (heard.seq !== wish.seq) return refusal(desk, `${peer} answered another request: ${heard.seq}.`);
      const other = wish.address !== undefined && heard.address !== wish.address;
      // Most likely our number was used before our state was lost, and this is the answer of then. With a fresh number it is how the other end sees us.
      if (other && first) return wish.seq + 1;
      const confirmed = heard.kind === 'done' && heard.confirmed;
      const met = heard.kind === 'met' ? { other: heard.other } : {};
      return { kind: 'told', done: heard.kind === 'done', confirmed, ...met, ...(wish.address === heard.address ? {} : { seen: heard.address }) };
    }
  }
}

/**
 * @param address - Own address that moves; absent: the fixed end sees it.
 * @param changed - The own end has just been changed for this.
 * @throws what is a bug only.
 */
export async function tell(desk: Desk, address: string | undefined, changed: boolean, signal: AbortSignal): Promise<Told> {
  let wish = wishFor(desk, address, changed);
  for (const first of [true, false]) {
    if (signal.aborted) return { kind: 'abandoned' };
    if (wish.seq > MAX_SEQ) return refusal(desk, 'The request numbers are used up.', 'run on the controller: provision updater install');
    desk.memory.set({ seq: wish.seq, pending: wish });
    const verdict = judged(desk, wish, await askOnce(desk, wish, signal), first);
    if (typeof verdict !== 'number') return verdict;
    wish = { ...wish, seq: verdict };
  }
  if (wish.seq <= MAX_SEQ) desk.memory.set({ seq: wish.seq, pending: wish });
  return refusal(desk, `${askedOf(desk)} has carried out later requests than ours, twice.`);
}
