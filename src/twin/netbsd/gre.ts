/**
 * The gre(4) drivers of NetBSD: the old one (greconfig), the one after June 2002, and the one with kernel sockets (5.0 and later).
 *
 * In: what the ioctls ask for. Out: an errno text or nothing; the interface's tunnel in the shared stack follows. Sources: os-facts 3, 4.2,
 * 16.1 to 16.3; netbsd-transcripts 2 to 8 and 11.
 */
import type { TunnelEndpoint } from '../stack.js';
import type { NetBsdState, NetIf, OuterPair } from './state.js';

export type Errno = 'Invalid argument' | "Can't assign requested address" | 'Device not configured' | 'Inappropriate ioctl for device';

const ZERO = '0.0.0.0';

export const isRunning = (state: NetBsdState, item: NetIf): boolean => {
  if (item.kind === 'loopback' || item.kind === 'ethernet') return item.iface.up;
  if (item.kind !== 'gre' || state.release.greconfig || !item.iface.up || item.outer === undefined) return false;
  return !state.release.sockets || item.socket !== 'none';
};

/** Brings the stack's idea of the tunnel up to date. */
export function settle(state: NetBsdState, item: NetIf): void {
  const { outer, iface } = item;
  delete iface.tunnel;
  if (item.kind !== 'gre' || outer === undefined || outer.family !== 'inet') return;
  // UP with a pair and no socket: not RUNNING, packets are refused (Network is down).
  if (state.release.sockets && item.socket === 'none') return;
  const { ttl } = state.release;
  iface.tunnel = {
    local: outer.src,
    remote: outer.dst,
    ttl: ttl === 'grettl' ? Math.min(255, Number(state.sysctls.get('net.inet.ip.grettl') ?? '30')) : ttl,
    df: false,
    passes: () => item.proto === 47 && (!state.release.sockets || item.socket === 'live'),
    ...inUdp(item),
  };
}

/** The UDP socket is connected: it takes packets of the other end's port alone (11b, sockstat). */
function inUdp({ link, outer }: NetIf): Pick<TunnelEndpoint, 'udp' | 'accepts'> {
  if (!link[0] || !link[2] || outer?.srcPort === undefined || outer.dstPort === undefined) return {};
  const [source, destination] = [Number(outer.srcPort), Number(outer.dstPort)];
  return { udp: { source, destination }, accepts: ({ udp }) => udp?.source === destination && udp.destination === source };
}

/** Opens the kernel's socket for the pair, as `up` or `tunnel` on an interface that is up does. */
function open(state: NetBsdState, item: NetIf, pair: OuterPair): Errno | undefined {
  if (!state.release.sockets) return undefined;
  if (pair.family === 'inet' && !state.isLocal(pair.src)) return "Can't assign requested address";
  item.socket = 'live';
  return undefined;
}

/** IFF_UP on. The flag stays set even where the socket fails (transcript 5b). */
export function raise(state: NetBsdState, item: NetIf): Errno | undefined {
  // The old driver takes UP back while either outer address is missing (16.1.4).
  if (state.release.greconfig && item.kind === 'gre' && item.outer === undefined) return undefined;
  item.iface.up = true;
  item.detached = false;
  item.linkLocal = true;
  if (item.kind !== 'gre') return undefined;
  const wrong = item.outer !== undefined && item.socket === 'none' ? open(state, item, item.outer) : undefined;
  settle(state, item);
  return wrong;
}

export function lower(state: NetBsdState, item: NetIf): void {
  item.iface.up = false;
  item.detached = item.inets.length > 0;
  item.socket = 'none';
  settle(state, item);
}

/** SIOCSLIFPHYADDR. */
export function setTunnel(state: NetBsdState, item: NetIf, pair: OuterPair): Errno | undefined {
  if (item.kind !== 'gre' && item.kind !== 'gif') return 'Inappropriate ioctl for device';
  if (pair.src === ZERO || pair.dst === ZERO) {
    delete item.outer;
    item.socket = 'none';
    settle(state, item);
    return undefined;
  }
  if (item.kind === 'gre' && item.iface.up && state.release.sockets) {
    const had = item.socket;
    const wrong = open(state, item, pair);
    if (wrong !== undefined) return wrong;
    // Transcript 7: the new socket is installed, then the driver drops the installed one. State shows the new pair and RUNNING.
    if (had !== 'none') item.socket = 'dead';
  }
  item.outer = pair;
  settle(state, item);
  return undefined;
}

/** SIOCDIFPHYADDR: takes UP away with the pair (transcript 8), addresses and routes stay. */
export function deleteTunnel(state: NetBsdState, item: NetIf): void {
  delete item.outer;
  item.iface.up = false;
  item.socket = 'none';
  settle(state, item);
}

/** SIOCSIFMTU. */
export function setMtu(state: NetBsdState, item: NetIf, mtu: number): Errno | undefined {
  const max = item.kind === 'gre' ? state.release.mtuMax : item.kind === 'ethernet' ? 1500 : Number.POSITIVE_INFINITY;
  // os-facts 16.1.5 and transcript 3: 576 is the least; the largest number is what fits an int.
  if (mtu < 576 || mtu > max) return 'Invalid argument';
  item.iface.mtu = mtu > 0x7fffffff ? item.iface.mtu : mtu;
  return undefined;
}

/** link0 to link2. The flag changes even when the driver says no (transcript 11). */
export function setLink(state: NetBsdState, item: NetIf, n: 0 | 1 | 2, on: boolean): Errno | undefined {
  item.link[n] = on;
  if (item.kind !== 'gre' || !state.release.sockets || n === 1) return undefined;
  const [link0, , link2] = item.link;
  if (!link0 && !link2) return 'Invalid argument';
  if (link0 && link2 && item.socket !== 'none' && item.outer?.srcPort === undefined) return "Can't assign requested address";
  return undefined;
}

/** greconfig's GRESADDRS and GRESADDRD of the old driver: both set raises UP. */
export function setOldPair(state: NetBsdState, item: NetIf, src: string, dst: string): void {
  if (src === ZERO && dst === ZERO) delete item.outer;
  else item.outer = { family: 'inet', src, dst };
  if (src !== ZERO && dst !== ZERO) item.iface.up = true;
  settle(state, item);
}
