/**
 * The commands of nft on a ruleset: add, insert, delete, flush, list of tables, chains and rules; whole tables as a file has them (nft(8)).
 *
 * In: tokens. Out: the ruleset changed, and what a listing prints. One input is one transaction: nft.ts puts the old ruleset back where a command fails.
 */
import type { Base, Chain, Hook, Netfilter, Table } from './netfilter.js';
import { type ListOptions, listChain, listRuleset, listTable, PRIORITIES } from './nft-list.js';
import { ruleItems } from './nft-rule.js';
import { NftError, type Token, type Tokens } from './tokens.js';

const FAMILIES = ['ip', 'ip6', 'inet', 'arp', 'bridge', 'netdev'];
const MISSING = 'No such file or directory';

interface Named {
  readonly family: string;
  readonly name: string;
  readonly at: Token | undefined;
}

/** `[FAMILY] NAME`; without a family it is ip. */
function named(t: Tokens): Named {
  const family = FAMILIES.includes(t.peek()?.text ?? '') ? t.word() : 'ip';
  const at = t.peek();
  return { family, name: t.word(), at };
}

function tableOf(nf: Netfilter, t: Tokens): Table {
  const { family, name, at } = named(t);
  const found = nf.find(family, name);
  if (found === undefined) throw new NftError(MISSING, at);
  return found;
}

function chainOf(table: Table, t: Tokens): Chain {
  const at = t.peek();
  const name = t.word();
  const found = table.chains.find((c) => c.name === name);
  if (found === undefined) throw new NftError(MISSING, at);
  return found;
}

function priority(t: Tokens): number {
  const token = t.peek();
  const word = t.word();
  const by = t.peek()?.text === '+' || t.peek()?.text === '-' ? `${t.word()}${t.word()}` : '0';
  const base = PRIORITIES.get(word) ?? (/^-?\d+$/.test(word) ? Number(word) : undefined);
  if (base === undefined) throw t.wrong(token);
  return base + Number(by);
}

const HOOKS: readonly string[] = ['prerouting', 'input', 'forward', 'output', 'postrouting'];

/** `type filter hook input priority 0; policy accept;` */
function baseOf(t: Tokens): Base {
  const type = t.word();
  t.expect('hook');
  const at = t.peek();
  const hook = t.word();
  if (!HOOKS.includes(hook) || !['filter', 'nat', 'route'].includes(type)) throw t.wrong(at);
  t.expect('priority');
  return { type, hook: hook as Hook, priority: priority(t), policy: 'accept' };
}

function chainBody(nf: Netfilter, table: Table, chain: Chain, t: Tokens): void {
  for (t.skip(); !t.take('}'); t.skip()) {
    if (t.take('type')) chain.base = baseOf(t);
    else if (t.take('policy')) {
      const at = t.peek();
      const policy = t.word();
      if ((policy !== 'accept' && policy !== 'drop') || chain.base === undefined) throw t.wrong(at);
      chain.base.policy = policy;
    } else chain.rules.push({ handle: nf.handle(), items: ruleItems(t, table) });
  }
}

function addChain(nf: Netfilter, table: Table, name: string): Chain {
  const found = table.chains.find((c) => c.name === name);
  if (found !== undefined) return found;
  const made: Chain = { name, handle: nf.handle(), rules: [] };
  table.chains.push(made);
  return made;
}

/** A set of addresses; its lines are kept as they were written. */
function set(table: Table, t: Tokens): void {
  const name = t.word();
  const elements: string[] = [];
  const lines: string[] = [];
  t.expect('{');
  for (t.skip(); !t.take('}'); t.skip()) {
    if (t.take('elements')) {
      t.expect('=');
      t.expect('{');
      for (t.skip(); !t.take('}'); t.skip()) if (!t.take(',')) elements.push(t.word());
      lines.push(`elements = { ${elements.join(', ')} }`);
    } else {
      const words: string[] = [];
      while (t.peek()?.text !== ';' && t.peek()?.text !== '}') words.push(t.next().text);
      lines.push(words.join(' '));
    }
  }
  table.sets.set(name, { elements, lines });
}

