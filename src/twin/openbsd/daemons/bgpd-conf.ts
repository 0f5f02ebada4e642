/**
 * bgpd.conf as far as the simulated daemon acts on it (bgpd/parse.y): AS, router id, hold times, neighbours and groups, filter rules by neighbour. In: a file.
 * Out: a configuration, or the lines that bgpd would log. Words that bgpd knows and this does not act on are refused.
 */
import { isIpv4 } from '../../freebsd/result.js';
import type { Source } from './lexer.js';
import { Parser } from './parser.js';

/** What a neighbour inherits from its group. */
interface Options {
  remoteAs?: number;
  local?: string;
  hold?: number;
  descr?: string;
  down: boolean;
}

export interface Peer extends Readonly<Options> {
  readonly address: string;
}

export interface BgpConfig {
  as?: number;
  routerId?: string;
  hold: number;
  readonly peers: Peer[];
}

/** Words of the grammar; those not named below are refused as not simulated. */
const KEYWORDS =
  'AS allow announce any as-set blackhole capabilities community compare connect-retry default-route delete demote deny depend descr down dump ebgp enforce evaluate export fib-priority fib-update from group holdtime ibgp ignore include inet ipsec listen local-address local-as log match max-prefix min multihop neighbor neighbor-as network nexthop no on origin-set passive port prefix prefix-set prefixlen quick rd rde rdomain remote-as rib roa-set role route-collector route-reflector router-id rtable rtr set socket softreconfig source-as staletime tcp to transit-as transparent ttl-security vpn weight'.split(
    ' ',
  );
const [LEAST_HOLD, MOST_HOLD, AS_TRANS] = [3, 65_535, 23_456];

class Grammar {
  readonly config: BgpConfig = { hold: 90, peers: [] };
  readonly parser: Parser;
  private readonly groups = new Set<string>();

  constructor(
    source: Source,
    private readonly recent: boolean,
  ) {
    this.parser = new Parser(source, new Set(KEYWORDS));
  }

  private asNumber(): number {
    const p = this.parser;
    const { kind, text } = p.peek();
    const dotted = /^(\d+)\.(\d+)$/.exec(text);
    if (kind !== 'number' && dotted === null) return kind === 'string' ? p.fail(`AS ${text} is bad`) : p.syntax();
    p.next();
    const as = dotted === null ? Number(text) : Number(dotted[1]) * 65_536 + Number(dotted[2]);
    if (as < 0 || as > 4_294_967_295) p.fail('AS too big: max 4294967295');
    if (as === AS_TRANS || (this.recent && as === 0)) p.fail(`AS ${as} is reserved and may not be used`);
    return as;
  }

  private address(): string {
    const text = this.parser.string();
    if (!isIpv4(text)) this.parser.fail(/:/.test(text) ? 'the simulation does not know IPv6' : `could not parse address spec "${text}"`);
    return text;
  }

  /** Behind `holdtime`; `min` is taken and bounds what a neighbour may ask for. */
  private hold(): number | undefined {
    const p = this.parser;
    const least = p.take('min') !== undefined;
    const given = p.number();
    if (given < LEAST_HOLD || given > MOST_HOLD) p.fail(`holdtime must be between ${LEAST_HOLD} and ${MOST_HOLD}`);
    return least ? undefined : given;
  }

  private option(into: Options): void {
    const p = this.parser;
    const word = p.keyword();
    if (p.take('remote-as') !== undefined) into.remoteAs = this.asNumber();
    else if (p.take('local-address') !== undefined) into.local = this.address();
    else if (p.take('holdtime') !== undefined) into.hold = this.hold() ?? into.hold ?? this.config.hold;
    else if (p.take('descr') !== undefined) into.descr = p.string();
    else if (p.take('down') !== undefined) into.down = true;
    else if (word === undefined) p.syntax();
    else p.unknown(word);
  }

