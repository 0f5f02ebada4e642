/** What FRR shows of OSPF and BGP, laid out as FRR 8.4.4 does (recorded; the summary of BGP is recalled). */
import type { Neighbour } from '../../ospf.js';
import type { Device } from '../device.js';
import { flags } from '../show.js';
import type { Frr } from './frr.js';

export type Json = string | number | boolean | readonly Json[] | { readonly [key: string]: Json };

/** json-c's pretty form: two blanks, none behind a colon. @param slash - How a slash is written. */
export function pretty(value: Json, slash = '/', indent = ''): string {
  const inner = `${indent}  `;
  if (Array.isArray(value)) {
    const list = value as readonly Json[];
    return `[\n${list.map((v) => `${inner}${pretty(v, slash, inner)}`).join(',\n')}\n${indent}]`;
  }
  if (typeof value !== 'object') return JSON.stringify(value).replaceAll('/', slash);
  const entries = Object.entries(value as Readonly<Record<string, Json>>);
  const body = entries.map(([key, v]) => `${inner}${JSON.stringify(key)}:${pretty(v, slash, inner)}`).join(',\n');
  return `{\n${body === '' ? '' : `${body}\n`}${indent}}`;
}

const SHORT: Readonly<Record<Neighbour['state'], string>> = { Init: 'Init/-', ExStart: 'ExStart/-', Exchange: 'Exchange/-', Full: 'Full/-' };
const DEAD_DUE = 35_000;

/** 12.345s under a minute, then 2m00s, 1h00m00s. */
export function span(ms: number): string {
  if (ms < 60_000) return `${(ms / 1000).toFixed(3)}s`;
  const [s, m, h] = [Math.floor(ms / 1000) % 60, Math.floor(ms / 60_000) % 60, Math.floor(ms / 3_600_000)];
  const two = (n: number): string => String(n).padStart(2, '0');
  return h === 0 ? `${m}m${two(s)}s` : `${h}h${two(m)}m${two(s)}s`;
}

function neighbourJson(frr: Frr, n: Neighbour): Json {
  const up = Math.max(0, frr.stack.internet.clock() - n.since);
  const state = SHORT[n.state];
  const own = frr.ports().find((p) => p.interface === n.interface)?.address ?? '';
  return {
    priority: 1,
    state,
    nbrPriority: 1,
    nbrState: state,
    converged: n.state,
    role: 'DROther',
    upTimeInMsec: up,
    deadTimeMsecs: DEAD_DUE,
    routerDeadIntervalTimerDueMsec: DEAD_DUE,
    upTime: span(up),
    deadTime: span(DEAD_DUE),
    address: n.address,
    ifaceAddress: n.address,
    ifaceName: `${n.interface}:${own}`,
    retransmitCounter: 0,
    linkStateRetransmissionListCounter: 0,
    requestCounter: 0,
    linkStateRequestListCounter: 0,
    dbSummaryCounter: 0,
    databaseSummaryListCounter: 0,
  };
}

function byRouter(frr: Frr, list: readonly Neighbour[]): Record<string, Json> {
  const found: Record<string, Json[]> = {};
  for (const n of list) found[n.routerId] = [...(found[n.routerId] ?? []), neighbourJson(frr, n)];
  return found;
}

export function ospfNeighbours(frr: Frr, name: string | undefined, json: boolean): string {
  const all = frr.stack.internet.ospf.neighboursOf(frr.stack.host);
  const list = all.filter((n) => name === undefined || n.interface === name);
  if (!json) {
    const row = (n: Neighbour): string => {
      const up = span(Math.max(0, frr.stack.internet.clock() - n.since));
      const own = frr.ports().find((p) => p.interface === n.interface)?.address ?? '';
      return `${n.routerId.padEnd(17)} 1 ${SHORT[n.state].padEnd(15)} ${up.padEnd(15)}  ${span(DEAD_DUE).padEnd(9)} ${n.address.padEnd(15)} ${`${n.interface}:${own}`.padEnd(32)}     0     0     0\n`;
    };
    return `\nNeighbor ID     Pri State           Up Time         Dead Time Address         Interface                        RXmtL RqstL DBsmL\n${list.map(row).join('')}\n`;
  }
  if (frr.config.ospf === undefined) return '{\n}\n';
  return `${name === undefined ? pretty({ neighbors: byRouter(frr, list) }, '\\/') : pretty(byRouter(frr, list))}\n`;
}

