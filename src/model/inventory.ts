/**
 * What the inventory says, after it has been read and checked: hosts, links and the two ends of a link.
 *
 * Types only. Addresses are canonical text (as ipaddr.js prints them); nothing here has been resolved by DNS.
 */

/** A place in a file a person wrote. Line and column count from 1. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** The outer (public) address of a host. */
export type HostAddress =
  | { readonly kind: 'static'; readonly address: string }
  /** `present`: as it was reported last; it does not stand in the inventory. */
  | { readonly kind: 'dynamic'; readonly interface?: string; readonly present?: string }
  /** Behind a NAT gateway: the host itself has `inside`, the world sees `outside`. */
  | { readonly kind: 'nat'; readonly inside: string; readonly outside: string };

/** How to become root after login: none, `sudo -n` or `doas -n` around /bin/sh. */
export type Become = 'none' | 'sudo' | 'doas';

/** SSH settings of one host. What is absent comes from ssh_config and the agent, as `ssh` would do it. */
export interface SshSettings {
  /** Name or address to dial. */
  readonly host?: string;
  readonly port?: number;
  readonly user?: string;
  /** Private key files, `~` not yet expanded. */
  readonly identity?: readonly string[];
  /** A command that prints the passphrase of an encrypted identity. */
  readonly passphrase?: { readonly command: readonly string[] };
  /** Jump hosts as ProxyJump writes them (`user@host:port`, comma separated), or `none`. */
  readonly jump?: string;
  readonly become: Become;
  /** Pinned host keys: `ssh-ed25519 AAAA…` lines or `SHA256:…` fingerprints. Replaces known_hosts when given. */
  readonly hostKeys?: readonly string[];
  /** Allow algorithms of the guide's time (group1, 3des-cbc, ssh-rsa with SHA-1) for this host only. */
  readonly legacy: boolean;
}

export interface Host {
  readonly name: string;
  /** A label for people; never dialled. */
  readonly hostname?: string;
  /** Absent when no link needs it. */
  readonly address?: HostAddress;
  readonly ssh: SshSettings;
  /** Path or file name of a loadable driver module, where the playbook needs a site-specific one. */
  readonly module?: string;
  /** What to simulate: system and release. A host that has it is never dialled for real. */
  readonly twin?: string;
  /** Prefixes that it announces, canonical (`192.0.2.0/24`). Checked for overlaps; nothing is configured from them. */
  readonly announces?: readonly string[];
  /** Autonomous system number, 1 to 4294967294; BGP needs it at both ends. */
  readonly asn?: number;
  /** Name of the routing playbook (the daemon) to use where several of the host would do. */
  readonly routing?: string;
  /** Router id in dotted form; absent: what the daemon takes by itself. */
  readonly routerId?: string;
  /** Another operator runs it: it is never dialled, and a link to it has one end of ours. */
  readonly theirs?: true;
  readonly place: Place;
}

/** One end as the inventory gives it. */
export interface LinkEnd {
  readonly host: string;
  /** Inner address of this end, from the link's subnet. */
  readonly inner: string;
  readonly interface: string;
  readonly place: Place;
}

/** How the updater of a link is set up (docs/updater.md). */
export interface UpdaterOptions {
  /** node-cron expression of five or six fields. */
  readonly schedule: string;
  /** Host where two ends that both move tell where they are: the meeting point. */
  readonly via?: string;
  /** A request may name another address than the one it comes from. */
  readonly anyAddress: boolean;
  /** TCP port on 127.0.0.1 of the Prometheus page. */
  readonly metricsPort?: number;
}

/** OSPF over a link. What is absent is as the daemons have it: hello 10 s, dead four hellos. */
export interface OspfOptions {
  /** Area in dotted form, for example `0.0.0.0`. */
  readonly area: string;
  /** Cost of the interface, 1 to 65535, at both ends. */
  readonly cost?: number;
  /** Seconds between hellos. */
  readonly hello?: number;
  /** Seconds without a hello after which the neighbour is gone; more than `hello`. */
  readonly dead?: number;
  /** Not wanted any more: what a run has set up of it is taken away. */
  readonly absent?: true;
}

/** BGP between the two inner addresses of a link. */
export interface BgpOptions {
  /** Hold time in seconds, 3 to 65535; absent: as the daemon has it. */
  readonly hold?: number;
  /** As with OSPF. */
  readonly absent?: true;
}

export interface Link {
  readonly name: string;
  readonly kind: 'gre';
  /** The inner subnet in CIDR form, for example `10.1.12.36/30`. */
  readonly subnet: string;
  /** Prefix length of `subnet`: 30 or 31. */
  readonly prefix: number;
  readonly ends: readonly [LinkEnd, LinkEnd];
  /** MTU in bytes for both ends, or `auto`: what both ends can do. */
  readonly mtu: number | 'auto';
  /** Outer TTL, 1 to 255, where the driver has a word for it. */
  readonly ttl: number;
  /** The guide's `route add -host LOCAL 127.0.0.1`, where a system needs it. */
  readonly loopbackRoute: boolean;
  /** GRE in UDP (RFC 8086) instead of plain GRE, for ways that let no protocol 47 through. */
  readonly encap?: 'udp';
  /** False: whether the interface carries multicast is left as it is. */
  readonly multicast?: false;
  /** The MSS of TCP connections that are forwarded through the tunnel is clamped to what its MTU carries. */
  readonly mss?: true;
  readonly ospf?: OspfOptions;
  readonly bgp?: BgpOptions;
  readonly updater: UpdaterOptions;
  readonly place: Place;
}

export interface Inventory {
  readonly hosts: ReadonlyMap<string, Host>;
  readonly links: ReadonlyMap<string, Link>;
  /** Files it was read from, in order. */
  readonly files: readonly string[];
}

/** One side of a link, seen from its host: "my end / the other end" of the guide. All values are final. */
export interface End {
  readonly link: string;
  readonly host: string;
  readonly peerHost: string;
  readonly interface: string;
  readonly outer: { readonly local: string; readonly remote: string };
  readonly inner: { readonly local: string; readonly peer: string; readonly prefix: number };
  /** AS numbers of both hosts, where both have one. */
  readonly asn?: { readonly local: number; readonly peer: number };
}