  /** `{` options, each on a line of its own `}`; one alone may stand on the line of the braces in recent releases. */
  private block(option: () => void): void {
    const p = this.parser;
    p.expect('{');
    const lines = p.newline();
    p.newlines();
    if (!lines && this.recent) {
      option();
      p.expect('}');
      return;
    }
    while (p.take('}') === undefined) {
      option();
      if (!p.newline()) p.syntax();
      p.newlines();
    }
  }

  private neighbour(from: Options): void {
    const { parser: p, config } = this;
    const address = this.address();
    if (p.peek().text === '/') p.unknown('templates of neighbours');
    const options = { ...from };
    if (p.peek().text === '{') this.block(() => this.option(options));
    if (config.as === undefined) p.fail('AS needs to be given before neighbor definitions');
    if (options.remoteAs === undefined) p.fail('peer AS may not be zero');
    if (this.recent && config.peers.some((x) => x.address === address && x.local === options.local)) p.fail(`duplicate neighbor ${address}`);
    config.peers.push({ ...options, address });
  }

  private group(): void {
    const p = this.parser;
    this.groups.add(p.string());
    const options: Options = { down: false };
    this.block(() => {
      if (p.take('neighbor') !== undefined) this.neighbour(options);
      else this.option(options);
    });
  }

  /** `allow from ADDRESS`: no routes are exchanged here, so only what a rule names can be wrong. */
  private rule(): void {
    const p = this.parser;
    p.take('quick');
    if (p.take('from', 'to') === undefined) {
      if (p.keyword() === 'rib') p.unknown('rib');
      p.syntax();
    }
    const recent = this.recent ? p.take('ebgp', 'ibgp') : undefined;
    if (recent === undefined && p.take('any') === undefined) this.ruleOf();
    const more = p.keyword() ?? (p.peek().kind === 'newline' || p.done ? undefined : p.peek().text);
    if (more !== undefined) p.unknown(`"${more}" of a filter rule`);
  }

  private ruleOf(): void {
    const p = this.parser;
    if (p.take('group') !== undefined) {
      const name = p.string();
      if (!this.groups.has(name)) p.fail(`no such group: "${name}"`);
      return;
    }
    if (p.peek().text === '{' || p.keyword() === 'AS') p.unknown(`"${p.peek().text}" of a filter rule`);
    const address = this.address();
    if (!this.config.peers.some((x) => x.address === address)) p.fail(`no such peer: ${address}`);
  }

  private yesNo(): boolean {
    const p = this.parser;
    const said = p.take('no') ?? p.string();
    return said === 'yes' || (said !== 'no' && p.fail('syntax error, either yes or no expected'));
  }

  statement(): void {
    const { parser: p, config } = this;
    const word = p.keyword();
    if (p.take('AS') !== undefined) {
      config.as = this.asNumber();
      if (p.peek().kind === 'number') p.unknown('a second AS number');
    } else if (p.take('router-id') !== undefined) config.routerId = this.address();
    else if (p.take('holdtime') !== undefined) config.hold = this.hold() ?? config.hold;
    else if (p.take('fib-update') !== undefined) this.yesNo();
    else if (p.take('log') !== undefined) {
      if (p.string() !== 'updates') p.syntax();
    } else if (p.take('include') !== undefined) p.include();
    else if (p.take('neighbor') !== undefined) this.neighbour({ down: false });
    else if (p.take('group') !== undefined) this.group();
    else if (p.take('allow', 'deny') !== undefined) this.rule();
    else if (word !== undefined) p.unknown(word);
    else p.varset();
  }
}

/** @param recent - The grammar of 2019 and later. */
export function readBgpConfig(source: Source, recent: boolean): BgpConfig | readonly string[] {
  const grammar = new Grammar(source, recent);
  grammar.parser.all(() => grammar.statement());
  return grammar.parser.errors.length > 0 ? grammar.parser.errors : grammar.config;
}
