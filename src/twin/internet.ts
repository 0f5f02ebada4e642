/**
 * The one simulated internet between the hosts: addresses, hops, filters that drop a protocol, loss, path MTU, gateways that translate addresses, the time.
 */
import { Ospf } from './ospf.js';
import type { Icmp, Packet, Receiver } from './packet.js';

export interface Filter {
  /** Only packets from or to these addresses; absent: any. */
  readonly from?: string;
  readonly to?: string;
  /** IP protocol number; absent: all. */
  readonly protocol?: number;
}

export interface BgpSpeaker {
  readonly stack: { hasAddress(address: string): boolean };
  /** Own AS; undefined: BGP is not running. */
  as(): number | undefined;
  /** Whether a neighbour with this address and AS is configured. */
  names(address: string, as: number): boolean;
}

/** How long a gateway holds the way back open, in milliseconds. */
const REMEMBERED = 30_000;

interface Gateway {
  readonly outside: string;
  readonly forwards?: readonly number[];
  /** When the host last sent: by protocol and far address. */
  readonly flows: Map<string, number>;
}

export class Internet {
  private readonly owners = new Map<string, Receiver>();
  filters: Filter[] = [];
  /** Smallest MTU on the way, in bytes. */
  pathMtu = 1500;
  /** The router with the small MTU says nothing of what it throws away. */
  blackHole = false;
  /** Routers between any two hosts: the outer TTL goes down by this many. */
  hops = 3;
  rttMs = 12;
  /** Every n-th packet is lost; 0: none. */
  loseEvery = 0;
  /** Hosts without power or cable. */
  readonly silent = new Set<string>();
  /** Inside address of a host behind a gateway to the address that the internet knows. */
  private readonly translated = new Map<string, Gateway>();
  /** Milliseconds since 1970, for all hosts. */
  clock: () => number = Date.now;
  /** The routing daemons of all hosts. */
  readonly ospf = new Ospf(this);
  /** BGP daemons of all hosts: a session stands where both name each other. */
  readonly bgp = new Set<BgpSpeaker>();
  /** Told of every multicast packet that comes out of a tunnel: the host and its interface. */
  onMulticast: ((host: string, interfaceName: string, packet: Packet) => void) | undefined;
  private count = 0;
  private icmpLog: { host: string; icmp: Icmp }[] = [];

  /** The address now belongs to this host. A second owner replaces the first: addresses move. */
  claim(address: string, stack: Receiver): void {
    this.owners.set(address, stack);
  }

  release(address: string, stack: Receiver): void {
    if (this.owners.get(address) === stack) this.owners.delete(address);
  }

  /**
   * From now on a gateway maps the host with the address `inside` to `outside`, one to one. Without `outside` the gateway is gone.
   * Filters see the packet as it is in the internet, between two gateways.
   * @param forwards - IP protocols that it hands on to the host whoever begins; others only as answers, for `REMEMBERED` milliseconds. Absent: all.
   */
  nat(inside: string, outside?: string, forwards?: readonly number[]): void {
    if (outside === undefined) this.translated.delete(inside);
    else this.translated.set(inside, { outside, flows: new Map(), ...(forwards === undefined ? {} : { forwards }) });
  }

  /** How an address of a host looks from the internet. */
  outside(address: string): string {
    return this.translated.get(address)?.outside ?? address;
  }

  /** The host's own address for the destination of a packet in the internet. Undefined: nobody outside reaches an inside address, or the gateway drops it. */
  private inside(packet: Packet): string | undefined {
    for (const [inside, { outside, forwards, flows }] of this.translated) {
      if (outside !== packet.dst) continue;
      const begun = flows.get(`${packet.protocol} ${packet.src}`);
      const open = forwards === undefined || forwards.includes(packet.protocol) || (begun !== undefined && this.clock() - begun < REMEMBERED);
      return open ? inside : undefined;
    }
    return this.translated.has(packet.dst) ? undefined : packet.dst;
  }

  /** Hands a packet of `host` to whoever owns its destination. */
  carry(host: string, sent: Packet): void {
    this.count += 1;
    const packet = { ...sent, src: this.outside(sent.src) };
    this.translated.get(sent.src)?.flows.set(`${sent.protocol} ${sent.dst}`, this.clock());
    const dst = this.inside(packet);
    const to = dst === undefined ? undefined : this.owners.get(dst);
    if (this.silent.has(host) || dst === undefined || to === undefined || this.silent.has(to.host)) return;
    if (this.loseEvery > 0 && this.count % this.loseEvery === 0) return;
    if (
      this.filters.some(
        (f) => (f.from ?? packet.src) === packet.src && (f.to ?? packet.dst) === packet.dst && (f.protocol ?? packet.protocol) === packet.protocol,
      )
    )
      return;
    if (packet.ttl <= this.hops) {
      // An error about the outer packet goes to the tunnel's driver, which drops it; no program hears of it.
      if (packet.inner === undefined) this.report(host, { kind: 'time-exceeded', from: this.router(packet.ttl) });
      return;
    }
    if (packet.bytes > this.pathMtu && packet.df) {
      if (this.blackHole) return;
      this.report(host, { kind: 'frag-needed', from: this.router(1), mtu: this.pathMtu });
      this.owners.get(sent.src)?.tooBig(sent.dst, this.pathMtu);
      return;
    }
    if (packet.inner !== undefined || to.hasAddress(dst)) to.arrive({ ...packet, dst, ttl: packet.ttl - this.hops });
  }

  /** An ICMP error comes to a host. */
  report(host: string, icmp: Icmp): void {
    this.icmpLog.push({ host, icmp });
  }

  /** Address of the n-th router on any way (RFC 5737 documentation range). */
  router(hop: number): string {
    return `192.0.2.${Math.max(1, Math.min(254, hop))}`;
  }

  icmpFor(host: string): number;
  icmpFor(host: string, since: number): Icmp | undefined;
  /** Without `since`: a mark. With it: the first ICMP error that `host` got after the mark. */
  icmpFor(host: string, since?: number): number | Icmp | undefined {
    if (since === undefined) return this.icmpLog.length;
    const found = this.icmpLog.slice(since).find((e) => e.host === host)?.icmp;
    if (this.icmpLog.length > 1000) this.icmpLog = [];
    return found;
  }
}
