/**
 * Where and as whom a host is dialled: what connect.ts needs, with nothing left to look up but keys and known_hosts.
 *
 * `resolveTarget` (target.ts) makes one from the inventory and ssh_config; tests and the twin write one by hand.
 */
import type { Become } from '../model/inventory.js';
import type { AlgorithmRules } from './algorithms.js';

export interface SshTarget {
  /** Inventory name. Host keys are kept and looked up under it, as HostKeyAlias does. */
  readonly name: string;
  /** What is dialled: a name or an address, IPv6 without brackets. */
  readonly address: string;
  readonly port: number;
  readonly user: string;
  /** Key files with `~` and tokens expanded, best first. */
  readonly identities: readonly string[];
  /** Asks for the passphrase of an encrypted identity. */
  readonly passphrase?: () => Promise<string>;
  /** Set where `identities` are the default files that nobody named: those that are missing are no news. */
  readonly defaultIdentities?: boolean;
  /** Offer no agent key but those of `identities`. */
  readonly identitiesOnly: boolean;
  /** Path of the agent's socket. */
  readonly agent?: string;
  /** Hosts to go through, the first one dialled first. Their own `jumps` are empty. */
  readonly jumps: readonly SshTarget[];
  /** known_hosts files; a new key goes to the first. */
  readonly knownHosts: readonly string[];
  /** Set to false where `knownHosts[0]` must not be written. */
  readonly recordNew?: boolean;
  /** Write new names hashed (HashKnownHosts). */
  readonly hashKnownHosts?: boolean;
  /** Unknown host keys: `yes` refuses, `accept-new` records. A changed key is always refused. */
  readonly strict: 'yes' | 'accept-new';
  /** Why `strict` is not what ssh_config says, for the error about an unknown key. */
  readonly strictNote?: string;
  readonly hostKeyAlias?: string;
  /** Host keys (`type base64`) or `SHA256:` fingerprints that replace known_hosts. */
  readonly pinned?: readonly string[];
  readonly become: Become;
  readonly legacy: boolean;
  /** What ssh_config says about algorithms. */
  readonly algorithms?: AlgorithmRules;
  /** PubkeyAcceptedAlgorithms as written. */
  readonly publicKeyAlgorithms?: string;
  /** AddressFamily. */
  readonly family?: 4 | 6;
  /** BindAddress. */
  readonly localAddress?: string;
  /** For the TCP connection and the key exchange. */
  readonly connectTimeoutMs: number;
  /** 0: none. */
  readonly keepaliveMs: number;
  /** Unanswered keepalives before the connection is given up; default 3. */
  readonly keepaliveCount?: number;
}

/** `address` and, where it is not 22, the port; IPv6 in brackets. For people and for known_hosts-like names. */
export function place(target: Pick<SshTarget, 'address' | 'port'>): string {
  const host = target.address.includes(':') ? `[${target.address}]` : target.address;
  return target.port === 22 ? target.address : `${host}:${target.port}`;
}
