/**
 * The daemon of a simulated BIRD 2.0.12: its running configuration, OSPF as a speaker of the simulated network, BGP sessions.
 *
 * Behaviour recorded on Debian 12: the net of a tunnel with a peer address is announced; the MTU of a neighbour must be equal; the running daemon reads as its own user.
 */
import { toNumber } from '../../interface.js';
import type { BgpSpeaker } from '../../internet.js';
import type { Learned, OspfPort, Speaker } from '../../ospf.js';
import type { IpStack } from '../../stack.js';
import type { Device } from '../device.js';
import type { Machine } from '../machine.js';
import { masked } from '../result.js';
import { type Config, type OspfInterface, type Protocol, parseConfig } from './config.js';
import { type Reader, readTokens } from './lexer.js';

export const CONFIG_FILE = '/etc/bird/bird.conf';
/** Debian's file as it comes (recorded), without its comments. */
export const FRESH =
  'log syslog all;\nprotocol device {\n}\nprotocol direct {\n\tdisabled;\n\tipv4;\n\tipv6;\n}\nprotocol kernel {\n\tipv4 {\n\t      export all;\n\t};\n}\nprotocol kernel {\n\tipv6 { export all; };\n}\nprotocol static {\n\tipv4;\n}\n';
const METRIC = 32;

export interface Found {
  readonly protocol: Protocol;
  readonly device: Device;
  readonly words: OspfInterface;
  readonly port: OspfPort;
}

export class Bird implements Speaker, BgpSpeaker {
  config: Config = { protocols: [] };
  /** The configuration before the last one, for `configure undo`. */
  private before: Config | undefined;
  running = false;
  private chosenId = '0.0.0.0';
  /** When each protocol came to its state. */
  readonly since = new Map<string, number>();
  /** By `birdc disable`. */
  readonly off = new Set<string>();

  constructor(readonly machine: Machine) {}

  get stack(): IpStack {
    return this.machine.kernel.stack;
  }

  private get now(): number {
    return this.stack.internet.clock();
  }

  /** @param asRoot - `bird -p` reads everything; the daemon what its group or all may read. @throws {Error} with BIRD's words. */
  parse(path: string, asRoot: boolean): Config {
    const { files } = this.machine;
    const reader: Reader = {
      read: (p) => {
        const file = files.get(p);
        if (file === undefined) return undefined;
        return asRoot || (file.mode & 0o044) !== 0 ? file.content : 'denied';
      },
      isFolder: (p) => files.isDirectory(p),
      paths: () => files.paths(),
    };
    return parseConfig(readTokens(path, reader));
  }

  /** As at boot: a file that is wrong keeps the daemon down. */
  start(): void {
    this.stop();
    try {
      this.config = this.parse(CONFIG_FILE, false);
    } catch {
      return;
    }
    this.before = undefined;
    this.running = true;
    this.off.clear();
    this.since.clear();
    for (const p of this.config.protocols) this.since.set(p.name, this.now);
    const own = this.machine.kernel.devices.filter((d) => d.type !== 'loopback' && d.net.up).flatMap((d) => d.net.addresses.map((a) => a.local));
    this.chosenId = own.sort((a, b) => toNumber(a) - toNumber(b))[0] ?? '0.0.0.0';
    this.stack.internet.ospf.join(this.stack.host, this);
    this.stack.internet.bgp.add(this);
  }

  stop(): void {
    this.running = false;
    this.stack.internet.bgp.delete(this);
    this.stack.internet.ospf.leave(this.stack.host);
  }

  /** @returns Whether something had to be taken down for it. */
  apply(next: Config): boolean {
    const old = this.config;
    const gone = old.protocols.some((p) => !next.protocols.some((n) => n.name === p.name && (n.kind !== 'BGP' || n.text === p.text)));
    for (const p of next.protocols) if (p.disabled || !old.protocols.some((o) => o.name === p.name)) this.since.set(p.name, this.now);
    this.before = old;
    this.config = next;
    return gone;
  }

