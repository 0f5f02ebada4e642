/**
 * ipfw of FreeBSD: numbered rules, the first that matches decides, the last one (65535) is the kernel's own.
 *
 * In: words. Out: `ipfw list` as sbin/ipfw/ipfw2.c prints it, packets judged. Known: add, delete, flush, list, show; allow, deny, reject, count, check-state,
 * tcp-setmss; sets; protocol, from, to with `any`, `me`, nets, `not`; in, out, via, recv, xmit, tcpflags, keep-state.
 */
import { Flows } from '../flows.js';
import { covers } from '../interface.js';
import type { Packet, PacketFilter, Way } from '../packet.js';
import { protocolName, protocolNumber } from '../protocols.js';
import type { IpStack } from '../stack.js';
import type { CommandResult } from '../system.js';
import { fail, isIpv4, ok } from './result.js';

interface Rule {
  readonly number: number;
  /** 31 is of the kernel: `flush` leaves it alone (ipfw(8), SETS OF RULES). */
  readonly set: number;
  readonly text: string;
  readonly action: 'allow' | 'deny' | 'count' | 'check-state' | 'tcp-setmss';
  readonly keepsState: boolean;
  matches(packet: Packet, way: 'in' | 'out', on: string): boolean;
  packets: number;
  bytes: number;
}

class Bad extends Error {}
/** By the kernel. */
class Refused extends Error {}

const ACTIONS: Readonly<Record<string, Rule['action']>> = {
  allow: 'allow',
  accept: 'allow',
  pass: 'allow',
  permit: 'allow',
  deny: 'deny',
  drop: 'deny',
  reject: 'deny',
  unreach: 'deny',
  count: 'count',
  'check-state': 'check-state',
  'tcp-setmss': 'tcp-setmss',
};

const RESERVED_SET = 31;
const DEFAULT: Rule = {
  number: 65535,
  set: RESERVED_SET,
  text: 'deny ip from any to any',
  action: 'deny',
  keepsState: false,
  matches: () => true,
  packets: 0,
  bytes: 0,
};

interface Address {
  readonly text: string;
  test(address: string): boolean;
}

function address(words: string[], stack: IpStack): Address {
  const not = words[0] === 'not';
  if (not) words.shift();
  const word = words.shift() ?? '';
  const turn = (text: string, test: (a: string) => boolean): Address => (not ? { text: `not ${text}`, test: (a) => !test(a) } : { text, test });
  if (word === 'any') return turn('any', () => true);
  if (word === 'me') return turn('me', (a) => stack.hasAddress(a));
  const [base, length = '32'] = word.split('/');
  if (!isIpv4(base) || !/^\d{1,2}$/.test(length) || Number(length) > 32) throw new Bad(`hostname \`\`${word}'' unknown`);
  return turn(length === '32' ? base : word, (a) => covers(base, Number(length), a));
}

/** The words behind the addresses, as tests and as they are printed. */
function optionsOf(words: string[]): { readonly text: string; readonly keepsState: boolean; readonly tests: Rule['matches'][] } {
  const shown: string[] = [];
  const tests: Rule['matches'][] = [];
  let keepsState = false;
  while (words.length > 0) {
    const word = words.shift() ?? '';
    if (word === 'in' || word === 'out') tests.push((_p, way) => way === word);
    else if (word === 'via' || word === 'recv' || word === 'xmit') {
      const name = words.shift() ?? '';
      tests.push((_p, way, on) => (on === name || on.replace(/\d+$/, '*') === name) && (word === 'via' || way === (word === 'recv' ? 'in' : 'out')));
      shown.push(word, name);
      continue;
    } else if (word === 'tcpflags') {
      shown.push(word, words.shift() ?? '');
      tests.push((p) => p.protocol === 6);
      continue;
    } else if (word === 'keep-state') keepsState = true;
    else if (word === 'setup' || word === 'established') tests.push((p) => p.protocol === 6);
    else if (word === 'frag') tests.push(() => false);
    else throw new Bad(`unrecognised option [-1] ${word}`);
    shown.push(word);
  }
  return { text: shown.map((w) => ` ${w}`).join(''), keepsState, tests };
}

