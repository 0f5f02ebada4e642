/**
 * What FreeBSD does at boot with its files, as far as tunnels go (os-facts.md 1, 2.6, 16.8).
 *
 * In: the files. Out: interfaces, routes, modules and the console. Only what stands in files comes back.
 */
import type { CommandResult } from '../system.js';
import { addAddress } from './net.js';
import { type RcConf, readRcConf, variableName } from './rcconf.js';
import { greLoaded, loadFilter, loadGre, type Machine, syncGre } from './state.js';
import { readAssignments, ShellSyntaxError, scriptLines, splitCommand } from './words.js';

export type Run = (words: readonly string[]) => CommandResult;

const IDIOM = /^\[ ?"?\$1"? = "?start"? ?\] \|\| exit 0$|^test "?\$1"? = "?start"? \|\| exit 0$/;

function show(m: Machine, result: CommandResult): void {
  for (const text of [result.stdout, result.stderr]) m.console.push(...text.split('\n').filter((l) => l !== ''));
}

function runAndShow(m: Machine, run: Run, words: readonly string[]): void {
  show(m, run(words));
  syncGre(m);
}

/** A script of simple command lines; what needs a real shell is told on the console and left out. */
function script(m: Machine, run: Run, path: string, words: readonly string[]): void {
  for (const line of scriptLines(m.files.read(path) ?? '')) {
    if (IDIOM.test(line)) continue;
    const split = splitCommand(line, new Map(words.map((w, i) => [String(i + 1), w])));
    if (split === undefined) m.console.push(`${path}: not understood: ${line}`);
    else if (split[0] === 'exit') return;
    else if (split.length > 0) runAndShow(m, run, split);
  }
}

function loader(m: Machine): void {
  const values = new Map<string, string>();
  try {
    readAssignments(m.files.read('/boot/loader.conf') ?? '', values);
  } catch (error) {
    if (!(error instanceof ShellSyntaxError)) throw error;
    m.console.push(`Warning: syntax error on file /boot/loader.conf: ${error.message}`);
  }
  if (values.get('if_gre_load')?.toUpperCase() !== 'YES') return;
  if (!greLoaded(m) && !loadGre(m)) m.console.push(`can't find 'if_gre'`);
}

