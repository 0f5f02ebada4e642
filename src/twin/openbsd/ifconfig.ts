/**
 * ifconfig of OpenBSD: words from left to right, the address last; most refusals only warn (os-facts.md 0.3, 5.2).
 *
 * In: words. Out: what it prints; interfaces changed.
 */
import { addAddress, classfulPrefix, dropAddress } from '../freebsd/net.js';
import { fail, isIpv4, ok } from '../freebsd/result.js';
import type { Interface } from '../stack.js';
import type { CommandResult } from '../system.js';
import { type Call, die, Stop, warn, wordOf } from './ifwords.js';
import { showInterface } from './show.js';
import { createGre, destroyGre, type Machine, setPair } from './state.js';

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
