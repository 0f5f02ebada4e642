/**
 * The route command of the BSD families: add, delete, change, get, with their wordings (os-facts.md 13.4).
 *
 * In: words. Out: what is printed; the routing table changed.
 */
import type { IpStack, Route } from '../stack.js';
import type { CommandResult } from '../system.js';
import { classfulPrefix, dottedMask, findRoute, networkOf, prefixOf } from './net.js';
import { fail, isIpv4, ok } from './result.js';

export interface RouteDialect {
  /** What is said of a route that is there already. */
  readonly exists: string;
  /** Whether a refused add or delete ends with status 1; the old ones say 0. */
  readonly failureExit: 0 | 1;
  /** Columns of the figures under `route get`. */
  readonly getHeading: string;
}

interface Target {
  readonly dest: string;
  readonly prefix: number;
  readonly shown: string;
  readonly kind: 'host' | 'net';
  readonly gateway?: string;
}

function parseTarget(words: readonly string[]): Target | undefined {
  let kind: 'host' | 'net' | undefined;
  let mask: number | undefined;
  const plain: string[] = [];
  for (let i = 0; i < words.length; i++) {
    const word = words[i] ?? '';
    if (word === '-host') kind = 'host';
    else if (word === '-net') kind = 'net';
    else if (word === '-netmask') mask = prefixOf(words[++i] ?? '');
    else if (word === '-mtu' || word === '-interface' || word === '-iface') i += word === '-mtu' ? 1 : 0;
    else if (!word.startsWith('-')) plain.push(word);
  }
  const [first, gateway, third] = plain;
  if (first === undefined) return undefined;
  if (third !== undefined) mask = prefixOf(third);
  const rest = gateway === undefined ? {} : { gateway };
  if (first === 'default') return { dest: '0.0.0.0', prefix: 0, shown: 'default', kind: 'net', ...rest };
  const [address, length] = first.split('/');
  if (!isIpv4(address)) return undefined;
  const bits = length === undefined ? mask : Number(length);
  const isNet = kind === 'net' || (kind === undefined && bits !== undefined && bits < 32);
  if (!isNet) return { dest: address, prefix: 32, shown: address, kind: 'host', ...rest };
  const prefix = bits ?? classfulPrefix(address);
  return { dest: networkOf(address, prefix), prefix, shown: address, kind: 'net', ...rest };
}

export function route(words: readonly string[], stack: IpStack, dialect: RouteDialect): CommandResult {
  const rest = words.slice(1);
  while (/^-[nqv]+$/.test(rest[0] ?? '')) rest.shift();
  const verb = rest.shift();
  const args = rest.filter((w) => !/^-(n|q|v|inet)$/.test(w));
  if (verb === undefined) return fail(64, 'usage: route [-dnqtv] command [[modifiers] args]\n');
  if (!['add', 'delete', 'del', 'change', 'get'].includes(verb)) return fail(64, `route: botched keyword: ${verb}\n`);
  const target = parseTarget(args);
  if (target === undefined) return fail(68, `route: bad address: ${args.find((w) => !w.startsWith('-')) ?? ''}\n`);
  if (verb === 'get') return get(target, stack, dialect);
  if (verb === 'add') return add(target, stack, dialect);
  if (verb === 'change') {
    stack.routes = stack.routes.filter((r) => r.dest !== target.dest || r.prefix !== target.prefix);
    return add(target, stack, dialect, 'change');
  }
  return remove(target, stack, dialect);
}

const refused = (verb: string, target: Target, errno: string, said: string, dialect: RouteDialect): CommandResult =>
  fail(dialect.failureExit, `route: writing to routing socket: ${errno}\n`, `${line(verb, target)}: ${said}\n`);

const line = (verb: string, target: Target): string =>
  `${verb} ${target.kind} ${target.shown}${target.gateway === undefined ? '' : `: gateway ${target.gateway}`}`;

function add(target: Target, stack: IpStack, dialect: RouteDialect, verb = 'add'): CommandResult {
  if (!isIpv4(target.gateway)) return fail(64, 'route: botched keyword or missing gateway\n');
  if (findRoute(stack, target.dest, target.prefix) !== undefined) return refused(verb, target, 'File exists', dialect.exists, dialect);
  const own = target.gateway === '127.0.0.1' || stack.hasAddress(target.gateway);
  const via = stack.lookup(target.gateway);
  if (!own && via === undefined) return refused(verb, target, 'Network is unreachable', 'Network is unreachable', dialect);
  const made: Route = own
    ? { dest: target.dest, prefix: target.prefix, interface: 'lo0', gateway: target.gateway, local: true }
    : { dest: target.dest, prefix: target.prefix, interface: via?.interface ?? 'lo0', gateway: target.gateway };
  stack.routes.push(made);
  return ok(`${line(verb, target)}\n`);
}

function remove(target: Target, stack: IpStack, dialect: RouteDialect): CommandResult {
  const found = findRoute(stack, target.dest, target.prefix);
  if (found === undefined) return refused('delete', target, 'No such process', 'not in table', dialect);
  stack.routes = stack.routes.filter((r) => r !== found);
  return ok(`${line('delete', target)}\n`);
}

function get(target: Target, stack: IpStack, dialect: RouteDialect): CommandResult {
  const found = stack.lookup(target.dest);
  if (found === undefined) return fail(1, 'route: writing to routing socket: No such process\n');
  const mtu = stack.interfaces.get(found.interface)?.mtu ?? 1500;
  const flags = ['UP', ...(found.gateway === undefined ? [] : ['GATEWAY']), ...(found.prefix === 32 ? ['HOST'] : []), 'DONE'];
  if (found.gateway !== undefined) flags.push('STATIC');
  let out = `   route to: ${target.dest}\ndestination: ${found.prefix === 0 ? 'default' : found.dest}\n`;
  if (found.prefix < 32) out += `       mask: ${found.prefix === 0 ? 'default' : dottedMask(found.prefix)}\n`;
  if (found.gateway !== undefined) out += `    gateway: ${found.gateway}\n`;
  out += `  interface: ${found.interface}\n      flags: <${flags.join(',')}>\n${dialect.getHeading}\n`;
  return ok(`${out}       0         0         0         0         0         0      ${mtu}         0 \n`);
}
