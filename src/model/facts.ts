/**
 * What a survey read on one host. A value that could not be read is *unknown*, never a default.
 */

export type Known<T> = { readonly known: true; readonly value: T } | { readonly known: false; readonly why: string };

export interface OuterPair {
  readonly local: string;
  readonly remote: string;
}

export interface InnerPair {
  readonly local: string;
  /** Empty where the interface has an address and no peer. */
  readonly peer: string;
  /** Prefix length in bits; absent where this system does not show it. */
  readonly prefix?: number;
}

/** The tunnel interface as it is now. `null` means: read, and not set. */
export interface TunnelState {
  readonly exists: Known<boolean>;
  readonly up: Known<boolean>;
  readonly mtu: Known<number | null>;
  readonly outer: Known<OuterPair | null>;
  readonly inner: Known<InnerPair | null>;
  /** Outer TTL as the system shows it: a number, or `inherit`. */
  readonly ttl: Known<string | null>;
  /** Further attributes that the playbook names (a sysctl, a route…). */
  readonly settings: Readonly<Record<string, Known<string | null>>>;
}

/** Driver: ready (loaded or compiled in), loadable (a module is there), missing. */
export interface DriverFact {
  readonly state: 'ready' | 'loadable' | 'missing';
  /** One sentence for people: what was seen and what follows. */
  readonly how: string;
}

export interface FileFact {
  readonly path: string;
  readonly state: 'file' | 'absent' | 'symlink' | 'other';
  readonly content: Uint8Array;
  /** Permission bits as `ls -ln` shows them (`-rw-r--r--`), if the file exists. */
  readonly mode?: string;
  /** Only looked at for what was written by hand: no step ever writes it. */
  readonly beside?: true;
}

/** What one read-only command gave, decoded as text with control characters kept. */
export interface ProbeFact {
  readonly words: readonly string[];
  readonly exit: number;
  readonly stdout: string;
  readonly stderr: string;
  /** The answer was longer than what travels; what is missing may be what is looked for. */
  readonly cut?: true;
}

export interface Facts {
  readonly host: string;
  /** First and second word of `uname -sr`. */
  readonly system: string;
  readonly release: string;
  readonly machine: string;
  readonly uid: number;
  /** Name of the playbook that matched. */
  readonly playbook: string;
  readonly driver: DriverFact;
  /** Which of the playbook's ways to keep things after a reboot this host uses; absent where there is but one. */
  readonly bootManager?: string;
  readonly live: TunnelState;
  readonly probes: Readonly<Record<string, ProbeFact>>;
  readonly files: ReadonlyMap<string, FileFact>;
  /** Ping of the peer's outer address, before any change. Absent when not asked for. */
  readonly outerReach?: {
    readonly ping: ProbeFact;
    readonly answered: boolean;
    /** The way to that address, where its ping was not answered. */
    readonly trace?: ProbeFact;
    /** A packet of 1500 bytes with don't-fragment, where the MTU hangs on it. */
    readonly full?: ProbeFact;
  };
  /** Bytes of the largest outer packet that reaches the peer's outer address in one piece, at most 1500. Absent where it was not looked at. */
  readonly pathMtu?: Known<number>;
}

/** What of one end a run may change; small enough to be kept, and without the text of files that belong to others. */
export interface EndState {
  readonly host: string;
  readonly driver: DriverFact['state'];
  readonly live: TunnelState;
  /** State, mode and SHA-256 of every file that the plan looked at, by path. */
  readonly files: Readonly<Record<string, string>>;
}

/** Both ends, in the order of the plan. */
export type PairState = readonly [EndState, EndState];
