/**
 * Reads what the shell sends back (docs/wire.md), as it comes.
 *
 * In: chunks of bytes, cut anywhere. Out: events. Everything is hostile: lengths and lines are bounded, a line that is not
 * of the protocol ends the reading with `broken`. What comes before the first mark is noise and is kept, bounded, for messages.
 */
import type { CallRecord, Verb } from '../model/wire.js';

export type WireEvent =
  | { readonly type: 'hello'; readonly version: number }
  | { readonly type: 'fail'; readonly word: string; readonly text: string }
  | { readonly type: 'begin'; readonly id: string }
  | { readonly type: 'record'; readonly record: CallRecord }
  | { readonly type: 'end'; readonly phase: number; readonly status: 'done' }
  | { readonly type: 'end'; readonly phase: number; readonly status: 'failed'; readonly id: string }
  /** The protocol was violated; nothing more is read. `why` is our sentence, without the host's text. */
  | { readonly type: 'broken'; readonly why: string };

/** Most bytes of one stream that a record may carry. */
export const STREAM_LIMIT = 65536;
const LINE_LIMIT = 1024;
const NOISE_LIMIT = 4096;
const NUMBER = /^(?:0|[1-9][0-9]{0,14})$/;
const ID = /^[A-Za-z0-9][A-Za-z0-9._:-]{0,199}$/;
/** Verbs whose record says whether anything was changed. */
const CHANGING: ReadonlySet<Verb> = new Set(['put', 'block', 'remove', 'arm', 'agree', 'settle', 'disarm', 'release']);
const VERBS: ReadonlySet<string> = new Set<Verb>([
  'probe',
  'run',
  'try',
  'prove',
  'look',
  'put',
  'block',
  'remove',
  'arm',
  'join',
  'agree',
  'settle',
  'disarm',
  'held',
  'release',
]);

interface Head {
  readonly id: string;
  readonly verb: Verb;
  readonly exit: number;
  readonly outSent: number;
  readonly errSent: number;
  readonly outTotal: number;
  readonly errTotal: number;
  readonly flag: string;
}

const isVerb = (word: string): word is Verb => VERBS.has(word);

export class RecordReader {
  readonly #mark: string;
  #state: 'noise' | 'line' | 'body' | 'broken' = 'noise';
  /** The unfinished line, or the last bytes of the noise. */
  #pending: Buffer = Buffer.alloc(0);
  #noise = '';
  #head: Head | undefined;
  #body: Uint8Array = new Uint8Array(0);
  #filled = 0;

  /** @param mark - The run's random mark. */
  constructor(mark: string) {
    this.#mark = `${mark} `;
  }

  /** What came before the first mark, at most 4 KiB, raw: clean it before printing. */
  get noise(): string {
    return this.#noise;
  }

