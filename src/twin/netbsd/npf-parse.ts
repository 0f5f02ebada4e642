/** npf.conf(5): variables, groups, rules. In: the text. Out: groups with their rules, or the place of an error. Other statements (map, table, procedure, alg, set) are taken and change nothing. */
import { covers } from '../interface.js';
import type { Packet } from '../packet.js';
import { protocolNumber } from '../protocols.js';

export class NpfSyntaxError extends Error {
  constructor(
    readonly line: number,
    readonly near: string,
  ) {
    super(near);
  }
}

export interface NpfRule {
  readonly pass: boolean;
  readonly stateful: boolean;
  readonly direction?: 'in' | 'out';
  readonly final: boolean;
  readonly on?: string;
  /** As `npfctl show` prints it: attributes, interface, criteria, each with a blank behind it. */
  readonly text: string;
  matches(packet: Packet, way: 'in' | 'out', on: string): boolean;
}

export interface NpfGroup {
  readonly text: string;
  readonly rules: readonly NpfRule[];
  matches(way: 'in' | 'out', on: string): boolean;
}

interface Token {
  readonly text: string;
  readonly line: number;
}

const WORD = /^(?:"[^"]*"|[{}(),;!=]|<[^>\s]+>|\$[A-Za-z_]\w*|[^\s{}(),;!="#]+)/;

function tokens(text: string): Token[] {
  const found: Token[] = [];
  text.split('\n').forEach((raw, at) => {
    let rest = raw.trim();
    while (rest !== '' && !rest.startsWith('#')) {
      const word = WORD.exec(rest)?.[0];
      if (word === undefined) throw new NpfSyntaxError(at + 1, rest.charAt(0));
      found.push({ text: word.replace(/^"(.*)"$/, '$1'), line: at + 1 });
      rest = rest.slice(word.length).trimStart();
    }
    found.push({ text: '\n', line: at + 1 });
  });
  return found;
}

class Cursor {
  private at = 0;
  constructor(
    private readonly all: readonly Token[],
    readonly variables: Map<string, readonly string[]>,
    readonly own: (name: string) => readonly string[],
  ) {}
  get done(): boolean {
    return this.at >= this.all.length;
  }
  peek(): string {
    return this.all[this.at]?.text ?? '\n';
  }
  next(): string {
    const { text } = this.all[this.at] ?? { text: '\n' };
    this.at += 1;
    return text;
  }
  take(...words: string[]): string | undefined {
    return words.includes(this.peek()) ? this.next() : undefined;
  }
  skip(...words: string[]): void {
    while (!this.done && words.includes(this.peek())) this.at += 1;
  }
  wrong(): NpfSyntaxError {
    return new NpfSyntaxError(this.all[Math.min(this.at, this.all.length - 1)]?.line ?? 1, this.peek().trim());
  }
  /** To the end of the line, and through braces that open on it. */
  passOver(): void {
    let depth = 0;
    while (!this.done && !(depth === 0 && /^[\n;]$/.test(this.peek()))) {
      const word = this.next();
      depth += word === '{' ? 1 : word === '}' ? -1 : 0;
    }
  }
  /** A value with its variables put in: one, or all in braces. */
  values(): readonly string[] {
    const braces = this.take('{') !== undefined;
    const found: string[] = [];
    do {
      if (braces) this.skip('\n', ',');
      if (braces && this.peek() === '}') break;
      found.push(...this.value());
      if (braces) this.skip('\n');
    } while (braces && (this.take(',') !== undefined || this.peek() !== '}'));
    if (braces && this.take('}') === undefined) throw this.wrong();
    return found;
  }
  private value(): readonly string[] {
    const word = this.next();
    if (word.startsWith('$')) {
      const value = this.variables.get(word.slice(1));
      if (value === undefined) throw this.wrong();
      return value;
    }
    if (/^(inet4|ifaddrs)$/.test(word) && this.take('(') !== undefined) {
      const [name = ''] = this.value();
      if (this.take(')') === undefined) throw this.wrong();
      return word === 'inet4' ? this.own(name) : [`ifaddrs(${name})`];
    }
    if (/^[\n;{}(),]$/.test(word)) throw this.wrong();
    return [word];
  }
}

interface Side {
  readonly text: string;
  test(address: string): boolean;
}

function side(c: Cursor, keyword: string): Side {
  const not = c.take('!') !== undefined;
  const words = c.peek() === 'port' ? ['any'] : c.values();
  const ports = c.take('port') === undefined ? [] : c.values();
  const own = (w: string): readonly string[] => c.own(/^ifaddrs\((.*)\)$/.exec(w)?.[1] ?? '');
  const one = (w: string, a: string): boolean => {
    const [base = '', length = '32'] = w.split('/');
    if (w === 'any') return true;
    return w.startsWith('ifaddrs(') ? own(w).includes(a) : /^\d+(\.\d+){3}$/.test(base) && covers(base, Number(length), a);
  };
  const list = words.filter((w) => w !== 'any');
  const shown = list.length > 1 ? `{ ${list.join(', ')} }` : list.join('');
  const address = list.length === 0 ? '' : `${keyword} ${not ? '! ' : ''}${shown} `;
  const port =
    ports.length === 0 ? '' : `${address === '' ? `${keyword} any ` : ''}port ${ports.length > 1 ? `{ ${ports.join(', ')} }` : ports.join('')} `;
  // Ports are of TCP and UDP, which the simulated network carries around GRE alone.
  return { text: address + port, test: (a) => ports.length === 0 && words.some((w) => one(w, a)) !== not };
}

