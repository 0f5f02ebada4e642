/**
 * netplan 0.106 with the networkd renderer on a simulated Linux.
 *
 * In: /etc/netplan/*.yaml. Out: units in /run/systemd/network, which networkd then reads. A file that is wrong stops all of it.
 */
import { parseDocument } from 'yaml';
import type { CommandResult } from '../system.js';
import type { Machine } from './machine.js';
import { applyNetworkd } from './networkd.js';
import { fail, isAddress, ok, parsePrefix } from './result.js';

type Tree = Record<string, unknown>;
const tree = (value: unknown): Tree => (typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Tree) : {});
const text = (value: unknown): string | undefined => (typeof value === 'string' || typeof value === 'number' ? String(value) : undefined);

/** Later files add to and replace what earlier ones said, map by map. */
function merge(a: Tree, b: Tree): Tree {
  const out: Tree = { ...a };
  for (const [key, value] of Object.entries(b)) {
    const both = Object.keys(tree(value)).length > 0 && Object.keys(tree(out[key])).length > 0;
    out[key] = both ? merge(tree(out[key]), tree(value)) : value;
  }
  return out;
}

interface Config {
  readonly network: Tree;
  readonly warnings: string;
}

function load(m: Machine): Config | string {
  let whole: Tree = {};
  let warnings = '';
  for (const path of m.files.paths().filter((p) => /^\/etc\/netplan\/[^/]+\.yaml$/.test(p))) {
    const document = parseDocument(m.files.read(path) ?? '');
    const [error] = document.errors;
    if (error !== undefined)
      return `${path}:${error.linePos?.[0].line ?? 1}:${error.linePos?.[0].col ?? 1}: Invalid YAML: ${error.message.split('\n')[0] ?? ''}`;
    if (((m.files.get(path)?.mode ?? 0) & 0o077) !== 0)
      warnings += `\n** (generate:1201): WARNING **: 12:00:00.000: Permissions for ${path} are too open. Netplan configuration should NOT be accessible by others.\n`;
    whole = merge(whole, tree(document.toJS()));
  }
  return { network: tree(whole.network), warnings };
}

function networkUnit(name: string, id: Tree): string | undefined {
  const list = Array.isArray(id.addresses) ? id.addresses.map(String) : [];
  if (list.some((a) => parsePrefix(a)?.explicit !== true)) return undefined;
  const routes = Array.isArray(id.routes) ? id.routes.map(tree) : [];
  const gateways = routes.filter((r) => ['default', '0.0.0.0/0'].includes(text(r.to) ?? '')).map((r) => `Gateway=${text(r.via) ?? ''}\n`);
  return `[Match]\nName=${name}\n\n[Network]\n${list.map((a) => `Address=${a}\n`).join('')}${gateways.join('')}`;
}

function tunnelUnit(name: string, id: Tree): string | undefined {
  const [local, remote] = [text(id.local), text(id.remote)];
  if (text(id.mode) !== 'gre' || remote === undefined || !isAddress(remote) || (local !== undefined && !isAddress(local))) return undefined;
  const line = (key: string, value: unknown): string => (text(value) === undefined ? '' : `${key}=${text(value) ?? ''}\n`);
  return `[NetDev]\nName=${name}\n${line('MTUBytes', id.mtu)}Kind=gre\n\n[Tunnel]\nIndependent=true\n${line('Local', local)}${line('Remote', remote)}${line('TTL', id.ttl)}${line('Key', id.key)}`;
}

/** Writes the units anew. Returns an error text, or the warnings. */
function generate(m: Machine): { error: string } | { warnings: string } {
  const config = load(m);
  if (typeof config === 'string') return { error: config };
  const units = new Map<string, string>();
  for (const [section, withDevice] of [
    ['ethernets', false],
    ['tunnels', true],
  ] as const) {
    for (const [name, raw] of Object.entries(tree(config.network[section]))) {
      const unit = networkUnit(name, tree(raw));
      const device = withDevice ? tunnelUnit(name, tree(raw)) : '';
      if (unit === undefined || device === undefined) return { error: `Error in network definition: ${name}: invalid definition` };
      units.set(`/run/systemd/network/10-netplan-${name}.network`, unit);
      if (device !== '') units.set(`/run/systemd/network/10-netplan-${name}.netdev`, device);
    }
  }
  for (const path of m.files.paths().filter((p) => p.startsWith('/run/systemd/network/10-netplan-'))) m.files.remove(path);
  for (const [path, content] of units) m.files.write(path, content);
  return { warnings: config.warnings };
}

/** At boot, before networkd starts. Returns console lines. */
export function bootNetplan(m: Machine): string[] {
  const done = generate(m);
  return 'error' in done ? [`netplan: ${done.error}`] : [];
}

/** `netplan`: generate, apply, get [KEY]. */
export function netplan(m: Machine, words: readonly string[]): CommandResult {
  const [verb, key] = words.filter((w) => !w.startsWith('-'));
  if (verb === 'get') {
    const config = load(m);
    if (typeof config === 'string') return fail(1, config);
    const path = (key ?? 'all') === 'all' ? [] : (key ?? '').replace(/^network\./, '').split('.');
    const found = path.reduce<unknown>(
      (value, part) => tree(value)[part],
      key === undefined || key === 'all' ? { network: config.network } : config.network,
    );
    return ok(found === undefined ? 'null\n' : typeof found === 'object' ? yamlText(found, '') : `${String(found)}\n`);
  }
  if (verb !== 'generate' && verb !== 'apply') return fail(2, 'usage: /usr/sbin/netplan  [-h] [--debug]  ...');
  const done = generate(m);
  if ('error' in done) return fail(1, done.error);
  if (verb === 'apply') applyNetworkd(m);
  return ok('', done.warnings);
}

function yamlText(value: unknown, indent: string): string {
  return Object.entries(tree(value))
    .map(([k, v]) => {
      if (Array.isArray(v))
        return `${indent}${k}:\n${v.map((e) => `${indent}- ${typeof e === 'object' ? JSON.stringify(e) : `"${String(e)}"`}\n`).join('')}`;
      return typeof v === 'object' && v !== null
        ? `${indent}${k}:\n${yamlText(v, `${indent}  `)}`
        : `${indent}${k}: ${typeof v === 'string' ? `"${v}"` : String(v)}\n`;
    })
    .join('');
}
