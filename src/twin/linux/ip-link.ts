/**
 * `ip link` and `ip tunnel` of a simulated Linux.
 *
 * In: words after the object's name. Out: what iproute2 6.1.0 prints and its exit status: 1 wrong words or lookup, 2 the kernel refused, 255 a bad argument.
 */
import type { CommandResult } from '../system.js';
import { type Device, EEXIST, type Gre, type Kernel, type Refusal } from './kernel.js';
import { fail, isAddress, ok } from './result.js';
import { type ShowOptions, showLinks } from './show.js';

/** A wrong word: thrown by the parsers here, caught by `ip`. */
export class Usage extends Error {
  constructor(
    message: string,
    readonly exit = 1,
  ) {
    super(message);
  }
}

const isOneOf = (word: string | undefined, ...names: string[]): boolean => word !== undefined && names.includes(word);
const answer = (refusal: Refusal | undefined): CommandResult => (refusal === undefined ? ok() : fail(2, refusal));

/** A cursor over words. */
export class Words {
  private at = 0;
  constructor(private readonly all: readonly string[]) {}
  next(): string | undefined {
    return this.all[this.at++];
  }
  peek(): string | undefined {
    return this.all[this.at];
  }
  /** The value of an option; iproute2's words if it is missing. */
  value(): string {
    const word = this.next();
    if (word === undefined) throw new Usage('Command line is not complete. Try option "help"');
    return word;
  }
}

function address(word: string): string {
  if (word === 'any' || word === '0.0.0.0') return '';
  if (!isAddress(word)) throw new Usage(`Error: inet address is expected rather than "${word}".`);
  return word;
}

function ttl(word: string): number {
  if (word === 'inherit') return 0;
  if (!/^\d+$/.test(word) || Number(word) > 255) throw new Usage(`Error: argument "${word}" is wrong: invalid TTL`, 255);
  return Number(word);
}

function key(word: string): number {
  if (isAddress(word)) return word.split('.').reduce((n, p) => n * 256 + Number(p), 0);
  if (!/^\d+$/.test(word) || Number(word) > 0xffffffff) throw new Usage(`invalid value for "key": "${word}"; it should be an unsigned integer`, 255);
  return Number(word);
}

/** Reads gre parameters over those that stand: what is not named stays. */
function greOptions(words: Words, before: Gre): Gre {
  let gre = before;
  let nopmtudisc = false;
  for (let word = words.next(); word !== undefined; word = words.next()) {
    if (word === 'local') gre = { ...gre, local: address(words.value()) };
    else if (word === 'remote') gre = { ...gre, remote: address(words.value()) };
    else if (isOneOf(word, 'ttl', 'hoplimit')) gre = { ...gre, ttl: ttl(words.value()) };
    else if (word === 'key') gre = { ...gre, key: key(words.value()) };
    else if (word === 'nokey') gre = { local: gre.local, remote: gre.remote, ttl: gre.ttl };
    else if (word === 'nopmtudisc') nopmtudisc = true;
    else if (isOneOf(word, 'tos', 'dev')) words.value();
    else if (!isOneOf(word, 'pmtudisc', 'icsum', 'ocsum')) throw new Usage(`gre: unknown command "${word}"?`, 255);
  }
  if (gre.ttl !== 0 && nopmtudisc) throw new Usage('ttl != 0 and nopmtudisc are incompatible');
  return gre;
}

const NO_GRE: Gre = { local: '', remote: '', ttl: 0 };
const badName = (name: string): boolean => name === '' || name.length > 15 || /[/\s]/.test(name);

function add(kernel: Kernel, words: Words): CommandResult {
  let name: string | undefined;
  let mtu: number | undefined;
  for (let word = words.next(); word !== undefined; word = words.next()) {
    if (word === 'mtu') mtu = number(words.value(), 'mtu');
    else if (word === 'type') return create(kernel, name, mtu, words);
    else if (word === 'name') {
      name = words.value();
      if (badName(name)) throw new Usage(`Error: argument "${name}" is wrong: "name" not a valid ifname`, 255);
    } else {
      name = word === 'dev' ? words.value() : word;
      if (/[/\s]/.test(name)) throw new Usage(`Error: argument "${name}" is wrong: "dev" not a valid ifname`, 255);
    }
  }
  throw new Usage('Not enough information: "type" argument is required', 255);
}

