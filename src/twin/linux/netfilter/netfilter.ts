/**
 * nf_tables of a simulated Linux kernel: tables, chains and rules, and what becomes of a packet in them.
 *
 * In: rulesets as nft or iptables have parsed them, packets. Out: whether a packet passes; counters. Forgotten at every boot.
 * Base chains of one hook are asked in the order of their priority; an accept ends the chain, not the hook; a drop ends all (nft(8)).
 */
import { type FlowState, Flows } from '../../flows.js';
import type { Packet, PacketFilter, Way } from '../../packet.js';

export type Hook = 'prerouting' | 'input' | 'forward' | 'output' | 'postrouting';

export interface Seen {
  readonly packet: Packet;
  readonly iif: string;
  readonly oif: string;
  readonly ct: FlowState;
}

export type Verdict = 'accept' | 'drop' | 'return' | 'jump' | 'goto';

export type Item =
  | { readonly kind: 'match'; readonly text: string; readonly test: (seen: Seen) => boolean }
  | { readonly kind: 'counter'; packets: number; bytes: number }
  /** Does nothing to the packet: log, comment. */
  | { readonly kind: 'note'; readonly text: string }
  | { readonly kind: 'verdict'; readonly text: string; readonly verdict: Verdict; readonly chain?: string };

export interface Rule {
  readonly handle: number;
  readonly items: readonly Item[];
  /** How `iptables -S` prints it, after `-A CHAIN`; rules of nft have none. */
  readonly iptables?: string;
}

export interface Base {
  readonly type: string;
  readonly hook: Hook;
  readonly priority: number;
  policy: 'accept' | 'drop';
}

export interface Chain {
  readonly name: string;
  readonly handle: number;
  base?: Base;
  rules: Rule[];
}

export interface Table {
  readonly family: string;
  readonly name: string;
  readonly handle: number;
  chains: Chain[];
  /** Elements of named sets of addresses, and their lines in a listing. */
  readonly sets: Map<string, { readonly elements: string[]; readonly lines: readonly string[] }>;
  /** Made by iptables-nft. */
  readonly managed: boolean;
}

const HOOKS: Readonly<Record<Way, readonly Hook[]>> = {
  in: ['prerouting', 'input'],
  out: ['output', 'postrouting'],
  forward: ['prerouting', 'forward', 'postrouting'],
};

/** nf_conntrack_gre_timeout of the kernel is 30 s, for flows answered on both sides 180 s; the shorter one holds here. */
const REMEMBERED = 30_000;

export class Netfilter implements PacketFilter {
  tables: Table[] = [];
  private nextHandle = 1;
  private readonly flows: Flows;

  constructor(clock: () => number) {
    this.flows = new Flows(clock, REMEMBERED);
  }

  /** As after power on. */
  reset(): void {
    this.tables = [];
    this.nextHandle = 1;
    this.flows.clear();
  }

  handle(): number {
    return this.nextHandle++;
  }

  find(family: string, name: string): Table | undefined {
    return this.tables.find((t) => t.family === family && t.name === name);
  }

  addTable(family: string, name: string, managed = false): Table {
    const found = this.find(family, name);
    if (found !== undefined) return found;
    const made: Table = { family, name, handle: this.handle(), chains: [], sets: new Map(), managed };
    this.tables.push(made);
    return made;
  }

  passes(packet: Packet, way: Way, on: string, out = ''): boolean {
    const seen: Seen = { packet, iif: way === 'out' ? '' : on, oif: way === 'out' ? on : way === 'forward' ? out : '', ct: this.flows.state(packet) };
    const passed = HOOKS[way].every((hook) => this.hook(hook, seen));
    if (passed) this.flows.note(packet);
    return passed;
  }

  private hook(hook: Hook, seen: Seen): boolean {
    const chains = this.tables
      .filter((t) => t.family === 'ip' || t.family === 'inet')
      .flatMap((table) => table.chains.flatMap((chain) => (chain.base?.hook === hook ? [{ table, chain, base: chain.base }] : [])))
      .sort((a, b) => a.base.priority - b.base.priority);
    return chains.every(({ table, chain, base }) => (walk(table, chain, seen, 0) ?? base.policy) === 'accept');
  }
}

/** Undefined: the end of the chain was reached, or a return. */
function walk(table: Table, chain: Chain, seen: Seen, depth: number): 'accept' | 'drop' | undefined {
  for (const rule of chain.rules) {
    const verdict = applied(rule, seen);
    if (verdict === undefined) continue;
    if (verdict.verdict === 'accept' || verdict.verdict === 'drop') return verdict.verdict;
    if (verdict.verdict === 'return') return undefined;
    const next = table.chains.find((c) => c.name === verdict.chain);
    // The kernel allows 16 levels of jumps.
    const said = next === undefined || depth > 16 ? undefined : walk(table, next, seen, depth + 1);
    if (said !== undefined || verdict.verdict === 'goto') return said;
  }
  return undefined;
}

function applied(rule: Rule, seen: Seen): Extract<Item, { kind: 'verdict' }> | undefined {
  for (const item of rule.items) {
    if (item.kind === 'match' && !item.test(seen)) return undefined;
    if (item.kind === 'counter') {
      item.packets += 1;
      item.bytes += seen.packet.bytes;
    }
    if (item.kind === 'verdict') return item;
  }
  return undefined;
}
