/**
 * The network stack of one simulated host, as far as tunnels need it: interfaces, routes, encapsulation, echo.
 *
 * Delivery is synchronous: `output` hands a packet on until it is dropped or answered. A ping is answered only if the
 * request really gets there and the reply really gets back (docs/twin.md). What a *system* does with words of ifconfig or ip is not known here.
 */

import { Boots } from './boots.js';
import { type Counters, covers, type Interface, type Route, type TunnelEndpoint } from './interface.js';
import type { Internet } from './internet.js';
import type { EchoOptions, EchoResult, Packet, PacketFilter, SendResult } from './packet.js';

export { covers, type Interface, type InterfaceAddress, type Route, type TunnelEndpoint } from './interface.js';

const GRE_HEADER = 4;
const IP_HEADER = 20;
const UDP_HEADER = 8;

const ZERO: Counters = { inPackets: 0, inBytes: 0, outPackets: 0, outBytes: 0, outErrors: 0, outDropped: 0, loops: 0 };

const isMulticast = (address: string): boolean => covers('224.0.0.0', 4, address);

export class IpStack {
  readonly interfaces = new Map<string, Interface>();
  routes: Route[] = [];
  forwarding = false;
  /** TTL of packets this host originates. */
  defaultTtl = 64;
  filters: PacketFilter[] = [];
  /** Whether a packet with this source may come in by this interface. */
  reversePath: (src: string, on: string) => boolean = () => true;
  /** Keeps what routers said of the path MTU, by destination. Undefined: this system keeps it for TCP alone. */
  learned?: Map<string, number>;
  /** Boots of this host: when the last one was. */
  readonly boots: Boots;
  private nextEcho = 1;
  private readonly waiting = new Map<number, { packet: Packet; count: number }>();
  private depth = 0;

  constructor(
    readonly host: string,
    readonly internet: Internet,
  ) {
    this.boots = new Boots(() => internet.clock());
  }

