/** cat, ls, test, readlink, command and systemctl of a simulated Linux, with the virtual files under /proc and /sys that tunnels need. */
import { lsLine } from '../common.js';
import type { CommandResult } from '../system.js';
import type { Machine } from './machine.js';
import { fail, ok } from './result.js';

/** Names in a virtual folder, or undefined if there is none. */
function virtualFolder(m: Machine, path: string): readonly string[] | undefined {
  const module = /^\/sys\/module\/([a-z0-9_]+)$/.exec(path)?.[1];
  if (module !== undefined) {
    if (m.kernel.modules.isLoaded(module))
      return ['coresize', 'holders', 'initsize', 'initstate', 'notes', 'parameters', 'refcnt', 'sections', 'taint', 'uevent'];
    return module === 'ip_gre' && m.kernel.modules.isBuiltin(module) ? ['parameters', 'uevent'] : undefined;
  }
  if (path === '/sys/class/net') return m.kernel.devices.map((d) => d.name).sort();
  const net = /^\/sys\/class\/net\/([^/]+)$/.exec(path)?.[1];
  if (net !== undefined && m.kernel.find(net) !== undefined) return ['address', 'flags', 'ifindex', 'mtu', 'operstate', 'type'];
  if (path === `/lib/modules/${m.kind.release}`) return ['kernel', 'modules.builtin', 'modules.dep'];
  if (path === '/run/systemd/system') return [];
  return path === '/proc' || path === '/sys' ? [] : undefined;
}

function virtualFile(m: Machine, path: string): string | undefined {
  if (path === '/proc/modules') return m.kernel.modules.proc();
  if (path === '/proc/sys/kernel/random/boot_id') return `${bootId(m)}\n`;
  if (path === '/proc/1/comm') return 'systemd\n';
  if (path === `/lib/modules/${m.kind.release}/modules.builtin`) return m.kernel.modules.builtinList();
  const file = ['ip_gre', 'ip_tunnel', 'gre'].map((n) => m.kernel.modules.file(n));
  if (file.includes(path)) return '';
  const refcnt = /^\/sys\/module\/([a-z0-9_]+)\/refcnt$/.exec(path)?.[1];
  if (refcnt !== undefined) {
    const found = m.kernel.modules.entries().find((e) => e.name === refcnt);
    return found === undefined ? undefined : `${found.use}\n`;
  }
  const [, name, leaf] = /^\/sys\/class\/net\/([^/]+)\/(mtu|ifindex|operstate)$/.exec(path) ?? [];
  const device = name === undefined ? undefined : m.kernel.find(name);
  if (device !== undefined) return `${leaf === 'mtu' ? device.net.mtu : leaf === 'ifindex' ? device.index : device.net.up ? 'unknown' : 'down'}\n`;
  if (path.startsWith('/proc/sys/')) {
    const value = m.sysctls.get(path.slice('/proc/sys/'.length).replaceAll('/', '.'));
    return value === undefined ? undefined : `${value}\n`;
  }
  return undefined;
}

/** One value for each boot of each host. */
function bootId(m: Machine): string {
  const seed = [...`${m.spec.name}:${m.kernel.stack.boots.count}`].reduce((n, c) => (n * 31 + c.charCodeAt(0)) % 0xffffffff, 7);
  return `${seed.toString(16).padStart(8, '0')}-0000-4000-8000-000000000001`;
}

export function cat(m: Machine, words: readonly string[]): CommandResult {
  let [stdout, stderr] = ['', ''];
  for (const path of words.filter((w) => !w.startsWith('-'))) {
    const own = m.files.read(path);
    const content = own === undefined ? virtualFile(m, path) : Buffer.from(own, 'latin1').toString('utf8');
    if (content !== undefined) stdout += content;
    else stderr += `cat: ${path}: ${m.files.isDirectory(path) || virtualFolder(m, path) ? 'Is a directory' : 'No such file or directory'}\n`;
  }
  return { exit: stderr === '' ? 0 : 1, stdout, stderr };
}

