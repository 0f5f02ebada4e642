/**
 * `ip link` of a simulated Linux.
 *
 * In: words after the object's name. Out: what iproute2 6.1.0 prints and its exit status: 1 wrong words or lookup, 2 the kernel refused, 255 a bad argument.
 */
import type { CommandResult } from '../system.js';
import type { Device, Refusal } from './device.js';
import type { Kernel } from './kernel.js';
import { fail, ok } from './result.js';
import { type ShowOptions, showLinks } from './show.js';
import { freeName, greOptions, isOneOf, NO_GRE, Usage, Words } from './words.js';

const answer = (refusal: Refusal | undefined): CommandResult => (refusal === undefined ? ok() : fail(2, refusal));

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
      // Asking for a name that is not there makes the kernel look for a module netdev-NAME: so even `show gre0` loads ip_gre (seen in the lab).
      if (name === 'gre0' && kernel.find(name) === undefined && kernel.loadGre()) devices = kernel.devices;
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