export class Ipfw implements PacketFilter {
  /** The module is there. */
  loaded = false;
  /** net.inet.ip.fw.enable */
  enabled = true;
  /** The module ipfw_pmod is there, which has tcp-setmss. */
  setsMss = false;
  private rules: Rule[] = [];
  private readonly flows: Flows;

  /** @param late - ipfw2 of 10 and later: `default to accept` apart, texts of errors differ. */
  constructor(
    private readonly stack: IpStack,
    private readonly late: boolean,
  ) {
    this.flows = new Flows(() => stack.internet.clock(), 300_000);
    this.reset();
  }

  reset(): void {
    Object.assign(this, { loaded: false, enabled: true, setsMss: false });
    this.flows.clear();
    this.rules = [{ ...DEFAULT }];
  }

  passes(packet: Packet, way: Way, on: string, out = ''): boolean {
    if (!this.loaded || !this.enabled) return true;
    if (way === 'forward') return this.passes(packet, 'in', on) && this.passes(packet, 'out', out);
    for (const rule of this.rules) {
      const known = (rule.action === 'check-state' || rule.keepsState) && this.flows.state(packet) !== 'new';
      if (!known && (rule.action === 'check-state' || !rule.matches(packet, way, on))) continue;
      rule.packets += 1;
      rule.bytes += packet.bytes;
      if (rule.action === 'count' || rule.action === 'tcp-setmss') continue;
      if (known || rule.keepsState) this.flows.note(packet);
      return known || rule.action === 'allow';
    }
    return false;
  }

  private add(all: readonly string[]): Rule {
    const words = [...all];
    const last = this.rules.filter((r) => r.number < 65535).at(-1)?.number ?? 0;
    const number = /^\d{1,5}$/.test(words[0] ?? '') ? Number(words.shift()) : Math.min(65534, last + 100);
    const set = this.late && words[0] === 'set' ? Number(words.splice(0, 2)[1]) : 0;
    if (!(set <= RESERVED_SET)) throw new Bad('illegal set');
    const verb = words.shift() ?? '';
    const action = Object.hasOwn(ACTIONS, verb) ? ACTIONS[verb] : undefined;
    if (action === undefined) throw new Bad(`invalid action ${verb}`);
    if (action === 'check-state')
      return this.insert({ number, set, text: 'check-state', action, keepsState: false, matches: () => false, packets: 0, bytes: 0 });
    const size = action === 'tcp-setmss' ? words.shift() : undefined;
    if (action === 'tcp-setmss' && !/^[1-9]\d{0,4}$/.test(size ?? '')) throw new Bad(`invalid mss ${size ?? ''}`);
    if (action === 'tcp-setmss' && !this.setsMss) throw new Refused('setsockopt(IP_FW_XADD): Invalid argument');
    const log = words[0] === 'log' ? `${words.shift()} ` : '';
    const name = words.shift() ?? '';
    const protocol = ['ip', 'all', 'ip4', 'ipv4'].includes(name) ? undefined : protocolNumber(name);
    if (protocol === undefined && !['ip', 'all', 'ip4', 'ipv4'].includes(name)) throw new Bad(`unrecognised option [-1] ${name}`);
    if (words.shift() !== 'from') throw new Bad("missing ``from''");
    const from = address(words, this.stack);
    if (words.shift() !== 'to') throw new Bad("missing ``to''");
    const to = address(words, this.stack);
    const ports = /^\d/.test(words[0] ?? '') ? ` ${words.shift()}` : '';
    const { text, keepsState, tests } = optionsOf(words);
    const shown = action === 'deny' && verb === 'reject' ? 'reject' : size === undefined ? action : `${action} ${size}`;
    return this.insert({
      number,
      set,
      text: `${shown} ${log}${protocol === undefined ? 'ip' : protocolName(protocol)} from ${from.text} to ${to.text}${ports}${text}${keepsState && this.late ? ' :default' : ''}`,
      action,
      keepsState,
      // Ports are of TCP and UDP, which the simulated network does not carry but around GRE.
      matches: (p, way, on) =>
        (protocol === undefined || p.protocol === protocol) &&
        (ports === '' || String(p.udp?.destination) === ports.trim()) &&
        from.test(p.src) &&
        to.test(p.dst) &&
        tests.every((t) => t(p, way, on)),
      packets: 0,
      bytes: 0,
    });
  }

