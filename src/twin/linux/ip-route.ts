/**
 * `ip route` of a simulated Linux: show, get, add, replace, del.
 *
 * In: words after the object's name. Out: iproute2's texts and exit status (1 wrong words or lookup, 2 the kernel refused).
 */
import { toNumber } from '../interface.js';
import type { CommandResult } from '../system.js';
import type { Kernel } from './kernel.js';
import { fail, isAddress, masked, ok, parsePrefix } from './result.js';
import type { LinuxRoute } from './routes.js';
import type { ShowOptions } from './show.js';
import { isOneOf, Usage, Words } from './words.js';

function routeText(r: LinuxRoute): string {
  const dest = r.prefix === 0 ? 'default' : r.prefix === 32 ? r.dest : `${r.dest}/${r.prefix}`;
  const parts = [
    dest,
    r.gateway === undefined ? '' : `via ${r.gateway}`,
    `dev ${r.interface}`,
    r.proto === undefined ? '' : `proto ${r.proto}`,
    r.scope === undefined ? '' : `scope ${r.scope}`,
    r.src === undefined ? '' : `src ${r.src}`,
    r.metric === undefined ? '' : `metric ${r.metric}`,
    r.onlink === true ? 'onlink' : '',
  ];
  return `${parts.filter((p) => p !== '').join(' ')} \n`;
}

function routeJson(r: LinuxRoute): Record<string, unknown> {
  return {
    dst: r.prefix === 0 ? 'default' : r.prefix === 32 ? r.dest : `${r.dest}/${r.prefix}`,
    ...(r.gateway === undefined ? {} : { gateway: r.gateway }),
    dev: r.interface,
    ...(r.proto === undefined ? {} : { protocol: r.proto }),
    ...(r.scope === undefined ? {} : { scope: r.scope }),
    ...(r.src === undefined ? {} : { prefsrc: r.src }),
    ...(r.metric === undefined ? {} : { metric: r.metric }),
    flags: r.onlink === true ? ['onlink'] : [],
  };
}

function showRoutes(kernel: Kernel, words: Words, options: ShowOptions): CommandResult {
  const main = kernel.routes.main;
  let routes = [...main.filter((r) => r.prefix === 0), ...main.filter((r) => r.prefix > 0).sort((a, b) => toNumber(a.dest) - toNumber(b.dest))];
  for (let word = words.next(); word !== undefined; word = words.next()) {
    if (word === 'dev') {
      const name = words.value();
      if (kernel.find(name) === undefined) throw new Usage(`Cannot find device "${name}"`);
      routes = routes.filter((r) => r.interface === name);
    } else if (isOneOf(word, 'table', 'proto', 'scope')) words.value();
    else {
      const text = isOneOf(word, 'exact', 'match', 'root', 'to') ? words.value() : word;
      const wanted = destination(text);
      routes = routes.filter((r) => r.dest === wanted.dest && r.prefix === wanted.prefix);
    }
  }
  return ok(options.json ? `${JSON.stringify(routes.map(routeJson))}\n` : routes.map(routeText).join(''));
}

function destination(text: string): { dest: string; prefix: number } {
  if (text === 'default') return { dest: '0.0.0.0', prefix: 0 };
  const parsed = parsePrefix(text);
  if (parsed === undefined) throw new Usage(`Error: any valid prefix is expected rather than "${text}".`);
  return { dest: masked(parsed.address, parsed.length), prefix: parsed.length };
}

