/**
 * Signatures over a text as `ssh-keygen -Y sign` makes them.
 *
 * In: bytes, and a key or an armoured signature. Out: the armoured signature, or the key that has made it. Nothing is read or written here, and whether
 * that key may sign is judged elsewhere (allowed.ts). Source: OpenSSH PROTOCOL.sshsig.
 */
import { createHash, createPublicKey, type KeyObject, verify as verifyWith } from 'node:crypto';
import ssh2 from 'ssh2';
import { ProvisionError } from '../errors/error.js';
import { blobType, fingerprintOf } from '../ssh/knownhosts.js';
import { BEGIN, NAMESPACE } from './names.js';

const MAGIC = Buffer.from('SSHSIG', 'latin1');
const VERSION = 1;
const END = '-----END SSH SIGNATURE-----';
/** As ssh-keygen breaks its lines. */
const COLUMNS = 70;
const LEAST_RSA_BITS = 2048;

export interface PublicKey {
  /** As it goes over the wire. */
  readonly blob: Buffer;
  readonly type: string;
  /** `SHA256:…` */
  readonly fingerprint: string;
}

export function wireString(data: Buffer | string): Buffer {
  const body = Buffer.from(data);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(body.length);
  return Buffer.concat([length, body]);
}

/** A number of the SSH protocol: no leading zeros, and one where it would be negative otherwise. */
export function wireNumber(bytes: Buffer): Buffer {
  let at = 0;
  while (at < bytes.length - 1 && bytes[at] === 0) at += 1;
  const bare = bytes.subarray(at);
  return wireString((bare[0] ?? 0) & 0x80 ? Buffer.concat([Buffer.from([0]), bare]) : bare);
}

/** Length-prefixed fields one after another. Nothing may be left over: what nobody reads must not be there. */
class Fields {
  #at = 0;

  constructor(private readonly data: Buffer) {}

