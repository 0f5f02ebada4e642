/** What an interface, its tunnel and a route of a simulated host are. Types, and when an address lies in a net. */
import type { Packet } from './packet.js';

export interface InterfaceAddress {
  readonly local: string;
  readonly peer?: string;
  readonly prefix: number;
}

/** The encapsulating side of an interface. */
export interface TunnelEndpoint {
  local: string;
  remote: string;
  /** Outer TTL: a number, or `inherit` to copy the inner one. */
  ttl: number | 'inherit';
  /** Whether the outer packet carries don't-fragment. */
  df: boolean;
  key?: number;
  /** Ports of the outer packets, where they go in UDP. */
  udp?: { readonly source: number; readonly destination: number };
  /** Whether an outer packet of this pair is taken; absent: those of protocol 47. */
  accepts?: (outer: Packet) => boolean;
  /** Looked at for every packet, both ways: false makes the tunnel swallow it in silence. */
  passes: () => boolean;
}

export interface Interface {
  readonly name: string;
  readonly kind: 'loopback' | 'physical' | 'tunnel';
  up: boolean;
  mtu: number;
  addresses: InterfaceAddress[];
  tunnel?: TunnelEndpoint;
  readonly counters: Counters;
}

export interface Counters {
  inPackets: number;
  inBytes: number;
  outPackets: number;
  outBytes: number;
  /** Not sent: no route for the outer packet, or one into the tunnel itself. */
  outErrors: number;
  /** Not sent: a filter of the host took the outer packet. */
  outDropped: number;
  /** Of the errors: those by a route into the tunnel itself. */
  loops: number;
}

export interface Route {
  readonly dest: string;
  readonly prefix: number;
  readonly interface: string;
  readonly gateway?: string;
  /** Delivered on this host itself. */
  readonly local?: boolean;
}

/** An IPv4 address as a number of 32 bits. */
export const toNumber = (address: string): number => address.split('.').reduce((n, part) => n * 256 + Number(part), 0);

/** Whether an address lies in dest/prefix (IPv4). */
export function covers(dest: string, prefix: number, address: string): boolean {
  const size = 2 ** (32 - prefix);
  return Math.floor(toNumber(dest) / size) === Math.floor(toNumber(address) / size);
}
