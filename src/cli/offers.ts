/**
 * What `offer` and `accept` share: the key that signs, times, files that come from others, and who may sign.
 *
 * In: a session and what was typed. Out: checked values. Files are read with a limit, and nothing of them is shown or parsed before its signature was good.
 */
import { lstatSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { clean } from '../errors/clean.js';
import { ProvisionError } from '../errors/error.js';
import { FileRefused, readSome } from '../files/read.js';
import { addSigner, judgeSigner, readSigners, signerLine } from '../offer/allowed.js';
import { type Envelope, LONGEST, notAnOffer, openEnvelope } from '../offer/envelope.js';
import { MOST_DAYS } from '../offer/half.js';
import type { Signer } from '../offer/signer.js';
import type { PublicKey } from '../offer/sshsig.js';
import type { Stamp } from '../offer/terms.js';
import { configFile, makeFolders, stateFolder } from '../report/folders.js';
import type { Session } from './session.js';
import type { OptionSpec, Typed } from './spec.js';

export const KEY: OptionSpec = {
  flags: '--key <file>',
  text: 'the SSH key that signs; with a passphrase: by the agent (default: ~/.ssh/id_ed25519)',
};
export const EXPIRES: OptionSpec = { flags: '--expires <time>', text: 'how long what is signed is good: 30m, 12h, 7d, 2w (default: 7d)' };

const nothing = { state: 'Nothing was changed.' } as const;

const UNITS: Readonly<Record<string, number>> = { m: 60, h: 3600, d: 86_400, w: 604_800 };

function secondsOf(text: unknown): number {
  const [, amount, unit] = /^([1-9]\d{0,4})([mhdw])$/.exec(typeof text === 'string' ? text : '7d') ?? [];
  const seconds = Number(amount) * (UNITS[unit ?? ''] ?? Number.NaN);
  if (seconds <= MOST_DAYS * 86_400) return seconds;
  throw new ProvisionError('USAGE', `--expires ${clean(String(text), { max: 40 })} is not a time up to ${MOST_DAYS} days.`, {
    ...nothing,
    next: 'Write for example 12h or 7d.',
  });
}

const second = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}Z`;

/** Id and times of what is signed now. */
export function stampOf(offer: string, { expires }: Typed['options'], answers?: string): Stamp {
  const now = Date.now();
  return { offer, made: second(now), expires: second(now + secondsOf(expires) * 1000), ...(answers === undefined ? {} : { answers }) };
}

/** @throws {ProvisionError} SSH_KEY with what to do. */
export async function signerOf({ io }: Session, { key }: Typed['options']): Promise<Signer> {
  const { openSigner } = await import('../offer/signer.js');
  const path = typeof key === 'string' ? resolve(io.cwd, key) : join(io.env.HOME ?? homedir(), '.ssh', 'id_ed25519');
  return openSigner(path, io.env.SSH_AUTH_SOCK);
}

/** The folder of what is remembered of offers, made where it is missing. */
export function offersFolder(session: Session): string {
  const folder = stateFolder(session.io.env, 'offers');
  makeFolders(folder, 0o700);
  return folder;
}

/** @throws {ProvisionError} USAGE where it cannot be read; OFFER_INVALID where it is none. */
export function readEnvelope(file: string): Envelope {
  const read = (path: string): Buffer => {
    try {
      return readSome(path, { most: LONGEST });
    } catch (cause) {
      if (cause instanceof FileRefused) throw notAnOffer(`${path} is not a regular file.`);
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new ProvisionError('USAGE', `${path} cannot be read.`, {
        why,
        ...nothing,
        next: 'Give the file that the other operator has sent.',
        cause,
      });
    }
  };
  const bytes = read(file);
  let beside: Buffer | undefined;
  try {
    beside = readSome(`${file}.sig`, { most: LONGEST });
  } catch {
    // No such file is the usual case: the signature stands below the text.
  }
  return openEnvelope(bytes, beside);
}

export interface Trusted {
  /** Undefined for a key that was taken just now: its name stands in the text, which nobody has read yet. */
  readonly principal?: string;
  readonly file: string;
}

const shortFile = (file: string): string => clean(file, { max: 200 });

/** A key that no line names: shown, and taken only by a person who can compare. --yes is no answer to this. */
async function askForKey(session: Session, key: PublicKey, file: string): Promise<void> {
  const kind = key.type.replace(/^ssh-|^ecdsa-sha2-/, '').toUpperCase();
  const compare = 'Compare it with the other operator by another way than the one the file came by; they see it with: ssh-keygen -lf KEY.pub';
  if (session.io.ask === undefined) {
    throw new ProvisionError('OFFER_SIGNER', `The file is signed with a key that is not known here: ${key.fingerprint} (${kind}).`, {
      why: `No line of ${shortFile(file)} names it, and there is no terminal to ask on.`,
      ...nothing,
      next: `${compare}. Then add this line: ${signerLine('NAME', key)}`,
    });
  }
  session.tell(`This key has signed, and no line of ${shortFile(file)} names it:\n  ${key.fingerprint} (${kind})\n${compare}`);
  if (await session.asks('Is it the key of the other operator?')) return;
  throw new ProvisionError('OFFER_SIGNER', `The key ${key.fingerprint} was not taken.`, {
    ...nothing,
    next: 'Ask the other operator which key is theirs.',
  });
}

/** @throws {ProvisionError} OFFER_SIGNER with the reason. */
export async function trustedSigner(session: Session, key: PublicKey, { allowedSigners }: Typed['options']): Promise<Trusted> {
  const { io } = session;
  const file = typeof allowedSigners === 'string' ? resolve(io.cwd, allowedSigners) : configFile(io.env, 'allowed_signers');
  let text: string;
  try {
    text = readSigners(file);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new ProvisionError('USAGE', `${file} cannot be read.`, { why, ...nothing, next: 'Give another with --allowed-signers FILE.', cause });
  }
  const found = judgeSigner(text, key, Date.now());
  if (found.state === 'allowed') return { principal: found.principal, file };
  if (found.state === 'unknown') {
    await askForKey(session, key, file);
    return { file };
  }
  throw new ProvisionError('OFFER_SIGNER', `${shortFile(file)} names the key ${key.fingerprint} and does not allow it to sign this.`, {
    why: `${found.why.join('; ')}.`,
    ...nothing,
    next: 'Mend that line, if the key is right.',
  });
}

/** Keeps a key that a person has just taken, under the name that its signed text gives. @returns The principal. */
export function keepSigner({ principal, file }: Trusted, key: PublicKey, name: string, link: string): string {
  if (principal !== undefined) return principal;
  makeFolders(dirname(file), 0o700);
  addSigner(file, `# for the link ${link}, ${new Date().toISOString().slice(0, 10)}, by provision accept\n${signerLine(name, key)}`);
  return name;
}

/** Of a file that is to be written and must not be there. */
export function refuseOverwriting(file: string): void {
  // What hangs in the air (a link to nothing) is there too.
  if (lstatSync(file, { throwIfNoEntry: false }) === undefined) return;
  throw new ProvisionError('USAGE', `${file} is there already, and nothing is overwritten.`, {
    ...nothing,
    next: 'Give another name with --output FILE.',
  });
}
