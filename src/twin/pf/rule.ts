/**
 * Filter rules of pf: one statement of pf.conf(5) as the rules that pfctl makes of it, each list taken apart, with the line that `pfctl -s rules` prints.
 *
 * Printed as print_rule does it (sbin/pfctl/pfctl_parser.c of OpenBSD and FreeBSD); what differs by release is in PfDialect.
 */
import type { Packet } from '../packet.js';
import { protocolName, protocolNumber } from '../protocols.js';
import type { Statement } from './lexer.js';
import { ANY, Cursor, type Names, type Side, sides } from './sides.js';

export interface PfDialect {
  /** `@1 block in all ` of 2001, with a number and a blank at the end. */
  readonly numbered: boolean;
  /** pass makes a state unless told not to (OpenBSD 4.1, FreeBSD 7). */
  readonly statefulByDefault: boolean;
  /** An ordinary `keep state` is printed. */
  readonly printsKeepState: boolean;
  /** `match … scrub (…)`: OpenBSD 4.6 (pf.conf(5) of 4.6), FreeBSD 14.0 (tests/sys/netpfil/pf/scrub_pass.sh); before, scrub is a rule of its own. */
  readonly scrubOption: boolean;
}

export interface PfRule {
  readonly action: 'pass' | 'block' | 'none';
  readonly direction?: 'in' | 'out';
  readonly quick: boolean;
  readonly state: boolean;
  /** Name of the ruleset whose rules are asked here; `name/*`: all below it. */
  readonly anchor?: string;
  readonly text: string;
  matches(packet: Packet, on: string): boolean;
}

interface Draft {
  action: PfRule['action'];
  head: string;
  direction?: 'in' | 'out';
  log: boolean;
  quick: boolean;
  ons: { readonly word: string; readonly not: boolean }[];
  family: boolean;
  protocols: string[];
  froms: Side[];
  tos: Side[];
  icmp: string;
  flags?: string;
  state?: 'keep' | 'modulate' | 'synproxy' | 'no';
  tail: string;
}

/** Words whose value does nothing to the decision. */
const VALUED = ['label', 'tag', 'tagged', 'queue', 'user', 'group', 'tos', 'prio', 'rtable', 'probability', 'max-mss', 'divert-to'];

/** `scrub (no-df max-mss 1436)`, in the order in which print_rule has them. */
function scrub(c: Cursor): string {
  const given = new Map<string, string>();
  if (c.take('(') === undefined) throw c.wrong();
  while (c.take(')') === undefined) {
    const word = c.take('no-df', 'random-id', 'min-ttl', 'max-mss');
    if (word === undefined) throw c.wrong();
    const value = word.startsWith('m') ? c.next() : '';
    if (value !== '' && !/^\d+$/.test(value)) throw c.wrong();
    given.set(word, value === '' ? word : `${word} ${value}`);
  }
  const shown = ['no-df', 'random-id', 'min-ttl', 'max-mss'].flatMap((word) => given.get(word) ?? []);
  if (shown.length === 0) throw c.wrong();
  return ` scrub (${shown.join(' ')})`;
}

function option(c: Cursor, d: Draft, names: Names, dialect: PfDialect): void {
  const word = c.next();
  if (word === 'from') d.froms = sides(c, names);
  else if (word === 'to') d.tos = sides(c, names);
  else if (word === 'proto') d.protocols = c.list(() => c.next());
  else if (word === 'inet') d.family = true;
  else if (word === 'flags') d.flags = c.next();
  else if (word === 'icmp-type') d.icmp = ` icmp-type ${c.list(() => c.next()).join(' ')}`;
  else if (['keep', 'modulate', 'synproxy', 'no'].includes(word)) {
    if (c.take('state') === undefined) throw c.wrong();
    d.state = word as NonNullable<Draft['state']>;
    if (c.take('(') !== undefined) while (c.take(')') === undefined) c.next();
  } else if (word === 'allow-opts') d.tail += ' allow-opts';
  else if (word === 'scrub' && dialect.scrubOption) d.tail += scrub(c);
  else if (VALUED.includes(word)) {
    const value = c.list(() => c.next()).join(' ');
    d.tail += ` ${word} ${word === 'label' ? `"${value}"` : value}`;
  } else if (word !== 'all') throw c.wrong();
}

