/**
 * What travels between simulated hosts, and what a sender learns of it.
 *
 * Types only. A file of its own because the stack of a host and the internet between the hosts both need them.
 */

export interface Packet {
  readonly src: string;
  readonly dst: string;
  /** IP protocol: 1 icmp, 6 tcp, 17 udp, 47 gre. */
  readonly protocol: number;
  /** Total length of the IPv4 packet in bytes. */
  readonly bytes: number;
  readonly df: boolean;
  readonly ttl: number;
  readonly echo?: { readonly kind: 'request' | 'reply'; readonly id: number };
  readonly inner?: Packet;
  /** Ports, where GRE goes in UDP. */
  readonly udp?: { readonly source: number; readonly destination: number };
  /** GRE key, if sent. */
  readonly key?: number;
}

/** Why a packet did not even leave: what a sending program sees as an error of sendto(2). */
export type SendResult =
  | { readonly sent: true }
  | { readonly sent: false; readonly why: 'no-route' | 'network-down' | 'too-long' | 'host-down' | 'filtered' | 'loop'; readonly mtu?: number };

/** An ICMP error that came back. */
export interface Icmp {
  readonly kind: 'frag-needed' | 'time-exceeded' | 'unreachable';
  readonly from: string;
  readonly mtu?: number;
  /** The host's own kernel told its program. */
  readonly own?: boolean;
}

export interface EchoOptions {
  readonly bytes: number;
  readonly df?: boolean;
  readonly ttl?: number;
  readonly src?: string;
  readonly protocol?: number;
}

export interface EchoResult {
  readonly send: SendResult;
  /** TTL of the reply, if one came. */
  readonly replyTtl?: number;
  /** How many replies came; more than one where two tunnels take the same packet. */
  readonly replies?: number;
  /** An ICMP "fragmentation needed" or "time exceeded" that came back. */
  readonly icmp?: Icmp;
  readonly rttMs: number;
}

/** Any host on the simulated internet, as the internet sees it. */
export interface Receiver {
  readonly host: string;
  hasAddress(address: string): boolean;
  /** A packet arrives for this host, by one of its network cards. */
  arrive(packet: Packet): void;
  /** A router on the way to `dst` could not pass on a packet of this host with don't-fragment. */
  tooBig(dst: string, mtu: number): void;
}

/** in: for the host itself; forward: from one interface to another; out: from the host itself. */
export type Way = 'in' | 'out' | 'forward';

/** A packet filter of a host. What stays inside the host, over loopback, is not asked about. */
export interface PacketFilter {
  /** @param on - The interface; of a forwarded packet the one it came by, and `out` the one it leaves by. */
  passes(packet: Packet, way: Way, on: string, out?: string): boolean;
}