  bytes(length: number): Buffer {
    if (this.#at + length > this.data.length) throw new RangeError('it is cut short');
    this.#at += length;
    return this.data.subarray(this.#at - length, this.#at);
  }

  string(): Buffer {
    return this.bytes(this.bytes(4).readUInt32BE());
  }

  word(): string {
    return this.string().toString('latin1');
  }

  end(): void {
    if (this.#at !== this.data.length) throw new RangeError('there is more in it than belongs there');
  }
}

/** What the key really signs: the namespace and the digest, so that a signature for one purpose fits no other. */
export function signedBytes(message: Buffer, hash: string = 'sha512'): Buffer {
  const digest = createHash(hash).update(message).digest();
  return Buffer.concat([MAGIC, wireString(NAMESPACE), wireString(''), wireString(hash), wireString(digest)]);
}

/** @param signature - As the SSH protocol writes it: algorithm and value. */
export function armour(publicKey: Buffer, signature: Buffer): string {
  const version = Buffer.from([0, 0, 0, VERSION]);
  const fields = [publicKey, NAMESPACE, '', 'sha512', signature].map((field) => wireString(field));
  return armoured(Buffer.concat([MAGIC, version, ...fields]));
}

function armoured(blob: Buffer): string {
  const lines = blob.toString('base64').match(new RegExp(`.{1,${COLUMNS}}`, 'g')) ?? [];
  return `${[BEGIN, ...lines, END].join('\n')}\n`;
}

interface Parts {
  readonly publicKey: Buffer;
  readonly namespace: string;
  readonly hash: string;
  readonly algorithm: string;
  readonly value: Buffer;
}

function partsOf(text: string): Parts {
  const body = new RegExp(`^${BEGIN}\n([A-Za-z0-9+/=\n]+)\n${END}\n*$`).exec(text)?.[1] ?? '';
  const blob = Buffer.from(body.replaceAll('\n', ''), 'base64');
  // Base64 can be written in more ways than one; only the one that ssh-keygen writes is taken.
  if (armoured(blob) !== `${text.trimEnd()}\n`) throw new RangeError('it is not written as ssh-keygen writes it');
  const fields = new Fields(blob);
  if (!fields.bytes(MAGIC.length).equals(MAGIC)) throw new RangeError('it is no SSH signature');
  if (fields.bytes(4).readUInt32BE() !== VERSION) throw new RangeError('it is of another version');
  const publicKey = Buffer.from(fields.string());
  const namespace = fields.word();
  if (fields.string().length > 0) throw new RangeError('a field that must be empty is not');
  const hash = fields.word();
  const signature = new Fields(fields.string());
  fields.end();
  const parts = { publicKey, namespace, hash, algorithm: signature.word(), value: Buffer.from(signature.string()) };
  signature.end();
  return parts;
}

/** Which algorithms a key of that type signs with; SHA-1 is none of them. */
const ALGORITHMS: Readonly<Record<string, readonly string[]>> = {
  'ssh-ed25519': ['ssh-ed25519'],
  'ssh-rsa': ['rsa-sha2-512', 'rsa-sha2-256'],
  'ecdsa-sha2-nistp256': ['ecdsa-sha2-nistp256'],
  'ecdsa-sha2-nistp384': ['ecdsa-sha2-nistp384'],
  'ecdsa-sha2-nistp521': ['ecdsa-sha2-nistp521'],
};

/** Digest and bytes of a coordinate, by algorithm. */
const DIGEST: Readonly<Record<string, readonly [digest: string | null, bytes: number]>> = {
  'ssh-ed25519': [null, 0],
  'rsa-sha2-512': ['sha512', 0],
  'rsa-sha2-256': ['sha256', 0],
  'ecdsa-sha2-nistp256': ['sha256', 32],
  'ecdsa-sha2-nistp384': ['sha384', 48],
  'ecdsa-sha2-nistp521': ['sha512', 66],
};

export const signsWith = (type: string): string | undefined => ALGORITHMS[type]?.[0];
export const digestOf = (algorithm: string): string | null => DIGEST[algorithm]?.[0] ?? null;

/** Two numbers of the SSH protocol as the two fixed-width halves that node:crypto takes. */
function halves(value: Buffer, bytes: number): Buffer {
  const fields = new Fields(value);
  const numbers = [fields.string(), fields.string()].map((number) => {
    const bare = number[0] === 0 ? number.subarray(1) : number;
    if (bare.length > bytes) throw new RangeError('a number in it is too large');
    return Buffer.concat([Buffer.alloc(bytes - bare.length), bare]);
  });
  fields.end();
  return Buffer.concat(numbers);
}

/** A public key as OpenSSH writes it. What is read loosely (a curve's second name, a point in another form) would give one key two fingerprints. */
function wireKey(type: string, key: KeyObject): Buffer {
  const { x = '', y = '', e = '', n = '' } = key.export({ format: 'jwk' });
  const bytes = (text: string): Buffer => Buffer.from(text, 'base64url');
  if (type === 'ssh-ed25519') return Buffer.concat([wireString(type), wireString(bytes(x))]);
  if (type === 'ssh-rsa') return Buffer.concat([wireString(type), wireNumber(bytes(e)), wireNumber(bytes(n))]);
  const point = Buffer.concat([Buffer.from([4]), bytes(x), bytes(y)]);
  return Buffer.concat([wireString(type), wireString(type.replace(/^ecdsa-sha2-/, '')), wireString(point)]);
}

function isGood({ publicKey, hash, algorithm, value }: Parts, type: string, message: Buffer): boolean {
  const parsed = ssh2.utils.parseKey(`${type} ${publicKey.toString('base64')}`);
  if (parsed instanceof Error) throw new RangeError('the key in it cannot be read');
  const key = createPublicKey(parsed.getPublicPEM());
  if (!wireKey(type, key).equals(publicKey)) throw new RangeError('the key in it is not written as ssh-keygen writes it');
  if ((key.asymmetricKeyDetails?.modulusLength ?? LEAST_RSA_BITS) < LEAST_RSA_BITS)
    throw new RangeError(`its RSA key has less than ${LEAST_RSA_BITS} bits`);
  const [digest, bytes] = DIGEST[algorithm] ?? [null, 0];
  const signature = bytes === 0 ? value : halves(value, bytes);
  return verifyWith(digest, signedBytes(message, hash), { key, dsaEncoding: 'ieee-p1363' }, signature);
}

function bad(why: string): ProvisionError {
  return new ProvisionError('OFFER_SIGNATURE', 'The signature does not fit the text: one of the two was changed, or it was made with another key.', {
    why,
    state: 'Nothing of the text was used.',
  });
}

/**
 * The key that has signed exactly these bytes.
 *
 * @param text - The armoured signature.
 * @throws {ProvisionError} OFFER_SIGNATURE with the reason.
 */
export function verify(message: Buffer, text: string): PublicKey {
  try {
    const parts = partsOf(text);
    const type = blobType(parts.publicKey) ?? 'unknown';
    if (parts.namespace !== NAMESPACE) throw new RangeError(`it was made for something else than ${NAMESPACE}`);
    if (parts.hash !== 'sha512' && parts.hash !== 'sha256') throw new RangeError('its digest is neither sha512 nor sha256');
    if (ALGORITHMS[type]?.includes(parts.algorithm) !== true) throw new RangeError('keys or algorithms of that kind are not taken here');
    if (!isGood(parts, type, message)) throw new RangeError('it is not the signature of this text by that key');
    return { blob: parts.publicKey, type, fingerprint: fingerprintOf(parts.publicKey) };
  } catch (error) {
    throw bad(error instanceof RangeError ? `${error.message}.` : 'it cannot be checked.');
  }
}
