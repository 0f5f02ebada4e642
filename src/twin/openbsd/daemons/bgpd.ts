/**
 * The daemon of a simulated OpenBGPD: its running configuration and the sessions of its neighbours. A session stands where each names the other with its AS and
 * packets cross; routes are not exchanged. In: bgpd.conf. Out: states as `bgpctl` names them.
 */
import type { BgpSpeaker } from '../../internet.js';
import type { IpStack } from '../../stack.js';
import type { Machine } from '../state.js';
import { type BgpConfig, type Peer, readBgpConfig } from './bgpd-conf.js';
import { readable, Source } from './lexer.js';
import { ownAddresses } from './own.js';
import { type DaemonRelease, daemonRelease } from './release.js';

export const BGPD_CONF = '/etc/bgpd.conf';
export type BgpState = 'Idle' | 'Active' | 'Established';

const TCP = 6;
const EMPTY: BgpConfig = { hold: 90, peers: [] };

export class Bgpd implements BgpSpeaker {
  running = false;
  config: BgpConfig = EMPTY;
  readonly release: DaemonRelease;
  private readonly states = new Map<string, { readonly state: BgpState; readonly since: number }>();

  constructor(private readonly m: Machine) {
    this.release = daemonRelease(m.release);
  }

  get stack(): IpStack {
    return this.m.stack;
  }

  get now(): number {
    return this.stack.internet.clock();
  }

  read(path: string): BgpConfig | readonly string[] {
    const { release, m } = this;
    return readable(() => readBgpConfig(new Source(m.files, path, { top: true, included: true }, release.bgp), release.since2019));
  }

  /** @returns What it says where it does not start. */
  start(): readonly string[] {
    const read = this.read(BGPD_CONF);
    if (!('peers' in read)) return read;
    this.running = true;
    this.config = read;
    this.states.clear();
    this.stack.internet.bgp.add(this);
    return [];
  }

  stop(): void {
    this.stack.internet.bgp.delete(this);
    this.running = false;
  }

  /** False: the file is refused and everything stays as it was. */
  reload(): boolean {
    const read = this.read(BGPD_CONF);
    if (!('peers' in read)) return false;
    this.config = read;
    for (const address of [...this.states.keys()]) if (!read.peers.some((p) => p.address === address)) this.states.delete(address);
    return true;
  }

  as(): number | undefined {
    return this.running ? this.config.as : undefined;
  }

  names(address: string, as: number): boolean {
    return this.running && this.config.peers.some((p) => p.address === address && p.remoteAs === as && !p.down);
  }

  /** Its own end of the connection; undefined: it can't send from there. */
  source(peer: Peer): string | undefined {
    const route = this.stack.lookup(peer.address);
    const usual = route === undefined ? undefined : this.stack.interfaces.get(route.interface)?.addresses[0]?.local;
    if (peer.local === undefined) return usual;
    return this.stack.hasAddress(peer.local) ? peer.local : undefined;
  }

  private stateOf(peer: Peer): BgpState {
    if (peer.down) return 'Idle';
    const source = this.source(peer);
    const other = [...this.stack.internet.bgp].find((b) => b !== this && b.stack.hasAddress(peer.address));
    const crosses = source !== undefined && (this.stack.echo(peer.address, { bytes: 84, src: source, protocol: TCP }).replyTtl ?? 0) > 0;
    if (!crosses || other?.as() === undefined) return 'Active';
    // The other end refuses with a notification, and a while passes before the next try.
    return other.as() === peer.remoteAs && other.names(source, this.config.as ?? 0) ? 'Established' : 'Idle';
  }

  /** @returns The state and since when, in milliseconds. */
  session(peer: Peer): { readonly state: BgpState; readonly since: number } {
    const state = this.stateOf(peer);
    const before = this.states.get(peer.address);
    const now = before?.state === state ? before : { state, since: this.now };
    this.states.set(peer.address, now);
    return now;
  }

  /** The router id of the other end, where it is one of these. */
  remoteId(peer: Peer): string {
    const other = [...this.stack.internet.bgp].find((b) => b.stack.hasAddress(peer.address));
    return other instanceof Bgpd ? other.routerId() : peer.address;
  }

  /** bgpd.c: the highest address where none is written; recalled. */
  routerId(): string {
    if (this.config.routerId !== undefined) return this.config.routerId;
    return ownAddresses(this.stack).at(-1) ?? '0.0.0.0';
  }
}
