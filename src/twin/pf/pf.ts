/**
 * The packet filter pf of a simulated BSD: a ruleset, whether it is on, states, and what becomes of a packet.
 *
 * The last rule that matches decides, one with `quick` at once; without any the packet passes; a packet of a state is not asked about (pf.conf(5)).
 */
import { Flows } from '../flows.js';
import type { Packet, PacketFilter, Way } from '../packet.js';
import type { IpStack } from '../stack.js';
import { PfSyntaxError, type Statement, statements } from './lexer.js';
import { type Names, type PfDialect, type PfRule, rulesOf } from './rule.js';

/** pf.conf(5), timeout other.first: 60 s. */
const REMEMBERED = 60_000;
/** Statements that are taken and change nothing here. */
const PASSED_OVER = ['scrub', 'anchor', 'load'];

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

export class Pf implements PacketFilter {
  enabled = false;
  /** Milliseconds of the simulated clock at which it was last switched on or off. */
  since?: number;
  loaded: Loaded = { rules: [], skipped: [] };
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
    this.flows.clear();
  }

  turn(on: boolean): void {
    this.enabled = on;
    this.since = this.stack.internet.clock();
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
      else if (['pass', 'block', 'match'].includes(first)) rules.push(...rulesOf(s, names, this.dialect, policy).map(counted));
      else if (!PASSED_OVER.includes(first)) throw new PfSyntaxError(s.line);
    }
    return { rules, skipped };
  }

  passes(packet: Packet, way: Way, on: string, out = ''): boolean {
    if (!this.enabled) return true;
    if (way === 'forward') return this.passes(packet, 'in', on) && this.passes(packet, 'out', out);
    if (this.loaded.skipped.some((word) => on === word || on.replace(/\d+$/, '') === word)) return true;
    if (this.flows.state(packet) !== 'new') {
      this.flows.note(packet);
      return true;
    }
    const last = this.decide(packet, way, on);
    if (last !== undefined) {
      last.packets += 1;
      last.bytes += packet.bytes;
    }
    const passed = last === undefined || last.rule.action === 'pass';
    if (passed && last?.rule.state === true) this.flows.note(packet);
    return passed;
  }

  private decide(packet: Packet, way: 'in' | 'out', on: string): Counted | undefined {
    let last: Counted | undefined;
    for (const counter of this.loaded.rules) {
      const { rule } = counter;
      counter.evaluations += 1;
      if (rule.action === 'none' || (rule.direction ?? way) !== way || !rule.matches(packet, on)) continue;
      last = counter;
      if (rule.quick) break;
    }
    return last;
  }
}

const counted = (rule: PfRule): Counted => ({ rule, evaluations: 0, packets: 0, bytes: 0 });

/** `table <x> persist { a b }` */
function elements(s: Statement, ...attributes: (string | undefined)[]): string[] {
  if (!/^<[A-Za-z0-9_-]+>$/.test(s.words[1] ?? '')) throw new PfSyntaxError(s.line);
  const skip = attributes.filter((w) => w === 'persist' || w === 'const' || w === 'counters').length;
  return s.words.slice(2 + skip).filter((w) => w !== '{' && w !== '}');
}