function create(kernel: Kernel, name: string | undefined, mtu: number | undefined, words: Words): CommandResult {
  const type = words.value();
  if (type !== 'gre') return fail(2, 'Error: Unknown device type.');
  const gre = greOptions(words, NO_GRE);
  return answer(kernel.addGre(name ?? freeName(kernel), gre, mtu));
}

function freeName(kernel: Kernel): string {
  for (let n = kernel.modules.greReady ? 0 : 1; ; n++) if (kernel.find(`gre${n}`) === undefined) return `gre${n}`;
}

function number(word: string, what: string): number {
  if (!/^\d+$/.test(word)) throw new Usage(`Error: argument "${word}" is wrong: Invalid "${what}" value`, 255);
  return Number(word);
}

function device(kernel: Kernel, name: string | undefined): Device {
  if (name === undefined) throw new Usage('Not enough information: "dev" argument is required.', 255);
  const found = kernel.find(name);
  if (found === undefined) throw new Usage(`Cannot find device "${name}"`);
  return found;
}

const SWITCHES = ['arp', 'dynamic', 'promisc', 'allmulticast', 'trailers', 'addrgenmode', 'txqueuelen', 'qlen', 'alias', 'group'];

/** All words are read before the kernel is asked once: a wrong word changes nothing. */
function set(kernel: Kernel, words: Words): CommandResult {
  let name: string | undefined;
  const changes: ((d: Device) => Refusal | undefined)[] = [];
  for (let word = words.next(); word !== undefined; word = words.next()) {
    if (isOneOf(word, 'up', 'down')) {
      const up = word === 'up';
      changes.push((d) => {
        kernel.setUp(d, up);
        return undefined;
      });
    } else if (word === 'mtu') {
      const mtu = number(words.value(), 'mtu');
      changes.unshift((d) => kernel.setMtu(d, mtu));
    } else if (word === 'multicast') {
      const on = words.value();
      if (!isOneOf(on, 'on', 'off')) throw new Usage(`Error: argument of "multicast" must be "on" or "off", not "${on}"`);
      changes.push((d) => {
        d.multicast = on === 'on';
        return undefined;
      });
    } else if (word === 'type') {
      const d = device(kernel, name);
      if (words.value() !== 'gre') return fail(2, 'RTNETLINK answers: Operation not supported');
      const gre = greOptions(words, d.gre ?? NO_GRE);
      changes.unshift((target) => kernel.changeGre(target, gre));
    } else if (SWITCHES.includes(word)) words.value();
    else if (name !== undefined && word !== 'dev') throw new Usage(`Error: either "dev" is duplicate, or "${word}" is a garbage.`, 255);
    else name = word === 'dev' ? words.value() : word;
  }
  const d = device(kernel, name);
  for (const change of changes) {
    const refusal = change(d);
    if (refusal !== undefined) return fail(2, refusal);
  }
  return ok();
}

function del(kernel: Kernel, words: Words): CommandResult {
  let name: string | undefined;
  for (let word = words.next(); word !== undefined; word = words.next()) {
    if (word === 'type') words.value();
    else name = word === 'dev' ? words.value() : word;
  }
  return answer(kernel.remove(device(kernel, name)));
}

/** Which devices a `show` names: all, one, those up, those of a type. */
export function select(kernel: Kernel, words: Words): { devices: Device[]; type?: string } {
  let devices = kernel.devices;
  let type: string | undefined;
  for (let word = words.next(); word !== undefined; word = words.next()) {
    if (word === 'type') type = words.value();
    else if (word === 'up') devices = devices.filter((d) => d.net.up);
    else if (isOneOf(word, 'scope', 'master', 'label', 'to')) words.value();
    else if (!isOneOf(word, 'permanent', 'dynamic', 'primary')) {
      const name = word === 'dev' ? words.value() : word;
      devices = devices.filter((d) => d.name === name);
      if (devices.length === 0) throw new Usage(`Device "${name}" does not exist.`);
    }
  }
  if (type === undefined) return { devices };
  return { devices: devices.filter((d) => d.type === type), type };
}

function show(kernel: Kernel, words: Words, options: ShowOptions): CommandResult {
  const { devices, type } = select(kernel, words);
  // Without the driver the kernel cannot filter by type and hands out every device; iproute2 then prints an empty object for each.
  if (type !== undefined && options.json && !kernel.modules.greReady) return ok(`[${kernel.devices.map(() => '{}').join(',')}]\n`);
  return ok(showLinks(devices, options));
}

