/**
 * The network stack of one simulated host, as far as tunnels need it: interfaces, routes, encapsulation, echo.
 *
 * Delivery is synchronous: `output` hands a packet on until it is dropped or answered. A ping is answered only if the
 * request really gets there and the reply really gets back (docs/twin.md). What a *system* does with words of ifconfig or ip is not known here.
 */
import type { Internet } from './internet.js';
import type { EchoOptions, EchoResult, Packet, SendResult } from './packet.js';

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
  readonly counters: { inPackets: number; inBytes: number; outPackets: number; outBytes: number };
}

export interface Route {
  readonly dest: string;
  readonly prefix: number;
  readonly interface: string;
  readonly gateway?: string;
  /** Delivered on this host itself. */
  readonly local?: boolean;
}

const GRE_HEADER = 4;
const IP_HEADER = 20;
const UDP_HEADER = 8;

const toNumber = (address: string): number => address.split('.').reduce((n, part) => n * 256 + Number(part), 0);

/** Whether an address lies in dest/prefix (IPv4). */
export function covers(dest: string, prefix: number, address: string): boolean {
  const size = 2 ** (32 - prefix);
  return Math.floor(toNumber(dest) / size) === Math.floor(toNumber(address) / size);
}

const isMulticast = (address: string): boolean => covers('224.0.0.0', 4, address);

export class IpStack {
  readonly interfaces = new Map<string, Interface>();
  routes: Route[] = [];
  forwarding = false;
  /** TTL of packets this host originates. */
  defaultTtl = 64;
  private nextEcho = 1;
  private readonly waiting = new Map<number, { packet: Packet; count: number }>();
  private depth = 0;

  constructor(
    readonly host: string,
    readonly internet: Internet,
  ) {}

  addInterface(name: string, kind: Interface['kind'], mtu: number): Interface {
    const made: Interface = { name, kind, up: false, mtu, addresses: [], counters: { inPackets: 0, inBytes: 0, outPackets: 0, outBytes: 0 } };
    this.interfaces.set(name, made);
    return made;
  }

  /** Takes the interface away with its addresses and every route through it. */
  removeInterface(name: string): boolean {
    this.routes = this.routes.filter((r) => r.interface !== name);
    return this.interfaces.delete(name);
  }

  hasAddress(address: string): boolean {
    return [...this.interfaces.values()].some((i) => i.addresses.some((a) => a.local === address));
  }

  /** Longest prefix wins; of equals the one that came first. */
  lookup(dst: string): Route | undefined {
    let best: Route | undefined;
    for (const route of this.routes) {
      if (covers(route.dest, route.prefix, dst) && (best === undefined || route.prefix > best.prefix)) best = route;
    }
    return best;
  }

  /** Sends one packet by the routing table. */
  output(packet: Packet): SendResult {
    const route = this.lookup(packet.dst);
    if (route === undefined) return { sent: false, why: 'no-route' };
    if (route.local === true) {
      this.input(packet);
      return { sent: true };
    }
    const via = this.interfaces.get(route.interface);
    if (via === undefined) return { sent: false, why: 'no-route' };
    if (!via.up) return { sent: false, why: 'network-down' };
    return via.kind === 'tunnel' ? this.encapsulate(via, packet) : this.transmit(via, packet);
  }

  /** Sends out of one interface, whatever the routes say, as multicast goes. */
  emit(interfaceName: string, packet: Packet): void {
    const via = this.interfaces.get(interfaceName);
    if (via?.up === true && via.kind === 'tunnel') this.encapsulate(via, packet);
  }

  private transmit(via: Interface, packet: Packet): SendResult {
    if (packet.bytes > via.mtu && packet.df) return { sent: false, why: 'too-long', mtu: via.mtu };
    via.counters.outPackets += 1;
    via.counters.outBytes += packet.bytes;
    this.internet.carry(this.host, packet);
    return { sent: true };
  }

  private encapsulate(via: Interface, packet: Packet): SendResult {
    const end = via.tunnel;
    if (end === undefined || end.local === '' || end.remote === '') return { sent: false, why: 'network-down' };
    if (packet.bytes > via.mtu && packet.df) return { sent: false, why: 'too-long', mtu: via.mtu };
    via.counters.outPackets += 1;
    via.counters.outBytes += packet.bytes;
    if (!end.passes() || this.depth > 8) return { sent: true };
    this.depth += 1;
    try {
      const header = IP_HEADER + GRE_HEADER + (end.key === undefined ? 0 : 4) + (end.udp === undefined ? 0 : UDP_HEADER);
      this.output({
        src: end.local,
        dst: end.remote,
        protocol: end.udp === undefined ? 47 : 17,
        bytes: packet.bytes + header,
        df: end.df,
        ttl: end.ttl === 'inherit' ? packet.ttl : end.ttl,
        inner: packet,
        ...(end.key === undefined ? {} : { key: end.key }),
        ...(end.udp === undefined ? {} : { udp: end.udp }),
      });
    } finally {
      this.depth -= 1;
    }
    return { sent: true };
  }

  /** A packet arrives for this host. */
  input(packet: Packet): void {
    if (packet.inner !== undefined) {
      this.decapsulate(packet, packet.inner);
      return;
    }
    if (!this.hasAddress(packet.dst)) {
      if (this.forwarding && packet.ttl > 1) this.output({ ...packet, ttl: packet.ttl - 1 });
      return;
    }
    if (packet.echo?.kind === 'request') {
      this.output({ ...packet, src: packet.dst, dst: packet.src, ttl: this.defaultTtl, df: false, echo: { kind: 'reply', id: packet.echo.id } });
    } else if (packet.echo?.kind === 'reply') {
      this.waiting.set(packet.echo.id, { packet, count: (this.waiting.get(packet.echo.id)?.count ?? 0) + 1 });
    }
  }

  private decapsulate(outer: Packet, inner: Packet): void {
    for (const via of this.interfaces.values()) {
      const end = via.tunnel;
      if (!via.up || end === undefined || end.local !== outer.dst || end.remote !== outer.src || end.key !== outer.key || !end.passes()) continue;
      if (!(end.accepts?.(outer) ?? outer.protocol === 47)) continue;
      via.counters.inPackets += 1;
      via.counters.inBytes += inner.bytes;
      if (isMulticast(inner.dst)) this.internet.onMulticast?.(this.host, via.name, inner);
      else this.input(inner);
    }
  }

  /** One echo request and, if it comes, its reply. `bytes` is the whole IPv4 packet: payload + 28. Another protocol: whether it gets there and back. */
  echo(dst: string, options: EchoOptions): EchoResult {
    const id = this.nextEcho++;
    const route = this.lookup(dst);
    const via = route === undefined ? undefined : this.interfaces.get(route.interface);
    const src = options.src ?? (route?.local === true ? dst : (via?.addresses[0]?.local ?? ''));
    const start = this.internet.icmpFor(this.host);
    const send = this.output({
      src,
      dst,
      protocol: options.protocol ?? 1,
      bytes: options.bytes,
      df: options.df ?? false,
      ttl: options.ttl ?? this.defaultTtl,
      echo: { kind: 'request', id },
    });
    const reply = this.waiting.get(id);
    this.waiting.delete(id);
    const icmp = this.internet.icmpFor(this.host, start);
    return {
      send,
      rttMs: this.internet.rttMs,
      ...(reply === undefined ? {} : { replyTtl: reply.packet.ttl, replies: reply.count }),
      ...(icmp === undefined || reply !== undefined ? {} : { icmp }),
    } as EchoResult;
  }
}