/** @throws {PfSyntaxError} */
export function rulesOf(s: Statement, names: Names, dialect: PfDialect, policy: 'drop' | 'return'): PfRule[] {
  const [first = '', name = ''] = s.words;
  const anchor = first === 'anchor' ? name : undefined;
  const action = first === 'match' || anchor !== undefined ? 'none' : first === 'pass' ? 'pass' : 'block';
  const c = new Cursor(s, anchor === undefined ? 1 : 2);
  const d: Draft = {
    action,
    head: anchor === undefined ? first : `anchor "${anchor}"`,
    log: false,
    quick: false,
    ons: [],
    family: false,
    protocols: [],
    froms: [ANY],
    tos: [ANY],
    icmp: '',
    tail: '',
  };
  if (action === 'block') {
    const how = c.take('drop', 'return', 'return-rst', 'return-icmp') ?? policy;
    if (c.take('(') !== undefined) while (c.take(')') === undefined) c.next();
    d.head = dialect.numbered && how === 'drop' ? 'block' : `block ${how}`;
  }
  const direction = c.take('in', 'out');
  if (direction === 'in' || direction === 'out') d.direction = direction;
  if (c.take('log') !== undefined) {
    d.log = true;
    if (c.take('(') !== undefined) while (c.take(')') === undefined) c.next();
  }
  d.quick = c.take('quick') !== undefined;
  if (c.take('on') !== undefined) d.ons = c.list(() => ({ not: c.take('!') !== undefined, word: c.next() }));
  while (c.peek() !== undefined) option(c, d, names, dialect);
  const rules = expand(d, c, names, dialect);
  return anchor === undefined ? rules : rules.map((rule) => ({ ...rule, anchor }));
}

/** Lists are taken apart from the left: interface, protocol, source, destination. */
function expand(d: Draft, c: Cursor, names: Names, dialect: PfDialect): PfRule[] {
  const ons = d.ons.length === 0 ? [undefined] : d.ons;
  const protocols = d.protocols.length === 0 ? [undefined] : d.protocols;
  return ons.flatMap((on) =>
    protocols.flatMap((word) => {
      const n = word === undefined ? undefined : protocolNumber(word);
      if (word !== undefined && n === undefined) throw c.wrong(`unknown protocol ${word}`);
      return d.froms.flatMap((from) => d.tos.map((to) => one(d, on, n, from, to, names, dialect)));
    }),
  );
}

function one(
  d: Draft,
  on: Draft['ons'][number] | undefined,
  protocol: number | undefined,
  from: Side,
  to: Side,
  names: Names,
  dialect: PfDialect,
): PfRule {
  const stateful = d.action === 'pass' && (d.state === undefined ? dialect.statefulByDefault : d.state !== 'no');
  const bare = from.text === 'any' && to.text === 'any' && from.ports === '' && to.ports === '';
  const tcp = protocol === undefined || protocol === 6;
  const flags = d.flags ?? (stateful && tcp && dialect.statefulByDefault ? 'S/SA' : undefined);
  const kept = !stateful && d.action === 'pass' && dialect.statefulByDefault ? ' no state' : stateful ? stateText(d, dialect) : '';
  const text = [
    d.head,
    d.direction === undefined ? '' : ` ${d.direction}`,
    d.log ? ' log' : '',
    d.quick ? ' quick' : '',
    on === undefined ? '' : ` on ${on.not ? '! ' : ''}${on.word}`,
    d.family || from.ip || to.ip ? ' inet' : '',
    protocol === undefined ? '' : ` proto ${protocolName(protocol)}`,
    bare ? ' all' : ` from ${from.text}${from.ports} to ${to.text}${to.ports}`,
    flags === undefined || !tcp ? '' : ` flags ${flags}`,
    d.icmp,
    kept,
    d.tail,
  ].join('');
  // TCP is not simulated and UDP only as a carrier of GRE: a rule for ports never matches but by its protocol without ports.
  const ported = from.ports !== '' || to.ports !== '';
  return {
    action: d.action,
    ...(d.direction === undefined ? {} : { direction: d.direction }),
    quick: d.quick,
    state: stateful,
    text,
    matches: (packet, name) =>
      (on === undefined || names.isOn(name, on.word) !== on.not) &&
      (protocol === undefined || packet.protocol === protocol) &&
      (!ported || portsMatch(packet, from.ports, to.ports)) &&
      from.test(packet.src) &&
      to.test(packet.dst),
  };
}

function portsMatch(packet: Packet, from: string, to: string): boolean {
  const has = (text: string, port: number): boolean => {
    const [first, last = first] = text.replace(/^ port (= )?/, '').split(':');
    return text === '' || (port >= Number(first) && port <= Number(last));
  };
  return packet.udp !== undefined && has(from, packet.udp.source) && has(to, packet.udp.destination);
}

function stateText(d: Draft, dialect: PfDialect): string {
  if (d.state === 'modulate' || d.state === 'synproxy') return ` ${d.state} state`;
  return dialect.printsKeepState ? ' keep state' : '';
}
