/** route(8) of NetBSD: add, delete, change, get, show, flush, with its texts (netbsd-transcripts 1, 9, 10). */

import { failed, ok } from '../common.js';
import { toNumber } from '../interface.js';
import { covers } from '../stack.js';
import type { CommandResult } from '../system.js';
import { parseInet } from './parse.js';
import { maskOf, type NetBsdState, prefixOf, type RouteEntry, toAddress } from './state.js';

interface Target {
  readonly dest: string;
  readonly prefix: number;
  readonly host: boolean;
  readonly gateway?: string;
}

class Refused extends Error {}

/** `192.0.2.128/25`, `default`, or an address; host unless a mask or a net says otherwise. */
function target(args: readonly string[]): Target {
  let kind: 'host' | 'net' | undefined;
  let mask: number | undefined;
  const names: string[] = [];
  for (let i = 0; i < args.length; i += 1) {
    const arg = args[i] ?? '';
    if (arg === '-host' || arg === '-net') kind = arg === '-host' ? 'host' : 'net';
    else if (arg === '-netmask') mask = toNumber(parseInet(args[++i] ?? '') ?? '255.255.255.255');
    else if (arg !== '-inet' && arg !== '-n' && arg !== '-static') names.push(arg);
  }
  const [name, gateway] = names;
  if (name === undefined) throw new Refused('missing destination specification');
  const far = gateway === undefined ? {} : { gateway: parseInet(gateway) ?? gateway };
  if (name === 'default') return { dest: '0.0.0.0', prefix: 0, host: false, ...far };
  const [text = '', bits] = name.split('/');
  if (bits !== undefined && !(Number(bits) <= 32)) throw new Refused(`${bits}: bad value`);
  const dest = parseInet(text);
  if (dest === undefined) throw new Refused(`${text}: bad value`);
  if (bits !== undefined) return { dest, prefix: Number(bits), host: false, ...far };
  if (mask !== undefined) return { dest, prefix: prefixOf(mask), host: false, ...far };
  return { dest, prefix: kind === 'net' ? classPrefix(dest) : 32, host: kind !== 'net', ...far };
}

const classPrefix = (dest: string): number => (Number(dest.split('.')[0]) < 128 ? 8 : Number(dest.split('.')[0]) < 192 ? 16 : 24);

function label(verb: string, to: Target): string {
  const name = to.prefix === 0 ? 'default' : to.dest;
  return `${verb} ${to.host ? 'host' : 'net'} ${name}${to.gateway === undefined ? '' : `: gateway ${to.gateway}`}`;
}

const matching = (state: NetBsdState, to: Target): RouteEntry | undefined => state.routes.find((r) => r.dest === to.dest && r.prefix === to.prefix);

/** The interface through which a gateway is reached. */
function viaOf(state: NetBsdState, gateway: string): string | undefined {
  if (gateway === '127.0.0.1') return 'lo0';
  const route = state.stack.lookup(gateway);
  return route?.interface ?? state.interfaces.find((i) => i.kind === 'ethernet')?.name;
}

function refusal(verb: string, to: Target, why: string): CommandResult {
  return failed(1, `route: writing to routing socket: ${why}\n`, `${label(verb, to)}: ${why}\n`);
}

function add(state: NetBsdState, to: Target): CommandResult {
  const gateway = to.gateway ?? '';
  const via = viaOf(state, gateway);
  if (via === undefined) return refusal('add', to, 'Network is unreachable');
  const made = state.addRoute({ dest: to.dest, prefix: to.prefix, gateway, flags: to.host ? 'UGH' : 'UG', via });
  return made ? ok(`${label('add', to)}\n`) : refusal('add', to, 'File exists');
}

function remove(state: NetBsdState, to: Target): CommandResult {
  const entry = matching(state, to);
  if (entry === undefined) {
    const { gateway: _none, ...bare } = to;
    return failed(1, 'route: writing to routing socket: not in table\n', `${label('delete', bare)}: not in table\n`);
  }
  state.dropRoute(entry);
  return ok(`${label('delete', to)}\n`);
}

