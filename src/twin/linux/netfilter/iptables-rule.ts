/** One rule of iptables: its words as tests and verdict, and as `iptables -S` and nft print it. */
import { protocolName, protocolNumber } from '../../protocols.js';
import { parsePrefix } from '../result.js';
import { addressTest, interfaceTest, portTest, protocolTest, stateTest, type Test } from './matches.js';
import type { Item, Seen, Table } from './netfilter.js';

export class IptablesError extends Error {
  constructor(
    readonly exit: number,
    message: string,
  ) {
    super(message);
  }
}

interface Part {
  /** Place in the line that is printed. */
  readonly order: number;
  readonly text: string;
  readonly nft: string;
  readonly test: Test;
}

export interface Spec {
  readonly items: Item[];
  readonly text: string;
}

const bad = (text: string): never => {
  throw new IptablesError(2, `iptables v1.8.9 (nf_tables): ${text}\nTry \`iptables -h' or 'iptables --help' for more information.`);
};

const turned = (not: boolean, test: Test): Test => (not ? (seen) => !test(seen) : test);

function address(flag: string, word: string, not: boolean): Part {
  const source = flag === '-s';
  const of = (seen: Seen): string => (source ? seen.packet.src : seen.packet.dst);
  const test = addressTest(word, of) ?? bad(`host/network \`${word}' not found`);
  const length = parsePrefix(word)?.length ?? 32;
  const name = word.split('/')[0] ?? '';
  const nft = `ip ${source ? 'saddr' : 'daddr'} ${not ? '!= ' : ''}${length === 32 ? name : `${name}/${length}`}`;
  return { order: source ? 0 : 1, text: `${not ? '! ' : ''}${flag} ${name}/${length}`, nft, test: turned(not, test) };
}

function device(flag: string, word: string, not: boolean): Part {
  const input = flag === '-i';
  const nft = `${input ? 'iifname' : 'oifname'} ${not ? '!= ' : ''}"${word.replace(/\+$/, '*')}"`;
  return {
    order: input ? 2 : 3,
    text: `${not ? '! ' : ''}${flag} ${word}`,
    nft,
    test: turned(
      not,
      interfaceTest(word, (s) => (input ? s.iif : s.oif)),
    ),
  };
}

function protocol(word: string, not: boolean): Part[] {
  const name = word.toLowerCase();
  if (name === 'all' || name === '0') return [];
  const n = protocolNumber(name) ?? bad(`unknown protocol "${word}" specified`);
  const shown = protocolName(n);
  return [
    {
      order: 4,
      text: `${not ? '! ' : ''}-p ${shown}`,
      nft: `meta l4proto ${not ? '!= ' : ''}${shown}`,
      test: turned(not, protocolTest(name) ?? bad('')),
    },
  ];
}

const STATES = ['INVALID', 'NEW', 'RELATED', 'ESTABLISHED', 'UNTRACKED'];

function states(flag: string, word: string): Part {
  const list = word.split(',');
  if (list.some((s) => !STATES.includes(s))) bad(`Bad ctstate "${word}"`);
  const tests = list.map((s) => stateTest(s.toLowerCase()));
  const text = `${flag === '--state' ? '-m state --state' : '-m conntrack --ctstate'} ${STATES.filter((s) => list.includes(s)).join(',')}`;
  return {
    order: 5,
    text,
    nft: `ct state ${list
      .map((s) => s.toLowerCase())
      .sort()
      .join(',')}`,
    test: (seen) => tests.some((t) => t?.(seen) === true),
  };
}

function port(flag: string, word: string, over: string): Part {
  if (over !== 'tcp' && over !== 'udp') return bad(`unknown option "${flag}"`);
  const destination = flag === '--dport';
  const test = portTest(word, over, destination ? 'destination' : 'source') ?? bad(`invalid port/service \`${word}' specified`);
  return { order: 6, text: `-m ${over} ${flag} ${word}`, nft: `${over} ${destination ? 'dport' : 'sport'} ${word.replace(':', '-')}`, test };
}

const LONG: Readonly<Record<string, string>> = {
  '--source': '-s',
  '--src': '-s',
  '--destination': '-d',
  '--dst': '-d',
  '--in-interface': '-i',
  '--out-interface': '-o',
  '--protocol': '-p',
  '--proto': '-p',
  '--jump': '-j',
  '--destination-port': '--dport',
  '--source-port': '--sport',
};

function target(word: string, table: Table): { readonly text: string; readonly item: Item } {
  const standard: Readonly<Record<string, Item>> = {
    ACCEPT: { kind: 'verdict', text: 'accept', verdict: 'accept' },
    DROP: { kind: 'verdict', text: 'drop', verdict: 'drop' },
    RETURN: { kind: 'verdict', text: 'return', verdict: 'return' },
    REJECT: { kind: 'verdict', text: 'reject', verdict: 'drop' },
    LOG: { kind: 'note', text: 'log' },
  };
  const text = word === 'REJECT' ? 'REJECT --reject-with icmp-port-unreachable' : word;
  const known = Object.hasOwn(standard, word) ? standard[word] : undefined;
  if (known !== undefined) return { text, item: known };
  if (!table.chains.some((c) => c.name === word && c.base === undefined)) bad(`Chain '${word}' does not exist`);
  return { text, item: { kind: 'verdict', text: `jump ${word}`, verdict: 'jump', chain: word } };
}

/** @throws {IptablesError} for words that are not known here. */
export function parseSpec(words: readonly string[], table: Table): Spec {
  const parts: Part[] = [];
  let jump: ReturnType<typeof target> | undefined;
  let not = false;
  let over = '';
  for (let at = 0; at < words.length; at += 1) {
    const flag = LONG[words[at] ?? ''] ?? words[at] ?? '';
    if (flag === '!') {
      not = true;
      continue;
    }
    const value = words[++at] ?? bad(`option "${flag}" requires an argument`);
    if (flag === '-s' || flag === '-d') parts.push(address(flag, value, not));
    else if (flag === '-i' || flag === '-o') parts.push(device(flag, value, not));
    else if (flag === '-p') {
      parts.push(...protocol(value, not));
      over = value.toLowerCase();
    } else if (flag === '--ctstate' || flag === '--state') parts.push(states(flag, value));
    else if (flag === '--dport' || flag === '--sport') parts.push(port(flag, value, over));
    else if (flag === '--comment')
      parts.push({ order: 7, text: `-m comment --comment ${/\s/.test(value) ? `"${value}"` : value}`, nft: '', test: () => true });
    else if (flag === '-j') jump = target(value, table);
    else if (flag !== '--reject-with' && !(flag === '-m' && ['conntrack', 'state', 'tcp', 'udp', 'comment'].includes(value)))
      bad(`unknown option "${flag}"`);
    not = false;
  }
  parts.sort((a, b) => a.order - b.order);
  const matches: Item[] = parts.filter((p) => p.nft !== '').map(({ nft: text, test }) => ({ kind: 'match', text, test }));
  const items: Item[] = [...matches, { kind: 'counter', packets: 0, bytes: 0 }, ...(jump === undefined ? [] : [jump.item])];
  return { items, text: [...parts.map((p) => p.text), ...(jump === undefined ? [] : [`-j ${jump.text}`])].join(' ') };
}
