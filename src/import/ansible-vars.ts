/**
 * Which variables hold for a host: `all`, then its groups from the outermost in, then its own. The last one wins.
 *
 * In: an Ansible inventory. Out: for each host its variables, each with where it stands. Source: Ansible's manual, how variables are merged
 * (parents before children; groups of one depth by name).
 */
import type { AnsibleInventory, AnsibleValue } from './ansible-model.js';

export interface Held {
  readonly value: AnsibleValue;
  /** `group web`, or the host itself. */
  readonly at: string;
}

export interface HostVars {
  readonly vars: ReadonlyMap<string, Held>;
  /** Names of its groups without `all` and `ungrouped`. */
  readonly groups: readonly string[];
}

/** How deep each group stands: the longest way down to it. Groups in a circle keep what was found first. */
function depths(inventory: AnsibleInventory): Map<string, number> {
  const found = new Map<string, number>();
  const go = (name: string, depth: number, way: ReadonlySet<string>): void => {
    if (way.has(name) || (found.get(name) ?? -1) >= depth) return;
    found.set(name, depth);
    for (const child of inventory.groups.get(name)?.children ?? []) go(child, depth + 1, new Set([...way, name]));
  };
  const children = new Set([...inventory.groups.values()].flatMap((g) => [...g.children]));
  for (const name of inventory.groups.keys()) if (!children.has(name)) go(name, 1, new Set());
  for (const name of inventory.groups.keys()) if (!found.has(name)) found.set(name, 1);
  found.set('all', 0);
  return found;
}

function parentsOf(inventory: AnsibleInventory): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const group of inventory.groups.values()) for (const child of group.children) found.set(child, [...(found.get(child) ?? []), group.name]);
  return found;
}

function groupsByHost(inventory: AnsibleInventory): Map<string, Set<string>> {
  const found = new Map<string, Set<string>>();
  for (const group of inventory.groups.values()) {
    for (const host of group.hosts) found.set(host, (found.get(host) ?? new Set()).add(group.name));
  }
  return found;
}

function withParents(names: Iterable<string>, parents: ReadonlyMap<string, readonly string[]>): Set<string> {
  const all = new Set<string>();
  const open = [...names];
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (all.has(name)) continue;
    all.add(name);
    open.push(...(parents.get(name) ?? []));
  }
  return all;
}

export function hostVars(inventory: AnsibleInventory): Map<string, HostVars> {
  const depth = depths(inventory);
  const parents = parentsOf(inventory);
  const own = groupsByHost(inventory);
  const found = new Map<string, HostVars>();
  for (const [host, vars] of inventory.hosts) {
    const groups = [...withParents(own.get(host) ?? [], parents).add('all')];
    groups.sort((a, b) => (depth.get(a) ?? 1) - (depth.get(b) ?? 1) || (a < b ? -1 : 1));
    const held = new Map<string, Held>();
    for (const name of groups) for (const [key, value] of inventory.groups.get(name)?.vars ?? []) held.set(key, { value, at: `group ${name}` });
    for (const [key, value] of vars) held.set(key, { value, at: host });
    found.set(host, { vars: held, groups: groups.filter((g) => g !== 'all' && g !== 'ungrouped') });
  }
  return found;
}
