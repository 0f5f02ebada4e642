/**
 * What a running OpenBSD kernel knows beside the packet stack: gre units and sysctls. Forgotten at every boot.
 *
 * In: changes by commands. Out: tunnels in the stack, and the cached route of the old drivers.
 */
import type { FileTree } from '../files.js';
import { flipLastBit } from '../freebsd/net.js';
import type { Pf } from '../pf/pf.js';
import type { Interface, IpStack, Route } from '../stack.js';
import type { Release } from './releases.js';

export interface GreUnit {
  local: string;
  remote: string;
  ttl: number | 'inherit';
  df: boolean;
  link0: boolean;
  key?: number;
  /** Old drivers: the route of the outer packets, looked up when the pair was set. */
  cached?: Route;
}

export interface Machine {
  readonly release: Release;
  readonly files: FileTree;
  readonly stack: IpStack;
  gre: Map<string, GreUnit>;
  index: Map<string, number>;
  descriptions: Map<string, string>;
  sysctls: Map<string, string>;
  console: string[];
  readonly pf: Pf;
}

export const allowed = (m: Machine): boolean => m.sysctls.get('net.inet.gre.allow') === '1';

export function createGre(m: Machine, name: string): Interface {
  // net/if_gre.c 1.3 copies the inner TTL, 1.42 takes ip_defttl, as the new ones do.
  m.gre.set(name, {
    local: '',
    remote: '',
    ttl: m.release.driver === 'static' ? 'inherit' : m.stack.defaultTtl,
    df: false,
    link0: m.release.driver === 'link0',
  });
  m.index.set(name, Math.max(0, ...m.index.values()) + 1);
  return m.stack.addInterface(name, 'tunnel', m.release.defaultMtu);
}

export function destroyGre(m: Machine, name: string): void {
  const own = m.stack.interfaces.get(name)?.addresses.map((a) => a.local) ?? [];
  m.stack.removeInterface(name);
  m.stack.routes = m.stack.routes.filter((r) => !(r.local === true && r.gateway === undefined && own.includes(r.dest)));
  for (const map of [m.gre, m.index, m.descriptions]) map.delete(name);
}

/** Stores the outer pair. Old drivers look up the route to (remote, last bit turned over) now and keep it. */
export function setPair(m: Machine, name: string, local: string, remote: string): void {
  const unit = m.gre.get(name);
  if (unit === undefined) return;
  unit.local = local;
  unit.remote = remote;
  delete unit.cached;
  if (m.release.driver !== 'static' && m.release.driver !== 'link0') return;
  const route = m.stack.lookup(flipLastBit(remote));
  if (route !== undefined && route.interface !== name) unit.cached = route;
}

export const isSet = (unit: GreUnit): boolean => unit.local !== '' && unit.remote !== '';

/** Brings the packet stack in line with the units; called after every command. */
export function syncGre(m: Machine): void {
  for (const [name, unit] of m.gre) {
    const on = m.stack.interfaces.get(name);
    if (on === undefined) continue;
    if (!isSet(unit)) {
      delete on.tunnel;
      continue;
    }
    const passes = (): boolean => allowed(m) && (m.release.driver !== 'link0' || unit.link0);
    const key = unit.key === undefined ? {} : { key: unit.key };
    on.tunnel = { local: unit.local, remote: unit.remote, ttl: unit.ttl, df: unit.df, passes, ...key };
  }
}

/**
 * Outer packets of the old drivers leave by the route cached when the pair was set, not by the routing table: their own interface may
 * have a host route to the outer peer, and a look-up would lead into the tunnel again (if_gre.c, gre_compute_route).
 */
export function useCachedRoutes(m: Machine): void {
  const plain = m.stack.output.bind(m.stack);
  m.stack.output = (packet, ...how) => {
    const unit = packet.protocol === 47 ? [...m.gre.values()].find((u) => u.local === packet.src && u.remote === packet.dst) : undefined;
    if (unit?.cached === undefined) return plain(packet, ...how);
    const routes = m.stack.routes;
    m.stack.routes = [{ ...unit.cached, dest: packet.dst, prefix: 32 }];
    try {
      return plain(packet, ...how);
    } finally {
      m.stack.routes = routes;
    }
  };
}

/** All that commands may change, to compare before and after. */
export function snapshotOf(m: Machine): object {
  return {
    interfaces: [...m.stack.interfaces.values()].map(({ tunnel, ...on }) => ({
      ...on,
      counters: undefined,
      outer: tunnel === undefined ? undefined : { local: tunnel.local, remote: tunnel.remote, ttl: tunnel.ttl },
      unit: m.gre.get(on.name),
      description: m.descriptions.get(on.name),
    })),
    routes: m.stack.routes,
    sysctls: Object.fromEntries(m.sysctls),
    forwarding: m.stack.forwarding,
    filters: { pf: m.pf.enabled, ...m.pf.texts() },
    files: m.files.snapshot(),
  };
}