function folder(m: Machine, path: string): readonly string[] | undefined {
  const virtual = virtualFolder(m, path);
  if (virtual !== undefined || !m.files.isDirectory(path)) return virtual;
  const below = path === '/' ? '/' : `${path}/`;
  return [...new Set(m.files.paths().flatMap((p) => (p.startsWith(below) ? [p.slice(below.length).split('/')[0] ?? ''] : [])))].sort();
}

export function ls(m: Machine, words: readonly string[]): CommandResult {
  const flags = words.filter((w) => w.startsWith('-')).join('');
  const long = /[ln]/.test(flags);
  let [stdout, stderr] = ['', ''];
  for (const written of words.filter((w) => !w.startsWith('-'))) {
    const path = written === '/' ? '/' : written.replace(/\/+$/, '');
    const inside = folder(m, path);
    const line = lsLine({ files: m.files, programs: [] }, path, flags.includes('n'))?.replace('root  wheel', 'root root');
    if (inside !== undefined && !flags.includes('d')) stdout += inside.map((n) => `${n}\n`).join('');
    else if (line !== undefined) stdout += `${long ? line : written}\n`;
    else if (inside !== undefined || virtualFile(m, path) !== undefined) stdout += `${written}\n`;
    else stderr += `ls: cannot access '${written}': No such file or directory\n`;
  }
  return { exit: stderr === '' ? 0 : 2, stdout, stderr };
}

/** `test` and `[`: one operator with one path or text, or two texts compared. */
export function test(m: Machine, words: readonly string[]): CommandResult {
  const answer = (yes: boolean): CommandResult => ({ exit: yes ? 0 : 1, stdout: '', stderr: '' });
  if (words[0] === '!') return answer(test(m, words.slice(1)).exit !== 0);
  const [a = '', b = '', c = ''] = words;
  if (words.length === 3 && ['=', '!='].includes(b)) return answer((a === c) === (b === '='));
  if (words.length === 1) return answer(a !== '');
  const link = m.files.get(b)?.link;
  const file = m.files.get(link ?? b);
  const program = programs(m).some((p) => b === `/sbin/${p}` || b === `/usr/sbin/${p}` || b === `/bin/${p}` || b === `/usr/bin/${p}`);
  const virtual = virtualFile(m, b);
  const isFolder = folder(m, b) !== undefined;
  const isFile = file !== undefined || program || virtual !== undefined;
  if (a === '-e' || a === '-r' || a === '-w') return answer(isFile || isFolder);
  if (a === '-f') return answer(isFile);
  if (a === '-d') return answer(isFolder);
  if (a === '-x') return answer(isFolder || program || (file !== undefined && (file.mode & 0o111) !== 0));
  if (a === '-s') return answer((file?.content ?? virtual ?? (program ? 'x' : '')) !== '');
  if (a === '-h' || a === '-L') return answer(link !== undefined);
  if (a === '-n') return answer(b !== '');
  if (a === '-z') return answer(b === '');
  return fail(2, `test: ${a}: unexpected operator`);
}

export function readlink(m: Machine, words: readonly string[]): CommandResult {
  const path = words.find((w) => !w.startsWith('-')) ?? '';
  const link = m.files.get(path)?.link;
  if (words.includes('-f')) return ok(`${link ?? path}\n`);
  return link === undefined ? fail(1, '') : ok(`${link}\n`);
}

const COMMON =
  'cat chmod command crontab date echo false hostname id ip ls lsmod mkdir modinfo modprobe nft ping readlink rm rmdir rmmod setpriv sh sleep ssh ssh-keygen sync sysctl systemctl test traceroute true udevadm uname'.split(
    ' ',
  );

/** Programs that this kind of host has installed. */
export function programs(m: Machine): readonly string[] {
  const own = {
    ifupdown: ['ifup', 'ifdown', 'ifquery'],
    networkd: ['networkctl'],
    NetworkManager: ['nmcli'],
    netplan: ['netplan', 'networkctl'],
  };
  return [
    ...COMMON,
    ...own[m.kind.manager],
    ...(m.kind.frr ? ['vtysh'] : []),
    ...(m.kind.bird ? ['bird', 'birdc'] : []),
    ...(m.kind.iptables ? ['iptables', 'iptables-save'] : []),
  ];
}