  addInterface(name: string, kind: Interface['kind'], mtu: number): Interface {
    const made: Interface = { name, kind, up: false, mtu, addresses: [], counters: { ...ZERO } };
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

  /**
   * Sends one packet by the routing table.
   * @param through - Tunnels that it is inside of already.
   * @param from - The interface it came by, if it is forwarded.
   */
  output(packet: Packet, through: readonly string[] = [], from?: string): SendResult {
    const route = this.lookup(packet.dst);
    if (route === undefined) return { sent: false, why: 'no-route' };
    if (route.local === true) {
      this.input(packet);
      return { sent: true };
    }
    const via = this.interfaces.get(route.interface);
    if (via === undefined) return { sent: false, why: 'no-route' };
    if (!via.up) return { sent: false, why: 'network-down' };
    const passes = (f: PacketFilter): boolean =>
      from === undefined ? f.passes(packet, 'out', via.name) : f.passes(packet, 'forward', from, via.name);
    if (!this.filters.every(passes)) return { sent: false, why: 'filtered' };
    return via.kind === 'tunnel' ? this.encapsulate(via, packet, through) : this.transmit(via, packet);
  }

  /** What fits through an interface to this destination. */
  private room(via: Interface, dst: string): number {
    return Math.min(via.mtu, this.learned?.get(dst) ?? via.mtu);
  }

  /** Sends out of one interface, whatever the routes say, as multicast goes. */
  emit(interfaceName: string, packet: Packet): void {
    const via = this.interfaces.get(interfaceName);
    if (via?.up !== true || via.kind !== 'tunnel') return;
    if (this.filters.every((f) => f.passes(packet, 'out', interfaceName))) this.encapsulate(via, packet, []);
  }

  private transmit(via: Interface, packet: Packet): SendResult {
    const mtu = this.room(via, packet.dst);
    if (packet.bytes > mtu && packet.df) return { sent: false, why: 'too-long', mtu };
    via.counters.outPackets += 1;
    via.counters.outBytes += packet.bytes;
    this.internet.carry(this.host, packet);
    return { sent: true };
  }

  private encapsulate(via: Interface, packet: Packet, through: readonly string[]): SendResult {
    const end = via.tunnel;
    if (end === undefined || end.local === '' || end.remote === '') return { sent: false, why: 'network-down' };
    const mtu = this.room(via, packet.dst);
    if (packet.bytes > mtu && packet.df) return { sent: false, why: 'too-long', mtu };
    if (through.includes(via.name)) return { sent: false, why: 'loop' };
    const header = IP_HEADER + GRE_HEADER + (end.key === undefined ? 0 : 4) + (end.udp === undefined ? 0 : UDP_HEADER);
    const narrow = (this.learned?.get(end.remote) ?? Number.POSITIVE_INFINITY) - header;
    if (packet.df && end.df && packet.bytes > narrow) {
      this.tell(packet, narrow);
      return { sent: true };
    }
    const sent = this.wrap(end, packet, header, [...through, via.name]);
    if (sent.sent) {
      via.counters.outPackets += 1;
      via.counters.outBytes += packet.bytes;
    } else if (sent.why === 'filtered') via.counters.outDropped += 1;
    else {
      via.counters.outErrors += 1;
      if (sent.why === 'loop') via.counters.loops += 1;
    }
    return { sent: true };
  }

  /** The tunnel knows that the outer packet would not fit: its own kernel sends the ICMP error (net/ipv4/ip_tunnel.c, tnl_update_pmtu). */
  private tell(packet: Packet, mtu: number): void {
    this.learned?.set(packet.dst, mtu);
    if (this.hasAddress(packet.src)) this.internet.report(this.host, { kind: 'frag-needed', from: packet.src, mtu, own: true });
  }

  private wrap(end: TunnelEndpoint, packet: Packet, header: number, through: readonly string[]): SendResult {
    if (!end.passes() || this.depth > 8) return { sent: true };
    this.depth += 1;
    try {
      const outer: Packet = {
        src: end.local,
        dst: end.remote,
        protocol: end.udp === undefined ? 47 : 17,
        bytes: packet.bytes + header,
        df: end.df,
        ttl: end.ttl === 'inherit' ? packet.ttl : end.ttl,
        inner: packet,
        ...(end.key === undefined ? {} : { key: end.key }),
        ...(end.udp === undefined ? {} : { udp: end.udp }),
      };
      return this.output(outer, through);
    } finally {
      this.depth -= 1;
    }
  }

  /** By the card that has the address, else by the first one that is up. */
  arrive(packet: Packet): void {
    const cards = [...this.interfaces.values()].filter((i) => i.kind === 'physical');
    const card = cards.find((i) => i.addresses.some((a) => a.local === packet.dst)) ?? cards.find((i) => i.up);
    if (card !== undefined) {
      card.counters.inPackets += 1;
      card.counters.inBytes += packet.bytes;
    }
    this.input(packet, card?.name);
  }

  tooBig(dst: string, mtu: number): void {
    this.learned?.set(dst, mtu);
  }

  /** A packet is here. @param on - The interface it came by; none: from this host itself. */
  input(packet: Packet, on?: string): void {
    if (on !== undefined && !this.reversePath(packet.src, on)) return;
    const here = this.hasAddress(packet.dst) || isMulticast(packet.dst);
    if (on !== undefined && here && !this.filters.every((f) => f.passes(packet, 'in', on))) return;
    if (packet.inner !== undefined && (here || on === undefined)) {
      this.decapsulate(packet, packet.inner);
      return;
    }
    if (isMulticast(packet.dst)) {
      if (on !== undefined) this.internet.onMulticast?.(this.host, on, packet);
      return;
    }
    if (!here) {
      if (this.forwarding && packet.ttl > 1) this.output({ ...packet, ttl: packet.ttl - 1 }, [], on);
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
      this.input(inner, via.name);
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
