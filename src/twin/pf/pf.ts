/**
 * The packet filter pf of a simulated BSD: a ruleset, whether it is on, states, and what becomes of a packet.
 *
 * The last rule that matches decides, one with `quick` at once; without any the packet passes; a packet of a state is not asked about (pf.conf(5)).
 */
import { Flows } from '../flows.js';
import type { Packet, PacketFilter, Way } from '../packet.js';
import type { IpStack } from '../stack.js';
import { PfSyntaxError, type Statement, statements } from './lexer.js';
import { type PfDialect, type PfRule, rulesOf } from './rule.js';
import type { Names } from './sides.js';

/** pf.conf(5), timeout other.first: 60 s. */
const REMEMBERED = 60_000;
/** Statements that are taken and change nothing here. */
const PASSED_OVER = ['scrub', 'load'];

export interface Counted {
  readonly rule: PfRule;
  evaluations: number;
  packets: number;
  bytes: number;
}

interface Loaded {
  readonly rules: Counted[];
  readonly skipped: readonly string[];
}

/** Interfaces are members of a group named as their driver. */
const groupOf = (name: string): string => name.replace(/\d+$/, '');

export class Pf implements PacketFilter {
  enabled = false;
  /** Milliseconds of the simulated clock at which it was last switched on or off. */
  since?: number;
  loaded: Loaded = { rules: [], skipped: [] };
  /** Rulesets of their own, by path. Loading the main one does not touch them; it says where they are asked (pf.conf(5), ANCHORS). */
  readonly anchors = new Map<string, readonly Counted[]>();
  private readonly flows: Flows;

  constructor(
    private readonly stack: IpStack,
    readonly dialect: PfDialect,
  ) {
    this.flows = new Flows(() => stack.internet.clock(), REMEMBERED);
  }

  /** As after power on. */
  reset(): void {
    this.enabled = false;
    delete this.since;
    this.loaded = { rules: [], skipped: [] };
    this.anchors.clear();
    this.flows.clear();
  }

  /** Without states the rules are asked about everything again. @returns How many there were. */
  forget(): number {
    return this.flows.clear();
  }

  /** An anchor without rules is none (pf_remove_if_empty_ruleset). */
  setAnchor(path: string, rules: readonly Counted[]): void {
    if (rules.length === 0) this.anchors.delete(path);
    else this.anchors.set(path, rules);
  }

  /** Whether `set skip on` leaves an interface, or the group of its name, alone. */
  skips(on: string): boolean {
    return this.loaded.skipped.some((word) => on === word || groupOf(on) === word);
  }

  /** Interfaces and their groups, by name. */
  interfaces(): readonly string[] {
    const names = [...this.stack.interfaces.keys()];
    return [...new Set(names.flatMap((n) => [n, groupOf(n)]))].sort();
  }

  turn(on: boolean): void {
    this.enabled = on;
    this.since = this.stack.internet.clock();
  }

  /** What is loaded, for a snapshot. */
  texts(): { readonly rules: readonly string[]; readonly anchors: Readonly<Record<string, readonly string[]>> } {
    const of = (list: readonly Counted[]): readonly string[] => list.map((r) => r.rule.text);
    return { rules: of(this.loaded.rules), anchors: Object.fromEntries([...this.anchors].map(([path, list]) => [path, of(list)])) };
  }

  private names(tables: ReadonlyMap<string, readonly string[]>): Names {
    const { interfaces } = this.stack;
    return {
      addressesOf: (name) => {
        const of =
          name === 'self'
            ? [...interfaces.values()]
            : name === 'egress'
              ? [...interfaces.values()].filter((i) => i.kind === 'physical')
              : [interfaces.get(name)];
        return of.flatMap((i) => i?.addresses.map((a) => a.local) ?? []);
      },
      table: (name) => tables.get(name),
      isOn: (name, word) => name === word || name.replace(/\d+$/, '') === word || (word === 'egress' && interfaces.get(name)?.kind === 'physical'),
    };
  }

  /** @throws {PfSyntaxError} The ruleset of before stays then. */
  parse(text: string): Loaded {
    const tables = new Map<string, readonly string[]>();
    const names = this.names(tables);
    const skipped: string[] = [];
    const rules: Counted[] = [];
    let policy: 'drop' | 'return' = 'drop';
    for (const s of statements(text)) {
      const [first = '', second = '', third = '', fourth] = s.words;
      if (first === 'set') {
        if (second === 'skip' && third === 'on') skipped.push(...s.words.slice(3).filter((w) => !/^[{}]$/.test(w)));
        if (second === 'block-policy') policy = third === 'return' ? 'return' : 'drop';
      } else if (first === 'table') tables.set(second.slice(1, -1), elements(s, third, fourth));
      // Rules in braces behind an anchor are taken and change nothing here.
      else if (first === 'anchor' && s.words.includes('{')) continue;
      else if (['pass', 'block', 'match', 'anchor'].includes(first)) rules.push(...rulesOf(s, names, this.dialect, policy).map(counted));
      else if (!PASSED_OVER.includes(first)) throw new PfSyntaxError(s.line);
    }
    return { rules, skipped };
  }

  passes(packet: Packet, way: Way, on: string, out = ''): boolean {
    if (!this.enabled) return true;
    if (way === 'forward') return this.passes(packet, 'in', on) && this.passes(packet, 'out', out);
    if (this.skips(on)) return true;
    if (this.flows.state(packet) !== 'new') {
      this.flows.note(packet);
      return true;
    }
    const last = this.decide(this.loaded.rules, packet, way, on);
    if (last !== undefined) {
      last.packets += 1;
      last.bytes += packet.bytes;
    }
    const passed = last === undefined || last.rule.action === 'pass';
    if (passed && last?.rule.state === true) this.flows.note(packet);
    return passed;
  }

  private decide(rules: readonly Counted[], packet: Packet, way: 'in' | 'out', on: string): Counted | undefined {
    let last: Counted | undefined;
    for (const counter of rules) {
      const { rule } = counter;
      counter.evaluations += 1;
      if ((rule.direction ?? way) !== way || !rule.matches(packet, on)) continue;
      const found = rule.anchor === undefined ? (rule.action === 'none' ? undefined : counter) : this.inside(rule.anchor, packet, way, on);
      last = found ?? last;
      if (found?.rule.quick === true || (found !== undefined && rule.quick)) break;
    }
    return last;
  }

  /** What the rules of an anchor say; those below `name/*` in the order of their names. */
  private inside(anchor: string, packet: Packet, way: 'in' | 'out', on: string): Counted | undefined {
    const parent = anchor.replace(/\*$/, '');
    const wanted = (path: string): boolean =>
      parent === anchor ? path === anchor : path.startsWith(parent) && !path.slice(parent.length).includes('/');
    const paths = [...this.anchors.keys()].filter(wanted).sort();
    return this.decide(
      paths.flatMap((path) => this.anchors.get(path) ?? []),
      packet,
      way,
      on,
    );
  }
}

const counted = (rule: PfRule): Counted => ({ rule, evaluations: 0, packets: 0, bytes: 0 });

/** `table <x> persist { a b }` */
function elements(s: Statement, ...attributes: (string | undefined)[]): string[] {
  if (!/^<[A-Za-z0-9_-]+>$/.test(s.words[1] ?? '')) throw new PfSyntaxError(s.line);
  const skip = attributes.filter((w) => w === 'persist' || w === 'const' || w === 'counters').length;
  return s.words.slice(2 + skip).filter((w) => w !== '{' && w !== '}');
}
