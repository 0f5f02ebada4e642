/**
 * The kernel of a simulated Linux, as far as GRE tunnels need it: devices with their indices, the gre driver's rules, addresses, routes.
 *
 * In: requests as rtnetlink would carry them. Out: undefined where the kernel said yes, else the text that iproute2 prints for its refusal.
 * The rules are those of net/ipv4/ip_gre.c, ip_tunnel.c, devinet.c and fib_frontend.c of 6.1, held against recorded sessions.
 */
import { covers, type IpStack } from '../stack.js';
import { type Device, type Devices, EEXIST, EINVAL, type Gre, type Refusal } from './device.js';
import { linkLocal } from './inet6.js';
import type { ModuleTable } from './modules.js';
import { masked } from './result.js';
import { RouteTable } from './routes.js';

const NAME_MAX = 15;
const ETHERNET_MTU = 1500;
const header = (gre: Gre): number => 24 + (gre.key === undefined ? 0 : 4);
const overhead = (gre: Gre): number => header(gre) + (gre.fou === undefined ? 0 : 8);
/** What the kernel chooses for a flow lies in net.ipv4.ip_local_port_range. */
const AUTO_PORT = 47321;
/** Devices that the driver made itself and that nobody can take away. */
const FALLBACK = ['gre0', 'gretap0', 'erspan0'];

export class Kernel implements Devices {
  devices: Device[] = [];
  readonly routes: RouteTable;
  private nextIndex = 1;
  /** UDP ports on which fou receives GRE. */
  readonly fouPorts = new Set<number>();

  constructor(
    readonly stack: IpStack,
    readonly modules: ModuleTable,
  ) {
    this.routes = new RouteTable(this);
  }

  /** As after power on: no device but lo and the network card. */
  reset(nic: string, moreCards: readonly string[] = []): void {
    for (const device of this.devices) for (const a of device.net.addresses) this.stack.internet.release(a.local, this.stack);
    this.stack.interfaces.clear();
    this.devices = [];
    this.nextIndex = 1;
    this.routes.clear();
    this.modules.reset();
    this.fouPorts.clear();
    this.register('lo', 'loopback', 65536);
    for (const card of [nic, ...moreCards]) this.register(card, 'ether', ETHERNET_MTU);
    if (this.modules.greReady) this.fallbackDevices();
  }

  find(name: string): Device | undefined {
    return this.devices.find((d) => d.name === name);
  }

  private register(name: string, type: Device['type'], mtu: number, gre?: Gre): Device {
    const kind = type === 'loopback' ? 'loopback' : type === 'ether' ? 'physical' : 'tunnel';
    const net = this.stack.addInterface(name, kind, mtu);
    const index = this.nextIndex++;
    const mac = type === 'ether' ? '52:54:00:00:00:01' : '00:00:00:00:00:00';
    const multicast = type !== 'loopback' && type !== 'gre';
    const device: Device = { index, name, type, mac, net, multicast, activated: false, ...(gre === undefined ? {} : { gre }) };
    this.devices.push(device);
    return device;
  }

  private fallbackDevices(): void {
    this.register('gre0', 'gre', 1476, { local: '', remote: '', ttl: 0 });
    this.register('gretap0', 'gretap', 1462);
    this.register('erspan0', 'erspan', 1450);
  }

  /** Loads ip_gre (by hand or by itself when a device of the type is asked for). False: there is no such driver. */
  loadGre(): boolean {
    if (this.modules.greReady) return true;
    if (this.modules.driver === 'missing') return false;
    this.modules.greReady = true;
    this.fallbackDevices();
    return true;
  }

  /** Takes the module out, with every device of it. */
  unloadGre(): void {
    for (const device of this.devices.filter((d) => ['gre', 'gretap', 'erspan'].includes(d.type))) this.unregister(device);
    this.modules.greReady = false;
  }

  private unregister(device: Device): void {
    this.stack.removeInterface(device.name);
    this.devices = this.devices.filter((d) => d !== device);
    this.routes.dropDevice(device.name);
  }

  private taken(gre: Gre, except?: Device): boolean {
    return this.devices.some(
      (d) => d !== except && d.gre !== undefined && d.gre.local === gre.local && d.gre.remote === gre.remote && d.gre.key === gre.key,
    );
  }

  /** Creates a tunnel, all or nothing. Two reasons have the same answer: the name is taken, or the addresses are. */
  addGre(name: string, gre: Gre, mtu?: number): Refusal | undefined {
    if (name.length > NAME_MAX) return 'Error: Attribute failed policy validation.';
    if (this.find(name) !== undefined) return EEXIST;
    if (!this.loadGre()) return 'Error: Unknown device type.';
    // ip_tunnel_encap_setup: the ops of fou are there once its module is.
    if (gre.fou !== undefined && !this.modules.fouReady) return EINVAL;
    if (this.find(name) !== undefined || this.taken(gre)) return EEXIST;
    if (mtu !== undefined && this.mtuRefused('gre', mtu, gre)) return EINVAL;
    const device = this.register(name, 'gre', mtu ?? this.routeMtu(gre) - overhead(gre), gre);
    this.bind(device, gre);
    return undefined;
  }