function sysctlConf(m: Machine, run: Run): void {
  for (const line of scriptLines(m.files.read('/etc/sysctl.conf') ?? '')) {
    const text = line.replace(/\s+#.*$/, '').replace(/\s*=\s*/, '=');
    show(m, run(['sysctl', text]));
  }
}

function cloneUp(m: Machine, run: Run, conf: RcConf): void {
  const made: string[] = [];
  for (const item of (conf.values.get('cloned_interfaces') ?? '').split(/\s+/).filter((w) => w !== '')) {
    const name = item.replace(/:sticky$/, '');
    if (m.stack.interfaces.has(name)) continue;
    const extra = splitCommand(conf.values.get(`create_args_${variableName(name)}`) ?? '') ?? [];
    const result = run(['ifconfig', name, 'create', ...extra]);
    if (result.exit === 0) made.push(name);
    show(m, result);
  }
  if (made.length > 0 && m.release.major >= 6) m.console.push(`Created clone interfaces: ${made.join(' ')}.`);
}

/** Everything rc does for one interface; also `service netif start NAME`. */
export function interfaceUp(m: Machine, run: Run, conf: RcConf, name: string): void {
  const v = variableName(name);
  if (m.files.read(`/etc/start_if.${name}`) !== undefined) script(m, run, `/etc/start_if.${name}`, []);
  const value = conf.values.get(`ifconfig_${v}`) ?? conf.values.get('ifconfig_DEFAULT');
  if (value !== undefined) evaluate(m, run, `ifconfig_${v}`, ['ifconfig', name], value);
  for (let n = 0; conf.values.has(`ifconfig_${v}_alias${n}`); n++) {
    const alias = conf.values.get(`ifconfig_${v}_alias${n}`) ?? '';
    evaluate(m, run, `ifconfig_${v}_alias${n}`, ['ifconfig', name], `${alias} alias`);
  }
  const description = conf.values.get(`ifconfig_${v}_descr`);
  if (description !== undefined && m.release.description) runAndShow(m, run, ['ifconfig', name, 'description', description]);
  if (value !== undefined && m.release.major >= 6) runAndShow(m, run, ['ifconfig', name, 'up']);
}

/** The value goes through `eval` on the real system; here plain words only. */
function evaluate(m: Machine, run: Run, variable: string, head: readonly string[], value: string): void {
  const words = splitCommand(value);
  if (words === undefined) m.console.push(`/etc/rc.conf: not understood: ${variable}="${value}"`);
  else if (words.length > 0) runAndShow(m, run, [...head, ...words]);
}

function routing(m: Machine, run: Run, conf: RcConf): void {
  const router = conf.values.get('defaultrouter') ?? 'NO';
  if (router.toUpperCase() !== 'NO' && router !== '') runAndShow(m, run, ['route', 'add', 'default', router]);
  for (const name of (conf.values.get('static_routes') ?? '').split(/\s+/).filter((w) => w !== '')) {
    const words = splitCommand(conf.values.get(`route_${variableName(name)}`) ?? '');
    if (words === undefined || words.length === 0) m.console.push(`route_${name}: not set or not understood`);
    else runAndShow(m, run, ['route', 'add', ...words]);
  }
  if (conf.values.get('gateway_enable')?.toUpperCase() === 'YES') m.stack.forwarding = true;
}

function kernelModules(m: Machine, run: Run, conf: RcConf): void {
  for (const name of (conf.values.get('kld_list') ?? '').split(/\s+/)) {
    if (name === '' || !m.release.kldList) continue;
    if (/^(.*\/)?if_gre(\.ko)?$/.test(name) && greLoaded(m)) continue;
    runAndShow(m, run, ['kldload', name]);
  }
}

/** rc.d/pf and rc.d/ipfw: rules from files, before anything is served. */
function packetFilters(m: Machine, run: Run, conf: RcConf): void {
  const yes = (name: string): boolean => conf.values.get(name)?.toUpperCase() === 'YES';
  if (yes('pf_enable') && m.release.hasPf) {
    loadFilter(m, 'pf');
    runAndShow(m, run, ['pfctl', '-f', conf.values.get('pf_rules') ?? '/etc/pf.conf', '-e']);
  }
  if (!yes('firewall_enable')) return;
  loadFilter(m, 'ipfw');
  const type = conf.values.get('firewall_type') ?? 'UNKNOWN';
  const custom = conf.values.get('firewall_script');
  if (custom !== undefined && custom !== '/etc/rc.firewall') script(m, run, custom, []);
  else if (type.startsWith('/')) runAndShow(m, run, ['ipfw', '-q', type]);
  else if (type.toLowerCase() === 'open') for (const rule of OPEN) runAndShow(m, run, ['ipfw', '-q', 'add', ...rule.split(' ')]);
}

/** /etc/rc.firewall, type open. */
const OPEN = [
  '100 pass all from any to any via lo0',
  '200 deny all from any to 127.0.0.0/8',
  '300 deny ip from 127.0.0.0/8 to any',
  '65000 pass all from any to any',
];

function late(m: Machine, run: Run): void {
  if (m.files.read('/etc/rc.local') !== undefined) script(m, run, '/etc/rc.local', []);
  if (m.release.major !== 4) return;
  for (const path of m.files.paths().filter((p) => /^\/usr\/local\/etc\/rc\.d\/[^/]+\.sh$/.test(p)))
    if (((m.files.get(path)?.mode ?? 0) & 0o111) !== 0) script(m, run, path, ['start']);
}

/** Runs the whole boot on a machine whose state has been forgotten. */
export function bootMachine(m: Machine, run: Run): void {
  m.console.push(`FreeBSD ${m.release.name} (GENERIC)`);
  m.stack.addInterface(m.release.physical, 'physical', 1500);
  const lo = m.stack.addInterface('lo0', 'loopback', 16384);
  addAddress(m.stack, lo, { local: '127.0.0.1', prefix: 8 }, true);
  loader(m);
  let conf: RcConf;
  try {
    conf = readRcConf(m.files);
  } catch (error) {
    if (!(error instanceof ShellSyntaxError)) throw error;
    m.console.push(`/etc/rc.conf: Syntax error: ${error.message}`, 'Enter full pathname of shell or RETURN for /bin/sh:');
    return;
  }
  m.console.push(...conf.odd.map((l) => `not understood: ${l}`));
  sysctlConf(m, run);
  kernelModules(m, run, conf);
  cloneUp(m, run, conf);
  for (const name of [...m.stack.interfaces.keys()]) if (name !== 'lo0') interfaceUp(m, run, conf, name);
  routing(m, run, conf);
  packetFilters(m, run, conf);
  late(m, run);
  syncGre(m);
}
