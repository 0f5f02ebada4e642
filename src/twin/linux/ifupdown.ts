/**
 * Debian's ifupdown 0.8.41 on a simulated Linux: ifup, ifdown, ifquery.
 *
 * In: stanzas of /etc/network/interfaces and words. Out: the commands that the real methods run, run here one by one;
 * the first failure ends the stanza, as there. Option lines are single commands: no shell but `|| true`, `&&` and output thrown away.
 */
import type { CommandResult } from '../system.js';
import { type Interfaces, readInterfaces, type Stanza } from './interfaces.js';
import type { Machine } from './machine.js';
import { fail, isAddress, maskLength, ok } from './result.js';

const option = (s: Stanza, name: string): string | undefined => s.options.find(([k]) => k === name)?.[1];
const hooks = (s: Stanza, ...names: string[]): string[] => s.options.filter(([k]) => names.includes(k)).map(([, v]) => v);

/** The commands of the method itself. Undefined: an option that the method cannot do without is missing. */
function methodUp(s: Stanza): string[] | undefined {
  const name = s.name;
  const mtu = option(s, 'mtu');
  const up = `ip link set dev ${name}${mtu === undefined ? '' : ` mtu ${mtu}`} up`;
  if (s.method === 'loopback') return [`ip link set dev ${name} up`];
  if (s.method === 'manual') return [...(mtu === undefined ? [] : [`ip link set dev ${name} mtu ${mtu}`]), `${up} || true`];
  const [address = '', length] = (option(s, 'address') ?? '').split('/');
  const bits = length ?? String(maskLength(option(s, 'netmask') ?? '') ?? '');
  if (!isAddress(address)) return undefined;
  const local = bits === '' ? address : `${address}/${bits}`;
  const gateway = option(s, 'gateway');
  const route = gateway === undefined ? [] : [`ip route add default via ${gateway} dev ${name} onlink`];
  if (s.method === 'static') {
    const peer = option(s, 'pointopoint');
    return [`ip addr add ${local}${peer === undefined ? '' : ` peer ${peer}`} dev ${name} label ${name}`, up, ...route];
  }
  const [mode, endpoint] = [option(s, 'mode'), option(s, 'endpoint')];
  if (s.method !== 'tunnel' || mode === undefined || endpoint === undefined) return undefined;
  const part = (word: string, value: string | undefined): string => (value === undefined ? '' : ` ${word} ${value}`);
  const create = `ip tunnel add ${name} mode ${mode.toLowerCase()} remote ${endpoint}${part('local', option(s, 'local'))}${part('ttl', option(s, 'ttl'))}`;
  return [create, up, `ip addr add ${local} dev ${name}${part('peer', option(s, 'dstaddr'))}`, ...route];
}

function methodDown(s: Stanza): string[] {
  if (s.method === 'tunnel') return [`ip tunnel del ${s.name}`];
  if (s.method === 'static') return [`ip addr flush dev ${s.name} || true`, `ip link set dev ${s.name} down || true`];
  return s.method === 'manual' ? [`ip link set dev ${s.name} down || true`] : [];
}

