/**
 * What somebody asks the receiver or the meeting point of an updater for (docs/updater.md), and whether an address can be the other end's.
 *
 * In: the line and where it comes from. Out: a request, or the code with which it is refused.
 */
import type { AnsweringFile } from './receiver-file.js';

/** SSH_CONNECTION, taken apart. */
export interface Seen {
  readonly from: string;
  /** The address that was dialled. */
  readonly server: string;
}

export type Request =
  | { readonly kind: 'see' }
  /** At a meeting point only; `move` elsewhere only. */
  | { readonly kind: 'meet'; readonly seq: string }
  /** `theirs`: SSH itself comes from there. */
  | { readonly kind: 'move'; readonly seq: string; readonly address: string; readonly theirs: boolean; readonly given?: string };

export type Parsed = { readonly request: Request } | { readonly refused: string };

const refused = (code: string): Parsed => ({ refused: code });
const isNumber = (text: string): boolean => /^[0-9]{1,9}$/.test(text);

export function isIpv4(text: string): boolean {
  const parts = text.split('.');
  return parts.length === 4 && parts.every((p) => /^(?:0|[1-9][0-9]{0,2})$/.test(p) && Number(p) <= 255);
}

/** @param connection - Words of SSH_CONNECTION. What holds anything but digits, colons and dots is nobody. */
export function seenIn(connection: string): Seen {
  if (/[^0-9A-Fa-f.: ]/.test(connection)) return { from: 'nobody', server: '' };
  const words = connection.split(' ').filter(Boolean);
  const plain = (word = ''): string => word.replace(/^::ffff:/, '');
  return { from: plain(words[0]), server: plain(words[2]) };
}

/** Only the form: whether the address will do is asked later. */
export function parseRequest(asked: string, seen: Seen): Parsed {
  if (asked === '' || asked.length > 80 || /[^a-z0-9. ]/.test(asked)) return refused('request');
  const [name, version, verb, ...rest] = asked.split(' ').filter(Boolean);
  if (name !== 'provision') return refused('request');
  if (version !== '1') return refused('version');
  if (verb === 'see' && rest.length === 0) return { request: { kind: 'see' } };
  const [seq = '', given] = rest;
  if (verb === 'meet' && rest.length === 1 && isNumber(seq)) return { request: { kind: 'meet', seq } };
  if (verb !== 'move' || rest.length < 1 || rest.length > 2 || !isNumber(seq)) return refused('request');
  const theirs = given === undefined || given === seen.from;
  return { request: { kind: 'move', seq, address: theirs ? seen.from : given, theirs } };
}

const IN_USE_NOWHERE = /^(?:0|127|22[4-9]|23\d|24\d|25\d)\./;
const PRIVATE = /^(?:10\.|192\.168\.|169\.254\.|172\.(?:1[6-9]|2\d|3[01])\.|100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.)/;

/** Why this address cannot be the other end's. Undefined: it can. */
export function unfit(file: AnsweringFile, seen: Seen, address: string): string | undefined {
  if (!isIpv4(address)) return 'family';
  if ([file.local, ...file.own, seen.server].includes(address)) return 'own';
  if (IN_USE_NOWHERE.test(address)) return 'family';
  return PRIVATE.test(address) && !file.private ? 'private' : undefined;
}
