/** Fresh keys for simulated hosts and their clients; ed25519 ones are made in a millisecond, so every run has its own. */
import { createHash } from 'node:crypto';
import ssh2 from 'ssh2';

export interface KeyPair {
  /** OpenSSH private key text. */
  readonly privateKey: string;
  /** `ssh-ed25519 AAAA…`, without a comment. */
  readonly publicKey: string;
}

export type KeyType = 'ed25519' | 'rsa';

/** ssh2 drops a leading zero byte of the public half, one key in 256, and cannot read that key again: such a one is made anew. */
export function makeKey(type: KeyType = 'ed25519', comment = ''): KeyPair {
  const made = type === 'rsa' ? ssh2.utils.generateKeyPairSync(type, { bits: 2048, comment }) : ssh2.utils.generateKeyPairSync(type, { comment });
  if (ssh2.utils.parseKey(made.private) instanceof Error) return makeKey(type, comment);
  return { privateKey: made.private, publicKey: made.public.trim().split(' ').slice(0, 2).join(' ') };
}

/** `SHA256:…` of a public key line, as ssh-keygen -l shows it. */
export function fingerprint(publicKey: string): string {
  const blob = Buffer.from(publicKey.split(' ')[1] ?? '', 'base64');
  return `SHA256:${createHash('sha256').update(blob).digest('base64').replace(/=+$/, '')}`;
}
