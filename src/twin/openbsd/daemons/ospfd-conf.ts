/**
 * ospfd.conf as far as the simulated daemon acts on it (ospfd/parse.y). In: a file and the interfaces that the daemon knows. Out: a configuration, or the lines
 * that ospfd would log. Words that ospfd knows and this does not act on are refused.
 */

import { fromNumber } from '../../freebsd/net.js';
import { isIpv4 } from '../../freebsd/result.js';
import type { Source } from './lexer.js';
import { Parser } from './parser.js';

/** What an interface inherits from its area and that from the top. */
export interface Defaults {
  hello: number;
  dead: number;
  metric: number;
  priority: number;
  rxmt: number;
  delay: number;
  p2p: boolean;
}

export interface OspfIface extends Readonly<Defaults> {
  readonly name: string;
  readonly address: string;
  readonly area: string;
  readonly passive: boolean;
}

export interface OspfConfig {
  routerId?: string;
  fibUpdate: boolean;
  /** `stub router`, where it is written. */
  stub?: boolean;
  rfc1583: boolean;
  /** Milliseconds. */
  spfDelay: number;
  spfHold: number;
  /** Areas in the order of the file, those without an interface too. */
  readonly areas: string[];
  readonly ifaces: OspfIface[];
}

/** Addresses of an interface; undefined: there is none of that name. */
export type Find = (name: string) => readonly string[] | undefined;

const OLD =
  'area auth-key auth-md auth-md-keyid auth-type demote external-tag fast-hello-interval fib-update hello-interval include interface metric minimal msec no passive rdomain redistribute retransmit-interval rfc1583compat router router-dead-time router-id router-priority rtlabel set spf-delay spf-holdtime stub transmit-delay type yes'.split(
    ' ',
  );
const RECENT = ['depend', 'fib-priority', 'on', 'p2p'];

const RANGES: Readonly<Record<string, readonly [key: Exclude<keyof Defaults, 'p2p'>, low: number, high: number]>> = {
  metric: ['metric', 1, 65_535],
  'router-priority': ['priority', 0, 255],
  'router-dead-time': ['dead', 2, 2_147_483_647],
  'transmit-delay': ['delay', 1, 3600],
  'hello-interval': ['hello', 1, 65_535],
  'retransmit-interval': ['rxmt', 5, 3600],
};

class Grammar {
  readonly config: OspfConfig = { fibUpdate: true, rfc1583: false, spfDelay: 1000, spfHold: 5000, areas: [], ifaces: [] };
  readonly parser: Parser;
  private readonly globals: Defaults = { hello: 10, dead: 40, metric: 10, priority: 1, rxmt: 5, delay: 1, p2p: false };

  constructor(
    source: Source,
    private readonly find: Find,
    private readonly recent: boolean,
  ) {
    this.parser = new Parser(source, new Set(recent ? [...OLD, ...RECENT] : OLD));
  }

  private yesNo(): boolean {
    return (this.parser.take('yes', 'no') ?? this.parser.syntax()) === 'yes';
  }

  private milliseconds(word: string, most: number): number {
    const p = this.parser;
    const given = p.take('msec') !== undefined ? p.number() : p.number() * 1000;
    return given < 10 || given > most ? p.fail(`${word} out of range (10-${most})`) : given;
  }

  /** What can be said at the top, of an area and of an interface. False: the word is none of these. */
  private inherited(defs: Defaults): boolean {
    const p = this.parser;
    const word = p.keyword() ?? '';
    const range = Object.hasOwn(RANGES, word) ? RANGES[word] : undefined;
    if (range !== undefined) {
      p.next();
      if (p.keyword() === 'minimal') p.unknown('minimal');
      const [key, low, high] = range;
      const given = p.number();
      if (given < low || given > high) p.fail(`${word} out of range (${low}-${high})`);
      defs[key] = given;
      return true;
    }
    if (word === 'type' && this.recent) {
      p.next();
      p.expect('p2p');
      defs.p2p = true;
      return true;
    }
    if (word === 'auth-type') {
      p.next();
      const type = p.string();
      if (type === 'simple' || type === 'crypt') p.unknown(`auth-type ${type}`);
      return type === 'none' || p.fail('unknown auth-type');
    }
    return /^(auth-|fast-hello)/.test(word) ? p.unknown(word) : false;
  }

