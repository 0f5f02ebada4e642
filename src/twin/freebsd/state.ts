/**
 * What a running FreeBSD kernel knows beside the packet stack: gre units, modules, sysctls. Forgotten at every boot.
 *
 * The rules when a gre interface runs are here (os-facts.md 2.1, 16.4, 16.5), because several commands change what they depend on.
 */
import type { FileTree } from '../files.js';
import type { Pf } from '../pf/pf.js';
import type { Interface, IpStack, TunnelEndpoint } from '../stack.js';
import type { Ipfw } from './ipfw.js';
import { flipLastBit } from './net.js';
import type { Release } from './releases.js';

export interface GreUnit {
  local: string;
  remote: string;
  /** Old driver only: whether a route to the other side was there when the pair was set. */
  routed: boolean;
  link0: boolean;
  /** GRE in UDP, from 12.1 on. */
  udp?: boolean;
  key?: number;
}

export interface LoadedModule {
  readonly id: number;
  readonly address: string;
  readonly size: string;
  readonly file: string;
}

export interface Machine {
  readonly release: Release;
  readonly files: FileTree;
  readonly stack: IpStack;
  readonly options: { readonly nogre: boolean; readonly builtin: boolean };
  gre: Map<string, GreUnit>;
  descriptions: Map<string, string>;
  modules: LoadedModule[];
  nextModule: number;
  readonly pf: Pf;
  readonly ipfw: Ipfw;
  /** Values that were set; the rest have their defaults. */
  sysctls: Map<string, string>;
  /** Lines for the console while booting. */
  console: string[];
}

export const moduleFile = (m: Machine): string => `${m.release.modulePath}/if_gre.ko`;

export const greLoaded = (m: Machine): boolean => m.options.builtin || m.modules.some((x) => x.file === 'if_gre.ko');

function load(m: Machine, file: string): void {
  const wide = m.release.machine === 'amd64';
  m.modules.push({ id: m.nextModule++, address: wide ? '0xffffffff82a11000' : '0xc14ab000', size: wide ? '3530' : '4000', file });
}

/** Loads the module if its file is there. False if not. */
export function loadGre(m: Machine, path = moduleFile(m)): boolean {
  if (greLoaded(m) || m.files.read(path) === undefined) return false;
  load(m, 'if_gre.ko');
  return true;
}

export const filterLoaded = (m: Machine, name: string): boolean => m.modules.some((x) => x.file === `${name}.ko`);

/** Loads a packet filter: ipfw denies everything from then on, pf waits to be enabled. */
export function loadFilter(m: Machine, name: 'pf' | 'ipfw' | 'ipfw_pmod'): boolean {
  if (filterLoaded(m, name) || m.files.read(`${m.release.modulePath}/${name}.ko`) === undefined) return false;
  // ipfw_pmod depends on ipfw (MODULE_DEPEND in sys/netpfil/ipfw/pmod/pmod.c).
  if (name === 'ipfw_pmod') loadFilter(m, 'ipfw');
  load(m, `${name}.ko`);
  if (name === 'ipfw') m.ipfw.loaded = true;
  if (name === 'ipfw_pmod') m.ipfw.setsMss = true;
  return true;
}

/** IFF_RUNNING of a gre unit. */
export function running(m: Machine, unit: GreUnit): boolean {
  if (unit.local === '') return false;
  if (m.release.driver === 'base') return unit.routed;
  return m.release.major < 12 || m.stack.hasAddress(unit.local);
}

/**
 * Whether packets pass. Up to 5 the driver asks for UP *or* RUNNING (freebsd-src sys/net/if_gre.c of 2004, `if_flags & (IFF_UP | IFF_RUNNING)`),
 * from 6 on for both; a pair set before there is a default route is dead there until it is set again.
 */
function carries(m: Machine, unit: GreUnit): boolean {
  return m.release.driver === 'base' && m.release.major < 6 ? unit.local !== '' : running(m, unit);
}

/** Sets the outer pair. False: refused with EADDRNOTAVAIL, nothing changed. */
export function setPair(m: Machine, name: string, local: string, remote: string): boolean {
  const unit = m.gre.get(name);
  if (unit === undefined || local === '0.0.0.0' || remote === '0.0.0.0') return false;
  if (m.release.driver === 'rewritten' && unit.local === local && unit.remote === remote) return true;
  for (const [other, u] of m.gre) if (other !== name && u.local === local && u.remote === remote) return false;
  unit.local = local;
  unit.remote = remote;
  unit.routed = m.stack.lookup(flipLastBit(remote)) !== undefined;
  return true;
}

export const defaultGreMtu = (m: Machine): number =>
  m.release.driver === 'third-party' ? Number(m.sysctls.get('net.inet.ip.gre_default_mtu') ?? 1476) : 1476;

export function createGre(m: Machine, name: string): Interface {
  m.gre.set(name, { local: '', remote: '', routed: false, link0: m.release.driver === 'base' });
  return m.stack.addInterface(name, 'tunnel', defaultGreMtu(m));
}

export function destroyGre(m: Machine, name: string): void {
  const made = m.stack.interfaces.get(name);
  const own = made?.addresses.map((a) => a.local) ?? [];
  m.stack.removeInterface(name);
  m.stack.routes = m.stack.routes.filter((r) => !(r.local === true && r.gateway === undefined && own.includes(r.dest)));
  m.gre.delete(name);
  m.descriptions.delete(name);
}

const GRE_IN_UDP = 4754;
/** udpport 0: the source port follows the flow, within the ephemeral range. */
const FLOW_PORT = 51234;

/** The kernel's socket for GRE in UDP is there while an interface uses it, and takes packets of any source port (sys/net/if_gre.c, gre_udp_input). */
function inUdp(unit: GreUnit): Pick<TunnelEndpoint, 'udp' | 'accepts'> {
  if (unit.udp !== true) return {};
  return { udp: { source: FLOW_PORT, destination: GRE_IN_UDP }, accepts: (outer) => outer.udp?.destination === GRE_IN_UDP };
}

/** Brings the packet stack in line with the units; called after every command, since addresses and routes come and go. */
export function syncGre(m: Machine): void {
  for (const [name, unit] of m.gre) {
    const on = m.stack.interfaces.get(name);
    if (on === undefined) continue;
    if (!carries(m, unit)) {
      delete on.tunnel;
      continue;
    }
    const ttl = m.release.driver === 'rewritten' ? Number(m.sysctls.get('net.inet.ip.grettl') ?? 30) : 30;
    // link0 off is the MOBILE protocol: nothing of it is understood by a gre peer.
    const passes = (): boolean => m.release.driver !== 'base' || unit.link0;
    on.tunnel = {
      local: unit.local,
      remote: unit.remote,
      ttl,
      df: false,
      passes,
      ...(unit.key === undefined ? {} : { key: unit.key }),
      ...inUdp(unit),
    };
  }
}
