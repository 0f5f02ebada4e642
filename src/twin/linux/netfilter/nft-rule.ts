/**
 * One rule of nft: its expressions and its verdict, as words (nft(8)). In: tokens. Out: the items of the rule, with the text that a listing shows.
 *
 * Known: iif, oif, iifname, oifname, ip saddr, daddr and protocol, meta l4proto, ct state, tcp and udp ports, tcp flags, tcp option maxseg size set, icmp type, counter, log, limit, comment,
 * accept, drop, reject, return, jump, goto. Anything else is refused, as a syntax error, never passed over.
 */
import { protocolName, protocolNumber } from '../../protocols.js';
import { addressTest, icmpTest, interfaceTest, portTest, protocolTest, stateTest, type Test } from './matches.js';
import type { Item, Table, Verdict } from './netfilter.js';
import type { Tokens } from './tokens.js';

interface Field {
  /** As a listing shows it. */
  readonly name: string;
  readonly test: (word: string) => Test | undefined;
  readonly show: (word: string) => string;
}

const TCP_FLAGS = ['fin', 'syn', 'rst', 'psh', 'ack', 'urg', 'ecn', 'cwr'];
const same = (word: string): string => word;
const quoted = (word: string): string => `"${word}"`;
const named = (word: string): string => protocolName(protocolNumber(word) ?? -1);

/** The field that the next words name. */
function field(t: Tokens): Field | undefined {
  const name = t.peek()?.text ?? '';
  if (['iif', 'oif', 'iifname', 'oifname'].includes(name)) {
    t.next();
    const of = name.startsWith('i') ? 'iif' : 'oif';
    return { name, test: (w) => interfaceTest(w, (s) => s[of]), show: quoted };
  }
  if (!['ip', 'meta', 'ct', 'tcp', 'udp', 'icmp'].includes(name)) return undefined;
  t.next();
  const token = t.peek();
  const found = second(name, t.word());
  if (found === undefined) throw t.wrong(token);
  return found;
}

function second(first: string, word: string): Field | undefined {
  const name = `${first} ${word}`;
  if (name === 'ip saddr') return { name, test: (w) => addressTest(w, (s) => s.packet.src), show: same };
  if (name === 'ip daddr') return { name, test: (w) => addressTest(w, (s) => s.packet.dst), show: same };
  if (name === 'ip protocol' || name === 'meta l4proto') return { name, test: protocolTest, show: named };
  if (name === 'meta iifname' || name === 'meta oifname')
    return { name: word, test: (w) => interfaceTest(w, (s) => (word === 'iifname' ? s.iif : s.oif)), show: quoted };
  if (name === 'ct state') return { name, test: stateTest, show: same };
  if (name === 'icmp type') return { name, test: icmpTest, show: same };
  // No simulated packet has TCP flags.
  if (name === 'tcp flags') return { name, test: (w) => (TCP_FLAGS.includes(w) ? () => false : undefined), show: same };
  if ((first === 'tcp' || first === 'udp') && (word === 'dport' || word === 'sport'))
    return { name, test: (w) => portTest(w, first, word === 'dport' ? 'destination' : 'source'), show: same };
  return undefined;
}

const elementOrder = (word: string): number => protocolNumber(word) ?? (/^\d+$/.test(word) ? Number(word) : 0);

/** `tcp flags & (syn | rst) == syn` and `tcp option maxseg size set N`, for TCP, which is not simulated: read, listed as recorded, never matched. */
function tcpWords(t: Tokens): Item | undefined {
  if (t.take('flags')) {
    const words: string[] = [];
    while (!['==', undefined].includes(t.peek()?.text) || words.length === 0) words.push(t.word());
    t.expect('==');
    const mask = words
      .join(' ')
      .replace(/[&()\s]/g, '')
      .split('|')
      .join(',');
    return { kind: 'match', text: `tcp flags ${t.word()} / ${mask}`, test: () => false };
  }
  if (!t.take('option')) return undefined;
  for (const word of ['maxseg', 'size', 'set']) t.expect(word);
  const token = t.peek();
  const size = t.take('rt') ? `rt ${t.word()}` : t.word();
  if (!size.startsWith('rt ') && !(Number(size) <= 65535)) throw t.wrong(token);
  return { kind: 'note', text: `tcp option maxseg size set ${size}` };
}