function tableBody(nf: Netfilter, table: Table, t: Tokens): void {
  for (t.skip(); !t.take('}'); t.skip()) {
    if (t.take('chain')) {
      const chain = addChain(nf, table, t.word());
      t.expect('{');
      chainBody(nf, table, chain, t);
    } else if (t.take('set')) set(table, t);
    else throw t.wrong();
  }
}

function addedTable(nf: Netfilter, t: Tokens): void {
  const { family, name } = named(t);
  const table = nf.addTable(family, name);
  if (t.take('{')) tableBody(nf, table, t);
}

function addedChain(nf: Netfilter, t: Tokens): void {
  const table = tableOf(nf, t);
  const chain = addChain(nf, table, t.word());
  if (t.take('{')) chainBody(nf, table, chain, t);
}

function addedRule(nf: Netfilter, t: Tokens, first: boolean): void {
  t.take('rule');
  const table = tableOf(nf, t);
  const chain = chainOf(table, t);
  const rule = { handle: nf.handle(), items: ruleItems(t, table) };
  if (first) chain.rules.unshift(rule);
  else chain.rules.push(rule);
}

function remove(nf: Netfilter, t: Tokens): void {
  if (t.take('table')) {
    const table = tableOf(nf, t);
    nf.tables = nf.tables.filter((other) => other !== table);
    return;
  }
  const whole = t.take('chain');
  if (!whole) t.expect('rule');
  const table = tableOf(nf, t);
  const at = t.peek();
  const chain = chainOf(table, t);
  if (whole) {
    const used =
      chain.rules.length > 0 || table.chains.some((c) => c.rules.some((r) => r.items.some((i) => i.kind === 'verdict' && i.chain === chain.name)));
    if (used) throw new NftError('Could not process rule: Device or resource busy', at);
    table.chains = table.chains.filter((c) => c !== chain);
    return;
  }
  t.expect('handle');
  const token = t.peek();
  const handle = Number(t.word());
  if (!chain.rules.some((r) => r.handle === handle)) throw new NftError(MISSING, token);
  chain.rules = chain.rules.filter((r) => r.handle !== handle);
}

function flush(nf: Netfilter, t: Tokens): void {
  if (t.take('ruleset')) nf.tables = [];
  else if (t.take('table')) for (const chain of tableOf(nf, t).chains) chain.rules = [];
  else {
    t.expect('chain');
    chainOf(tableOf(nf, t), t).rules = [];
  }
}

function list(nf: Netfilter, t: Tokens, how: ListOptions): string {
  if (t.take('ruleset')) {
    const family = FAMILIES.includes(t.peek()?.text ?? '') ? t.word() : undefined;
    return listRuleset(
      nf.tables.filter((x) => family === undefined || x.family === family),
      how,
    );
  }
  if (t.take('tables')) return nf.tables.map((x) => `table ${x.family} ${x.name}\n`).join('');
  if (t.take('table')) return listTable(tableOf(nf, t), how);
  t.expect('chain');
  const table = tableOf(nf, t);
  return `table ${table.family} ${table.name} {\n${listChain(chainOf(table, t), how)}}\n`;
}

/** Runs the commands of one input in their order. @returns What the listings among them print. */
export function runCommands(nf: Netfilter, t: Tokens, how: ListOptions): string {
  let out = '';
  for (t.skip(); !t.done; t.skip()) {
    if (t.take('list')) out += list(nf, t, how);
    else if (t.take('flush')) flush(nf, t);
    else if (t.take('delete')) remove(nf, t);
    else if (t.take('insert')) addedRule(nf, t, true);
    else if (t.take('add') || t.take('create')) {
      if (t.take('table')) addedTable(nf, t);
      else if (t.take('chain')) addedChain(nf, t);
      else addedRule(nf, t, false);
    } else if (t.take('table')) addedTable(nf, t);
    else throw t.wrong();
    if (!t.done && t.peek()?.text !== ';') throw t.wrong();
  }
  return out;
}
