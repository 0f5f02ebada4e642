/**
 * What NetBSD does at boot with the files of /etc, as far as the network goes (os-facts 3.4, 4.4), and the files that a fresh install has.
 *
 * Order: sysctl.conf, interfaces (rc.conf variable before /etc/ifconfig.X), mygate, netstart.local, rc.local. A line that is more than a
 * simple command is not guessed at: it is reported on the console and does nothing.
 */
import type { FileTree } from '../files.js';
import type { CommandResult } from '../system.js';
import { splitWords } from '../words.js';
import { cloners } from './ifconfig.js';
import type { NetBsdState } from './state.js';

export interface BootContext {
  readonly state: NetBsdState;
  readonly files: FileTree;
  readonly run: (words: readonly string[]) => CommandResult;
  readonly console: string[];
}

/** The files of a fresh install with these outer addresses; the default router is the first address of the first one's /24. */
export function installFiles(files: FileTree, name: string, physical: string, addresses: readonly string[]): void {
  files.write('/etc/rc.conf', `# see rc.conf(5)\nrc_configured=YES\nhostname="${name}"\nauto_ifconfig=YES\n`);
  files.write('/etc/rc.local', '#\tsite-specific startup actions, daemons\n');
  files.write('/etc/hosts', '127.0.0.1\tlocalhost\n');
  const lines = addresses.map((a, i) => `inet ${a} netmask 255.255.255.0${i === 0 ? '' : ' alias'}\n`);
  if (lines.length > 0) files.write(`/etc/ifconfig.${physical}`, lines.join(''));
  const first = addresses[0];
  if (first !== undefined) files.write('/etc/mygate', `${first.split('.').slice(0, 3).join('.')}.254\n`);
}

/** `NAME=value` lines of rc.conf; a later one wins. */
function variables(context: BootContext): Map<string, string> {
  const found = new Map<string, string>();
  for (const raw of (context.files.read('/etc/rc.conf') ?? '').split('\n')) {
    const line = raw.trim();
    if (line === '' || line.startsWith('#')) continue;
    const set = /^([A-Za-z_][A-Za-z0-9_]*)=(?:"([^"$`\\]*)"|'([^']*)'|([^\s"'$`;&|]*))\s*(?:#.*)?$/.exec(line);
    if (set === null) context.console.push(`/etc/rc.conf: not understood: ${line}`);
    else found.set(set[1] ?? '', set[2] ?? set[3] ?? set[4] ?? '');
  }
  return found;
}

/** Runs one command line; what it prints goes to the console. */
function run(context: BootContext, from: string, line: string, before: readonly string[] = []): void {
  const split = splitWords(line);
  if ('refused' in split) {
    context.console.push(`${from}: not understood (${split.refused}): ${line}`);
    return;
  }
  const result = context.run([...before, ...split.words]);
  for (const text of (result.stdout + result.stderr).split('\n')) if (text !== '') context.console.push(text);
}

function lines(context: BootContext, path: string): string[] {
  const text = (context.files.read(path) ?? '').split('\n').map((l) => l.trim());
  return text.filter((l) => l !== '' && !l.startsWith('#'));
}

function configure(context: BootContext, name: string, settings: ReadonlyMap<string, string>): void {
  const { release } = context.state;
  const value = settings.get(`ifconfig_${name}`);
  const path = value === undefined ? `/etc/ifconfig.${name}` : '/etc/rc.conf';
  const text = value === undefined ? lines(context, path) : value.split(release.rcCreates ? ';' : '\n').map((l) => l.trim());
  const clones = release.rcCreates && cloners(context.state).includes(name.replace(/\d+$/, ''));
  if (clones && text.length > 0 && context.state.find(name) === undefined) run(context, path, 'create', ['ifconfig', name]);
  for (const line of text) {
    if (line === '' || (line === 'create' && clones)) continue;
    if (!line.startsWith('!')) run(context, path, line, ['ifconfig', name]);
    else if (release.bangLines) run(context, path, line.slice(1));
    // Before January 2001 the exclamation mark was no command but one more word for ifconfig.
    else run(context, path, line, ['ifconfig', name]);
  }
}

/** Which interfaces rc.d/network configures: those of net_interfaces, or all there are and all cloners that have a file. */
function chosen(context: BootContext, settings: ReadonlyMap<string, string>): string[] {
  const { state, files } = context;
  const listed = (settings.get('net_interfaces') ?? '').split(/\s+/).filter((n) => n !== '');
  if ((settings.get('auto_ifconfig') ?? 'YES').toUpperCase() !== 'YES') return listed;
  const present = state.interfaces.filter((i) => i.kind !== 'loopback').map((i) => i.name);
  const stems = state.release.listsCloners ? cloners(state) : [];
  const withFile = files.paths().flatMap((p) => /^\/etc\/ifconfig\.([a-z]+\d+)$/.exec(p)?.[1] ?? []);
  const withVariable = [...settings.keys()].flatMap((k) => /^ifconfig_([a-z]+\d+)$/.exec(k)?.[1] ?? []);
  const clones = [...withFile, ...(state.release.rcCreates ? withVariable : [])].filter((n) => stems.includes(n.replace(/\d+$/, '')));
  return [...new Set([...present, ...clones, ...listed])];
}

/** Interfaces are attached already; lo0 is up. */
export function bootFromFiles(context: BootContext): void {
  const { files, state } = context;
  const settings = variables(context);
  if (settings.get('rc_configured')?.toUpperCase() !== 'YES') {
    context.console.push('/etc/rc.conf is not configured.  Multiuser boot aborted.');
    return;
  }
  for (const line of lines(context, '/etc/sysctl.conf')) run(context, '/etc/sysctl.conf', line.replace(/\s*=\s*/, '='), ['sysctl', '-w']);
  for (const name of chosen(context, settings)) configure(context, name, settings);
  const gate = settings.get('defaultroute') ?? lines(context, '/etc/mygate')[0];
  if (gate !== undefined && gate !== '' && state.interfaces.some((i) => i.inets.length > 0 && i.kind === 'ethernet')) {
    run(context, '/etc/mygate', `route add default ${gate}`);
  }
  if (settings.get('npf')?.toUpperCase() === 'YES' && state.release.modules)
    for (const verb of ['reload', 'start']) run(context, '/etc/rc.d/npf', `npfctl ${verb}`);
  for (const path of ['/etc/netstart.local', '/etc/rc.local']) {
    if (files.read(path) !== undefined) for (const line of lines(context, path)) run(context, path, line);
  }
}
