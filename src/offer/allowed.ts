/**
 * Who may sign: OpenSSH's `allowed_signers` file.
 *
 * In: the text of the file, the key that has signed, the time. Out: the principal whose key it is, that no line names it, or why its lines do not allow it.
 * A line whose options are not understood allows nothing. Source: ssh-keygen(1) "ALLOWED SIGNERS".
 */
import { readFileSync, realpathSync, statSync } from 'node:fs';
import { replaceFile } from '../files/write.js';
import { matchList } from '../ssh/pattern.js';
import { NAMESPACE } from './names.js';
import type { PublicKey } from './sshsig.js';

export type Allowed =
  | { readonly state: 'allowed'; readonly principal: string }
  | { readonly state: 'unknown' }
  /** Lines name the key, and none of them allows it now; one sentence each. */
  | { readonly state: 'refused'; readonly why: readonly string[] };

interface Line {
  readonly number: number;
  readonly principals: string;
  readonly options: string;
  readonly blob: string;
}

const KEY = /^(?:ssh-(?:ed25519|rsa)|ecdsa-sha2-nistp(?:256|384|521)) ([A-Za-z0-9+/]+={0,2})(?:[ \t]|$)/;

/** One field; blanks may stand inside double quotes. */
const FIELD = /^(?:"[^"]*"|[^ \t"])+/;

function readLine(raw: string, number: number): Line | undefined {
  const text = raw.trim().replace(/[ \t]+/g, ' ');
  if (text === '' || text.startsWith('#')) return undefined;
  const first = FIELD.exec(text)?.[0] ?? '';
  const rest = text.slice(first.length).trimStart();
  const bare = KEY.exec(rest);
  const options = bare === null ? (FIELD.exec(rest)?.[0] ?? '') : '';
  const blob = (bare ?? KEY.exec(rest.slice(options.length).trimStart()))?.[1];
  return blob === undefined ? undefined : { number, principals: first.replaceAll('"', ''), options, blob };
}

/** `YYYYMMDD[HHMM[SS]]` here, or in UTC with a Z behind it. Milliseconds; undefined where it is no time. */
export function readTime(text: string): number | undefined {
  const [, y, mo, d, h = '0', mi = '0', s = '0', z] = /^(\d{4})(\d\d)(\d\d)(?:(\d\d)(\d\d)(\d\d)?)?(Z?)$/.exec(text) ?? [];
  if (y === undefined || mo === undefined || d === undefined) return undefined;
  const parts = [Number(y), Number(mo) - 1, Number(d), Number(h), Number(mi), Number(s)] as const;
  const at = z === 'Z' ? Date.UTC(...parts) : new Date(...parts).getTime();
  const back = new Date(at);
  const same =
    z === 'Z' ? back.getUTCDate() === parts[2] && back.getUTCMonth() === parts[1] : back.getDate() === parts[2] && back.getMonth() === parts[1];
  return same && parts[3] < 24 && parts[4] < 60 && parts[5] < 61 ? at : undefined;
}

/** Why one option forbids the use of its line; undefined where it does not. */
function forbids(name: string, value: string | undefined, now: number): string | undefined {
  const at = value === undefined ? undefined : readTime(value);
  switch (name) {
    case 'namespaces':
      return matchList((value ?? '').split(','), NAMESPACE) ? undefined : `its namespaces do not hold ${NAMESPACE}`;
    case 'valid-after':
      return at !== undefined && now >= at ? undefined : at === undefined ? 'its valid-after is no time' : `it is valid only after ${value ?? ''}`;
    case 'valid-before':
      return at !== undefined && now < at ? undefined : at === undefined ? 'its valid-before is no time' : `it was valid only before ${value ?? ''}`;
    case 'cert-authority':
      return 'it is a certificate authority, and certificates are not taken here';
    default:
      return `its option ${name} is not known here`;
  }
}

function refusal({ options }: Line, now: number): string | undefined {
  let rest = options;
  while (rest !== '') {
    const [all = '', name = '', value] = /^([A-Za-z-]+)(?:="([^"]*)")?(?:,|$)/.exec(rest) ?? [];
    if (all === '') return 'its options cannot be read';
    const why = forbids(name.toLowerCase(), value, now);
    if (why !== undefined) return why;
    rest = rest.slice(all.length);
  }
  return undefined;
}

/** @param now - Milliseconds since 1970. */
export function judgeSigner(text: string, key: PublicKey, now: number): Allowed {
  const blob = key.blob.toString('base64');
  const lines = text.split('\n').flatMap((raw, i) => readLine(raw, i + 1) ?? []);
  const mine = lines.filter((line) => line.blob === blob);
  if (mine.length === 0) return { state: 'unknown' };
  const judged = mine.map((line) => ({ line, why: refusal(line, now) }));
  const good = judged.find((j) => j.why === undefined);
  if (good !== undefined) return { state: 'allowed', principal: good.line.principals.split(',')[0] ?? '' };
  return { state: 'refused', why: judged.map(({ line, why }) => `line ${line.number}: ${why ?? ''}`) };
}

/** The line that lets a key sign offers and nothing else. */
export const signerLine = (principal: string, key: PublicKey): string =>
  `${principal} namespaces="${NAMESPACE}" ${key.type} ${key.blob.toString('base64')}`;

/** Empty where the file is not there. @throws the system's error where it cannot be read. */
export function readSigners(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
}

/** Whole or not at all; a link is followed, and the mode of the file is kept. @throws the system's error; the file is as it was then. */
export function addSigner(file: string, line: string): void {
  const before = readSigners(file);
  const path = before === '' ? file : realpathSync(file);
  const text = `${before}${before === '' || before.endsWith('\n') ? '' : '\n'}${line}\n`;
  replaceFile(path, text, before === '' ? 0o600 : statSync(path).mode & 0o777);
}