/** `command -v NAME`: the path, or exit 127 as dash has it. */
export function command(m: Machine, words: readonly string[]): CommandResult {
  if (words[0] !== '-v') return m.run(words);
  const name = words[1] ?? '';
  if (!programs(m).includes(name) || name === 'command') return fail(127, '');
  const sbin = [
    'nft',
    'iptables',
    'iptables-save',
    'ip',
    'modprobe',
    'modinfo',
    'lsmod',
    'rmmod',
    'sysctl',
    'ifup',
    'ifdown',
    'ifquery',
    'netplan',
  ].includes(name);
  return ok(`/${sbin ? 'sbin' : 'usr/bin'}/${name}\n`);
}

/** What `systemctl enable nftables` makes. */
export const NFTABLES_WANTED = '/etc/systemd/system/sysinit.target.wants/nftables.service';

/** Units that are there, and whether they run. */
function units(m: Machine): ReadonlyMap<string, boolean> {
  const networkd = m.kind.manager === 'networkd' || m.kind.manager === 'netplan';
  const list: [string, boolean][] = [
    ['ssh', true],
    ['systemd-modules-load', true],
    ['systemd-sysctl', true],
    ['nftables', m.files.get(NFTABLES_WANTED) !== undefined],
    ['systemd-networkd', networkd],
  ];
  if (m.kind.manager === 'ifupdown') list.push(['networking', true]);
  if (m.frr !== undefined) list.push(['frr', m.frr.running]);
  if (m.bird !== undefined) list.push(['bird', m.bird.running]);
  if (m.kind.manager === 'NetworkManager') list.push(['NetworkManager', true]);
  return new Map(list);
}

/** ExecReload is `birdc configure`; before a start `bird -p` has to pass. */
function turnBird(m: Machine, verb: string): CommandResult {
  const reload = verb.startsWith('reload') && m.bird?.running === true;
  const done = m.run(reload ? ['birdc', 'configure'] : ['bird', '-p']);
  if (done.exit === 0 && !reload) m.bird?.start();
  const why = 'See "systemctl status bird.service" and "journalctl -xeu bird.service" for details.';
  return done.exit === 0
    ? ok()
    : fail(1, `Job for bird.service failed${reload ? '.' : ' because the control process exited with error code.'}\n${why}`);
}

/** `systemctl`: is-active, is-enabled, daemon-reload; restart, reload and start of the network's own service. */
export function systemctl(m: Machine, words: readonly string[]): CommandResult {
  const [verb = '', ...names] = words.filter((w) => !['-q', '--quiet', '--no-pager', '--now'].includes(w));
  const quiet = words.includes('-q') || words.includes('--quiet');
  const name = (names[0] ?? '').replace(/\.service$/, '');
  const active = units(m).get(name);
  const text = (s: string): string => (quiet ? '' : `${s}\n`);
  if (verb === 'is-active') return { exit: active === true ? 0 : 3, stdout: text(active === true ? 'active' : 'inactive'), stderr: '' };
  if (verb === 'is-enabled') {
    if (active === undefined) return fail(1, `Failed to get unit file state for ${name}.service: No such file or directory`);
    return { exit: active ? 0 : 1, stdout: text(active ? 'enabled' : 'disabled'), stderr: '' };
  }
  if (verb === 'is-system-running') return ok('running\n');
  if (verb === 'daemon-reload') return ok();
  if (['start', 'restart', 'reload', 'reload-or-restart', 'try-restart'].includes(verb)) {
    if (active === undefined) return fail(5, `Failed to ${verb} ${name}.service: Unit ${name}.service not found.`);
    if (name === 'frr') m.frr?.start();
    if (name === 'bird') return turnBird(m, verb);
    if (name === 'nftables') return m.run(['nft', '-f', '/etc/nftables.conf']);
    if (name === 'systemd-networkd') return m.run(['networkctl', 'reload']);
    if (name === 'systemd-sysctl') m.run(['sysctl', '-q', '--system']);
    return ok();
  }
  if (verb === 'stop' && active !== undefined) {
    if (name === 'frr') m.frr?.stop();
    if (name === 'bird') m.bird?.stop();
    return ok();
  }
  return fail(1, `Unknown command verb ${verb}.`);
}
