/**
 * bird.conf as far as the simulated daemon acts on it: router id, protocols ospf and bgp with their words; device, direct, kernel, static, filters and tables
 * are read over by their braces. In: tokens. Out: a configuration. What BIRD would not know is the syntax error that it prints.
 */
import { toAddress } from '../result.js';
import { Cursor } from './cursor.js';
import { BirdError, type Token } from './lexer.js';

export interface OspfInterface {
  /** Shell pattern. */
  readonly pattern: string;
  readonly area: string;
  type?: 'ptp' | 'broadcast' | 'other';
  cost: number;
  hello: number;
  dead: number;
  stub: boolean;
}

export interface Protocol {
  readonly kind: 'Device' | 'Direct' | 'Kernel' | 'Static' | 'OSPF' | 'BGP';
  readonly name: string;
  disabled: boolean;
  /** The channel takes routes in. */
  imports: boolean;
  readonly interfaces: OspfInterface[];
  /** BGP. */
  localAs?: number;
  neighbour?: { readonly address: string; readonly as?: number };
  hold: number;
  /** The words of the block, to see what a reconfiguration changes. */
  text: string;
}

export interface Config {
  routerId?: string;
  readonly protocols: Protocol[];
}

const KINDS: Readonly<Record<string, Protocol['kind']>> = {
  device: 'Device',
  direct: 'Direct',
  kernel: 'Kernel',
  static: 'Static',
  ospf: 'OSPF',
  bgp: 'BGP',
};

/** Words of statements that are taken and change nothing here; from conf/confbase.Y and proto/ of BIRD 2. */
const TOP = [
  'log',
  'debug',
  'timeformat',
  'watchdog',
  'define',
  'filter',
  'function',
  'template',
  'ipv4',
  'ipv6',
  'roa4',
  'roa6',
  'graceful',
  'mrtdump',
  'eval',
  'hostname',
  'attribute',
];
const COMMON = [
  'debug',
  'description',
  'vrf',
  'mrtdump',
  'interface',
  'scan',
  'learn',
  'persist',
  'merge',
  'metric',
  'route',
  'check',
  'igp',
  'ipv6',
  'graceful',
  'kernel',
];
const OSPF = ['rfc1583compat', 'ecmp', 'tick', 'stub', 'instance', 'merge', 'graceful'];
const AREA = ['networks', 'external', 'stubnet', 'nssa', 'stub', 'summary', 'default', 'translator', 'virtual'];
const PORT = [
  'priority',
  'wait',
  'retransmit',
  'transmit',
  'poll',
  'strict',
  'rx',
  'tx',
  'real',
  'ptp',
  'ttl',
  'check',
  'bfd',
  'ecmp',
  'authentication',
  'password',
  'passwords',
  'eligible',
  'neighbors',
  'link',
];
const BGP =
  'strict direct multihop source dynamic password passive keepalive connect error startup disable route deterministic default advertise capabilities allow graceful long interpret med prefer bfd ttl check confederation rr enable enforce path min max next missing gateway secondary extended bgp setkey'.split(
    ' ',
  );

function port(c: Cursor, found: OspfInterface): void {
  if (c.take('{') === undefined) {
    c.expect(';');
    return;
  }
  while (c.take('}') === undefined) {
    if (c.take('type') !== undefined) {
      const type = c.take('ptp', 'pointopoint', 'broadcast', 'bcast', 'nbma', 'nonbroadcast', 'ptmp', 'pointomultipoint');
      if (type === undefined) throw c.wrong();
      found.type = type.startsWith('ptp') || type === 'pointopoint' ? 'ptp' : type.startsWith('b') ? 'broadcast' : 'other';
      c.expect(';');
    } else if (c.take('stub') !== undefined) {
      found.stub = (c.take('yes', 'no', 'on', 'off') ?? 'yes').match(/^(yes|on)$/) !== null;
      c.expect(';');
    } else if (c.take('dead') !== undefined) {
      const count = c.take('count') !== undefined;
      const n = c.number();
      found.dead = count ? n * found.hello : n;
      c.expect(';');
    } else {
      const word = c.take('cost', 'hello');
      if (word === 'cost' || word === 'hello') {
        found[word] = c.number();
        if (word === 'hello') found.dead = 4 * found.hello;
        c.expect(';');
      } else if (PORT.includes(c.peek().text)) c.passOver();
      else throw c.wrong();
    }
  }
  c.take(';');
}

