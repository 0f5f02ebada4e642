/**
 * The daemon of a simulated OpenOSPFD: its running configuration, its interfaces as a speaker of the simulated network, the neighbours that it remembers.
 *
 * ospfd fetches interfaces at its start and follows the routing socket from then on (kroute.c), so a reload knows an interface that came later; one that is not there
 * is an error, at a boot too, and then nothing runs. A neighbour that falls silent stays in the list as DOWN for a day (neighbor.c, nbr_act_delete).
 */
import { networkOf } from '../../freebsd/net.js';
import type { Route } from '../../interface.js';
import type { Learned, Neighbour, OspfPort, Speaker } from '../../ospf.js';
import type { IpStack } from '../../stack.js';
import type { Machine } from '../state.js';
import { readable, Source } from './lexer.js';
import { type OspfConfig, type OspfIface, readOspfConfig } from './ospfd-conf.js';
import { ownAddresses } from './own.js';
import { type DaemonRelease, daemonRelease } from './release.js';

export const OSPFD_CONF = '/etc/ospfd.conf';
/** What RFC 3137 makes of a router that forwards nothing. */
const INFINITY = 65_535;
const DAY = 86_400_000;
/** Milliseconds that a reload may take. */
const BEHIND = 50;

/** Everything that ospfctl shows of one neighbour. */
export interface Known extends Omit<Neighbour, 'state' | 'host'> {
  readonly state: Neighbour['state'] | 'Down';
}

export class Ospfd implements Speaker {
  running = false;
  config: OspfConfig | undefined;
  /** When a reload was asked for that has not been done. */
  private asked: number | undefined;
  startedAt = 0;
  readonly release: DaemonRelease;
  private id = '0.0.0.0';
  /** Of the sysctl as the daemon was started. */
  private stubByKernel = false;
  private inserted: Route[] = [];
  private known: Known[] = [];
  private readonly since = new Map<string, number>();

  constructor(private readonly m: Machine) {
    this.release = daemonRelease(m.release);
  }

  get stack(): IpStack {
    return this.m.stack;
  }

  get now(): number {
    return this.stack.internet.clock();
  }

  /** What it warns of before it reads anything. */
  warning(): string {
    return this.stack.forwarding ? '' : 'WARNING: IP forwarding NOT enabled, running as stub router\n';
  }

  /** @param check - `-n`: the mode of the file does not count. */
  read(path: string, check: boolean): OspfConfig | readonly string[] {
    const secret = { top: !check, included: !(check && this.release.since2019) };
    return readable(() => {
      const source = new Source(this.m.files, path, secret, this.release.ospf);
      return readOspfConfig(source, (name) => this.stack.interfaces.get(name)?.addresses.map((a) => a.local), this.release.since2019);
    });
  }

  /** @returns What it says where it does not start. */
  start(): readonly string[] {
    const read = this.read(OSPFD_CONF, false);
    if (!('areas' in read)) return read;
    const id = read.routerId ?? this.lowestAddress();
    if (id === undefined) return ['fatal in ospfd: router-id is 0.0.0.0'];
    Object.assign(this, { running: true, config: read, id, startedAt: this.now, stubByKernel: !this.stack.forwarding, known: [] });
    this.since.clear();
    this.stack.internet.ospf.join(this.stack.host, this);
    return [];
  }

  stop(): void {
    this.stack.internet.ospf.leave(this.stack.host);
    this.running = false;
    this.asked = undefined;
  }

  /** ospfctl hands the wish in and ends (ospfctl.c, RELOAD); the parent process reads the file behind its back. */
  ask(): void {
    this.asked = this.now;
  }

  /** Does what was asked for. @param hurried - The next command came at once: where it is an ospfctl, it may be answered before. */
  catchUp(hurried = false): void {
    if (this.asked === undefined || (hurried && this.now - this.asked < BEHIND)) return;
    this.asked = undefined;
    this.reload();
  }