/** print_proto of npfctl knows four names, all others are numbers. */
const shownProtocol = (n: number): string => ({ 1: 'icmp', 6: 'tcp', 17: 'udp', 58: 'ipv6-icmp' })[n] ?? String(n);

function protocols(c: Cursor): { readonly numbers: readonly number[]; readonly text: string } {
  const numbers = c.values().map((w) => protocolNumber(w));
  if (numbers.includes(undefined)) throw c.wrong();
  const known = numbers.filter((n) => n !== undefined);
  const names = known.map(shownProtocol);
  while (c.take('flags', 'icmp-type', 'code') !== undefined) c.values();
  return { numbers: known, text: `proto ${names.length > 1 ? `{ ${names.join(', ')} }` : names.join('')} ` };
}

function rule(c: Cursor): NpfRule {
  const pass = c.take('pass', 'block') === 'pass';
  const returns = c.take('return', 'return-rst', 'return-icmp');
  const state = c.take('stateful', 'stateful-all', 'stateful-ends');
  const direction = c.take('in', 'out') as 'in' | 'out' | undefined;
  const final = c.take('final') !== undefined;
  const on = c.take('on') === undefined ? undefined : c.values()[0];
  const family = c.take('family') === undefined ? undefined : c.values()[0];
  const protocol = c.take('proto') === undefined ? undefined : protocols(c);
  const all = c.take('all') !== undefined;
  const from = !all && c.take('from') !== undefined ? side(c, 'from') : undefined;
  const to = !all && c.take('to') !== undefined ? side(c, 'to') : undefined;
  if (c.take('apply') !== undefined) c.values();
  if (!/^[\n;}]$/.test(c.peek())) throw c.wrong();
  const sides = (from?.text ?? '') + (to?.text ?? '');
  const attributes = [pass ? 'pass' : 'block', returns, state, direction, final ? 'final' : undefined, on === undefined ? undefined : `on ${on}`];
  const words = [...attributes, family === undefined ? undefined : `family ${family}`].flatMap((w) => (w === undefined ? [] : [`${w} `])).join('');
  return {
    pass,
    stateful: state !== undefined,
    ...(direction === undefined ? {} : { direction }),
    final,
    ...(on === undefined ? {} : { on }),
    text: `${words}${protocol?.text ?? ''}${sides === '' ? 'all ' : sides}`,
    matches: (packet, way, name) =>
      (direction ?? way) === way &&
      (on ?? name) === name &&
      family !== 'inet6' &&
      (protocol === undefined || protocol.numbers.includes(packet.protocol)) &&
      (from === undefined || from.test(packet.src)) &&
      (to === undefined || to.test(packet.dst)),
  };
}

function group(c: Cursor): NpfGroup {
  const isDefault = c.take('default') !== undefined;
  const name = isDefault ? undefined : c.next();
  const direction = c.take('in', 'out') as 'in' | 'out' | undefined;
  const on = c.take('on') === undefined ? undefined : c.values()[0];
  c.skip('\n');
  if (c.take('{') === undefined) throw c.wrong();
  const rules: NpfRule[] = [];
  for (c.skip('\n', ';'); c.take('}') === undefined; c.skip('\n', ';')) {
    if (c.done) throw c.wrong();
    if (c.peek() === 'ruleset') c.passOver();
    else if (c.peek() === 'pass' || c.peek() === 'block') rules.push(rule(c));
    else throw c.wrong();
  }
  const head = `group ${name === undefined ? '' : `"${name}" `}${direction === undefined ? '' : `${direction} `}`;
  return {
    text: `${head}${on === undefined ? '' : `on ${on} `}${isDefault ? 'default ' : ''}{ `,
    rules,
    matches: (way, at) => (direction ?? way) === way && (on ?? at) === at,
  };
}

/**
 * @param own - IPv4 addresses of an interface.
 * @throws {NpfSyntaxError}
 */
export function parseNpf(text: string, own: (name: string) => readonly string[]): NpfGroup[] {
  const c = new Cursor(tokens(text), new Map(), own);
  const groups: NpfGroup[] = [];
  for (c.skip('\n', ';'); !c.done; c.skip('\n', ';')) {
    const word = c.peek();
    if (word.startsWith('$')) {
      c.next();
      if (c.take('=') === undefined) throw c.wrong();
      c.variables.set(word.slice(1), c.values());
    } else if (c.take('group') !== undefined) groups.push(group(c));
    else if (['map', 'table', 'procedure', 'alg', 'set'].includes(word)) c.passOver();
    else throw c.wrong();
  }
  return groups;
}