function area(c: Cursor, into: Protocol): void {
  const id = c.peek().kind === 'number' ? toAddress(c.number()) : c.address();
  c.expect('{');
  while (c.take('}') === undefined) {
    if (c.take('interface') === undefined) {
      if (!AREA.includes(c.peek().text)) throw c.wrong();
      c.passOver();
      continue;
    }
    const names: string[] = [];
    do {
      if (c.peek().kind !== 'text') throw c.wrong();
      names.push(c.next().text);
    } while (c.take(',') !== undefined);
    const made = names.map((pattern): OspfInterface => ({ pattern, area: id, cost: 10, hello: 10, dead: 40, stub: false }));
    const [first] = made;
    if (first !== undefined) port(c, first);
    // All names of one statement have its words.
    into.interfaces.push(...(made.map((m) => ({ ...first, pattern: m.pattern })) as OspfInterface[]));
  }
  c.take(';');
}

/** `ipv4 { import all; export none; };` or `ipv4;` */
function channel(c: Cursor, into: Protocol): void {
  if (c.take('{') !== undefined) {
    while (c.take('}') === undefined) {
      if (c.take('import') !== undefined && c.take('none') !== undefined) into.imports = false;
      c.passOver();
    }
  }
  c.take(';');
}

function statement(c: Cursor, into: Protocol): void {
  const { text } = c.peek();
  if (c.take('disabled') !== undefined) {
    into.disabled = c.take('no', 'off') === undefined;
    c.take('yes', 'on');
    c.expect(';');
  } else if (c.take('ipv4') !== undefined) channel(c, into);
  else if (into.kind === 'OSPF' && c.take('area') !== undefined) area(c, into);
  else if (c.take('router') !== undefined) {
    c.expect('id');
    c.passOver();
  } else if (into.kind === 'BGP' && c.take('local') !== undefined) {
    if (c.peek().kind === 'address') c.next();
    if (c.take('as') !== undefined) into.localAs = c.number();
    c.passOver();
  } else if (into.kind === 'BGP' && c.take('neighbor') !== undefined) {
    const address = c.address();
    into.neighbour = c.take('as') === undefined ? { address } : { address, as: c.number() };
    c.passOver();
  } else if (into.kind === 'BGP' && c.take('hold') !== undefined) {
    c.expect('time');
    into.hold = c.number();
    c.expect(';');
  } else if (COMMON.includes(text) || (into.kind === 'OSPF' && OSPF.includes(text)) || (into.kind === 'BGP' && BGP.includes(text))) c.passOver();
  else throw c.wrong();
}

function protocol(c: Cursor, config: Config): void {
  const from = c.position;
  const token = c.peek();
  const kind = KINDS[c.next().text];
  if (kind === undefined || token.kind !== 'word') throw c.wrong(token);
  if (kind === 'OSPF') c.take('v2', 'v3');
  if (kind === 'BGP') c.take('external', 'internal');
  const named = c.peek().kind === 'word';
  const number = config.protocols.filter((p) => p.kind === kind).length + 1;
  const name = named ? c.next().text : `${kind.toLowerCase()}${number}`;
  if (config.protocols.some((p) => p.name === name)) throw new BirdError(c.peek(), `Symbol '${name}' already defined`);
  const made: Protocol = { kind, name, disabled: false, imports: true, interfaces: [], hold: 240, text: '' };
  if (c.take('from') !== undefined) c.next();
  c.expect('{');
  while (c.take('}') === undefined) statement(c, made);
  c.take(';');
  made.text = c.between(from);
  config.protocols.push(made);
}

/** @throws {BirdError} */
export function parseConfig(all: readonly Token[]): Config {
  const c = new Cursor(all);
  const config: Config = { protocols: [] };
  while (!c.done) {
    if (c.take('protocol') !== undefined) protocol(c, config);
    else if (c.take('router') !== undefined) {
      c.expect('id');
      if (c.peek().kind === 'address') config.routerId = c.address();
      else if (c.take('from') === undefined) throw c.wrong();
      c.passOver();
    } else if (c.peek().kind === 'word' && TOP.includes(c.peek().text)) c.passOver();
    else if (c.take(';') === undefined) throw c.wrong();
  }
  return config;
}
