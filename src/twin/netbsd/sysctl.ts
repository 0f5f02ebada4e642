/** sysctl(8) of NetBSD over the few variables that tunnels touch (os-facts 3.1, 4.4; netbsd-transcripts 0). */
import { failed } from '../common.js';
import type { CommandResult } from '../system.js';
import type { NetBsdState } from './state.js';

const READ_ONLY = /^(kern|hw)\./;
const LEVELS = ['top', 'second', 'third', 'fourth', 'fifth', 'sixth'];

/** Values right after boot, in the order in which a listing shows them. */
export function defaults(state: NetBsdState, machine: string): void {
  const { release, ttl, rump } = state.release;
  const [major = '0', minor = '0', patch = '0'] = release.split('.');
  const revision = `${Number(major) * 100000000 + Number(minor) * 1000000 + Number(patch) * 100}`;
  const set = (name: string, value: string): void => void state.sysctls.set(name, value);
  set('kern.ostype', 'NetBSD');
  set('kern.osrelease', release);
  set('kern.osrevision', revision);
  set('kern.version', `NetBSD ${release} (${rump ? 'RUMP-ROAST' : 'GENERIC'})\n`);
  set('kern.securelevel', '-1');
  set('kern.boottime', state.stack.boots.ctime);
  set('hw.machine', machine);
  set('net.inet.ip.forwarding', '0');
  set('net.inet.ip.redirect', '1');
  set('net.inet.ip.ttl', '64');
  set('net.inet.ip.forwsrcrt', '1');
  set('net.inet.ip.directed-broadcast', '0');
  if (state.release.gre && (ttl !== 'inherit' || !state.release.greconfig)) set('net.inet.ip.grettl', '30');
  set('net.inet.icmp.returndatabytes', '8');
  if (!state.release.greconfig) set('net.inet6.ip6.auto_linklocal', '1');
}

/** Names the first level that does not exist, in the wording of the release. */
function unknown(state: NetBsdState, name: string): string {
  const parts = name.split('.');
  const names = [...state.sysctls.keys()];
  const at = parts.findIndex(
    (_, i) => !names.some((n) => n === parts.slice(0, i + 1).join('.') || n.startsWith(`${parts.slice(0, i + 1).join('.')}.`)),
  );
  const level = Math.max(0, at);
  const part = parts[level] ?? name;
  if (!state.release.modernErrors) return `sysctl: ${LEVELS[Math.min(level, 1)]} level name ${part} in ${name} is invalid\n`;
  return `sysctl: ${LEVELS[level] ?? 'next'} level name '${part}' in '${name}' is invalid\n`;
}

function write(state: NetBsdState, name: string, value: string, bare: boolean): CommandResult {
  const before = state.sysctls.get(name);
  if (before === undefined) return failed(1, unknown(state, name));
  if (READ_ONLY.test(name)) return failed(1, `sysctl: ${name}: Operation not permitted\n`);
  if (!/^-?\d+$/.test(value)) return failed(1, `sysctl: ${value}: not a number\n`);
  state.sysctls.set(name, value);
  state.sync();
  return { exit: 0, stdout: bare ? `${value}\n` : `${name}: ${before} -> ${value}\n`, stderr: '' };
}

function read(state: NetBsdState, name: string, flags: string): CommandResult {
  const found = [...state.sysctls].filter(([n]) => name === '' || n === name || n.startsWith(`${name}.`));
  if (found.length === 0) return failed(1, unknown(state, name));
  const line = ([n, v]: [string, string]): string =>
    flags.includes('d') ? `${n}: (no description)\n` : flags.includes('n') ? `${v}\n` : `${n} = ${v}\n`;
  return { exit: 0, stdout: found.map(line).join(''), stderr: '' };
}

/** @param args - The words behind `sysctl`. */
export function sysctl(state: NetBsdState, args: readonly string[]): CommandResult {
  const flags = args
    .filter((a) => a.startsWith('-'))
    .join('')
    .replaceAll('-', '');
  const names = args.filter((a) => !a.startsWith('-'));
  if (names.length === 0 && !/[aA]/.test(flags)) return failed(1, 'usage:\tsysctl [-AdeMnq] [-r|-x] [name ...]\n');
  const all = (names.length === 0 ? [''] : names).map((n) => {
    const [name = '', value] = n.split('=');
    return value === undefined ? read(state, name, flags) : write(state, name, value, flags.includes('n'));
  });
  return { exit: Math.max(...all.map((r) => r.exit)), stdout: all.map((r) => r.stdout).join(''), stderr: all.map((r) => r.stderr).join('') };
}