/** A value, a list in braces, a named set, or values with commas. */
function match(t: Tokens, table: Table): Item {
  const is = field(t);
  if (is === undefined) throw t.wrong();
  const not = t.take('!=');
  if (!not) t.take('==');
  const token = t.peek();
  const words: string[] = [];
  const braces = t.take('{');
  const set = token?.text.startsWith('@') === true ? table.sets.get(token.text.slice(1)) : undefined;
  if (set !== undefined) {
    t.next();
    words.push(...set.elements);
  } else
    do {
      if (braces) t.skip();
      words.push(t.word());
      if (braces) t.skip();
    } while (t.take(',') && !(braces && t.peek()?.text === '}'));
  if (braces) t.expect('}');
  // The kernel hands the elements of an anonymous set back in their order (recorded).
  const sorted = braces ? [...words].sort((a, b) => elementOrder(a) - elementOrder(b)) : words;
  const tests = sorted.map((w) => is.test(w));
  if (tests.includes(undefined)) throw t.wrong(token);
  const list = sorted.map(is.show);
  const shown = set !== undefined ? (token?.text ?? '') : braces ? `{ ${list.join(', ')} }` : list.join(',');
  const any: Test = (seen) => tests.some((test) => test?.(seen) === true);
  return { kind: 'match', text: `${is.name} ${not ? '!= ' : ''}${shown}`, test: not ? (seen) => !any(seen) : any };
}

/** Words that stand until the next statement of the rule; they do nothing to the packet. */
function note(t: Tokens, first: string): Item {
  const words = [first];
  while (
    /^(prefix|level|flags|rate|over|burst|packets|\d+\/(second|minute|hour)|\d+|info|warn|debug|all|group)$/.test(t.peek()?.text ?? '') ||
    t.peek()?.quoted
  ) {
    const { text, quoted: inQuotes } = t.next();
    words.push(inQuotes ? quoted(text) : text);
  }
  return { kind: 'note', text: words.join(' ') };
}

function verdict(t: Tokens, word: string): Item {
  if (word === 'jump' || word === 'goto') {
    const chain = t.word();
    return { kind: 'verdict', text: `${word} ${chain}`, verdict: word, chain };
  }
  if (word !== 'reject') return { kind: 'verdict', text: word, verdict: word as Verdict };
  const rest: string[] = [];
  if (t.take('with')) {
    rest.push('with');
    while (/^(icmp|icmpx|icmpv6|tcp|reset|type|[a-z]+-[a-z-]+)$/.test(t.peek()?.text ?? '')) rest.push(t.word());
  }
  return { kind: 'verdict', text: ['reject', ...rest].join(' '), verdict: 'drop' };
}

/** Everything up to the end of the statement. */
export function ruleItems(t: Tokens, table: Table): Item[] {
  const items: Item[] = [];
  for (let token = t.peek(); token !== undefined && token.text !== ';' && token.text !== '}'; token = t.peek()) {
    const { text } = token;
    if (text === 'counter') {
      t.next();
      const from = t.take('packets') ? Number(t.word()) : 0;
      const bytes = t.take('bytes') ? Number(t.word()) : 0;
      items.push({ kind: 'counter', packets: from, bytes });
    } else if (text === 'log' || text === 'limit') items.push(note(t, t.word()));
    else if (text === 'comment') {
      t.next();
      items.push({ kind: 'note', text: `comment ${quoted(t.word())}` });
    } else if (text === 'tcp' && (t.after()?.text === 'option' || (t.after()?.text === 'flags' && t.peek(2)?.text === '&'))) {
      t.next();
      const item = tcpWords(t);
      if (item === undefined) throw t.wrong();
      items.push(item);
    } else if (['accept', 'drop', 'return', 'jump', 'goto', 'reject'].includes(text)) items.push(verdict(t, t.word()));
    else items.push(match(t, table));
  }
  if (items.length === 0) throw t.wrong();
  return items;
}
