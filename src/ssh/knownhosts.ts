/**
 * The known_hosts format: parse, match, judge a key, write a line. Pure; hostkey.ts does the reading and writing of files.
 *
 * In: the text of a file. Out: entries with file and line, so that an error can name the place. Lines that are not
 * understood are left out, as ssh does. Source: sshd(8) "SSH_KNOWN_HOSTS FILE FORMAT".
 */
import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { matchList } from './pattern.js';

export interface KnownHost {
  readonly file: string;
  readonly line: number;
  readonly marker: 'none' | 'revoked' | 'cert-authority';
  /** The first field as written: patterns separated by commas, or `|1|salt|hash`. */
  readonly names: string;
  readonly type: string;
  /** The public key as it goes over the wire. */
  readonly blob: Buffer;
}

/** What known_hosts says about the key that a host shows. */
export type Verdict =
  | { readonly verdict: 'known'; readonly entry: KnownHost }
  | { readonly verdict: 'revoked'; readonly entry: KnownHost }
  | { readonly verdict: 'changed'; readonly entry: KnownHost }
  | { readonly verdict: 'unknown' };

/** The key type that stands at the start of a public key blob, or undefined where the blob is broken. */
export function blobType(blob: Buffer): string | undefined {
  if (blob.length < 4) return undefined;
  const length = blob.readUInt32BE(0);
  if (length === 0 || length > 64 || blob.length < 4 + length) return undefined;
  const type = blob.toString('latin1', 4, 4 + length);
  return /^[a-z0-9@.-]+$/.test(type) ? type : undefined;
}

/** `SHA256:` and base64 without padding, as ssh-keygen -l prints it. */
export function fingerprintOf(blob: Buffer): string {
  return `SHA256:${createHash('sha256').update(blob).digest('base64').replace(/=+$/, '')}`;
}

function decodeKey(type: string, base64: string): Buffer | undefined {
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(base64)) return undefined;
  const blob = Buffer.from(base64, 'base64');
  return blobType(blob) === type ? blob : undefined;
}

function parseLine(raw: string, file: string, line: number): KnownHost | undefined {
  const fields = raw.split(/[ \t]+/).filter((f) => f !== '');
  let marker: KnownHost['marker'] = 'none';
  if (fields[0] === '@revoked') marker = 'revoked';
  else if (fields[0] === '@cert-authority') marker = 'cert-authority';
  else if (fields[0]?.startsWith('@') === true) return undefined;
  const [names, type, base64] = marker === 'none' ? fields : fields.slice(1);
  if (names === undefined || type === undefined || base64 === undefined || names.startsWith('#')) return undefined;
  const blob = decodeKey(type, base64);
  return blob && { file, line, marker, names, type, blob };
}

/** All entries of one known_hosts file that can be understood; comments, SSH-1 keys and broken lines are left out. */
export function parseKnownHosts(text: string, file: string): KnownHost[] {
  const entries: KnownHost[] = [];
  text.split('\n').forEach((raw, index) => {
    const entry = parseLine(raw.replace(/\r$/, ''), file, index + 1);
    if (entry) entries.push(entry);
  });
  return entries;
}

function hashMatches(names: string, host: string): boolean {
  const [, version, salt, hash] = names.split('|');
  if (version !== '1' || !salt || !hash) return false;
  const want = Buffer.from(hash, 'base64');
  const have = createHmac('sha1', Buffer.from(salt, 'base64')).update(host).digest();
  return want.length === have.length && timingSafeEqual(want, have);
}

/** The name of a host in known_hosts: `[host]:port` where the port is not 22. */
export function knownHostsName(host: string, port: number): string {
  return port === 22 ? host : `[${host}]:${port}`;
}

/** True if the entry speaks of `host` (a name as {@link knownHostsName} gives it; case does not count). */
export function speaksOf(entry: KnownHost, host: string): boolean {
  const lower = host.toLowerCase();
  if (entry.names.startsWith('|')) return hashMatches(entry.names, lower) || (lower !== host && hashMatches(entry.names, host));
  return matchList(entry.names.toLowerCase().split(','), lower);
}

/**
 * Judges a host's key. The names are asked in order and the first one that has any entry decides, so what is kept under the
 * inventory name counts before what is kept under an address that may have been somebody else's.
 * A revoked key is revoked under any of the names.
 */
export function judge(entries: readonly KnownHost[], names: readonly string[], blob: Buffer): Verdict {
  const revoked = entries.find((e) => e.marker === 'revoked' && e.blob.equals(blob) && names.some((n) => speaksOf(e, n)));
  if (revoked) return { verdict: 'revoked', entry: revoked };
  for (const name of names) {
    const mine = entries.filter((e) => e.marker === 'none' && speaksOf(e, name));
    const same = mine.find((e) => e.blob.equals(blob));
    if (same) return { verdict: 'known', entry: same };
    // The line to show is the one of the same type, where there is one.
    const other = mine.find((e) => e.type === blobType(blob)) ?? mine[0];
    if (other) return { verdict: 'changed', entry: other };
  }
  return { verdict: 'unknown' };
}

/** The types known for the first of the names that has any, in the order of the files. */
export function knownTypes(entries: readonly KnownHost[], names: readonly string[]): string[] {
  for (const name of names) {
    const types = entries.filter((e) => e.marker === 'none' && speaksOf(e, name)).map((e) => e.type);
    if (types.length > 0) return [...new Set(types)];
  }
  return [];
}

/** One line for known_hosts, without newline. Hashed if asked, or if the name holds anything that known_hosts would read as syntax. */
export function formatKnownHost(name: string, blob: Buffer, hashed: boolean): string {
  const key = `${blobType(blob) ?? 'unknown'} ${blob.toString('base64')}`;
  const plain = name.toLowerCase();
  if (!hashed && /^(\[[a-z0-9.:%_-]+\]:\d+|[a-z0-9_][a-z0-9.:%_-]*)$/.test(plain)) return `${plain} ${key}`;
  const salt = randomBytes(20);
  return `|1|${salt.toString('base64')}|${createHmac('sha1', salt).update(plain).digest('base64')} ${key}`;
}
