/** sysctl of OpenBSD: `name=value`, `name: old -> new`, and 3.0's demand for -w (os-facts.md 5.1). */
import { fail } from '../freebsd/result.js';
import type { CommandResult } from '../system.js';
import type { Machine } from './state.js';

const LEVELS = ['top', 'second', 'third', 'fourth', 'fifth'];

function sysctlValue(m: Machine, name: string): string | undefined {
  const fixed: Readonly<Record<string, string>> = {
    'kern.ostype': 'OpenBSD',
    'kern.osrelease': m.release.name,
    'kern.hostname': m.stack.host,
    'kern.securelevel': '1',
    'kern.boottime': m.stack.boots.ctime,
    'net.inet.ip.ttl': String(m.stack.defaultTtl),
    'net.inet.ip.forwarding': m.stack.forwarding ? '1' : '0',
    'net.inet.gre.allow': m.sysctls.get('net.inet.gre.allow') ?? '0',
  };
  if (name === 'net.inet.gre.wccp') return m.release.driver === 'static' ? undefined : (m.sysctls.get(name) ?? '0');
  return Object.hasOwn(fixed, name) ? fixed[name] : undefined;
}

export function sysctl(words: readonly string[], m: Machine): CommandResult {
  const isFlag = (w: string): boolean => w.startsWith('-');
  const flags = words.slice(1).filter(isFlag).join('');
  let out = '';
  let err = '';
  for (const word of words.slice(1).filter((w) => !isFlag(w))) {
    const at = word.indexOf('=');
    const name = at < 0 ? word : word.slice(0, at);
    if (at >= 0 && m.release.needsW && !flags.includes('w')) return fail(2, 'sysctl: Must specify -w to set variables\n', out);
    const old = sysctlValue(m, name);
    if (old === undefined) {
      const parts = name.split('.');
      err += `sysctl: ${LEVELS[Math.min(parts.length, 5) - 1]} level name ${parts.at(-1) ?? ''} in ${name} is invalid\n`;
    } else if (at < 0) out += flags.includes('n') ? `${old}\n` : `${name}${m.release.needsW ? ' = ' : '='}${old}\n`;
    else {
      const value = word.slice(at + 1);
      if (!/^-?\d+$/.test(value)) err += `sysctl: ${value}: invalid\n`;
      else {
        set(m, name, value);
        if (!flags.includes('q')) out += flags.includes('n') ? `${old} -> ${value}\n` : `${name}: ${old} -> ${value}\n`;
      }
    }
  }
  return { exit: 0, stdout: out, stderr: err };
}

function set(m: Machine, name: string, value: string): void {
  if (name === 'net.inet.ip.forwarding') m.stack.forwarding = value !== '0';
  else if (name === 'net.inet.ip.ttl') m.stack.defaultTtl = Number(value);
  else m.sysctls.set(name, value);
}
