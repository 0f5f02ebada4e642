/**
 * The configuration of a simulated FRR: which lines it takes, where, and what stands after them.
 *
 * In: lines as typed after `configure terminal` or read from a file. Out: the configuration changed, or FRR's words against the line.
 * Lines, `no` forms and refusals as recorded on FRR 8.4.4 (docs/transcripts/linux-frr-bird.md); words of parts that are not simulated are kept as they are.
 */
import { isAddress, parsePrefix } from '../result.js';
import type { Bgp, Config, OspfInterface } from './model.js';

/** Where the next line belongs. */
export type Node = { readonly at: 'config' } | { readonly at: 'interface'; readonly name: string } | { readonly at: 'ospf' } | { readonly at: 'bgp' };

export type Taken = { readonly node: Node } | { readonly refused: string };

const unknown = (line: string): Taken => ({ refused: `% Unknown command: ${line}` });
const incomplete = (line: string): Taken => ({ refused: `% Command incomplete: ${line}` });

const between = (word: string | undefined, least: number, most: number): number | undefined => {
  const n = /^\d{1,10}$/.test(word ?? '') ? Number(word) : Number.NaN;
  return n >= least && n <= most ? n : undefined;
};

const isArea = (word: string | undefined): boolean => word !== undefined && (isAddress(word) || between(word, 0, 0xffffffff) !== undefined);
const isNet = (word: string | undefined): boolean => (word ?? '').includes('/') && parsePrefix(word ?? '') !== undefined;

const NUMBERS: Readonly<Record<string, readonly ['cost' | 'hello' | 'dead', number]>> = {
  cost: ['cost', 65535],
  'hello-interval': ['hello', 65535],
  'dead-interval': ['dead', 65535],
};
const NETWORKS = ['broadcast', 'non-broadcast', 'point-to-multipoint', 'point-to-point'];

/** A line of an interface; undefined: none that is known there. */
function interfaceLine(config: Config, node: Node & { at: 'interface' }, words: readonly string[], line: string): Taken | undefined {
  const no = words[0] === 'no';
  const [ip, ospf, what = '', value] = no ? words.slice(1) : words;
  if (ip === 'description') return { node };
  if (ip !== 'ip' || ospf !== 'ospf') return undefined;
  const own = config.interfaces.get(node.name) ?? {};
  const set = (change: Partial<OspfInterface>): Taken => {
    config.interfaces.set(node.name, { ...own, ...change });
    return { node };
  };
  const drop = (key: keyof OspfInterface): Taken => {
    const { [key]: _, ...rest } = own;
    config.interfaces.set(node.name, rest);
    return { node };
  };
  if (what === '') return incomplete(line);
  if (what === 'mtu-ignore') return no ? drop('mtuIgnore') : set({ mtuIgnore: true });
  if (what === 'passive') return no ? drop('passive') : set({ passive: true });
  if (what === 'area') {
    if (no) return own.area === undefined ? { refused: "Can't find specified interface area configuration." } : drop('area');
    if (value === undefined) return incomplete(line);
    if (!isArea(value)) return undefined;
    if ((config.ospf?.networks.length ?? 0) > 0) return { refused: 'Please remove all network commands first.' };
    if (own.area !== undefined && own.area !== value) return { refused: 'Must remove previous area config before changing ospf area ' };
    // The process comes by itself (recorded).
    config.ospf ??= { networks: [], more: [] };
    return set({ area: value });
  }
  if (what === 'network') {
    if (no) return drop('network');
    if (value === undefined) return incomplete(line);
    return NETWORKS.includes(value) ? set({ network: value }) : undefined;
  }
  const number = NUMBERS[what];
  if (number === undefined) return undefined;
  const [key, most] = number;
  if (no) return drop(key);
  if (value === undefined) return incomplete(line);
  const n = between(value, 1, most);
  return n === undefined ? undefined : set({ [key]: n });
}

function ospfLine(config: Config, node: Node, words: readonly string[], line: string): Taken | undefined {
  const no = words[0] === 'no';
  const [first, second, third, fourth] = no ? words.slice(1) : words;
  const ospf = config.ospf ?? { networks: [], more: [] };
  if (first === 'ospf' && second === 'router-id') {
    if (!no && third === undefined) return incomplete(line);
    if (!no && !isAddress(third ?? '')) return undefined;
    const { routerId: _, ...rest } = ospf;
    config.ospf = no ? rest : { ...rest, routerId: third ?? '' };
    return { node };
  }
  if (first === 'network') {
    if (!isNet(second) || third !== 'area' || !isArea(fourth)) return undefined;
    if (!no && [...config.interfaces.values()].some((i) => i.area !== undefined))
      return { refused: 'Please remove all ip ospf area x.x.x.x commands first.' };
    const rest = ospf.networks.filter((n) => n.net !== second);
    config.ospf = { ...ospf, networks: no ? rest : [...rest, { net: second ?? '', area: fourth ?? '' }] };
    return { node };
  }
  const kept = ['passive-interface', 'redistribute', 'log-adjacency-changes', 'auto-cost', 'timers', 'area', 'maximum-paths', 'default-information'];
  if (!kept.includes(first ?? '')) return undefined;
  const rest = ospf.more.filter((m) => m !== words.slice(no ? 1 : 0).join(' '));
  config.ospf = { ...ospf, more: no ? rest : [...rest, line.trim()] };
  return { node };
}

/** Words of a neighbour that stand in the address family (recorded for route-map). */
export const OF_FAMILY = /^(route-map|prefix-list|filter-list) /;

