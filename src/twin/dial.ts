/**
 * SSH connections from one simulated host to another, as the simulated internet carries them.
 *
 * In: who calls whom. Out: a port on 127.0.0.1. What connects there is handed on to the SSH server of the other host, which learns the source address
 * that it would see, after gateways. A connection that TCP would not get through for is closed at once, and one that is open falls silent, for good, with
 * the first bytes that would not arrive. The source is looked up for each connection: the calling host's address may change meanwhile.
 */

import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { type Duplex, duplexPair } from 'node:stream';
import type { SimulatedHost } from './host.js';
import type { Sources } from './server.js';
import type { TwinEndpoint } from './system.js';

const TCP = 6;

export interface DialOptions {
  /** The address to come from, as `ssh -b`. Without it: the first address of the calling host's first network card. */
  readonly source?: string;
}

/** A TCP connection between two addresses. */
interface Way {
  readonly source: string;
  readonly target: string;
}

/** First address of the first network card. */
export function outerOf(host: SimulatedHost): string | undefined {
  const card = [...host.system.stack.interfaces.values()].find((i) => i.kind === 'physical');
  return card?.addresses[0]?.local;
}

/** Whether TCP gets there and back. Three tries, as a lost packet is sent again. */
function carries(from: SimulatedHost, { source, target }: Way): boolean {
  const { stack } = from.system;
  const answered = (): boolean => stack.echo(target, { bytes: 40, src: source, protocol: TCP }).replyTtl !== undefined;
  return from.powered && stack.hasAddress(source) && [1, 2, 3].some(answered);
}

/** Such a piece fits any path. */
const SMALL = 500;

/** Whether segments that fill the MTU get there. One that is told to be too long is sent again in smaller ones. */
function carriesFull(from: SimulatedHost, { source, target }: Way, mtu: number): boolean {
  // What a router says to the first one may reach the driver of a tunnel only, which then tells the second.
  return [1, 2].some(() => {
    const { replyTtl, icmp } = from.system.stack.echo(target, { bytes: mtu, src: source, protocol: TCP, df: true });
    return replyTtl !== undefined || icmp?.kind === 'frag-needed';
  });
}

/** Once what was written is on its way. */
const closeSoon = (stream: Duplex): void => void stream.end(() => stream.destroy());

export class Dials {
  private readonly seen = new Map<number, { from: string; server: string }>();
  private readonly servers: Server[] = [];
  private readonly open = new Set<{ readonly from: SimulatedHost; readonly streams: readonly Duplex[] }>();

  /** For the SSH servers. */
  get sources(): Sources {
    return this.seen;
  }

  async dial(from: SimulatedHost, to: SimulatedHost, endpoint: TwinEndpoint, options: DialOptions): Promise<TwinEndpoint> {
    const server = createServer((near) => this.take(near, from, to, endpoint.port, options));
    this.servers.push(server);
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(0, '127.0.0.1', () => resolve());
    });
    return { ...endpoint, port: (server.address() as AddressInfo).port };
  }

  /** A connection that a user of this host makes through its sshd (direct-tcpip, RFC 4254 7.2). @returns Undefined where TCP does not get there. */
  through(from: SimulatedHost, address: string, ports: ReadonlyMap<SimulatedHost, number>): Duplex | undefined {
    const { stack } = from.system;
    if (!from.faults.forwards) return undefined;
    const card = stack.interfaces.get(stack.lookup(address)?.interface ?? '');
    const source = card?.addresses[0]?.local;
    const [, port] = [...ports].find(([host]) => host.system.stack.hasAddress(address)) ?? [];
    const way = source === undefined ? undefined : { source, target: address };
    if (way === undefined || card === undefined || port === undefined || !carries(from, way)) return undefined;
    const [near, user] = duplexPair();
    this.join(near, connect(port, '127.0.0.1'), from, (bytes) => carries(from, way) && (bytes.length <= SMALL || carriesFull(from, way, card.mtu)));
    return user;
  }

  private take(near: Socket, from: SimulatedHost, to: SimulatedHost, port: number, options: DialOptions): void {
    near.on('error', () => undefined);
    const [source, server] = [options.source ?? outerOf(from), outerOf(to)];
    const { internet } = to;
    const way = source === undefined || server === undefined ? undefined : { source, target: internet.outside(server) };
    if (way === undefined || server === undefined || !carries(from, way)) {
      near.destroy();
      return;
    }
    const far = connect(port, '127.0.0.1');
    far.on('error', () => near.destroy());
    far.on('connect', () => {
      const own = far.localPort ?? 0;
      this.seen.set(own, { from: internet.outside(way.source), server });
      // Another connection may get this port later.
      far.on('close', () => this.seen.delete(own));
    });
    near.setNoDelay(true);
    this.join(near, far, from, () => carries(from, way));
  }

  /** @param arrives - Whether these bytes get to the other end; the connection is silent from the first on that do not. */
  private join(near: Duplex, far: Socket, from: SimulatedHost, arrives: (bytes: Buffer) => boolean): void {
    const pair = { from, streams: [near, far] };
    far.setNoDelay(true);
    this.open.add(pair);
    let silent = false;
    const hand = (one: Duplex, other: Duplex): void => {
      one.on('data', (bytes: Buffer) => {
        silent ||= !arrives(bytes);
        if (!silent) other.write(bytes);
      });
      one.on('error', () => undefined);
      one.on('close', () => {
        if (!silent) closeSoon(other);
        else other.destroy();
        this.open.delete(pair);
      });
    };
    hand(near, far);
    hand(far, near);
  }

  /** Cuts what this host has opened. */
  drop(from: SimulatedHost): void {
    for (const pair of this.open) if (pair.from === from) for (const stream of pair.streams) closeSoon(stream);
  }

  async close(): Promise<void> {
    for (const { streams } of this.open) for (const stream of streams) stream.destroy();
    await Promise.all(this.servers.map((server) => new Promise((resolve) => server.close(resolve))));
  }
}
