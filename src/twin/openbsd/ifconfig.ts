/**
 * ifconfig of OpenBSD: words from left to right, the address last; most refusals only warn (os-facts.md 0.3, 5.2).
 *
 * In: words. Out: what it prints; interfaces changed.
 */
import { addAddress, classfulPrefix, dropAddress, prefixOf } from '../freebsd/net.js';
import { fail, isIpv4, ok } from '../freebsd/result.js';
import type { Interface } from '../stack.js';
import type { CommandResult } from '../system.js';
import { showInterface } from './show.js';
import { createGre, destroyGre, type GreUnit, isSet, type Machine, setPair } from './state.js';

interface Call {
  readonly m: Machine;
  readonly on: Interface;
  readonly words: readonly string[];
  at: number;
  stderr: string;
  inet: string[];
  prefix?: number;
  mode: 'set' | 'alias' | 'delete';
}

class Stop extends Error {}

const die = (text: string): never => {
  throw new Stop(`ifconfig: ${text}\n`);
};

/** A failure that is only told; newer releases put the interface's name first. */
function warn(call: Call, what: string, errno: string): void {
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

function wordOf(m: Machine, word: string): Word | undefined {
  const { driver } = m.release;
  const tables = [ALWAYS, ...(driver === 'static' ? [] : [CLONING]), ...(driver === 'early-2018' || driver === 'current' ? [RECENT] : [])];
  return tables.find((t) => Object.hasOwn(t, word))?.[word];
}

function plainWord(call: Call, word: string): void {
  const [address = '', length] = word.split('/');
  if (call.inet.length >= 2) die('extra address not accepted');
  if (!isIpv4(address) || (length !== undefined && !/^([0-9]|[12][0-9]|3[0-2])$/.test(length))) {
    die(`${word}: bad value`);
  }
  if (length !== undefined) call.prefix = Number(length);
  call.inet.push(address);
}

function finish(call: Call): void {
  const { m, on } = call;
  const [local, peer] = call.inet;
  if (call.mode === 'delete') {
    const which = local ?? on.addresses[0]?.local ?? '';
    if (!dropAddress(m.stack, on, which)) warn(call, 'SIOCDIFADDR', "Can't assign requested address");
    return;
  }
  if (local === undefined) return;
  const first = on.addresses[0];
  if (call.mode === 'set' && first !== undefined) dropAddress(m.stack, on, first.local);
  if (on.addresses.some((a) => a.local === local)) dropAddress(m.stack, on, local);
  const prefix = call.prefix ?? (on.kind === 'tunnel' ? 32 : classfulPrefix(local));
  addAddress(m.stack, on, { local, prefix, ...(peer === undefined ? {} : { peer }) }, m.release.selfRoute);
  // if_gre.c 1.3, SIOCSIFADDR: every address that is set, an alias too, becomes the outer pair.
  if (m.release.driver === 'static' && m.gre.has(on.name)) setPair(m, on.name, local, peer ?? '');
  if (m.release.driver === 'static' && m.gre.has(on.name)) on.up = peer !== undefined;
}

function configure(m: Machine, on: Interface, words: readonly string[]): CommandResult {
  const call: Call = { m, on, words, at: words[0] === 'inet' ? 1 : 0, stderr: '', inet: [], mode: 'set' };
  try {
    while (call.at < words.length) {
      const word = words[call.at++] ?? '';
      const known = wordOf(m, word);
      if (known !== undefined) known(call);
      else plainWord(call, word);
    }
    finish(call);
  } catch (error) {
    if (error instanceof Stop) return fail(1, call.stderr + error.message);
    throw error;
  }
  return ok('', call.stderr);
}

function create(m: Machine, name: string): CommandResult {
  const refused = (errno: string): CommandResult =>
    fail(1, `ifconfig: ${m.release.driver === 'current' || m.release.driver === 'early-2018' ? `${name}: ` : ''}SIOCIFCREATE: ${errno}\n`);
  if (m.stack.interfaces.has(name)) return refused('File exists');
  if (!/^gre\d+$/.test(name)) return refused('Invalid argument');
  createGre(m, name);
  return ok();
}

const CLONERS =
  'aggr bpe bridge carp egre enc eoip etherip gif gre lo mgre mobileip mpe mpip mpw nvgre pair pflog pflow pfsync pppoe svlan tap tpmr tun veb vether vlan vport vxlan wg';
const CLONERS_48 = 'bridge carp enc gif gre lo mpe pflog pflow pfsync ppp pppoe svlan trunk tun vether vlan';

function list(m: Machine, rest: readonly string[]): CommandResult | undefined {
  const all = [...m.stack.interfaces.values()];
  const flag = rest[0] ?? '-a';
  if (flag === '-a' || flag === '-A') return ok(all.map((i) => showInterface(m, i)).join(''));
  if (m.release.driver === 'static') return undefined;
  if (flag === '-C') return ok(`${m.release.driver === 'link0' ? CLONERS_48 : CLONERS}\n`);
  if (flag === 'gre' && rest.length === 1)
    return ok(
      all
        .filter((i) => i.kind === 'tunnel')
        .map((i) => showInterface(m, i))
        .join(''),
    );
  return flag.startsWith('-') ? fail(1, 'usage: ifconfig [-AaC] [-M lladdr] [interface] [address_family]\n') : undefined;
}

export function ifconfig(words: readonly string[], m: Machine): CommandResult {
  const [name = '', ...rest] = words.slice(1);
  const listed = list(m, words.slice(1));
  if (listed !== undefined) return listed;
  const cloning = m.release.driver !== 'static';
  let on = m.stack.interfaces.get(name);
  const reading = rest.length === 0 || (rest.length === 1 && rest[0] === 'inet');
  if (reading) return on === undefined ? fail(1, `${name}: no such interface\n`) : ok(showInterface(m, on));
  if (cloning && rest[0] === 'create') {
    const made = create(m, name);
    on = m.stack.interfaces.get(name);
    return made.exit !== 0 || rest.length === 1 || on === undefined ? made : configure(m, on, rest.slice(1));
  }
  if (cloning && rest[0] === 'destroy') {
    if (!m.gre.has(name)) return fail(1, `ifconfig: SIOCIFDESTROY: ${on === undefined ? 'Device not configured' : 'Invalid argument'}\n`);
    destroyGre(m, name);
    return ok();
  }
  // The cloning releases create a unit that is named to be configured.
  if (on === undefined && cloning && create(m, name).exit === 0) on = m.stack.interfaces.get(name);
  if (on === undefined) return fail(1, `ifconfig: SIOCGIFFLAGS: Device not configured\n`);
  return configure(m, on, rest);
}
