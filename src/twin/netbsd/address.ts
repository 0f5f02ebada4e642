/**
 * inet addresses on interfaces: set, alias, delete, with the routes that the kernel makes and forgets.
 *
 * Sources: netbsd-transcripts 2, 2b, 2c, 6 to 6f; os-facts 16.1.2 (the old driver takes the inner pair for the outer one).
 */
import { toNumber } from '../interface.js';
import { type Errno, raise, settle } from './gre.js';
import { type Inet, KernelPanic, maskOf, type NetBsdState, type NetIf, prefixOf, toAddress } from './state.js';

/** The classful mask that a missing netmask means (10/8 is class A). */
export function classful(address: string): number {
  const first = Number(address.split('.')[0]);
  return maskOf(first < 128 ? 8 : first < 192 ? 16 : 24);
}

function addRoutes(state: NetBsdState, item: NetIf, inet: Inet, wasUp: boolean): void {
  const { local, peer, mask } = inet;
  if (item.kind === 'loopback') {
    state.addRoute({ dest: local, prefix: 32, gateway: 'lo0', flags: state.release.localRoutes ? 'UHl' : 'UH', via: 'lo0' });
  } else if (item.kind === 'ethernet') {
    const prefix = prefixOf(mask);
    const bits = (n: number): number => Number((BigInt(n) & BigInt(mask)).toString());
    state.addRoute({ dest: toAddress(bits(toNumber(local))), prefix, gateway: `link#${item.index}`, flags: 'U', via: item.name });
    state.addRoute({ dest: local, prefix: 32, gateway: `link#${item.index}`, flags: 'UHl', via: 'lo0' });
    state.stack.internet.claim(local, state.stack);
  } else {
    // Where the kernel's own route points depends on whether the interface was up before the address came (transcript 2 against 2b).
    const via = item.kind === 'gre' && wasUp ? item.name : 'lo0';
    if (state.release.localRoutes && local !== peer) state.addRoute({ dest: local, prefix: 32, gateway: item.name, flags: 'UHl', via });
    if (peer !== undefined) state.addRoute({ dest: peer, prefix: 32, gateway: local, flags: 'UH', via: item.name });
  }
}

/** Takes one address off. A local route that lies on the tunnel itself is left behind (transcript 6c). */
export function removeInet(state: NetBsdState, item: NetIf, local: string | undefined): Errno | undefined {
  const inet = local === undefined ? item.inets[0] : item.inets.find((a) => a.local === local);
  if (inet === undefined) return "Can't assign requested address";
  item.inets = item.inets.filter((a) => a !== inet);
  state.routes = state.routes.filter(
    (r) =>
      !(r.dest === inet.peer && r.gateway === inet.local && r.via === item.name) &&
      !(r.dest === inet.local && r.prefix === 32 && r.via === 'lo0' && !state.isLocal(inet.local)) &&
      !(r.flags.includes('G') && r.via === item.name && (r.gateway === inet.peer || item.kind === 'ethernet')) &&
      !(item.kind === 'ethernet' && r.gateway === `link#${item.index}` && r.prefix === prefixOf(inet.mask)),
  );
  if (item.kind === 'ethernet') state.stack.internet.release(inet.local, state.stack);
  state.sync();
  return undefined;
}

/** The old driver copies the inner pair into the outer one, and is up then. */
function overwriteOuter(state: NetBsdState, item: NetIf, inet: Inet): void {
  item.outer = { family: 'inet', src: inet.local, dst: inet.peer ?? '0.0.0.0' };
  item.iface.up = true;
  settle(state, item);
}

/** SIOCAIFADDR, after the first address was taken off unless `alias`. */
export function addInet(state: NetBsdState, item: NetIf, inet: Inet, alias: boolean): Errno | undefined {
  const wasUp = item.iface.up;
  if (item.kind === 'gre' && state.release.lockPanic && !wasUp && item.outer !== undefined) {
    throw new KernelPanic('mutex_vector_enter: locking against myself (softnet_lock in rip_attach)');
  }
  const stale = state.hostRoute(inet.local);
  if (item.kind === 'gre' && state.release.addressPanic && stale?.flags.includes('l') && state.find(stale.via)?.kind === 'gre') item.poisoned = true;
  if (!alias && item.inets.length > 0) removeInet(state, item, undefined);
  item.inets = [...item.inets.filter((a) => a.local !== inet.local), inet];
  if (item.kind === 'gre' && state.release.greconfig) overwriteOuter(state, item, inet);
  else if (!item.iface.up) raise(state, item);
  addRoutes(state, item, inet, wasUp);
  state.sync();
  return undefined;
}