function interfaceJson(frr: Frr, device: Device): Json {
  const port = frr.port(device);
  const shown = flags(device)
    .filter((f) => f !== 'LOWER_UP')
    .sort((a, b) => ORDER.indexOf(a) - ORDER.indexOf(b));
  const names = [...(device.net.up ? ['UP'] : []), ...shown.filter((f) => f !== 'UP')];
  const running = device.net.up ? ['RUNNING'] : [];
  const at = names.indexOf('NOARP');
  const list = at < 0 ? [...names, ...running] : [...names.slice(0, at), ...running, ...names.slice(at)];
  const base = { ifUp: device.net.up, ifIndex: device.index, mtuBytes: device.net.mtu, bandwidthMbit: 0, ifFlags: `<${list.join(',')}>` };
  if (port === undefined) return { ...base, ospfEnabled: false };
  const near = frr.stack.internet.ospf.neighboursOf(frr.stack.host).filter((n) => n.interface === device.name);
  const ptp = port.network === 'point-to-point';
  return {
    ...base,
    ospfEnabled: true,
    ...(port.nets.length === 0 ? { ifUnnumbered: true } : { ipAddress: port.address }),
    area: port.area,
    routerId: frr.routerId(),
    networkType: ptp ? 'POINTOPOINT' : port.network === 'loopback' ? 'LOOPBACK' : 'BROADCAST',
    cost: port.cost,
    transmitDelaySecs: 1,
    state: ptp ? 'Point-To-Point' : port.network === 'loopback' ? 'Loopback' : 'DR',
    priority: 1,
    mcastMemberOspfAllRouters: true,
    timerMsecs: port.hello * 1000,
    timerDeadSecs: port.dead,
    timerWaitSecs: port.dead,
    timerRetransmitSecs: 5,
    timerHelloInMsecs: 5000,
    nbrCount: near.length,
    nbrAdjacentCount: near.filter((n) => n.state === 'Full').length,
  };
}

const ORDER = ['UP', 'BROADCAST', 'LOOPBACK', 'POINTOPOINT', 'NOARP', 'MULTICAST'];

export function ospfInterfaces(frr: Frr, name: string | undefined): string {
  if (frr.config.ospf === undefined) return '{\n}\n';
  const { devices } = frr.machine.kernel;
  if (name !== undefined && !frr.exists(name)) return `${pretty({ noSuchIface: true })}\n`;
  const list = devices.filter((d) => (name === undefined ? frr.port(d) !== undefined : d.name === name));
  return `${pretty({ interfaces: Object.fromEntries(list.map((d) => [d.name, interfaceJson(frr, d)])) })}\n`;
}

/** The same as text. */
export function ospfInterfaceText(frr: Frr, name: string | undefined): string {
  const list = frr.machine.kernel.devices.filter((d) => (name === undefined ? frr.port(d) !== undefined : d.name === name));
  return `${list.map((d) => interfaceText(frr, d)).join('\n')}\n`;
}

function interfaceText(frr: Frr, device: Device): string {
  const port = frr.port(device);
  const flagText = flags(device).filter((f) => f !== 'LOWER_UP');
  const head = `${device.name} is ${device.net.up ? 'up' : 'down'}\n  ifindex ${device.index}, MTU ${device.net.mtu} bytes, BW 0 Mbit <${flagText.join(',')}>\n`;
  if (port === undefined) return `${head}  OSPF not enabled on this interface\n`;
  const near = frr.stack.internet.ospf.neighboursOf(frr.stack.host).filter((n) => n.interface === device.name);
  const where = port.nets.length === 0 ? 'This interface is UNNUMBERED' : `Internet Address ${port.address}`;
  const type = port.network === 'point-to-point' ? ['POINTOPOINT', 'Point-To-Point'] : ['BROADCAST', 'DR'];
  return `${head}  ${where}, Area ${port.area}
  MTU mismatch detection: enabled
  Router ID ${frr.routerId()}, Network Type ${type[0]}, Cost: ${port.cost}
  Transmit Delay is 1 sec, State ${type[1]}, Priority 1
  No backup designated router on this network
  Multicast group memberships: OSPFAllRouters
  Timer intervals configured, Hello ${port.hello}s, Dead ${port.dead}s, Wait ${port.dead}s, Retransmit 5
    Hello due in 5.000s
  Neighbor Count is ${near.length}, Adjacent neighbor count is ${near.filter((n) => n.state === 'Full').length}
`;
}

export function bgpSummary(frr: Frr): string {
  const { bgp } = frr.config;
  if (bgp === undefined) return '{}\n';
  const peers = frr.peers();
  const shown = peers.map((p) => [
    p.address,
    {
      remoteAs: p.remoteAs,
      localAs: bgp.as,
      version: 4,
      msgRcvd: p.established ? 4 : 0,
      msgSent: p.established ? 4 : 0,
      tableVersion: 0,
      outq: 0,
      inq: 0,
      peerUptime: p.established ? '00:00:10' : 'never',
      peerUptimeMsec: p.established ? 10_000 : 0,
      pfxRcd: 0,
      state: p.established ? 'Established' : 'Active',
      peerState: 'OK',
      connectionsEstablished: p.established ? 1 : 0,
      connectionsDropped: 0,
      idType: 'ipv4',
    },
  ]);
  const summary = {
    routerId: bgp.routerId ?? frr.routerId(),
    as: bgp.as,
    vrfId: 0,
    vrfName: 'default',
    tableVersion: 0,
    peerCount: peers.length,
    peers: Object.fromEntries(shown) as Json,
    failedPeers: peers.filter((p) => !p.established).length,
    displayedPeers: peers.length,
    totalPeers: peers.length,
    dynamicPeers: 0,
  };
  return peers.length === 0 ? '{}\n' : `${pretty({ ipv4Unicast: summary })}\n`;
}
