/**
 * rc.conf as the rc system reads it, and sysrc. Later files and later lines win.
 *
 * In: the files of the host. Out: variables. A syntax error is what it is on a real host: the boot goes wrong there.
 */
import type { FileTree } from '../files.js';
import type { CommandResult } from '../system.js';
import { fail, ok } from './result.js';
import { readAssignments, readWord } from './words.js';

/** Defaults that matter here (/etc/defaults/rc.conf). */
const DEFAULTS: readonly (readonly [string, string])[] = [
  ['cloned_interfaces', ''],
  ['static_routes', ''],
  ['kld_list', ''],
  ['gateway_enable', 'NO'],
  ['defaultrouter', 'NO'],
  ['hostname', ''],
  ['ifconfig_lo0', 'inet 127.0.0.1'],
  ['local_startup', '/usr/local/etc/rc.d'],
];

export interface RcConf {
  readonly values: Map<string, string>;
  /** Lines that are no assignments, with their file. */
  readonly odd: readonly string[];
}

/** @throws {ShellSyntaxError} as sh would stop at the file. */
export function readRcConf(files: FileTree): RcConf {
  const values = new Map(DEFAULTS);
  const odd: string[] = [];
  const extra = files.paths().filter((p) => /^\/etc\/rc\.conf\.d\/[A-Za-z0-9_]+$/.test(p));
  for (const path of ['/etc/rc.conf', '/etc/rc.conf.local', ...extra]) {
    const text = files.read(path);
    if (text !== undefined) odd.push(...readAssignments(text, values).map((l) => `${path}: ${l}`));
  }
  return { values, odd };
}

/** Characters of an interface name that become `_` in variable names. */
export const variableName = (name: string): string => name.replaceAll(/[./+-]/g, '_');

function setOne(files: FileTree, name: string, value: string): void {
  const text = files.read('/etc/rc.conf') ?? '';
  const lines = text.split('\n');
  const at = lines.findLastIndex((l) => l.trimStart().startsWith(`${name}=`));
  const made = `${name}="${value.replaceAll(/["$`\\]/g, '\\$&')}"`;
  if (at < 0) lines.splice(text.endsWith('\n') || text === '' ? lines.length - 1 : lines.length, 0, made);
  else {
    const old = lines[at] ?? '';
    const rest = old.slice(readWord(old, old.indexOf('=') + 1, new Map()).end);
    lines[at] = made + rest;
  }
  files.write('/etc/rc.conf', lines.join('\n').replace(/([^\n])$/, '$1\n'), files.get('/etc/rc.conf')?.mode ?? 0o644);
}

/** `sysrc [-n] NAME`, `sysrc NAME=VALUE`, `NAME+=VALUE`, `-x NAME`. */
export function sysrc(words: readonly string[], files: FileTree): CommandResult {
  const flags = words.filter((w, i) => i > 0 && w.startsWith('-')).join('');
  const names = words.slice(1).filter((w) => !w.startsWith('-'));
  if (names.length === 0) return fail(1, 'usage: sysrc [OPTIONS] name[[+|-]=value] ...\n');
  let out = '';
  let err = '';
  for (const word of names) {
    const match = /^([A-Za-z_][A-Za-z0-9_]*)(\+?=)?([\s\S]*)$/.exec(word);
    const { values } = readRcConf(files);
    const name = match?.[1] ?? word;
    const old = values.get(name);
    if (match?.[2] === undefined) {
      if (old === undefined) err += `sysrc: unknown variable '${name}'\n`;
      else out += flags.includes('n') ? `${old}\n` : `${name}: ${old}\n`;
      continue;
    }
    const given = match[3] ?? '';
    const value = match[2] === '=' ? given : joined(old ?? '', given);
    setOne(files, name, value);
    out += `${name}: ${old ?? ''} -> ${value}\n`;
  }
  return err === '' ? ok(out) : fail(1, err, out);
}

/** What += makes: a list element that is there already is not added again. */
function joined(old: string, given: string): string {
  const item = given.trim();
  if (old.split(/\s+/).includes(item)) return old;
  return old === '' ? item : `${old} ${item}`;
}