  /** False: the file is refused and everything stays as it was. */
  reload(): boolean {
    const read = this.read(OSPFD_CONF, false);
    if (!('areas' in read)) return false;
    if (this.release.since2019 && read.routerId !== undefined && read.routerId !== this.id) return false;
    this.neighbours();
    const was = (name: string): string | undefined => this.config?.ifaces.find((i) => i.name === name)?.area;
    const stays = (name: string): boolean => read.ifaces.some((i) => i.name === name && i.area === was(name));
    this.known = this.known.filter((n) => stays(n.interface));
    for (const name of [...this.since.keys()]) if (!stays(name)) this.since.delete(name);
    this.config = read;
    return true;
  }

  /** parse.y get_rtr_id: the lowest address that is not a loopback one; chosen once. */
  private lowestAddress(): string | undefined {
    return ownAddresses(this.stack)[0];
  }

  routerId(): string {
    return this.id;
  }

  /** Up, with the address that it was configured with. */
  isUp(iface: OspfIface): boolean {
    const on = this.stack.interfaces.get(iface.name);
    return on?.up === true && on.addresses.some((a) => a.local === iface.address);
  }

  network(iface: OspfIface): OspfPort['network'] {
    const kind = this.stack.interfaces.get(iface.name)?.kind;
    if (kind === 'loopback') return 'loopback';
    return kind === 'tunnel' || iface.p2p ? 'point-to-point' : 'broadcast';
  }

  /** Since when an interface has been up; undefined: it is not. */
  upSince(iface: OspfIface): number | undefined {
    if (!this.isUp(iface)) this.since.delete(iface.name);
    else if (!this.since.has(iface.name)) this.since.set(iface.name, this.now);
    return this.since.get(iface.name);
  }

  ports(): OspfPort[] {
    const { config } = this;
    if (!this.running || config === undefined) return [];
    const stub = !config.fibUpdate || (config.stub ?? this.stubByKernel);
    return config.ifaces.flatMap((iface) => {
      const on = this.stack.interfaces.get(iface.name);
      const at = on?.addresses.find((a) => a.local === iface.address);
      if (on === undefined || at === undefined || this.upSince(iface) === undefined) return [];
      const network = this.network(iface);
      const cost = stub && network === 'point-to-point' ? INFINITY : iface.metric;
      const { name, area, hello, dead, passive, address } = iface;
      // ospfe.c orig_rtr_lsa: behind a point-to-point neighbour its address alone is announced.
      const host = network === 'loopback' ? at.local : network === 'point-to-point' ? at.peer : undefined;
      const nets = [host === undefined ? `${networkOf(at.local, at.prefix)}/${at.prefix}` : `${host}/32`];
      return [{ interface: name, area, network, hello, dead, cost, passive, ignoresMtu: false, maskless: false, address, nets }];
    });
  }

  /** Routes to own addresses have a better one already (RTP_LOCAL), so they would change nothing. */
  learn(routes: readonly Learned[]): void {
    const gone = new Set(this.inserted);
    const wanted = this.config?.fibUpdate === true ? routes.filter((r) => !(r.prefix === 32 && this.stack.hasAddress(r.dest))) : [];
    this.inserted = wanted.map(({ dest, prefix, interface: name, gateway }) => ({ dest, prefix, interface: name, gateway }));
    this.stack.routes = [...this.stack.routes.filter((r) => !gone.has(r)), ...this.inserted];
  }

  /** Those that are there, and those that were. */
  neighbours(): readonly Known[] {
    const near: Known[] = this.stack.internet.ospf.neighboursOf(this.stack.host).map(({ host: _host, ...n }) => n);
    const same = (a: Known, b: Known): boolean => a.interface === b.interface && a.routerId === b.routerId;
    const silent = this.known.filter((k) => !near.some((n) => same(n, k)));
    const down = silent.map((k): Known => (k.state === 'Down' ? k : { ...k, state: 'Down', since: this.now }));
    this.known = [...near, ...down.filter((k) => this.now - k.since < DAY)];
    return this.known;
  }
}
