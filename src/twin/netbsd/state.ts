/**
 * The running state of one simulated NetBSD: interfaces with their inet addresses, the routing table, sysctl values.
 *
 * It keeps what ifconfig and route show, and mirrors into the shared IpStack what decides where packets go.
 */
import type { Interface, IpStack } from '../stack.js';
import type { Release } from './releases.js';

export interface Inet {
  readonly local: string;
  readonly peer?: string;
  /** 32 bits, unsigned; may have holes. */
  readonly mask: number;
}

export interface OuterPair {
  readonly family: 'inet' | 'inet6';
  readonly src: string;
  readonly dst: string;
  readonly srcPort?: string;
  readonly dstPort?: string;
}

export interface NetIf {
  readonly name: string;
  readonly kind: 'gre' | 'gif' | 'loopback' | 'ethernet' | 'other';
  readonly index: number;
  readonly iface: Interface;
  inets: Inet[];
  link: [boolean, boolean, boolean];
  debug: boolean;
  noArp: boolean;
  metric: number;
  /** Has been up once: the link-local address stays from then on. */
  linkLocal: boolean;
  detached: boolean;
  outer?: OuterPair;
  /** The kernel's socket of a gre from 5.0 on. `dead`: replaced while running, nothing passes. */
  socket: 'none' | 'live' | 'dead';
  /** The next look at the addresses kills the kernel. */
  poisoned: boolean;
  /** GRE 47, mobile 55 (greconfig -p). */
  proto: number;
}

export interface RouteEntry {
  readonly dest: string;
  readonly prefix: number;
  /** As `route show` prints it: an address, an interface name or link#N. */
  readonly gateway: string;
  readonly flags: string;
  /** The interface shown; lo0 means delivered here. */
  readonly via: string;
}

/** The kernel died in the middle of a command. */
export class KernelPanic extends Error {
  constructor(
    message: string,
    readonly stdout = '',
  ) {
    super(message);
  }
}

export const toAddress = (n: number): string => [24, 16, 8, 0].map((shift) => Math.floor(n / 2 ** shift) % 256).join('.');
export const maskOf = (prefix: number): number => (prefix === 0 ? 0 : 2 ** 32 - 2 ** (32 - prefix));
export const prefixOf = (mask: number): number => mask.toString(2).replaceAll('0', '').length;

export class NetBsdState {
  interfaces: NetIf[] = [];
  routes: RouteEntry[] = [];
  readonly sysctls = new Map<string, string>();

  constructor(
    readonly release: Release,
    readonly stack: IpStack,
  ) {}

  /** Forgets everything, as a power switch does. */
  clear(): void {
    for (const item of this.interfaces) for (const inet of item.inets) this.stack.internet.release(inet.local, this.stack);
    this.interfaces = [];
    this.routes = [];
    this.sysctls.clear();
    this.stack.interfaces.clear();
    this.stack.routes = [];
  }

  find(name: string): NetIf | undefined {
    return this.interfaces.find((i) => i.name === name);
  }

  /** The kernel gives out the lowest index that is free. */
  private freeIndex(): number {
    let index = 1;
    while (this.interfaces.some((i) => i.index === index)) index += 1;
    return index;
  }

  attach(name: string, kind: NetIf['kind'], mtu: number): NetIf {
    const stackKind = kind === 'loopback' ? 'loopback' : kind === 'ethernet' ? 'physical' : 'tunnel';
    const made: NetIf = {
      name,
      kind,
      index: this.freeIndex(),
      iface: this.stack.addInterface(name, stackKind, mtu),
      inets: [],
      link: [kind === 'gre' && !this.release.greconfig, false, false],
      debug: false,
      noArp: false,
      metric: 0,
      linkLocal: false,
      detached: false,
      socket: 'none',
      poisoned: false,
      proto: 47,
    };
    this.interfaces.push(made);
    return made;
  }

  detach(item: NetIf): void {
    this.interfaces = this.interfaces.filter((i) => i !== item);
    this.routes = this.routes.filter((r) => r.via !== item.name && !item.inets.some((a) => r.dest === a.local && r.prefix === 32));
    this.stack.removeInterface(item.name);
    this.sync();
  }

  hostRoute(dest: string): RouteEntry | undefined {
    return this.routes.find((r) => r.dest === dest && r.prefix === 32);
  }

  /** False when the destination is there already (EEXIST). */
  addRoute(entry: RouteEntry): boolean {
    if (this.routes.some((r) => r.dest === entry.dest && r.prefix === entry.prefix)) return false;
    this.routes.push(entry);
    this.sync();
    return true;
  }

  dropRoute(entry: RouteEntry): void {
    this.routes = this.routes.filter((r) => r !== entry);
    this.sync();
  }

  /** Tells the stack: addresses per interface, and where packets go. */
  sync(): void {
    for (const item of this.interfaces) {
      item.iface.addresses = item.inets.map((a) => ({ local: a.local, prefix: prefixOf(a.mask), ...(a.peer === undefined ? {} : { peer: a.peer }) }));
    }
    this.stack.routes = this.routes.map((r) => ({
      dest: r.dest,
      prefix: r.prefix,
      interface: r.via,
      ...(r.via === 'lo0' ? { local: true } : {}),
      ...(r.flags.includes('G') ? { gateway: r.gateway } : {}),
    }));
    this.stack.forwarding = this.sysctls.get('net.inet.ip.forwarding') === '1';
  }

  isLocal(address: string): boolean {
    return this.interfaces.some((i) => i.inets.some((a) => a.local === address));
  }
}