  /** Takes the next bytes. @returns the events that are complete now, in order. */
  feed(chunk: Uint8Array): WireEvent[] {
    const events: WireEvent[] = [];
    let rest: Buffer = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    while (rest.length > 0 && this.#state !== 'broken') {
      if (this.#state === 'noise') rest = this.#readNoise(rest);
      else if (this.#state === 'line') rest = this.#readLine(rest, events);
      else rest = this.#readBody(rest, events);
    }
    return events;
  }

  #readNoise(chunk: Buffer): Buffer {
    const all = Buffer.concat([this.#pending, chunk]);
    const at = all.indexOf(this.#mark, 0, 'latin1');
    const taken = at === -1 ? Math.max(0, all.length - this.#mark.length + 1) : at;
    if (this.#noise.length < NOISE_LIMIT) {
      this.#noise += all.subarray(0, Math.min(taken, NOISE_LIMIT - this.#noise.length)).toString('latin1');
    }
    if (at === -1) {
      this.#pending = Buffer.from(all.subarray(taken));
      return Buffer.alloc(0);
    }
    this.#pending = Buffer.alloc(0);
    this.#state = 'line';
    return all.subarray(at);
  }

  #readLine(chunk: Buffer, events: WireEvent[]): Buffer {
    const at = chunk.indexOf(0x0a);
    const part = at === -1 ? chunk : chunk.subarray(0, at);
    if (this.#pending.length + part.length > LINE_LIMIT) return this.#break('a line of the host is too long', events);
    this.#pending = Buffer.concat([this.#pending, part]);
    if (at === -1) return Buffer.alloc(0);
    const line = this.#pending.toString('latin1');
    this.#pending = Buffer.alloc(0);
    const event = line.startsWith(this.#mark) ? this.#parse(line.slice(this.#mark.length)) : undefined;
    if (event === undefined) return this.#break('a line of the host is not one of the protocol', events);
    if (event !== 'body') events.push(event);
    return chunk.subarray(at + 1);
  }

  #readBody(chunk: Buffer, events: WireEvent[]): Buffer {
    const part = chunk.subarray(0, this.#body.length - this.#filled);
    this.#body.set(part, this.#filled);
    this.#filled += part.length;
    if (this.#filled < this.#body.length || this.#head === undefined) return chunk.subarray(part.length);
    if (this.#body.at(-1) !== 0x0a) return this.#break('a record is not as long as it says', events);
    events.push({ type: 'record', record: toRecord(this.#head, this.#body) });
    this.#head = undefined;
    this.#state = 'line';
    return chunk.subarray(part.length);
  }

  #break(why: string, events: WireEvent[]): Buffer {
    this.#state = 'broken';
    events.push({ type: 'broken', why });
    return Buffer.alloc(0);
  }

  #parse(line: string): WireEvent | 'body' | undefined {
    const [kind, ...words] = line.split(' ');
    if (kind === 'record') {
      this.#head = parseHead(words);
      if (this.#head === undefined) return undefined;
      this.#body = new Uint8Array(this.#head.outSent + this.#head.errSent + 1);
      this.#filled = 0;
      this.#state = 'body';
      return 'body';
    }
    return parseLine(kind, words);
  }
}

function parseLine(kind: string | undefined, words: readonly string[]): WireEvent | undefined {
  const [first = '', second = '', third = ''] = words;
  if (kind === 'hello' && words.length === 1 && NUMBER.test(first)) return { type: 'hello', version: Number(first) };
  if (kind === 'fail' && /^[a-z]{1,32}$/.test(first)) return { type: 'fail', word: first, text: words.slice(1).join(' ') };
  if (kind === 'begin' && words.length === 1 && ID.test(first)) return { type: 'begin', id: first };
  if (kind !== 'end' || words.length !== 3 || !/^[0-9]{4}$/.test(first)) return undefined;
  const phase = Number(first);
  if (second === 'done' && third === '-') return { type: 'end', phase, status: 'done' };
  if (second === 'failed' && ID.test(third)) return { type: 'end', phase, status: 'failed', id: third };
  return undefined;
}

function parseHead(words: readonly string[]): Head | undefined {
  const [id = '', verb = '', ...rest] = words;
  const flag = rest.pop() ?? '';
  if (rest.length !== 5 || !ID.test(id) || !isVerb(verb) || !rest.every((word) => NUMBER.test(word))) return undefined;
  const [exit = 0, outSent = 0, errSent = 0, outTotal = 0, errTotal = 0] = rest.map(Number);
  if (exit > 65535 || !bounded(outSent, outTotal) || !bounded(errSent, errTotal) || !flagFits(verb, flag)) return undefined;
  return { id, verb, exit, outSent, errSent, outTotal, errTotal, flag };
}

const bounded = (sent: number, total: number): boolean => sent === Math.min(total, STREAM_LIMIT);

function flagFits(verb: Verb, flag: string): boolean {
  if (verb === 'prove') return flag === 'matched' || flag === 'unmatched';
  return CHANGING.has(verb) ? flag === 'changed' || flag === 'same' : flag === '-';
}

function toRecord(head: Head, body: Uint8Array): CallRecord {
  return {
    id: head.id,
    verb: head.verb,
    exit: head.exit,
    // Two views of the one array, which was made for this record.
    stdout: body.subarray(0, head.outSent),
    stderr: body.subarray(head.outSent, head.outSent + head.errSent),
    stdoutTotal: head.outTotal,
    stderrTotal: head.errTotal,
    ...(head.flag === 'changed' || head.flag === 'same' ? { changed: head.flag === 'changed' } : {}),
    ...(head.verb === 'prove' ? { matched: head.flag === 'matched' } : {}),
  };
}