  private insert(rule: Rule): Rule {
    const at = this.rules.findIndex((r) => r.number > rule.number);
    this.rules.splice(at < 0 ? this.rules.length : at, 0, rule);
    return rule;
  }

  private listing(counts: boolean, sets: boolean): string {
    return this.rules
      .map(
        (r) =>
          `${String(r.number).padStart(5, '0')} ${counts ? `${String(r.packets).padStart(10)} ${String(r.bytes).padStart(12)} ` : ''}${sets ? `set ${r.set} ` : ''}${r.text}\n`,
      )
      .join('');
  }

  /** `ipfw WORDS…` */
  run(all: readonly string[]): CommandResult {
    const flags = all.filter((w) => w.startsWith('-')).join('');
    const bare = all.filter((w) => !w.startsWith('-'));
    // `set N delete …`: only in that set.
    const set = this.late && bare[0] === 'set' && /^\d+$/.test(bare[1] ?? '') ? Number(bare.splice(0, 2)[1]) : undefined;
    const [verb = '', ...words] = bare;
    if (!this.loaded) {
      const what =
        this.late && (verb === 'list' || verb === 'show')
          ? 'retrieving config failed'
          : `${this.late ? 'setsockopt' : 'getsockopt'}(IP_FW_${verb.toUpperCase()})`;
      return fail(71, `ipfw: ${what}: Protocol not available\n`);
    }
    try {
      return this.command(verb, words, flags, set);
    } catch (error) {
      if (error instanceof Refused) return fail(71, `ipfw: ${error.message}\n`);
      if (error instanceof Bad) return fail(error.message.startsWith('hostname') ? 68 : 64, `ipfw: ${error.message}\n`);
      throw error;
    }
  }

  private command(verb: string, words: readonly string[], flags: string, set: number | undefined): CommandResult {
    if ('list'.startsWith(verb) && verb !== '') return ok(this.listing(flags.includes('a'), flags.includes('S')));
    if ('show'.startsWith(verb) && verb !== '') return ok(this.listing(true, flags.includes('S')));
    if (verb === 'add') {
      const { number, text } = this.add(words);
      return ok(flags.includes('q') ? '' : `${String(number).padStart(5, '0')} ${text}\n`);
    }
    if (verb === 'delete') {
      const wanted = words.map(Number);
      const meant = (r: Rule, n: number): boolean => r.number === n && n < 65535 && (set === undefined || r.set === set);
      const missing = wanted.find((n) => !this.rules.some((r) => meant(r, n)));
      this.rules = this.rules.filter((r) => !wanted.some((n) => meant(r, n)));
      if (missing !== undefined && set !== undefined) return fail(69, flags.includes('q') ? '' : `ipfw: rule ${missing} not found\n`);
      return missing === undefined ? ok() : fail(69, `ipfw: rule ${missing}: setsockopt(IP_FW_DEL): Invalid argument\n`);
    }
    if (verb !== 'flush') throw new Bad(`bad command \`${verb}'`);
    this.rules = this.rules.filter((r) => r.set === RESERVED_SET);
    this.flows.clear();
    return ok(flags.includes('q') ? '' : 'Flushed all rules.\n');
  }
}