  private routeMtu(gre: Gre): number {
    const via = gre.remote === '' ? undefined : this.routes.lookup(gre.remote);
    return via === undefined ? ETHERNET_MTU : (this.find(via.interface)?.net.mtu ?? ETHERNET_MTU);
  }

  private bind(device: Device, gre: Gre): void {
    const routes = this.routes;
    device.gre = gre;
    if (gre.remote === '') return;
    device.net.tunnel = {
      get local() {
        return gre.local === '' ? (routes.source(gre.remote) ?? '') : gre.local;
      },
      remote: gre.remote,
      ttl: gre.ttl === 0 ? 'inherit' : gre.ttl,
      df: true,
      ...(gre.key === undefined ? {} : { key: gre.key }),
      ...(gre.fou === undefined ? {} : { udp: { source: gre.fou.source || AUTO_PORT, destination: gre.fou.destination } }),
      // fou hands on what comes to one of its ports, whichever tunnel it is for (net/ipv4/fou_core.c).
      accepts: (outer) => outer.udp === undefined || this.fouPorts.has(outer.udp.destination),
      passes: () => true,
    };
  }

  /** Changes a tunnel in place: addresses, routes and UP stay, packets take the new way at once. */
  changeGre(device: Device, gre: Gre): Refusal | undefined {
    const before = device.gre;
    if (before === undefined) return 'RTNETLINK answers: Operation not supported';
    if (device.name === 'gre0' || (before.remote === '') !== (gre.remote === '')) return EINVAL;
    if (this.taken(gre, device)) return EEXIST;
    if (gre.fou !== undefined && !this.modules.fouReady) return EINVAL;
    // ipgre_link_update counts what the GRE header grows by; the encapsulation's own header changes no MTU in place.
    device.net.mtu = Math.max(68, device.net.mtu - (header(gre) - header(before)));
    this.bind(device, gre);
    return undefined;
  }

  /** Undefined also for the driver's own devices: the answer is yes, and nothing happens. */
  remove(device: Device): Refusal | undefined {
    if (FALLBACK.includes(device.name)) return undefined;
    if (device.gre === undefined) return 'RTNETLINK answers: Operation not supported';
    this.unregister(device);
    return undefined;
  }

  private mtuRefused(type: Device['type'], mtu: number, gre?: Gre): boolean {
    return type === 'gre' && (mtu < 68 || mtu > 65535 - overhead(gre ?? { local: '', remote: '', ttl: 0 }));
  }

  setMtu(device: Device, mtu: number): Refusal | undefined {
    if (this.mtuRefused(device.type, mtu, device.gre)) return EINVAL;
    if (mtu < 68) return 'Error: mtu less than device minimum.';
    if (mtu > 65535 && device.type !== 'loopback') return 'Error: mtu greater than device maximum.';
    device.net.mtu = mtu;
    return undefined;
  }

  setUp(device: Device, up: boolean): void {
    if (device.net.up === up) return;
    device.net.up = up;
    if (device.type === 'ether') for (const a of device.net.addresses) this.announce(a.local, up);
    if (!up) {
      this.routes.deviceDown(device.name);
      delete device.inet6;
      return;
    }
    device.activated = true;
    const made = linkLocal(device);
    if (made !== undefined) device.inet6 = made;
    for (const a of device.net.addresses) this.routes.connect(device, a);
  }

  /** Tells the internet where an outer address is now, or that it is gone. */
  private announce(address: string, here: boolean): void {
    if (here) this.stack.internet.claim(address, this.stack);
    else this.stack.internet.release(address, this.stack);
  }

  /** The same address on the same net of the same device is refused, whatever its peer. */
  addAddress(device: Device, local: string, peer: string | undefined, prefix: number): Refusal | undefined {
    const far = peer ?? local;
    const same = device.net.addresses.some((a) => a.local === local && a.prefix === prefix && covers(masked(a.peer ?? a.local, prefix), prefix, far));
    if (same) return EEXIST;
    const address = { local, prefix, ...(peer === undefined || peer === local ? {} : { peer }) };
    device.net.addresses.push(address);
    this.routes.addLocal(device, local);
    if (device.net.up) this.routes.connect(device, address);
    if (device.type === 'ether' && device.net.up) this.announce(local, true);
    return undefined;
  }

  /** Without prefix: the first address with that local part. */
  removeAddress(device: Device, local: string, peer: string | undefined, prefix?: number): Refusal | undefined {
    const found = device.net.addresses.find(
      (a) => a.local === local && (prefix === undefined || (a.prefix === prefix && covers(masked(a.peer ?? a.local, prefix), prefix, peer ?? local))),
    );
    if (found === undefined) return 'RTNETLINK answers: Cannot assign requested address';
    device.net.addresses = device.net.addresses.filter((a) => a !== found);
    this.routes.disconnect(device, found);
    if (device.type === 'ether') this.announce(local, false);
    return undefined;
  }
}