/** `ip link …` */
export function ipLink(kernel: Kernel, rest: readonly string[], options: ShowOptions): CommandResult {
  const [verb = 'show', ...args] = rest;
  const words = new Words(args);
  if (isOneOf(verb, 'add', 'a')) return add(kernel, words);
  if (isOneOf(verb, 'set', 's')) return set(kernel, words);
  if (isOneOf(verb, 'del', 'delete', 'd')) return del(kernel, words);
  if (isOneOf(verb, 'show', 'list', 'ls', 'lst', 'sh')) return show(kernel, words, options);
  return fail(255, `Command "${verb}" is unknown, try "ip link help".`);
}

function tunnelLine(d: Device, gre: Gre): string {
  const any = (a: string): string => (a === '' ? 'any' : a);
  const keyText = gre.key === undefined ? '' : ` key ${gre.key}`;
  const pmtu = d.name === 'gre0' ? ' nopmtudisc' : '';
  return `${d.name}: gre/ip remote ${any(gre.remote)} local ${any(gre.local)} ttl ${gre.ttl === 0 ? 'inherit' : gre.ttl}${pmtu}${keyText}\n`;
}

function tunnelWords(args: readonly string[], name: string | undefined): { name?: string; mode?: string; rest: string[] } {
  const rest: string[] = [];
  let mode: string | undefined;
  const words = new Words(args);
  let found = name;
  for (let word = words.next(); word !== undefined; word = words.next()) {
    if (word === 'mode') mode = words.value();
    else if (word === 'name') found = words.value();
    else if (isOneOf(word, 'local', 'remote', 'ttl', 'hoplimit', 'key', 'tos', 'dev')) rest.push(word, words.value());
    else if (isOneOf(word, 'pmtudisc', 'nopmtudisc', 'nokey')) rest.push(word);
    else found = word;
  }
  return { rest, ...(found === undefined ? {} : { name: found }), ...(mode === undefined ? {} : { mode }) };
}

const plain = (refusal: Refusal): string => (refusal === EEXIST ? 'File exists' : refusal.replace(/^RTNETLINK answers: |^Error: /, ''));

/** `ip tunnel …`: the older way, whose messages name the base device. */
export function ipTunnel(kernel: Kernel, rest: readonly string[]): CommandResult {
  const [verb = 'show', ...args] = rest;
  const { name, mode, rest: parameters } = tunnelWords(args, undefined);
  const target = name === undefined ? undefined : kernel.find(name);
  if (isOneOf(verb, 'show', 'list', 'ls', 'lst')) {
    const listed = kernel.devices.filter((d) => name === undefined || d.name === name);
    return ok(listed.map((d) => (d.gre === undefined ? '' : tunnelLine(d, d.gre))).join(''));
  }
  if (isOneOf(verb, 'add', 'a')) {
    if (mode === undefined) return fail(255, 'cannot determine tunnel mode (ipip, gre, vti or sit)');
    if (mode !== 'gre') return fail(1, `add tunnel "${mode === 'ipip' ? 'tunl0' : 'sit0'}" failed: No such device`);
    const gre = greOptions(new Words(parameters), NO_GRE);
    if (!kernel.loadGre()) return fail(1, 'add tunnel "gre0" failed: No such device');
    const refusal = kernel.addGre(name ?? freeName(kernel), gre);
    return refusal === undefined ? ok() : fail(1, `add tunnel "gre0" failed: ${plain(refusal)}`);
  }
  if (isOneOf(verb, 'change', 'chg')) {
    if (target?.gre === undefined) return fail(1, `get tunnel "${name ?? ''}" failed: No such device`);
    const refusal = kernel.changeGre(target, greOptions(new Words(parameters), target.gre));
    return refusal === undefined ? ok() : fail(1, `change tunnel "gre0" failed: ${plain(refusal)}`);
  }
  if (isOneOf(verb, 'del', 'delete')) {
    if (target?.gre === undefined) return fail(1, `delete tunnel "${name ?? ''}" failed: No such device`);
    if (name === 'gre0') return fail(1, 'delete tunnel "gre0" failed: Operation not permitted');
    kernel.remove(target);
    return ok();
  }
  return fail(255, `Command "${verb}" is unknown, try "ip tunnel help".`);
}
