/**
 * ifconfig of FreeBSD: which words do what at once, what waits for the end, and which failures only warn (os-facts.md 0.3, 2.3).
 *
 * In: words. Out: what it prints; interfaces changed. The real program works through its words from left to right and sets the address last.
 */
import type { Interface } from '../stack.js';
import type { CommandResult } from '../system.js';
import { addAddress, classfulPrefix, dropAddress, prefixOf } from './net.js';
import { fail, isIpv4, ok } from './result.js';
import { showInterface } from './show.js';
import { createGre, destroyGre, greLoaded, loadGre, type Machine, setPair } from './state.js';

/** What the words so far have asked for; the address is set at the end. */
interface Call {
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

class Stop extends Error {
  constructor(
    readonly exit: number,
    readonly stderr: string,
  ) {
    super(stderr);
  }
}

const die = (text: string): never => {
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

const WORDS: Readonly<Record<string, (call: Call) => void>> = {
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

/** Words that came with later releases; older ones take them for host names. */
function laterWord(call: Call, word: string): boolean {
  const { m, on } = call;
  if (word === 'description' || word === 'descr') {
    if (!m.release.description) return false;
    m.descriptions.set(on.name, next(call, word, 1)[0] ?? '');
    return true;
  }
  if ((word !== '-description' && word !== '-descr') || !m.release.description) return false;
  m.descriptions.delete(on.name);
  return true;
}

function plainWord(call: Call, word: string): void {
  const [address = '', length] = word.split('/');
  if (call.inet.length >= 2) die(`${word}: bad value`);
  if (!isIpv4(address) || (length !== undefined && !/^([0-9]|[12][0-9]|3[0-2])$/.test(length))) die(`${word}: bad value`);
  if (length !== undefined) call.prefix = Number(length);
  call.inet.push(address);
}

function finish(call: Call): void {
  const { m, on } = call;
  const [local, peer] = call.inet;
  if (call.mode === 'delete') {
    const which = local ?? on.addresses[0]?.local ?? '';
    if (!dropAddress(m.stack, on, which)) die("ioctl (SIOCDIFADDR): Can't assign requested address");
    return;
  }
  if (local === undefined) return;
  const prefix = call.prefix ?? (on.kind === 'tunnel' ? 32 : classfulPrefix(local));
  const first = on.addresses[0];
  if (call.mode === 'set' && first !== undefined) dropAddress(m.stack, on, first.local);
  const same = on.addresses.find((a) => a.local === local);
  if (same !== undefined) dropAddress(m.stack, on, local);
  const elsewhere = [...m.stack.interfaces.values()].some((i) => i !== on && i.addresses.some((a) => a.local === local));
  if (elsewhere && m.release.major >= 9) die('ioctl (SIOCAIFADDR): File exists');
  addAddress(m.stack, on, { local, prefix, ...(peer === undefined ? {} : { peer }) }, m.release.selfRoute);
}

function configure(m: Machine, on: Interface, words: readonly string[]): CommandResult {
  const call: Call = { m, on, words, at: 0, stderr: '', exit: 0, inet: [], mode: 'set' };
  try {
    if (words[0] === 'inet') call.at = 1;
    while (call.at < words.length) {
      const word = words[call.at++] ?? '';
      const known = Object.hasOwn(WORDS, word) ? WORDS[word] : undefined;
      if (known !== undefined) known(call);
      else if (!laterWord(call, word)) plainWord(call, word);
    }
    finish(call);
  } catch (error) {
    if (error instanceof Stop) return fail(error.exit, call.stderr + error.stderr);
    throw error;
  }
  return ok('', call.stderr);
}

function create(m: Machine, name: string, rest: readonly string[]): CommandResult {
  const kind = /^([a-z]+)(\d*)$/.exec(name);
  if (kind?.[1] !== 'gre' || !greLoaded(m)) {
    const who = m.release.major >= 13 ? ` (${name})` : '';
    return fail(1, `ifconfig: ${m.release.major < 5 ? 'SIOCIFCREATE' : `SIOCIFCREATE2${who}`}: Invalid argument\n`);
  }
  let unit = name;
  for (let n = 0; unit === 'gre'; n++) if (!m.stack.interfaces.has(`gre${n}`)) unit = `gre${n}`;
  const made = createGre(m, unit);
  const result = rest.length > 0 ? configure(m, made, rest) : ok();
  return unit === name ? result : { ...result, stdout: `${unit}\n${result.stdout}` };
}

function createAgain(m: Machine, on: Interface, rest: readonly string[]): CommandResult {
  if (m.release.createTwice === 'siocifcreate') return fail(1, 'ifconfig: SIOCIFCREATE: File exists\n');
  if (m.release.createTwice === 'host-name') return fail(1, 'ifconfig: create: bad value\n');
  return rest.length === 0 ? fail(1, `ifconfig: interface ${on.name} already exists\n`) : configure(m, on, rest);
}

function list(m: Machine, words: readonly string[]): CommandResult | undefined {
  const all = [...m.stack.interfaces.values()];
  const flag = words[0] ?? '-a';
  if (flag === '-a') return ok(all.map((i) => showInterface(m, i)).join(''));
  if (flag === '-l') return ok(`${all.map((i) => i.name).join(' ')}\n`);
  if (flag !== '-C') return undefined;
  const early = ['gif', 'lo', 'stf', 'vlan'];
  const cloners = m.release.major >= 10 ? ['bridge', 'epair', 'gif', 'lagg', 'lo', 'stf', 'tap', 'tun', 'vlan'] : early;
  return ok(`${[...cloners, ...(greLoaded(m) ? ['gre'] : [])].sort().join(' ')}\n`);
}

/** The command. Naming an interface loads its driver where the release does so (ifmaybeload), reading included, unless -n is given. */
export function ifconfig(words: readonly string[], m: Machine): CommandResult {
  const rest = words.slice(1);
  const listed = list(m, rest);
  if (listed !== undefined) return listed;
  let load = m.release.autoload;
  while (rest[0]?.startsWith('-') === true) {
    const flag = rest.shift() ?? '';
    if (flag === '-n') load = false;
    else if (flag === '-f') rest.shift();
    else if (!/^-[muvk]+$/.test(flag))
      return fail(1, `ifconfig: illegal option -- ${flag.slice(1, 2)}\nusage: ifconfig [-L] [-C] [-n] interface address_family\n`);
  }
  const name = rest.shift() ?? '';
  if (load && /^gre\d*$/.test(name)) loadGre(m);
  const on = m.stack.interfaces.get(name);
  const creating = rest[0] === 'create' || rest[0] === 'plumb';
  if (on === undefined) return creating ? create(m, name, rest.slice(1)) : fail(1, `ifconfig: interface ${name} does not exist\n`);
  if (rest.length === 0 || (rest.length === 1 && rest[0] === 'inet')) return ok(showInterface(m, on));
  if (creating) return createAgain(m, on, rest.slice(1));
  if (rest[0] === 'destroy' || rest[0] === 'unplumb') {
    if (!m.gre.has(name)) return fail(1, 'ifconfig: SIOCIFDESTROY: Invalid argument\n');
    destroyGre(m, name);
    return ok();
  }
  return configure(m, on, rest);
}
