/**
 * The words of OpenBSD's ifconfig that act on one interface, by release; the address waits for the end (ifconfig.ts).
 *
 * In: a call that is being worked through. Out: the interface changed, warnings collected; a Stop for what ends the program.
 */
import { prefixOf } from '../freebsd/net.js';
import { isIpv4 } from '../freebsd/result.js';
import type { Interface } from '../stack.js';
import { type GreUnit, isSet, type Machine, setPair } from './state.js';

export interface Call {
  readonly m: Machine;
  readonly on: Interface;
  readonly words: readonly string[];
  at: number;
  stderr: string;
  inet: string[];
  prefix?: number;
  mode: 'set' | 'alias' | 'delete';
}

export class Stop extends Error {}

export const die = (text: string): never => {
  throw new Stop(`ifconfig: ${text}\n`);
};

/** A failure that is only told; newer releases put the interface's name first. */
export function warn(call: Call, what: string, errno: string): void {
  const name = call.m.release.driver === 'current' && what !== 'SIOCSLIFPHYADDR' ? `${call.on.name}: ` : '';
  call.stderr += `ifconfig: ${name}${what}: ${errno}\n`;
}

function next(call: Call, name: string): string {
  const taken = call.words[call.at];
  if (taken === undefined) return die(`'${name}' requires argument`);
  call.at += 1;
  return taken;
}

function mtu(call: Call): void {
  const value = Number(next(call, 'mtu'));
  const { on, m } = call;
  // if_gre.c 1.3 has no SIOCSIFMTU at all: it answers EINVAL to every value.
  const fixed = on.kind === 'tunnel' && m.release.driver === 'static';
  const lowest = on.kind === 'tunnel' ? 576 : 68;
  if (!fixed && Number.isInteger(value) && value >= lowest && value <= 65535) on.mtu = value;
  else warn(call, 'SIOCSIFMTU', 'Invalid argument');
}

function tunnel(call: Call): void {
  const local = next(call, 'tunnel');
  const remote = next(call, 'tunnel');
  for (const word of [local, remote]) if (!isIpv4(word)) die(`error in parsing address string: no address associated with name`);
  const unit = call.m.gre.get(call.on.name);
  const bad = (a: string): boolean => a === '0.0.0.0' || Number(a.split('.')[0]) >= 224;
  if (unit === undefined) warn(call, 'SIOCSLIFPHYADDR', 'Inappropriate ioctl for device');
  else if (call.m.release.driver === 'early-2018' && call.on.up) warn(call, 'SIOCSLIFPHYADDR', 'Device busy');
  else if (call.m.release.driver !== 'link0' && (bad(local) || bad(remote))) warn(call, 'SIOCSLIFPHYADDR', 'Invalid argument');
  else {
    setPair(call.m, call.on.name, local, remote);
    // if_gre.c 1.42: setting both ends marks the interface up.
    if (call.m.release.driver === 'link0') call.on.up = true;
  }
}

function deleteTunnel(call: Call): void {
  const unit = call.m.gre.get(call.on.name);
  if (unit === undefined) warn(call, 'SIOCDIFPHYADDR', 'Inappropriate ioctl for device');
  else if (call.m.release.driver === 'early-2018' && call.on.up) warn(call, 'SIOCDIFPHYADDR', 'Device busy');
  else setPair(call.m, call.on.name, '', '');
}

function change(call: Call, to: Partial<GreUnit>): void {
  const unit = call.m.gre.get(call.on.name);
  if (unit) Object.assign(unit, to);
}

function dropKey(call: Call): void {
  const unit = call.m.gre.get(call.on.name);
  if (unit) delete unit.key;
}

function upDown(call: Call, up: boolean): void {
  const unit = call.m.gre.get(call.on.name);
  // if_gre.c 1.3: without both outer ends the flags ioctl clears UP again.
  call.on.up = up && !(call.m.release.driver === 'static' && unit !== undefined && !isSet(unit));
}

type Word = (call: Call) => void;

const ALWAYS: Readonly<Record<string, Word>> = {
  up: (c) => upDown(c, true),
  down: (c) => upDown(c, false),
  mtu,
  alias: (c) => {
    c.mode = 'alias';
  },
  delete: (c) => {
    c.mode = 'delete';
  },
  '-alias': (c) => {
    c.mode = 'delete';
  },
  netmask: (c) => {
    const word = next(c, 'netmask');
    const prefix = prefixOf(word);
    if (prefix === undefined) die(`${word}: bad value`);
    else c.prefix = prefix;
  },
  prefixlen: (c) => {
    c.prefix = Number(next(c, 'prefixlen'));
  },
  broadcast: (c) => {
    const word = next(c, 'broadcast');
    if (!isIpv4(word)) die(`${word}: bad value`);
  },
  metric: (c) => void next(c, 'metric'),
  link0: (c) => change(c, { link0: true }),
  '-link0': (c) => change(c, { link0: false }),
  link1: () => undefined,
  '-link1': () => undefined,
};

/** Words of the cloning releases; 3.0 takes them for host names. */
const CLONING: Readonly<Record<string, Word>> = {
  tunnel,
  deletetunnel: deleteTunnel,
  '-tunnel': deleteTunnel,
  description: (c) => void c.m.descriptions.set(c.on.name, next(c, 'description')),
  '-description': (c) => void c.m.descriptions.delete(c.on.name),
  descr: (c) => void c.m.descriptions.set(c.on.name, next(c, 'descr')),
};

const RECENT: Readonly<Record<string, Word>> = {
  vnetid: (c) => change(c, { key: Number(next(c, 'vnetid')) }),
  '-vnetid': dropKey,
  tunneldf: (c) => change(c, { df: true }),
  '-tunneldf': (c) => change(c, { df: false }),
  tunnelttl: (c) => {
    const value = next(c, 'tunnelttl');
    change(c, { ttl: value === 'copy' ? 'inherit' : Number(value) });
  },
};

export function wordOf(m: Machine, word: string): Word | undefined {
  const { driver } = m.release;
  const tables = [ALWAYS, ...(driver === 'static' ? [] : [CLONING]), ...(driver === 'early-2018' || driver === 'current' ? [RECENT] : [])];
  return tables.find((t) => Object.hasOwn(t, word))?.[word];
}