function get(kernel: Kernel, words: Words, options: ShowOptions): CommandResult {
  let dst = '';
  for (let word = words.next(); word !== undefined; word = words.next()) {
    if (isOneOf(word, 'from', 'oif', 'iif', 'mark')) words.value();
    else dst = word === 'to' ? words.value() : word;
  }
  if (!isAddress(dst)) throw new Usage(`Error: any valid prefix is expected rather than "${dst}".`);
  const route = kernel.routes.lookup(dst);
  const src = kernel.routes.source(dst);
  if (route === undefined || src === undefined) return fail(2, 'RTNETLINK answers: Network is unreachable');
  const local = route.local === true;
  const via = route.gateway === undefined ? {} : { gateway: route.gateway };
  const dev = local ? 'lo' : route.interface;
  // An exception of the routing cache holds for net.ipv4.route.mtu_expires, 600 s; the simulated one does not run out.
  const mtu = kernel.stack.learned?.get(dst);
  if (options.json)
    return ok(
      `${JSON.stringify([{ ...(local ? { type: 'local' } : {}), dst, ...via, dev, prefsrc: src, flags: [], uid: 0, cache: local ? ['local'] : [], ...(mtu === undefined ? {} : { metrics: [{ mtu }] }) }])}\n`,
    );
  const gateway = route.gateway === undefined ? '' : ` via ${route.gateway}`;
  return ok(
    `${local ? 'local ' : ''}${dst}${gateway} dev ${dev} src ${src} uid 0 \n    cache ${local ? '<local> ' : ''}${mtu === undefined ? '' : `expires 600sec mtu ${mtu} `}\n`,
  );
}

function routeWords(kernel: Kernel, words: Words): { route: LinuxRoute; device?: string } {
  let wanted: { dest: string; prefix: number } | undefined;
  let gateway: string | undefined;
  let name: string | undefined;
  const extra: { src?: string; metric?: number; proto?: string; onlink?: boolean } = {};
  for (let word = words.next(); word !== undefined; word = words.next()) {
    if (word === 'via') {
      gateway = words.value();
      if (!isAddress(gateway)) throw new Usage(`Error: inet address is expected rather than "${gateway}".`);
    } else if (word === 'dev') name = words.value();
    else if (word === 'src') extra.src = words.value();
    else if (word === 'metric') extra.metric = Number(words.value());
    else if (word === 'proto') extra.proto = words.value();
    else if (word === 'onlink') extra.onlink = true;
    else if (isOneOf(word, 'scope', 'table', 'mtu')) words.value();
    else wanted = destination(word === 'to' ? words.value() : word);
  }
  if (name !== undefined && kernel.find(name) === undefined) throw new Usage(`Cannot find device "${name}"`);
  const near = gateway === undefined || extra.onlink === true ? undefined : kernel.routes.lookup(gateway);
  const out = name ?? near?.interface ?? '';
  const route: LinuxRoute = {
    ...(wanted ?? { dest: '0.0.0.0', prefix: 0 }),
    interface: out,
    ...(gateway === undefined ? { scope: 'link' as const } : { gateway }),
    ...extra,
  };
  return { route, ...(name === undefined ? {} : { device: name }) };
}

/** `ip route …` */
export function ipRoute(kernel: Kernel, rest: readonly string[], options: ShowOptions): CommandResult {
  const [verb = 'show', ...args] = rest;
  const words = new Words(args);
  if (isOneOf(verb, 'show', 'list', 'ls', 'lst', 'sh')) return showRoutes(kernel, words, options);
  if (isOneOf(verb, 'get', 'g')) return get(kernel, words, options);
  if (isOneOf(verb, 'add', 'a', 'replace', 'change')) {
    const { route } = routeWords(kernel, words);
    const near = route.gateway === undefined || route.onlink === true ? undefined : kernel.routes.lookup(route.gateway);
    if (route.gateway !== undefined && route.onlink !== true && (near === undefined || near.gateway !== undefined))
      return fail(2, 'Error: Nexthop has invalid gateway.');
    if (route.interface === '') return fail(2, 'RTNETLINK answers: No such device');
    const refusal = kernel.routes.add(route, !isOneOf(verb, 'add', 'a'));
    return refusal === undefined ? ok() : fail(2, refusal);
  }
  if (isOneOf(verb, 'del', 'delete', 'd')) {
    const { route, device } = routeWords(kernel, words);
    const same = (r: LinuxRoute): boolean =>
      r.dest === route.dest &&
      r.prefix === route.prefix &&
      (device === undefined || r.interface === device) &&
      (route.gateway === undefined || r.gateway === route.gateway);
    const refusal = kernel.routes.remove(same);
    return refusal === undefined ? ok() : fail(2, refusal);
  }
  return fail(255, `Command "${verb}" is unknown, try "ip route help".`);
}