  /** False: there is nothing to go back to. */
  undo(): boolean {
    if (this.before === undefined) return false;
    this.apply(this.before);
    this.before = undefined;
    return true;
  }

  isUp(p: Protocol): boolean {
    return !p.disabled && !this.off.has(p.name);
  }

  routerId(): string {
    return this.config.routerId ?? this.chosenId;
  }

  /** Interfaces of the OSPF protocols; where two want the same one, the first has it (recorded). */
  found(): Found[] {
    const taken = new Set<string>();
    return this.config.protocols.flatMap((protocol) => {
      if (protocol.kind !== 'OSPF' || !this.running || !this.isUp(protocol)) return [];
      return this.machine.kernel.devices.flatMap((device) => {
        const words = protocol.interfaces.find((i) => matches(i.pattern, device.name));
        const [first] = device.net.addresses;
        if (words === undefined || first === undefined || !device.net.up || taken.has(device.name)) return [];
        taken.add(device.name);
        return [{ protocol, device, words, port: portOf(device, words) }];
      });
    });
  }

  ports(): OspfPort[] {
    return this.found().map((f) => f.port);
  }

  learn(routes: readonly Learned[]): void {
    const found = this.found().filter((f) => f.protocol.imports);
    const own = found.flatMap(({ port }) =>
      port.nets.map((net) => {
        const [dest = '', prefix = '32'] = net.split('/');
        return { dest, prefix: Number(prefix), interface: port.interface, scope: 'link' as const, metric: METRIC };
      }),
    );
    const via = routes
      .filter((r) => found.some((f) => f.port.interface === r.interface))
      .map(({ dest, prefix, interface: name, gateway }) => ({ dest, prefix, interface: name, gateway, metric: METRIC }));
    this.machine.kernel.routes.learned('bird', [...own, ...via]);
  }

  private sessions(): Protocol[] {
    return this.running ? this.config.protocols.filter((p) => p.kind === 'BGP' && this.isUp(p)) : [];
  }

  as(): number | undefined {
    return this.sessions()[0]?.localAs;
  }

  names(address: string, as: number): boolean {
    return this.sessions().some((p) => p.neighbour?.address === address && p.neighbour.as === as);
  }

  /** Each names the other with its AS, and packets cross. */
  established(p: Protocol): boolean {
    const { neighbour, localAs } = p;
    if (!this.sessions().includes(p) || neighbour === undefined || localAs === undefined) return false;
    const other = [...this.stack.internet.bgp].find((b) => b !== this && b.stack.hasAddress(neighbour.address));
    const route = this.stack.lookup(neighbour.address);
    const source = route === undefined ? undefined : this.stack.interfaces.get(route.interface)?.addresses[0]?.local;
    if (source === undefined || other?.as() !== neighbour.as || other?.names(source, localAs) !== true) return false;
    return (this.stack.echo(neighbour.address, { bytes: 84 }).replyTtl ?? 0) > 0;
  }
}

function matches(pattern: string, name: string): boolean {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`).test(name);
}

function portOf(device: Device, words: OspfInterface): OspfPort {
  const usual = device.gre !== undefined && device.gre.remote !== '' ? 'ptp' : 'broadcast';
  const type = device.type === 'loopback' ? 'loopback' : (words.type ?? usual);
  const [first] = device.net.addresses;
  const pointToPoint = type === 'ptp';
  return {
    interface: device.name,
    area: words.area,
    network: type === 'loopback' ? 'loopback' : pointToPoint ? 'point-to-point' : 'broadcast',
    hello: words.hello,
    dead: words.dead,
    cost: words.cost,
    passive: words.stub,
    ignoresMtu: false,
    wantsSameMtu: true,
    // proto/ospf/iface.c: the mask of a point-to-point hello is 0 where the address has a peer.
    maskless: pointToPoint && first?.peer !== undefined,
    address: first?.local ?? '',
    nets: device.net.addresses.map((a) => `${masked(a.peer ?? a.local, a.prefix)}/${a.prefix}`),
  };
}
