/**
 * The file that travels: a YAML text and, below it, the signature of exactly those bytes.
 *
 * In: bytes of unknown origin. Out: the two parts, cut apart and not looked into. A signature may stand in a file of its own beside it (`FILE.sig`), as
 * ssh-keygen writes it.
 */
import { ProvisionError } from '../errors/error.js';
import { BEGIN } from './names.js';

/** A half of a table has some hundred bytes; what is larger is none. */
export const LONGEST = 16 * 1024;

export interface Envelope {
  /** What is signed: the YAML, byte for byte. */
  readonly text: Buffer;
  readonly signature: string;
}

export function notAnOffer(message: string, why?: string, next?: string): ProvisionError {
  return new ProvisionError('OFFER_INVALID', message, {
    state: 'Nothing was changed.',
    ...(why === undefined ? {} : { why }),
    ...(next === undefined ? {} : { next }),
  });
}

/** Mail programs and editors may end every line with CR and LF: those are not what was signed. One CR alone is a changed byte. */
function unixLines(bytes: Buffer): Buffer {
  const text = bytes.toString('latin1');
  return /^(?:[^\r\n]*\r\n)+$/.test(text) ? Buffer.from(text.replaceAll('\r\n', '\n'), 'latin1') : bytes;
}

/** @param beside - The content of `FILE.sig`, where there is one. @throws {ProvisionError} OFFER_INVALID */
export function openEnvelope(bytes: Buffer, beside?: Buffer): Envelope {
  if (bytes.length > LONGEST || (beside?.length ?? 0) > LONGEST)
    throw notAnOffer(`The file is longer than ${LONGEST / 1024} KiB, so it is no offer.`);
  const whole = unixLines(bytes);
  const at = whole.indexOf(`\n${BEGIN}\n`, 0, 'latin1');
  if (at !== -1) return { text: whole.subarray(0, at + 1), signature: whole.subarray(at + 1).toString('latin1') };
  if (beside !== undefined) return { text: whole, signature: unixLines(beside).toString('latin1') };
  throw notAnOffer(
    'The file has no signature.',
    `There is no line ${BEGIN} in it and no file of the same name with .sig beside it.`,
    'Ask for the whole file, as provision offer has written it.',
  );
}

export const sealed = (text: Buffer, signature: string): string => `${text.toString('utf8')}${signature}`;
