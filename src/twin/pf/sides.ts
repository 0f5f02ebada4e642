/**
 * What stands behind `from` and `to` in a rule of pf: hosts, nets, tables, interfaces and ports, as pf.conf(5) has them.
 *
 * In: the words of a statement, and what names stand for. Out: each side with its printed form and its test.
 */
import { covers } from '../interface.js';
import { PfSyntaxError, type Statement } from './lexer.js';

/** What names in rules stand for at this moment. */
export interface Names {
  /** Addresses of an interface. */
  addressesOf(name: string): readonly string[];
  table(name: string): readonly string[] | undefined;
  /** Whether the interface has this name or is of this group. */
  isOn(interfaceName: string, word: string): boolean;
}

/** One address of a rule, with a port. */
export interface Side {
  readonly text: string;
  readonly ports: string;
  readonly ip: boolean;
  test(address: string): boolean;
}

export const ANY: Side = { text: 'any', ports: '', ip: false, test: () => true };

/** The words of a statement, one after the other. */
export class Cursor {
  private at: number;
  constructor(
    private readonly s: Statement,
    start: number,
  ) {
    this.at = start;
  }
  peek(): string | undefined {
    return this.s.words[this.at];
  }
  take(...words: string[]): string | undefined {
    const word = this.peek();
    if (word === undefined || !words.includes(word)) return undefined;
    this.at += 1;
    return word;
  }
  next(): string {
    const word = this.peek();
    if (word === undefined) throw this.wrong();
    this.at += 1;
    return word;
  }
  wrong(what?: string): PfSyntaxError {
    return new PfSyntaxError(this.s.line, what);
  }
  /** One element, or all in braces. */
  list<T>(one: () => T): T[] {
    if (this.take('{') === undefined) return [one()];
    const found: T[] = [];
    while (this.take('}') === undefined) found.push(one());
    return found;
  }
}

function host(c: Cursor, names: Names): Omit<Side, 'ports'> {
  const not = c.take('!') !== undefined;
  const turn = (text: string, ip: boolean, test: (a: string) => boolean): Omit<Side, 'ports'> =>
    not ? { text: `! ${text}`, ip, test: (a) => !test(a) } : { text, ip, test };
  if (c.take('(') !== undefined) {
    const name = c.next();
    if (c.take(')') === undefined) throw c.wrong();
    return turn(`(${name})`, false, (a) => names.addressesOf(name).includes(a));
  }
  const word = c.next();
  if (word === 'any') return turn('any', false, () => true);
  if (word.startsWith('<')) return turn(word, false, (a) => (names.table(word.slice(1, -1)) ?? []).some((e) => inNet(e, a)));
  const [address = '', length] = word.split('/');
  if (/^\d+(\.\d+){3}$/.test(address)) return turn(length === '32' ? address : word, true, (a) => inNet(word, a));
  if (word.includes(':')) return turn(word, true, () => false);
  const own = names.addressesOf(word);
  if (own.length === 0) throw c.wrong(`no IP address found for ${word}`);
  return turn(own[0] ?? '', true, (a) => own.includes(a));
}

function inNet(net: string, address: string): boolean {
  const [base = '', length = '32'] = net.replace(/^!\s*/, '').split('/');
  return covers(base, Number(length), address);
}

/** Each port, or one empty text where none is named; a range has no sign of equality. */
function ports(c: Cursor): string[] {
  if (c.take('port') === undefined) return [''];
  return c.list(() => {
    const first = c.next();
    const port = first === '=' ? c.next() : first;
    return port.includes(':') ? ` port ${port}` : ` port = ${port}`;
  });
}

/** What stands behind from or to: each host with each port. */
export const sides = (c: Cursor, names: Names): Side[] => {
  const hosts = c.peek() === 'port' ? [ANY] : c.list(() => host(c, names));
  const list = ports(c);
  return hosts.flatMap((h) => list.map((port) => ({ ...h, ports: port })));
};
