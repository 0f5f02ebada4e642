/**
 * The routing tables of a simulated Linux: `local` (own addresses) and `main`, kept in step with the stack's table.
 *
 * Unlike on the BSDs the route to the peer follows the prefix, and an own address is answered through table local, also while its device is down.
 */
import { covers, type InterfaceAddress, type Route } from '../stack.js';
import type { Device, Devices, Refusal } from './device.js';
import { masked } from './result.js';

export interface LinuxRoute extends Route {
  readonly proto?: string;
  readonly src?: string;
  readonly scope?: 'link';
  readonly metric?: number;
  readonly onlink?: boolean;
}

export class RouteTable {
  main: LinuxRoute[] = [];
  private local: LinuxRoute[] = [];

  constructor(private readonly kernel: Devices) {}

  clear(): void {
    this.main = [];
    this.local = [];
    this.sync();
  }

  private sync(): void {
    const byMetric = [...this.main].sort((a, b) => (a.metric ?? 0) - (b.metric ?? 0));
    this.kernel.stack.routes = [...this.local, ...byMetric];
  }

  /** Table local is asked first, then the longest prefix of main. */
  lookup(dst: string): LinuxRoute | undefined {
    return this.kernel.stack.lookup(dst);
  }

  /** The source address a packet to dst would get; undefined without route. */
  source(dst: string): string | undefined {
    const route = this.lookup(dst);
    if (route === undefined) return undefined;
    if (route.local === true) return dst;
    if (route.src !== undefined) return route.src;
    const on = this.kernel.find(route.interface)?.net.addresses;
    const next = route.gateway ?? dst;
    const near = on?.find((a) => covers(masked(a.peer ?? a.local, a.prefix), a.prefix, next)) ?? on?.[0];
    if (near !== undefined) return near.local;
    const others = this.kernel.devices.filter((d) => d.type !== 'loopback').flatMap((d) => d.net.addresses);
    return others[0]?.local;
  }

  addLocal(device: Device, address: string): void {
    const loopback = device.type === 'loopback';
    this.local.push({ dest: loopback ? masked(address, 8) : address, prefix: loopback ? 8 : 32, interface: device.name, local: true });
    this.sync();
  }

  /** The route to the net of an address, made when the device is up. */
  connect(device: Device, address: InterfaceAddress): void {
    if (device.type === 'loopback') return;
    const dest = masked(address.peer ?? address.local, address.prefix);
    if (address.prefix === 32 && dest === address.local) return;
    if (this.main.some((r) => r.dest === dest && r.prefix === address.prefix && r.interface === device.name && r.src === address.local)) return;
    this.main.push({ dest, prefix: address.prefix, interface: device.name, proto: 'kernel', scope: 'link', src: address.local });
    this.sync();
  }

  disconnect(device: Device, address: InterfaceAddress): void {
    this.local = this.local.filter((r) => !(r.interface === device.name && r.dest === address.local));
    this.main = this.main.filter((r) => !(r.interface === device.name && r.src === address.local));
    this.dropOrphans();
    this.sync();
  }

  /** A route by a gateway that nothing reaches any more goes too, as when the last address of a card is taken away. */
  private dropOrphans(): void {
    const reached = (r: LinuxRoute): boolean => r.gateway === undefined || (this.kernel.find(r.interface)?.net.addresses.length ?? 0) > 0;
    this.main = this.main.filter(reached);
  }

  deviceDown(name: string): void {
    this.main = this.main.filter((r) => r.interface !== name);
    this.sync();
  }

  dropDevice(name: string): void {
    this.local = this.local.filter((r) => r.interface !== name);
    this.deviceDown(name);
  }

  private position(route: LinuxRoute): number {
    return this.main.findIndex((r) => r.dest === route.dest && r.prefix === route.prefix && (r.metric ?? 0) === (route.metric ?? 0));
  }

  add(route: LinuxRoute, replace: boolean): Refusal | undefined {
    if (this.kernel.find(route.interface)?.net.up !== true) return 'Error: Device for nexthop is not up.';
    const at = this.position(route);
    if (at >= 0 && !replace) return 'RTNETLINK answers: File exists';
    if (at >= 0) this.main[at] = route;
    else this.main.push(route);
    this.sync();
    return undefined;
  }

  /** Those that a routing daemon has learned, in place of the ones of before. */
  learned(proto: string, routes: readonly LinuxRoute[]): void {
    const wanted = routes.filter((r) => this.kernel.find(r.interface)?.net.up === true);
    this.main = [...this.main.filter((r) => r.proto !== proto), ...wanted.map((r) => ({ ...r, proto }))];
    this.sync();
  }

  remove(match: (route: LinuxRoute) => boolean): Refusal | undefined {
    const at = this.main.findIndex(match);
    if (at < 0) return 'RTNETLINK answers: No such process';
    this.main.splice(at, 1);
    this.sync();
    return undefined;
  }
}
