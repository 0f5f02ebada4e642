/** How nft 1.0.6 prints a ruleset: tabs, priorities by name, a warning at the head of each table that iptables made. */
import type { Chain, Item, Table } from './netfilter.js';

/** Names of priorities of the families ip and inet (nft(8)). */
export const PRIORITIES: ReadonlyMap<string, number> = new Map([
  ['raw', -300],
  ['mangle', -150],
  ['dstnat', -100],
  ['filter', 0],
  ['security', 50],
  ['srcnat', 100],
]);

/** The nearest name within ten, as nft does it. */
function priorityText(n: number): string {
  for (const [name, value] of PRIORITIES) {
    const off = n - value;
    if (Math.abs(off) <= 10) return off === 0 ? name : `${name} ${off > 0 ? '+' : '-'} ${Math.abs(off)}`;
  }
  return String(n);
}

export interface ListOptions {
  /** -a */
  readonly handles: boolean;
  /** -s */
  readonly stateless: boolean;
}

function itemText(item: Item, stateless: boolean): string {
  if (item.kind !== 'counter') return item.text;
  return stateless ? 'counter' : `counter packets ${item.packets} bytes ${item.bytes}`;
}

const handleText = (handle: number, shown: boolean): string => (shown ? ` # handle ${handle}` : '');

export function listChain(chain: Chain, how: ListOptions): string {
  const { base, rules } = chain;
  const head = base === undefined ? '' : `\t\ttype ${base.type} hook ${base.hook} priority ${priorityText(base.priority)}; policy ${base.policy};\n`;
  const lines = rules.map((r) => `\t\t${r.items.map((i) => itemText(i, how.stateless)).join(' ')}${handleText(r.handle, how.handles)}\n`);
  return `\tchain ${chain.name} {${handleText(chain.handle, how.handles)}\n${head}${lines.join('')}\t}\n`;
}

export function listTable(table: Table, how: ListOptions): string {
  const sets = [...table.sets].map(([name, { lines }]) => `\tset ${name} {\n${lines.map((l) => `\t\t${l}\n`).join('')}\t}\n`);
  const parts = [...sets, ...table.chains.map((c) => listChain(c, how))];
  return `table ${table.family} ${table.name} {${handleText(table.handle, how.handles)}\n${parts.join('\n')}}\n`;
}

/** The warning goes to standard output, before the table (src/rule.c of nftables 1.0.6). */
export function listRuleset(tables: readonly Table[], how: ListOptions): string {
  const warning = (t: Table): string => (t.managed ? `# Warning: table ${t.family} ${t.name} is managed by iptables-nft, do not touch!\n` : '');
  return tables.map((t) => warning(t) + listTable(t, how)).join('');
}