/** Runs one option line. Words are split at blanks; quotes group; `$IFACE` is the interface's name. */
function runLine(m: Machine, line: string, name: string): CommandResult {
  const clean = line.replace(/\$\{?IFACE\}?/g, name).replace(/\s(?:[12]?>\s?\/dev\/null|2>&1)/g, '');
  let last = ok();
  for (const part of clean.split(/\s*(\|\||&&)\s*/).reduce<string[][]>(pair, [])) {
    const [joint = '', text = ''] = part;
    if ((joint === '||' && last.exit === 0) || (joint === '&&' && last.exit !== 0)) continue;
    const words = [...text.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map((w) => w[1] ?? w[2] ?? w[3] ?? '');
    const done = words.length === 0 ? ok() : m.run(words);
    last = { ...done, stdout: last.stdout + done.stdout, stderr: last.stderr + done.stderr };
  }
  return last;
}

function pair(parts: string[][], token: string): string[][] {
  if (token === '||' || token === '&&') parts.push([token, '']);
  else if (parts.length === 0) parts.push(['', token]);
  else (parts[parts.length - 1] as string[])[1] = token;
  return parts;
}

/** ifupdown's state: what is configured now (/run/network/ifstate). */
export class IfUpDown {
  readonly configured = new Set<string>();

  constructor(private readonly m: Machine) {}

  reset(): void {
    this.configured.clear();
  }

  private up(name: string, config: Interfaces): CommandResult {
    const mine = config.stanzas.filter((s) => s.name === name);
    if (mine.length === 0) return fail(1, `ifup: unknown interface ${name}`);
    if (this.configured.has(name)) return ok('', `ifup: interface ${name} already configured\n`);
    let stderr = '';
    for (const s of mine) {
      const method = methodUp(s);
      if (method === undefined)
        return fail(1, `${stderr}Missing required configuration variables for interface ${name}/inet.\nifup: failed to bring up ${name}`);
      for (const line of [...hooks(s, 'pre-up'), ...method, ...hooks(s, 'up', 'post-up')]) {
        const done = runLine(this.m, line, name);
        stderr += done.stderr;
        if (done.exit !== 0) return fail(1, `${stderr}ifup: failed to bring up ${name}`);
      }
    }
    this.configured.add(name);
    return ok('', stderr);
  }

  private down(name: string, config: Interfaces): CommandResult {
    const mine = config.stanzas.filter((s) => s.name === name);
    if (mine.length === 0 && !this.configured.has(name)) return fail(1, `ifdown: unknown interface ${name}`);
    if (!this.configured.has(name)) return ok('', `ifdown: interface ${name} not configured\n`);
    let stderr = '';
    for (const s of mine)
      for (const line of [...hooks(s, 'pre-down', 'down'), ...methodDown(s), ...hooks(s, 'post-down')]) stderr += runLine(this.m, line, name).stderr;
    this.configured.delete(name);
    return ok('', stderr);
  }

  /** `ifup` and `ifdown`: -a, -V, --force, and names. */
  run(tool: 'ifup' | 'ifdown', words: readonly string[]): CommandResult {
    if (words.includes('-V') || words.includes('--version'))
      return ok(
        `${tool} version 0.8.41\nCopyright (c) 1999-2009 Anthony Towns\n              2010-2015 Andrew Shadura\n              2015-2017 Guus Sliepen\n`,
      );
    const config = readInterfaces(this.m);
    if (config.errors.length > 0)
      return fail(
        1,
        config.errors
          .map((e) => `${tool}: ${e}`)
          .concat(`${tool}: couldn't read interfaces file "/etc/network/interfaces"`)
          .join('\n'),
      );
    const all = words.includes('-a') || words.includes('--all');
    const names = all ? config.auto : words.filter((w) => !w.startsWith('-'));
    if (names.length === 0) return fail(1, `${tool}: Use --help for help`);
    if (words.includes('--force')) for (const name of names) this.configured.delete(name);
    const results = names.map((name) => (tool === 'ifup' ? this.up(name, config) : this.down(name, config)));
    return { exit: results.some((r) => r.exit !== 0) ? 1 : 0, stdout: '', stderr: results.map((r) => r.stderr).join('') };
  }

  /** `ifquery`: --list, --state, or a name's options. */
  query(words: readonly string[]): CommandResult {
    const config = readInterfaces(this.m);
    const [name] = words.filter((w) => !w.startsWith('-'));
    if (words.includes('-l') || words.includes('--list')) return ok(config.auto.map((n) => `${n}\n`).join(''));
    if (words.includes('--state')) {
      const shown = [...this.configured].filter((n) => name === undefined || n === name);
      return { exit: name !== undefined && shown.length === 0 ? 1 : 0, stdout: shown.map((n) => `${n}=${n}\n`).join(''), stderr: '' };
    }
    const found = config.stanzas.find((s) => s.name === name);
    if (found === undefined) return fail(1, `ifquery: unknown interface ${name ?? ''}`);
    return ok(found.options.map(([k, v]) => `${k}: ${v}\n`).join(''));
  }
}
