/**
 * Reads /etc/network/interfaces as Debian's ifupdown does: stanzas, `auto`, `source`, `source-directory`.
 *
 * In: the files of a host. Out: stanzas with their options in order, and the errors for which ifup refuses all of it.
 */
import type { Machine } from './machine.js';

export interface Stanza {
  readonly name: string;
  readonly method: string;
  readonly options: readonly (readonly [string, string])[];
}

export interface Interfaces {
  readonly auto: readonly string[];
  readonly stanzas: readonly Stanza[];
  readonly errors: readonly string[];
}

interface Reading {
  auto: string[];
  stanzas: { name: string; method: string; options: [string, string][] }[];
  errors: string[];
}

/** Shell pattern with * and ? inside one folder. */
function glob(paths: readonly string[], pattern: string): string[] {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '[^/.][^/]*')
    .replaceAll('?', '[^/]');
  return paths.filter((p) => new RegExp(`^${source}$`).test(p));
}

function logicalLines(text: string): string[] {
  return text
    .replace(/\\\n/g, ' ')
    .split('\n')
    .map((l) => l.trim())
    .filter((l) => l !== '' && !l.startsWith('#'));
}

function readFile(m: Machine, path: string, into: Reading, depth: number): void {
  const text = m.files.read(path);
  if (text === undefined || depth > 5) return;
  let current: Reading['stanzas'][number] | undefined;
  for (const line of logicalLines(text)) {
    const [word = '', ...rest] = line.split(/\s+/);
    if (word === 'auto' || word.startsWith('allow-')) {
      if (word === 'auto' || word === 'allow-auto') into.auto.push(...rest);
      current = undefined;
    } else if (word === 'source') {
      for (const found of glob(m.files.paths(), rest[0] ?? '')) readFile(m, found, into, depth + 1);
      current = undefined;
    } else if (word === 'source-directory') {
      const inside = m.files.paths().filter((p) => p.startsWith(`${rest[0] ?? ''}/`) && /^[a-zA-Z0-9_-]+$/.test(p.slice((rest[0] ?? '').length + 1)));
      for (const found of inside) readFile(m, found, into, depth + 1);
      current = undefined;
    } else if (word === 'iface') {
      current = stanza(rest, path, into);
    } else if (current === undefined) into.errors.push(`${path}: misplaced option`);
    else current.options.push([word, line.slice(word.length).trim()]);
  }
}

function stanza(rest: readonly string[], path: string, into: Reading): Reading['stanzas'][number] | undefined {
  const [name, family, method] = rest;
  if (name === undefined || family === undefined || method === undefined) {
    into.errors.push(`${path}: too few parameters for iface line`);
    return undefined;
  }
  if (!['inet', 'inet6'].includes(family)) into.errors.push(`${path}: unknown address type`);
  else if (!['static', 'manual', 'loopback', 'tunnel', 'dhcp', 'auto'].includes(method))
    into.errors.push(`${path}: unknown or no method and no inherits keyword specified`);
  const made = { name, method: family === 'inet6' ? 'manual' : method, options: [] };
  into.stanzas.push(made);
  return made;
}

/** Reads the whole configuration as `ifup -a` does. One error makes ifup refuse all of it. */
export function readInterfaces(m: Machine): Interfaces {
  const into: Reading = { auto: [], stanzas: [], errors: [] };
  readFile(m, '/etc/network/interfaces', into, 0);
  return { auto: [...new Set(into.auto)], stanzas: into.stanzas, errors: into.errors };
}
