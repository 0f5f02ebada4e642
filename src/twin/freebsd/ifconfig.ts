/**
 * ifconfig of FreeBSD: which words do what at once, what waits for the end, and which failures only warn (os-facts.md 0.3, 2.3).
 *
 * In: words. Out: what it prints; interfaces changed. The real program works through its words from left to right and sets the address last.
 */
import type { Interface } from '../stack.js';
import type { CommandResult } from '../system.js';
import { type Call, die, laterWord, Stop, WORDS } from './ifwords.js';
import { addAddress, classfulPrefix, dropAddress } from './net.js';
import { fail, isIpv4, ok } from './result.js';
import { showInterface } from './show.js';
import { createGre, destroyGre, greLoaded, loadGre, type Machine } from './state.js';

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
