/**
 * What the two ends of an updater share: how an outer address is moved, the settings of the dynamic end, and what is said between the two.
 *
 * Types only. docs/updater.md has the files, the protocol and the reasons.
 */
import type { OuterPair } from './facts.js';
import type { FileCall, ProveCall, RunCall } from './wire.js';

/**
 * How one end changes its outer addresses, made from its playbook when the updater is installed.
 *
 * Words, patterns and contents hold the placeholders of `script/move.ts` (PVNEWLOCAL, PVNEWREMOTE, PVOLDLOCAL, PVOLDREMOTE) where the outer addresses
 * belong: they are known only when it is carried out. The way back is the same with new and old changed over.
 */
export interface Move {
  /** Changes the running system; each change is read back. */
  readonly point: readonly (RunCall | ProveCall)[];
  /** Boot files as they are to be; what they hold of the outer addresses is the new. */
  readonly boot: readonly FileCall[];
  /** One ping of the other end's inner address; a match means an answer. */
  readonly across: ProveCall;
}

export type { OuterPair };

/** What the dynamic end needs to know of itself and of the fixed end: `updater.json` in the folder of the link. */
export interface UpdaterConfig {
  readonly link: string;
  /** Inventory names. */
  readonly host: string;
  readonly peer: string;
  /** Inventory name of the meeting point that is asked in place of the peer, where both ends move. */
  readonly via?: string;
  /** Interface whose first IPv4 address is the outer one. Absent: behind a gateway, only the fixed end sees the outer address. */
  readonly watch?: string;
  /** As installed; what is in use since then stands in the state file. */
  readonly outer: OuterPair;
  /** Guard folder of the link on this host: while a run holds it, nothing is changed here. */
  readonly guard?: string;
  /** Who is asked: the fixed end, or the meeting point. */
  readonly fixed: {
    readonly address: string;
    readonly port: number;
    readonly user: string;
    /** Public key lines, `ssh-ed25519 AAAA…`. */
    readonly hostKeys: readonly string[];
    /** Path of the private key on the dynamic end. */
    readonly key: string;
    /** Allow the algorithms of the guide's time. */
    readonly legacy?: boolean;
  };
  /** node-cron expression, five or six fields. */
  readonly schedule: string;
  /** TCP port on 127.0.0.1 of the Prometheus text page. */
  readonly metricsPort?: number;
  readonly move: Move;
}

/**
 * What the receiver says, one line, `provision 1 WORD …`.
 *
 * done: both the address and its boot files are changed. same: it was in use already. stale: a later request (`seq`) was carried out. busy: ask again after
 * so many seconds. met: a meeting point has noted `address`, and has seen the other end at `other` last. seen: answer to `see`. refused and failed: nothing is changed; the code is one word.
 */
export type Answer =
  | { readonly kind: 'done'; readonly seq: number; readonly address: string; readonly confirmed: boolean }
  | { readonly kind: 'same'; readonly seq: number; readonly address: string }
  | { readonly kind: 'met'; readonly seq: number; readonly address: string; readonly other: string }
  | { readonly kind: 'stale'; readonly seq: number }
  | { readonly kind: 'busy'; readonly seconds: number }
  | { readonly kind: 'seen'; readonly from: string; readonly seq: number; readonly address: string }
  | { readonly kind: 'refused' | 'failed'; readonly code: string };
