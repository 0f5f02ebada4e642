/**
 * Which algorithms are offered to a host.
 *
 * In: whether the host is marked `legacy`, what ssh_config says, and which host key types are already known. Out: ssh2's lists.
 * ssh2 offers SHA-1 by default; we do not, as OpenSSH since 8.8. What is known comes first among the host key types: a host with two
 * keys would otherwise show the one that nobody has recorded and look changed.
 */
import { getCiphers, getHashes } from 'node:crypto';
import type { Algorithms } from 'ssh2';
import { matchList } from './pattern.js';

/** Lists of ssh_config (`a,b`, `+a`, `-a`, `^a`), as written. */
export interface AlgorithmRules {
  readonly kex?: string;
  readonly hostKey?: string;
  readonly cipher?: string;
  readonly mac?: string;
}

type Lists = Readonly<Record<keyof AlgorithmRules, readonly string[]>>;

const MODERN: Lists = {
  kex: [
    'curve25519-sha256',
    'curve25519-sha256@libssh.org',
    'ecdh-sha2-nistp256',
    'ecdh-sha2-nistp384',
    'ecdh-sha2-nistp521',
    'diffie-hellman-group-exchange-sha256',
    'diffie-hellman-group16-sha512',
    'diffie-hellman-group18-sha512',
    'diffie-hellman-group14-sha256',
  ],
  hostKey: ['ssh-ed25519', 'ecdsa-sha2-nistp256', 'ecdsa-sha2-nistp384', 'ecdsa-sha2-nistp521', 'rsa-sha2-512', 'rsa-sha2-256'],
  cipher: ['aes128-gcm@openssh.com', 'aes256-gcm@openssh.com', 'chacha20-poly1305@openssh.com', 'aes128-ctr', 'aes192-ctr', 'aes256-ctr'],
  mac: ['hmac-sha2-256-etm@openssh.com', 'hmac-sha2-512-etm@openssh.com', 'hmac-sha2-256', 'hmac-sha2-512'],
};

/** What sshd of 2001 and 2002 speaks (OpenSSH 2.x and 3.x), and what is between. */
const LEGACY: Lists = {
  kex: ['diffie-hellman-group-exchange-sha1', 'diffie-hellman-group14-sha1', 'diffie-hellman-group1-sha1'],
  hostKey: ['ssh-rsa', 'ssh-dss'],
  cipher: ['aes256-cbc', 'aes192-cbc', 'aes128-cbc', '3des-cbc'].filter((c) =>
    getCiphers().includes(c === '3des-cbc' ? 'des-ede3-cbc' : c.replace('aes', 'aes-')),
  ),
  mac: ['hmac-sha1', 'hmac-sha1-96', 'hmac-md5', 'hmac-md5-96'].filter((m) => getHashes().includes(m.includes('md5') ? 'md5' : 'sha1')),
};

/**
 * Applies one algorithm list of ssh_config to ours. Names that are not among `supported` are passed over, as ssh does with those
 * it does not know; an empty answer means that nothing the person allows can be done.
 */
export function applyRule(rule: string | undefined, ours: readonly string[], supported: readonly string[]): string[] {
  if (rule === undefined) return [...ours];
  const sign = /^[+\-^]/.exec(rule)?.[0] ?? '';
  const patterns = rule.slice(sign.length).split(',');
  const named = patterns.flatMap((p) => supported.filter((s) => matchList([p], s)));
  if (sign === '-') return ours.filter((a) => !named.includes(a));
  const list = sign === '+' ? [...ours, ...named] : sign === '^' ? [...named, ...ours] : named;
  return [...new Set(list)];
}

const algorithmsOfType = (type: string): readonly string[] => (type === 'ssh-rsa' ? ['rsa-sha2-512', 'rsa-sha2-256', 'ssh-rsa'] : [type]);

/** Every list after ssh_config and `legacy`, before ordering by known host keys. */
export function allowedAlgorithms(rules: AlgorithmRules, legacy: boolean): Lists {
  const list = (which: keyof AlgorithmRules): string[] => {
    const all = [...MODERN[which], ...LEGACY[which]];
    const chosen = applyRule(rules[which], MODERN[which], all);
    return legacy ? [...new Set([...chosen, ...LEGACY[which]])] : chosen;
  };
  return { kex: list('kex'), hostKey: list('hostKey'), cipher: list('cipher'), mac: list('mac') };
}

/**
 * The lists for ssh2.
 *
 * @param types - Host key types already known for this host, best first; empty where nothing is known.
 * @param skipped - Host key types not to ask for.
 */
export function algorithmsFor(rules: AlgorithmRules, legacy: boolean, types: readonly string[], skipped: readonly string[] = []): Algorithms {
  const lists = allowedAlgorithms(rules, legacy);
  const known = types.flatMap(algorithmsOfType).filter((a) => lists.hostKey.includes(a));
  const unwanted = skipped.flatMap(algorithmsOfType);
  const serverHostKey = [...new Set([...known, ...lists.hostKey])].filter((a) => !unwanted.includes(a));
  // ssh2's type lists lag behind what its code takes; the names above are all in its lib/protocol/constants.js.
  return { kex: lists.kex, serverHostKey, cipher: lists.cipher, hmac: lists.mac, compress: ['none'] } as unknown as Algorithms;
}

/** True if the list of host key or public key algorithms lets RSA sign with SHA-1. */
export const allowsRsaSha1 = (rule: string | undefined, legacy: boolean): boolean => legacy || applyRule(rule, [], ['ssh-rsa']).includes('ssh-rsa');
