/**
 * The daemons of a simulated FRR: their running configuration, OSPF as a speaker of the simulated network, BGP sessions.
 *
 * In: configuration. Out: interfaces of OSPF with the types and nets that FRR gives them, peers with their state.
 */
import { toNumber } from '../../interface.js';
import type { BgpSpeaker } from '../../internet.js';
import type { Learned, OspfPort, Speaker } from '../../ospf.js';
import { covers, type IpStack } from '../../stack.js';
import type { Device } from '../device.js';
import type { Machine } from '../machine.js';
import { masked, parsePrefix, toAddress } from '../result.js';
import { type Node, takeLine } from './config.js';
import { type Config, emptyConfig } from './model.js';

export const CONFIG_FILE = '/etc/frr/frr.conf';
/** Debian's file as it comes (recorded), without its comment. */
export const FRESH = 'log syslog informational\nservice integrated-vtysh-config\n';
const [HELLO, DEAD, METRIC] = [10, 40, 20];

export const dotted = (area: string): string => (area.includes('.') ? area : toAddress(Number(area)));

export interface Peer {
  readonly address: string;
  readonly remoteAs: number;
  readonly established: boolean;
}

export class Frr implements Speaker, BgpSpeaker {
  config: Config;
  running = true;

  constructor(readonly machine: Machine) {
    this.config = emptyConfig(machine.spec.name);
  }

  get stack(): IpStack {
    return this.machine.kernel.stack;
  }

  /** Reads the file, as at boot; wrong lines are passed over. */
  start(): void {
    this.config = emptyConfig(this.machine.spec.name);
    this.running = true;
    let node: Node = { at: 'config' };
    for (const line of (this.machine.files.read(CONFIG_FILE) ?? '').split('\n')) {
      const taken = takeLine(this.config, node, line, this.exists);
      if ('node' in taken) node = taken.node;
    }
    this.stack.internet.ospf.join(this.stack.host, this);
    this.stack.internet.bgp.add(this);
  }

  stop(): void {
    this.running = false;
    this.stack.internet.ospf.leave(this.stack.host);
    this.stack.internet.bgp.delete(this);
  }

  readonly exists = (name: string): boolean => this.machine.kernel.find(name) !== undefined;

  /** Zebra's choice where none is given: the highest address of lo, else of all (recorded: the highest outer one). */
  routerId(): string {
    const given = this.config.ospf?.routerId ?? this.config.bgp?.routerId;
    if (given !== undefined) return given;
    const of = (devices: readonly Device[]): string[] =>
      devices.flatMap((d) => d.net.addresses.map((a) => a.local)).filter((a) => !a.startsWith('127.'));
    const { devices } = this.machine.kernel;
    const own = of(devices.filter((d) => d.type === 'loopback'));
    const all = own.length > 0 ? own : of(devices);
    return all.sort((a, b) => toNumber(b) - toNumber(a))[0] ?? '0.0.0.0';
  }

  private areaOf(device: Device): string | undefined {
    const own = this.config.interfaces.get(device.name)?.area;
    if (own !== undefined) return own;
    return this.config.ospf?.networks.find(({ net }) => {
      const prefix = parsePrefix(net);
      return prefix !== undefined && device.net.addresses.some((a) => covers(prefix.address, prefix.length, a.peer ?? a.local));
    })?.area;
  }

  /** One interface of OSPF, whether up or not; undefined: OSPF has nothing to do with it. */
  port(device: Device): OspfPort | undefined {
    const area = this.areaOf(device);
    const [first] = device.net.addresses;
    if (!this.running || this.config.ospf === undefined || area === undefined || first === undefined) return undefined;
    const own = this.config.interfaces.get(device.name) ?? {};
    const pointToPoint = device.gre !== undefined && device.gre.remote !== '';
    const usual = device.type === 'loopback' ? 'loopback' : pointToPoint ? 'point-to-point' : 'broadcast';
    const network = device.type !== 'loopback' && (own.network === 'point-to-point' || own.network === 'broadcast') ? own.network : usual;
    const outside = device.net.addresses.filter((a) => !a.local.startsWith('127.'));
    // An address with a peer is unnumbered to FRR, and nothing is announced for it (recorded).
    const nets = outside
      .filter((a) => a.peer === undefined)
      .map((a) => (network === 'loopback' ? `${a.local}/32` : `${masked(a.local, a.prefix)}/${a.prefix}`));
    return {
      interface: device.name,
      area: dotted(area),
      network,
      hello: own.hello ?? HELLO,
      dead: own.dead ?? DEAD,
      cost: own.cost ?? 10,
      passive: own.passive ?? this.config.ospf.more.includes(`passive-interface ${device.name}`),
      ignoresMtu: own.mtuIgnore ?? false,
      address: first.local,
      nets,
    };
  }

  ports(): OspfPort[] {
    return this.machine.kernel.devices.filter((d) => d.net.up).flatMap((d) => this.port(d) ?? []);
  }

  learn(routes: readonly Learned[]): void {
    this.machine.kernel.routes.learned(
      'ospf',
      routes.map(({ dest, prefix, interface: name, gateway }) => ({ dest, prefix, interface: name, gateway, metric: METRIC, onlink: true })),
    );
  }

  as(): number | undefined {
    return this.running ? this.config.bgp?.as : undefined;
  }

  names(address: string, as: number): boolean {
    return this.running && this.config.bgp?.neighbours.get(address)?.remoteAs === as;
  }

  /** A session stands where each names the other with its AS, and packets cross. */
  peers(): Peer[] {
    const { bgp } = this.config;
    if (!this.running || bgp === undefined) return [];
    return [...bgp.neighbours].flatMap(([address, { remoteAs }]) => {
      if (remoteAs === undefined) return [];
      const other = [...this.stack.internet.bgp].find((b) => b !== this && b.stack.hasAddress(address));
      const mine = this.stack.lookup(address);
      const source = mine === undefined ? undefined : this.stack.interfaces.get(mine.interface)?.addresses[0]?.local;
      const named = source !== undefined && other?.as() === remoteAs && other.names(source, bgp.as);
      return [{ address, remoteAs, established: named && (this.stack.echo(address, { bytes: 84 }).replyTtl ?? 0) > 0 }];
    });
  }
}