  /** Options in braces, each on a line of its own; up to 2019 the first may share its line with the next. */
  private block(option: () => void, maybeEmpty: boolean): void {
    const p = this.parser;
    p.expect('{');
    p.newlines();
    if (maybeEmpty && p.take('}') !== undefined) return;
    for (let first = true; ; first = false) {
      option();
      const ended = p.newline() || (first && !this.recent);
      p.newlines();
      if (!ended && !(this.recent && p.peek().text === '}')) p.syntax();
      if (p.take('}') !== undefined) return;
    }
  }

  private iface(area: string, from: Defaults): void {
    const p = this.parser;
    const [name = '', wanted] = p.string().split(':');
    if (wanted !== undefined && !isIpv4(wanted)) p.fail('error parsing interface address');
    const addresses = this.find(name) ?? p.fail(`unknown interface ${name}`);
    const found = wanted === undefined ? addresses[0] : addresses.find((a) => a === wanted);
    const address = found ?? p.fail(wanted === undefined ? `unnumbered interface ${name}` : `address ${wanted} not configured on interface ${name}`);
    if (this.config.ifaces.some((i) => i.name === name && i.address === address)) p.fail(`interface ${name} already configured`);
    const defs = { ...from };
    let passive = false;
    const option = (): void => {
      if (p.take('passive') !== undefined) passive = true;
      else if (!this.inherited(defs)) this.other();
    };
    if (p.peek().text === '{') this.block(option, true);
    this.config.ifaces.push({ ...defs, name, address, area, passive });
  }

  private area(): void {
    const p = this.parser;
    const number = this.recent && p.peek().kind === 'number';
    const id = number ? fromNumber(p.number()) : p.string();
    if (!isIpv4(id)) p.fail('error parsing area');
    if (!this.config.areas.includes(id)) this.config.areas.push(id);
    const defs = { ...this.globals };
    this.block(() => {
      if (p.keyword() === 'stub') p.unknown('stub areas');
      if (p.take('interface') !== undefined) this.iface(id, defs);
      else if (!this.inherited(defs)) this.other();
    }, false);
  }

  /** A word of ospfd that is not acted on here, or no word of it. */
  private other(): never {
    const word = this.parser.keyword();
    const real = ['redistribute', 'no', 'rtlabel', 'rdomain', 'fib-priority', 'demote', 'depend'];
    return word !== undefined && real.includes(word) ? this.parser.unknown(word) : this.parser.syntax();
  }

  private global(word: string): void {
    const { parser: p, config } = this;
    p.next();
    if (word === 'router-id') {
      const id = p.string();
      if (!isIpv4(id)) p.fail('error parsing router-id');
      config.routerId = id;
    } else if (word === 'fib-update') config.fibUpdate = this.yesNo();
    else if (word === 'rfc1583compat') config.rfc1583 = this.yesNo();
    else if (word === 'spf-delay') config.spfDelay = this.milliseconds(word, 10_000);
    else if (word === 'spf-holdtime') config.spfHold = this.milliseconds(word, 5000);
    else {
      p.expect('router');
      config.stub = this.yesNo();
    }
  }

  statement(): void {
    const p = this.parser;
    const word = p.keyword();
    if (p.take('area') !== undefined) this.area();
    else if (p.take('include') !== undefined) p.include();
    else if (word !== undefined && ['router-id', 'fib-update', 'rfc1583compat', 'spf-delay', 'spf-holdtime', 'stub'].includes(word))
      this.global(word);
    else if (!this.inherited(this.globals) && !p.varset()) this.other();
  }
}

/** @param recent - The grammar of 2019 and later. */
export function readOspfConfig(source: Source, find: Find, recent: boolean): OspfConfig | readonly string[] {
  const grammar = new Grammar(source, find, recent);
  grammar.parser.all(() => grammar.statement());
  return grammar.parser.errors.length > 0 ? grammar.parser.errors : grammar.config;
}
