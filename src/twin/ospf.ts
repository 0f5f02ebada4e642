/**
 * OSPF between the simulated hosts: who hears whose hellos, how far two neighbours get, which routes follow (RFC 2328).
 *
 * In: the routing daemons of the hosts, whatever their names, with their interfaces. Out: neighbours with the state that both ends would show, and learned routes.
 * A hello is a real packet of the simulated network: multicast to 224.0.0.5 with TTL 1, out of the interface, through the tunnel. What would be a matter of
 * seconds (hello intervals, retransmissions) is settled at once; a neighbour remembers since when it is full.
 */
import { toNumber } from './interface.js';
import type { Packet } from './packet.js';

/** What OSPF needs of the network between the hosts. */
export interface OspfNet {
  readonly silent: ReadonlySet<string>;
  readonly clock: () => number;
  onMulticast: ((host: string, interfaceName: string, packet: Packet) => void) | undefined;
}

/** What it needs of the network stack of a host. */
export interface OspfStack {
  readonly host: string;
  readonly interfaces: ReadonlyMap<string, { readonly mtu: number }>;
  emit(interfaceName: string, packet: Packet): void;
}

export interface OspfPort {
  readonly interface: string;
  /** Dotted. */
  readonly area: string;
  readonly network: 'point-to-point' | 'broadcast' | 'loopback';
  /** Seconds. */
  readonly hello: number;
  readonly dead: number;
  readonly cost: number;
  /** Sends no hellos. */
  readonly passive: boolean;
  /** Takes database descriptions of any MTU. */
  readonly ignoresMtu: boolean;
  /** Takes none of another MTU, be it smaller or larger (BIRD). */
  readonly wantsSameMtu?: boolean;
  /** Its hellos carry no mask; absent: those of an end without nets. */
  readonly maskless?: boolean;
  /** Own address on the interface. */
  readonly address: string;
  /** Nets that are announced for it, `address/prefix`; none where it is unnumbered. */
  readonly nets: readonly string[];
}

export interface Learned {
  readonly dest: string;
  readonly prefix: number;
  readonly interface: string;
  readonly gateway: string;
  readonly cost: number;
}

/** A routing daemon of a host. */
export interface Speaker {
  readonly stack: OspfStack;
  routerId(): string;
  ports(): readonly OspfPort[];
  /** Puts learned routes into the kernel in place of those of before. */
  learn(routes: readonly Learned[]): void;
}

export type OspfState = 'Init' | 'ExStart' | 'Exchange' | 'Full';

export interface Neighbour {
  readonly host: string;
  readonly routerId: string;
  readonly address: string;
  /** Own interface. */
  readonly interface: string;
  readonly state: OspfState;
  /** Milliseconds of the simulated clock at which it came to that state. */
  readonly since: number;
}

interface Side {
  readonly speaker: Speaker;
  readonly port: OspfPort;
}

const HELLO_BYTES = 68;
const OSPF = 89;
export const ALL_ROUTERS = '224.0.0.5';

/** Whether a hello is taken (RFC 2328 10.5). The mask counts on a broadcast network, and an unnumbered end sends none (recorded). */
function takes(at: OspfPort, from: OspfPort): boolean {
  const sameNet = at.network !== 'broadcast' || !(from.maskless ?? from.nets.length === 0);
  return at.area === from.area && at.hello === from.hello && at.dead === from.dead && sameNet;
}

function mtu({ speaker, port }: Side): number {
  return speaker.stack.interfaces.get(port.interface)?.mtu ?? 0;
}

/** A database description that names a larger MTU than one's own is dropped (RFC 2328 10.6): then neither end gets on. */
const drops = (a: Side, b: Side): boolean => (a.port.wantsSameMtu === true ? mtu(b) !== mtu(a) : mtu(b) > mtu(a)) && !a.port.ignoresMtu;

/** How far one side gets with a neighbour that hears it. The one that drops sees nothing more; the other is its slave, or waits for one (recorded on FRR). */
function reached(at: Side, from: Side): OspfState {
  if (drops(at, from)) return 'ExStart';
  if (!drops(from, at)) return 'Full';
  return toNumber(from.speaker.routerId()) > toNumber(at.speaker.routerId()) ? 'Exchange' : 'ExStart';
}

export class Ospf {
  private readonly speakers = new Map<string, Speaker>();
  private neighbours = new Map<string, Neighbour[]>();

  constructor(private readonly internet: OspfNet) {}

  /** The daemon of a host starts, or another one takes its place. */
  join(host: string, speaker: Speaker): void {
    this.speakers.set(host, speaker);
  }