function neighbourLine(bgp: Bgp, node: Node, no: boolean, words: readonly string[]): Taken | undefined {
  const [address = '', what, ...rest] = words;
  if (!isAddress(address)) return undefined;
  const own = bgp.neighbours.get(address);
  if (no && (what === undefined || what === 'remote-as')) {
    bgp.neighbours.delete(address);
    return { node };
  }
  if (what === 'remote-as') {
    const as = between(rest[0], 1, 4294967295);
    if (as === undefined) return undefined;
    bgp.neighbours.set(address, { more: [], ...own, remoteAs: as });
    return { node };
  }
  if (own === undefined) return { refused: '% Specify remote-as or peer-group commands first' };
  const text = [what, ...rest].join(' ');
  // A route-map stands once for each direction.
  const key = (line: string): string => (OF_FAMILY.test(line) ? line.replace(/^(\S+) .* (\S+)$/, '$1 $2') : (line.split(' ')[0] ?? ''));
  const others = own.more.filter((m) => m !== text && key(m) !== key(text));
  bgp.neighbours.set(address, { ...own, more: no ? others : [...others, text] });
  return { node };
}

function bgpLine(config: Config, node: Node, words: readonly string[], line: string): Taken | undefined {
  const { bgp } = config;
  const no = words[0] === 'no';
  const [first, second, third] = no ? words.slice(1) : words;
  if (bgp === undefined) return undefined;
  if (first === 'address-family' || first === 'exit-address-family') return { node };
  if (first === 'neighbor') return neighbourLine(bgp, node, no, (no ? words.slice(1) : words).slice(1));
  if (first === 'network') {
    if (!isNet(second)) return undefined;
    const rest = bgp.networks.filter((n) => n !== second);
    bgp.networks = no ? rest : [...rest, second ?? ''];
    return { node };
  }
  if (first !== 'bgp') return undefined;
  if (second === 'router-id') {
    if (!no && !isAddress(third ?? '')) return undefined;
    if (no) delete bgp.routerId;
    else bgp.routerId = third ?? '';
    return { node };
  }
  bgp.more = [...bgp.more.filter((m) => m.replace(/^no /, '') !== line.trim().replace(/^no /, '')), line.trim()];
  return { node };
}

const TOP = [
  'frr',
  'log',
  'service',
  'hostname',
  'ip',
  'ipv6',
  'line',
  'password',
  'enable',
  'debug',
  'route-map',
  'access-list',
  'vrf',
  'username',
  'banner',
];

const IP_TOP = ['forwarding', 'route', 'prefix-list', 'protocol', 'nht', 'multicast-routing', 'router-id', 'community-list'];

function topLine(config: Config, words: readonly string[], line: string, exists: (name: string) => boolean): Taken | undefined {
  const no = words[0] === 'no';
  const [first, second, third] = no ? words.slice(1) : words;
  if (first === 'interface') {
    if (second === undefined) return incomplete(line);
    if (no && exists(second))
      return { refused: '% Configuration failed.\n\nError type: validation\nError description: only inactive interfaces can be deleted' };
    if (no) config.interfaces.delete(second);
    else if (!config.interfaces.has(second)) config.interfaces.set(second, {});
    return no ? { node: { at: 'config' } } : { node: { at: 'interface', name: second } };
  }
  if (first === 'router' && second === 'ospf') {
    if (no) delete config.ospf;
    else config.ospf ??= { networks: [], more: [] };
    return { node: no ? { at: 'config' } : { at: 'ospf' } };
  }
  if (first === 'router' && second === 'bgp') return routerBgp(config, no, third, line);
  if (!TOP.includes(first ?? '') || (first === 'ip' && !IP_TOP.includes(second ?? ''))) return undefined;
  if (first === 'hostname' && second !== undefined) config.hostname = second;
  else if (first !== 'frr') {
    const text = line.trim();
    const opposite = no ? text.slice(3) : `no ${text}`;
    // `no route-map NAME` takes away all its entries (recorded).
    const gone = (m: string): boolean => m === opposite || (no && first === 'route-map' && m.startsWith(`${opposite} `));
    config.more = [...config.more.filter((m) => m !== text && !gone(m)), ...(no ? [] : [text])];
  }
  return { node: { at: 'config' } };
}

function routerBgp(config: Config, no: boolean, word: string | undefined, line: string): Taken | undefined {
  const as = between(word, 1, 4294967295);
  if (no && config.bgp === undefined) return { refused: "% Can't find BGP instance" };
  if (no) {
    delete config.bgp;
    return { node: { at: 'config' } };
  }
  if (word === undefined) return config.bgp === undefined ? incomplete(line) : { node: { at: 'bgp' } };
  if (as === undefined) return undefined;
  if (config.bgp !== undefined && config.bgp.as !== as) return { refused: `BGP is already running; AS is ${config.bgp.as}` };
  config.bgp ??= { as, neighbours: new Map(), networks: [], more: [] };
  return { node: { at: 'bgp' } };
}

/** One line. A line that its node does not know belongs to the top, as in the real shell. @param exists - Whether the kernel has that interface. */
export function takeLine(config: Config, node: Node, line: string, exists: (name: string) => boolean): Taken {
  const text = line.trim();
  const words = text.split(/\s+/);
  if (text === '' || /^[!#]/.test(text)) return { node };
  if (text === 'exit' || text === 'end') return { node: { at: 'config' } };
  const own =
    node.at === 'interface'
      ? interfaceLine(config, node, words, line)
      : node.at === 'ospf'
        ? ospfLine(config, node, words, line)
        : node.at === 'bgp'
          ? bgpLine(config, node, words, line)
          : undefined;
  return own ?? topLine(config, words, line, exists) ?? unknown(line);
}
