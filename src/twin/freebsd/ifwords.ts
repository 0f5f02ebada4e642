/**
 * The words of FreeBSD's ifconfig that act on one interface, each at once when it is read; the address waits for the end (ifconfig.ts).
 *
 * In: a call that is being worked through. Out: the interface changed, warnings collected; a Stop for what ends the program.
 */
import type { Interface } from '../stack.js';
import { prefixOf } from './net.js';
import { isIpv4 } from './result.js';
import { type Machine, setPair } from './state.js';

/** What the words so far have asked for; the address is set at the end. */
export interface Call {
  readonly m: Machine;
  readonly on: Interface;
  readonly words: readonly string[];
  at: number;
  stderr: string;
  exit: number;
  inet: string[];
  prefix?: number;
  mode: 'set' | 'alias' | 'delete';
}

export class Stop extends Error {
  constructor(
    readonly exit: number,
    readonly stderr: string,
  ) {
    super(stderr);
  }
}

export const die = (text: string): never => {
  throw new Stop(1, `ifconfig: ${text}\n`);
};

const shown = (name: string, value: string): string => `ifconfig: ${name}: ${value}\n`;

function next(call: Call, name: string, count: number): string[] {
  const taken = call.words.slice(call.at, call.at + count);
  if (taken.length < count) die(count === 1 ? `'${name}' requires argument` : `'${name}' requires ${count} arguments`);
  call.at += count;
  return taken;
}

function mtu(call: Call): void {
  const value = Number(next(call, 'mtu', 1)[0]);
  const lowest = call.on.kind === 'tunnel' ? 576 : 72;
  if (Number.isInteger(value) && value >= lowest && value <= (call.on.kind === 'physical' ? 9000 : 65535)) {
    call.on.mtu = value;
    return;
  }
  if (!call.m.release.mtuSilent) die('ioctl SIOCSIFMTU (set mtu): Invalid argument');
  call.stderr += shown('ioctl (set mtu)', 'Invalid argument');
}

function tunnel(call: Call): void {
  const [local = '', remote = ''] = next(call, 'tunnel', 2);
  const unknown = call.m.release.major >= 9 ? 'Name does not resolve' : 'hostname nor servname provided, or not known';
  if (!isIpv4(local) || !isIpv4(remote)) die(`error in parsing address string: ${unknown}`);
  if (!call.m.gre.has(call.on.name)) call.stderr += shown('SIOCSIFPHYADDR', 'Invalid argument');
  else if (!setPair(call.m, call.on.name, local, remote)) call.stderr += shown('SIOCSIFPHYADDR', "Can't assign requested address");
}

function deleteTunnel(call: Call): void {
  const unit = call.m.gre.get(call.on.name);
  if (unit === undefined) die('SIOCDIFPHYADDR: Invalid argument');
  else Object.assign(unit, { local: '', remote: '', routed: false });
}

function greKey(call: Call): void {
  const value = Number(next(call, 'grekey', 1)[0]);
  const unit = call.m.gre.get(call.on.name);
  if (unit === undefined || !Number.isInteger(value) || value < 0 || value > 0xffffffff) {
    if (call.m.release.major > 14) die('ioctl (set grekey): Invalid argument');
    call.stderr += shown('ioctl (set grekey)', 'Invalid argument');
    return;
  }
  if (value === 0) delete unit.key;
  else unit.key = value;
  if (call.m.release.driver === 'base' && value !== 0 && call.on.mtu === 1476) call.on.mtu = 1472;
}

function link0(call: Call, on: boolean): void {
  const unit = call.m.gre.get(call.on.name);
  if (unit) unit.link0 = on;
}

export const WORDS: Readonly<Record<string, (call: Call) => void>> = {
  up: (c) => {
    c.on.up = true;
  },
  down: (c) => {
    c.on.up = false;
  },
  mtu,
  tunnel,
  deletetunnel: deleteTunnel,
  '-tunnel': deleteTunnel,
  grekey: greKey,
  link0: (c) => link0(c, true),
  '-link0': (c) => link0(c, false),
  link1: () => undefined,
  '-link1': () => undefined,
  link2: () => undefined,
  '-link2': () => undefined,
  alias: (c) => {
    c.mode = 'alias';
  },
  add: (c) => {
    c.mode = 'alias';
  },
  delete: (c) => {
    c.mode = 'delete';
  },
  remove: (c) => {
    c.mode = 'delete';
  },
  '-alias': (c) => {
    c.mode = 'delete';
  },
  netmask: (c) => {
    const word = next(c, 'netmask', 1)[0] ?? '';
    const prefix = prefixOf(word);
    if (prefix === undefined) die(`${word}: bad value`);
    else c.prefix = prefix;
  },
  broadcast: (c) => void next(c, 'broadcast', 1),
  metric: (c) => void next(c, 'metric', 1),
};

/** GRE in UDP on and off: gre(4) of 12.1, and 12.4 is the only 12 here. */
function udpEncap({ m, on }: Call, word: string): boolean {
  if (m.release.major < 12) return false;
  const unit = m.gre.get(on.name);
  if (unit === undefined) die('ioctl (set gre options): Invalid argument');
  else unit.udp = word === 'udpencap';
  return true;
}

/** Words that came with later releases; older ones take them for host names. */
export function laterWord(call: Call, word: string): boolean {
  const { m, on } = call;
  if (word === 'udpencap' || word === '-udpencap') return udpEncap(call, word);
  if (word === 'description' || word === 'descr') {
    if (!m.release.description) return false;
    m.descriptions.set(on.name, next(call, word, 1)[0] ?? '');
    return true;
  }
  if ((word !== '-description' && word !== '-descr') || !m.release.description) return false;
  m.descriptions.delete(on.name);
  return true;
}
