/** What an import makes of a source: hosts and links of ours, and everything that was left out of it. Types only. */

export interface ImportedHost {
  /** Fits the rules of the inventory. */
  readonly name: string;
  readonly hostname?: string;
  readonly address?: string;
  readonly ssh: {
    readonly host?: string;
    readonly port?: number;
    readonly user?: string;
    readonly identity?: readonly string[];
    readonly jump?: string;
    readonly become?: 'sudo' | 'doas';
  };
  /** Behind the name, as a comment. */
  readonly note?: string;
}

export interface ImportedEnd {
  readonly host: string;
  readonly interface: string;
  readonly inner?: string;
}

export interface ImportedLink {
  readonly name: string;
  /** Absent where the source does not give it: then the link is written as a comment. */
  readonly subnet?: string;
  readonly ends: readonly [ImportedEnd, ImportedEnd];
  readonly note?: string;
}

/** Something of the source that is not in the result. */
export interface LeftOut {
  /** A host, a group, a file: what it belongs to. */
  readonly of: string;
  /** Names of variables, directives, tunnels; empty where all of it was left out. */
  readonly what: readonly string[];
  readonly why: string;
}

/** A name of the source that had to be written in another way. */
export interface Renamed {
  readonly from: string;
  readonly to: string;
}

export interface Imported {
  /** What it was, for the first line: `an Ansible inventory`. */
  readonly kind: string;
  readonly files: readonly string[];
  readonly hosts: readonly ImportedHost[];
  readonly links: readonly ImportedLink[];
  readonly leftOut: readonly LeftOut[];
  readonly renamed: readonly Renamed[];
  /** What a reader must know, as sentences. */
  readonly notes: readonly string[];
}