  leave(host: string): void {
    this.speakers.get(host)?.learn([]);
    this.speakers.delete(host);
    this.neighbours.delete(host);
  }

  neighboursOf(host: string): readonly Neighbour[] {
    this.settle();
    return this.neighbours.get(host) ?? [];
  }

  /** Lets everything that is under way come to its end. */
  settle(): void {
    if (this.speakers.size === 0) return;
    const sides = [...this.speakers.values()].flatMap((speaker) =>
      this.internet.silent.has(speaker.stack.host) ? [] : speaker.ports().map((port) => ({ speaker, port })),
    );
    const heard = new Map(sides.map((side) => [side, this.listeners(side, sides)]));
    const next = new Map<string, Neighbour[]>();
    const full: [Side, Side][] = [];
    for (const [from, hearers] of heard) {
      for (const at of hearers) {
        if (!takes(at.port, from.port)) continue;
        const both = takes(from.port, at.port) && (heard.get(at)?.includes(from) ?? false);
        const state: OspfState = both ? reached(at, from) : 'Init';
        if (state === 'Full' && from.port.network === at.port.network) full.push([at, from]);
        const list = next.get(at.speaker.stack.host) ?? [];
        list.push(this.neighbour(at, from, state));
        next.set(at.speaker.stack.host, list);
      }
    }
    this.neighbours = next;
    for (const speaker of this.speakers.values()) speaker.learn(routesOf(speaker, sides, full));
  }

  private neighbour(at: Side, from: Side, state: OspfState): Neighbour {
    const host = from.speaker.stack.host;
    const before = this.neighbours.get(at.speaker.stack.host)?.find((n) => n.host === host && n.interface === at.port.interface && n.state === state);
    return {
      host,
      routerId: from.speaker.routerId(),
      address: from.port.address,
      interface: at.port.interface,
      state,
      since: before?.since ?? this.internet.clock(),
    };
  }

  /** The interfaces on which a hello of this side arrives. */
  private listeners(from: Side, sides: readonly Side[]): Side[] {
    if (from.port.passive || from.port.network === 'loopback') return [];
    const got: Side[] = [];
    this.internet.onMulticast = (host, name) => {
      const at = sides.find((s) => s.speaker.stack.host === host && s.port.interface === name && !s.port.passive);
      if (at !== undefined && !got.includes(at)) got.push(at);
    };
    from.speaker.stack.emit(from.port.interface, {
      src: from.port.address,
      dst: ALL_ROUTERS,
      protocol: OSPF,
      bytes: HELLO_BYTES,
      df: false,
      ttl: 1,
    });
    this.internet.onMulticast = undefined;
    return got;
  }
}

interface Way {
  readonly cost: number;
  /** Own side and the other one of the first hop; none at the start. */
  readonly first?: readonly [Side, Side];
}

/** Shortest ways from one router over full adjacencies (RFC 2328 16.1), by cost alone. */
function ways(start: Speaker, full: readonly [Side, Side][]): Map<Speaker, Way> {
  const found = new Map<Speaker, Way>([[start, { cost: 0 }]]);
  const open: Speaker[] = [start];
  for (let at = open.shift(); at !== undefined; at = open.shift()) {
    const here = found.get(at);
    for (const [own, other] of full.filter(([o]) => o.speaker === at)) {
      const cost = (here?.cost ?? 0) + own.port.cost;
      const known = found.get(other.speaker);
      if (known !== undefined && known.cost <= cost) continue;
      found.set(other.speaker, { cost, first: here?.first ?? [own, other] });
      open.push(other.speaker);
    }
  }
  return found;
}

function routesOf(speaker: Speaker, sides: readonly Side[], full: readonly [Side, Side][]): Learned[] {
  const best = new Map<string, Learned>();
  for (const [other, { cost, first }] of ways(speaker, full)) {
    if (first === undefined) continue;
    for (const { port } of sides.filter((s) => s.speaker === other)) {
      for (const net of port.nets) {
        const [dest = '', prefix = '32'] = net.split('/');
        const total = cost + (port.network === 'loopback' ? 0 : port.cost);
        const known = best.get(net);
        if (known !== undefined && known.cost <= total) continue;
        best.set(net, { dest, prefix: Number(prefix), interface: first[0].port.interface, gateway: first[1].port.address, cost: total });
      }
    }
  }
  // What is on an own interface is reached there.
  const own = new Set(sides.filter((s) => s.speaker === speaker).flatMap((s) => s.port.nets));
  return [...best.entries()].filter(([net]) => !own.has(net)).map(([, route]) => route);
}