function change(state: NetBsdState, to: Target): CommandResult {
  const entry = matching(state, to);
  if (entry === undefined) return refusal('change', to, 'not in table');
  state.dropRoute(entry);
  const via = viaOf(state, to.gateway ?? '') ?? entry.via;
  state.addRoute({ ...entry, gateway: to.gateway ?? entry.gateway, via });
  return ok(`${label('change', to)}\n`);
}

function get(state: NetBsdState, to: Target): CommandResult {
  let best: RouteEntry | undefined;
  for (const r of state.routes) if (covers(r.dest, r.prefix, to.dest) && (best === undefined || r.prefix > best.prefix)) best = r;
  if (best === undefined) return failed(1, 'route: writing to routing socket: not in table\n');
  const via = state.find(best.via);
  const host = best.prefix === 32;
  const indirect = best.flags.includes('G');
  const local = best.via === 'lo0' ? best.dest : (via?.inets[0]?.local ?? '');
  const flags = ['UP', indirect && 'GATEWAY', host && 'HOST', 'DONE', indirect && 'STATIC', best.flags.includes('l') && 'LOCAL'];
  if (!host && !indirect) flags.push('CONNECTED');
  const rows: [string, string | false][] = [
    ['route to', to.dest],
    ['destination', best.prefix === 0 ? 'default' : best.dest],
    ['mask', !host && (best.prefix === 0 ? 'default' : toAddress(maskOf(best.prefix)))],
    ['gateway', indirect && best.gateway],
    ['local addr', local],
    ['interface', best.via],
    ['flags', `<${flags.filter((f) => f !== false).join(',')}>`],
  ];
  const text = rows.filter(([, value]) => value !== false).map(([name, value]) => `${name.padStart(11)}: ${value}\n`);
  const zeros = '       0         0         0         0         0         0         0         0 \n';
  return ok(`${text.join('')} recvpipe  sendpipe  ssthresh  rtt,msec    rttvar  hopcount      mtu     expire\n${zeros}`);
}

/** A net is cut after its last octet that counts: 203.0.113/24. */
function shown(entry: RouteEntry): string {
  if (entry.prefix === 0) return 'default';
  if (entry.prefix === 32) return entry.dest;
  return `${entry.dest
    .split('.')
    .slice(0, Math.max(1, Math.ceil(entry.prefix / 8)))
    .join('.')}/${entry.prefix}`;
}

/** The table, as `route -n show -inet` prints it. */
export function table(state: NetBsdState): string {
  const sorted = [...state.routes].sort((a, b) => toNumber(a.dest) - toNumber(b.dest) || a.prefix - b.prefix);
  const rows = sorted.map((r) => {
    const local = r.via === 'lo0' && (r.dest === '127.0.0.1' || r.gateway === '127.0.0.1');
    const mtu = local ? String(state.find('lo0')?.iface.mtu ?? '-') : '-';
    return `${shown(r).padEnd(19)}${r.gateway.padEnd(19)}${r.flags.padEnd(8)}    -        -${mtu.padStart(7)}  ${r.via}\n`;
  });
  return `Routing tables\n\nInternet:\nDestination        Gateway            Flags    Refs      Use    Mtu Interface\n${rows.join('')}`;
}

/** @param args - The words behind `route`. */
export function route(state: NetBsdState, args: readonly string[]): CommandResult {
  const [verb, ...rest] = args.filter((a) => a !== '-n' && a !== '-q');
  try {
    if (verb === 'add') return add(state, target(rest));
    if (verb === 'delete') return remove(state, target(rest));
    if (verb === 'change') return change(state, target(rest));
    if (verb === 'get') return get(state, target(rest));
    if (verb === 'show') return ok(table(state));
    if (verb === 'flush') {
      state.routes = state.routes.filter((r) => !r.flags.includes('G'));
      state.sync();
      return ok();
    }
  } catch (error) {
    if (error instanceof Refused) return failed(1, `route: ${error.message}\n`);
    throw error;
  }
  return failed(1, 'Usage: route [-dfLnqSsTtv] cmd [[-<qualifers>] args]\n');
}
