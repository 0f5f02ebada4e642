/** sysctl: the few names a tunnel has to do with, read and set (os-facts.md 1, 2.6). */
import type { CommandResult } from '../system.js';
import { fail, ok } from './result.js';
import { greLoaded, type Machine } from './state.js';

/** Present value of a name, or undefined if this kernel does not have it. */
export function sysctlValue(m: Machine, name: string): string | undefined {
  const fixed: Record<string, string> = {
    'kern.ostype': 'FreeBSD',
    'kern.osrelease': m.release.name,
    'kern.hostname': m.stack.host,
    'hw.machine': m.release.machine,
    'net.inet.ip.ttl': String(m.stack.defaultTtl),
    'net.inet.ip.forwarding': m.stack.forwarding ? '1' : '0',
    'kern.securelevel': '-1',
    'kern.boottime': `{ sec = ${m.stack.boots.seconds}, usec = 0 } ${m.stack.boots.ctime}`,
  };
  const gre: Record<string, string> = {};
  if (greLoaded(m) && m.release.driver === 'third-party') gre['net.inet.ip.gre_default_mtu'] = '1476';
  if (greLoaded(m) && m.release.driver === 'rewritten') Object.assign(gre, { 'net.inet.ip.grettl': '30', 'net.link.gre.max_nesting': '1' });
  if (greLoaded(m) && m.release.driver === 'base' && m.release.major >= 5) gre['net.link.gre.max_nesting'] = '1';
  if (m.ipfw.loaded) fixed['net.inet.ip.fw.enable'] = '1';
  const known = fixed[name] ?? gre[name];
  if (known === undefined || name === 'net.inet.ip.forwarding') return known;
  return m.sysctls.get(name) ?? known;
}

const READ_ONLY = new Set(['kern.ostype', 'kern.osrelease', 'kern.boottime', 'hw.machine']);

export function sysctl(words: readonly string[], m: Machine): CommandResult {
  const flags = words
    .slice(1)
    .filter((w) => w.startsWith('-'))
    .join('');
  const names = words.slice(1).filter((w) => !w.startsWith('-'));
  const bare = flags.includes('n');
  let out = '';
  let err = '';
  for (const word of names) {
    const result = one(word, m, bare);
    out += result.out;
    if (!(flags.includes('i') && result.err.includes('unknown oid'))) err += result.err;
  }
  return err === '' ? ok(out) : fail(1, err, out);
}

function one(word: string, m: Machine, bare: boolean): { out: string; err: string } {
  const at = word.indexOf('=');
  const name = at < 0 ? word : word.slice(0, at);
  const old = sysctlValue(m, name);
  if (old === undefined) return { out: '', err: `sysctl: unknown oid '${name}'\n` };
  if (at < 0) return { out: bare ? `${old}\n` : `${name}: ${old}\n`, err: '' };
  const value = word.slice(at + 1);
  if (READ_ONLY.has(name)) return { out: '', err: `sysctl: oid '${name}' is read only\n` };
  if (name !== 'kern.hostname' && !/^-?\d+$/.test(value)) return { out: '', err: `sysctl: invalid integer '${value}'\n` };
  if (name === 'net.inet.ip.forwarding') m.stack.forwarding = value !== '0';
  else m.sysctls.set(name, value);
  if (name === 'net.inet.ip.fw.enable') m.ipfw.enabled = value !== '0';
  if (name === 'net.inet.ip.ttl') m.stack.defaultTtl = Number(value);
  return { out: bare ? `${value}\n` : `${name}: ${old} -> ${value}\n`, err: '' };
}
