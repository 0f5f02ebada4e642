/**
 * Simulated OpenBSD hosts: 3.0 with static gre, 4.8, 6.3 and 7.5 with cloning ones (os-facts.md 5).
 *
 * In: a spec such as `OpenBSD 7.5`. Out: a system that answers commands and boots from its files. Options of the cloning ones: `ospfd`, `bgpd`, and `AS64512` for a
 * bgpd whose file has that number.
 */
import { commonCommand } from '../common.js';
import type { FileTree } from '../files.js';
import { addAddress } from '../freebsd/net.js';
import { type NetstatLayout, netstat } from '../freebsd/netstat.js';
import { ping } from '../freebsd/ping.js';
import { fail, notFound, ok } from '../freebsd/result.js';
import { route } from '../freebsd/route.js';
import { scriptLines, splitCommand } from '../freebsd/words.js';
import { Pf } from '../pf/pf.js';
import { pfctl } from '../pf/pfctl.js';
import { bsdCommands, readdress } from '../readdress.js';
import type { IpStack } from '../stack.js';
import type { CommandResult, SimulatedSystem, SystemFamily, TwinHostSpec } from '../system.js';
import { Daemons, isDaemonOption } from './daemons/index.js';
import { ifconfig } from './ifconfig.js';
import { parseHostnameFile } from './netstart.js';
import { KINDS, type Release, releaseOf } from './releases.js';
import { allowed, createGre, type Machine, snapshotOf, syncGre, useCachedRoutes } from './state.js';
import { sysctl } from './sysctl.js';

const PROGRAMS = [
  '/sbin/ifconfig',
  '/sbin/pfctl',
  '/sbin/ping',
  '/sbin/route',
  '/sbin/sysctl',
  '/usr/sbin/traceroute',
  '/usr/bin/netstat',
  '/bin/sh',
  '/bin/sleep',
];

const NETSTAT_OLD: NetstatLayout = { numbered: false, drops: false, widths: [5, 11, 17], titles: ['Ierrs', 'Oerrs', 'Coll'] };
const NETSTAT: NetstatLayout = { numbered: false, drops: false, widths: [7, 11, 17], titles: ['Ierrs', 'Oerrs', 'Colls'] };
const NETSTAT_NEW: NetstatLayout = { ...NETSTAT, titles: ['Ifail', 'Ofail', 'Colls'] };

class OpenBsd implements SimulatedSystem {
  readonly kind: string;
  readonly uname: SimulatedSystem['uname'];
  private readonly m: Machine;
  private readonly daemons: Daemons;

  constructor(
    spec: TwinHostSpec,
    release: Release,
    readonly stack: IpStack,
    readonly files: FileTree,
    options: readonly string[],
  ) {
    this.kind = spec.system;
    this.uname = { sysname: 'OpenBSD', release: release.name, machine: release.machine };
    this.m = {
      release,
      files,
      stack,
      gre: new Map(),
      index: new Map(),
      descriptions: new Map(),
      sysctls: new Map(),
      console: [],
      pf: new Pf(stack, release.pf),
    };
    stack.filters = [this.m.pf];
    useCachedRoutes(this.m);
    const [first, ...more] = spec.addresses;
    files.write('/etc/myname', `${spec.name}\n`);
    files.write('/etc/netstart', '#!/bin/sh -\n# configures the network interfaces\n');
    files.write('/etc/rc.conf.local', '');
    this.daemons = new Daemons(this.m, options);
    files.write('/etc/pf.conf', release.pfConf, 0o600);
    if (first === undefined) return;
    const alias = more.map((a) => `inet alias ${a} 255.255.255.255\n`).join('');
    files.write('/etc/hostname.em0', `inet ${first} 255.255.255.0\n${alias}`, 0o640);
    files.write('/etc/mygate', `${first.replace(/\d+$/, '254')}\n`);
  }

  boot(): readonly string[] {
    const { m, stack, files } = this;
    for (const on of stack.interfaces.values()) for (const a of on.addresses) stack.internet.release(a.local, stack);
    stack.interfaces.clear();
    stack.routes = [];
    stack.forwarding = false;
    stack.defaultTtl = 64;
    Object.assign(m, { gre: new Map(), descriptions: new Map(), sysctls: new Map(), console: [`OpenBSD ${m.release.name} (GENERIC)`] });
    m.pf.reset();
    m.index = new Map([
      ['em0', 1],
      ['enc0', 2],
      ['lo0', 3],
    ]);
    stack.addInterface('em0', 'physical', 1500);
    addAddress(stack, stack.addInterface('lo0', 'loopback', m.release.driver === 'static' ? 33224 : 32768), { local: '127.0.0.1', prefix: 8 }, true);
    if (m.release.driver === 'static') for (const name of ['gre0', 'gre1']) createGre(m, name);
    for (const line of scriptLines(files.read('/etc/sysctl.conf') ?? ''))
      this.show(this.exec(['sysctl', '-w', line.replace(/\s*#.*$/, '').replace(/\s*=\s*/, '=')]));
    this.netstart();
    this.packetFilter();
    m.console.push(...this.daemons.boot());
    for (const line of scriptLines(files.read('/etc/rc.local') ?? '')) this.line('/etc/rc.local', line);
    return m.console;
  }

  /** rc: rules of /etc/pf.conf, unless rc.conf.local says pf=NO; before 4.6 only where it says YES. */
  private packetFilter(): void {
    const said = /^pf=(\S+)/m.exec(this.files.read('/etc/rc.conf.local') ?? '')?.[1]?.toUpperCase();
    if (said === 'NO' || (said === undefined && this.m.release.driver === 'static')) return;
    this.show(this.exec(['pfctl', '-f', '/etc/pf.conf']));
    this.m.pf.turn(true);
  }

  private show(result: CommandResult): void {
    for (const text of [result.stdout, result.stderr]) this.m.console.push(...text.split('\n').filter((l) => l !== ''));
  }

  private line(path: string, line: string): void {
    const words = splitCommand(line);
    if (words === undefined) this.m.console.push(`${path}: not understood: ${line}`);
    else if (words.length > 0 && words[0] !== 'exit') this.show(this.exec(words));
  }

  /** Physical interfaces, default route, then the tunnels. */
  private netstart(): void {
    const names = this.files.paths().flatMap((p) => /^\/etc\/hostname\.([a-z]+\d+)$/.exec(p)?.[1] ?? []);
    const late = (n: string): boolean => /^(tun|tap|gif|etherip|gre|egre|mobileip|pflow|wg)\d/.test(n);
    for (const name of names.filter((n) => !late(n))) this.startInterface(name);
    const gate = this.files.read('/etc/mygate')?.trim();
    if (gate !== undefined && gate !== '') this.exec(['route', '-qn', 'add', 'default', gate]);
    for (const name of names.filter(late)) this.startInterface(name);
  }

  /** Commands of one hostname.if file, run; the console gets what they say. */
  private startInterface(name: string): void {
    const path = `/etc/hostname.${name}`;
    const file = this.files.get(path);
    if (file === undefined) return;
    if ((file.mode & 0o007) !== 0) {
      this.m.console.push(`WARNING: ${path} is insecure, fixing permissions.`);
      this.files.write(path, file.content, 0o640);
    }
    if (!this.stack.interfaces.has(name)) {
      const made = this.exec(['ifconfig', name, 'create']);
      if (made.exit !== 0) {
        this.show(made);
        return;
      }
    }
    const { commands, odd } = parseHostnameFile(name, file.content);
    this.m.console.push(...odd.map((l) => `${path}: not understood: ${l}`));
    for (const words of commands) this.show(this.exec(words));
  }

  exec(words: readonly string[]): CommandResult {
    const name = words[0] ?? '';
    const base = name.split('/').at(-1) ?? '';
    this.daemons.before(base);
    const programs = [...PROGRAMS, ...this.daemons.programs()];
    const path = programs.find((p) => p.endsWith(`/${base}`));
    if (name.includes('/') && path !== undefined && path !== name) return notFound(name);
    const result = path === undefined ? undefined : this.command(base, words);
    syncGre(this.m);
    if (result !== undefined) return result;
    const { uname, files, stack } = this;
    const host = { hostname: stack.host, uname, version: 'GENERIC#1', files, stack, programs };
    return commonCommand(host, words) ?? notFound(name);
  }

  private command(base: string, words: readonly string[]): CommandResult | undefined {
    const { m } = this;
    if (base === 'ifconfig') return ifconfig(words, m);
    if (base === 'sysctl') return sysctl(words, m);
    if (base === 'pfctl') return pfctl(words, m.pf, m.files, m.stack.internet.clock());
    if (base === 'route') return route(words, m.stack, m.release.route);
    if (base === 'ping') return ping(words, m.stack, m.release.ping, (host) => this.refused(host));
    if (base === 'netstat') return netstat(words.slice(1), (n) => this.numbered(n), this.layout());
    if (base === 'sleep') return { ...ok(), ms: Number(words[1] ?? 0) * 1000 };
    if (base === 'sh' && words[1] === '/etc/netstart') return this.netstartCommand(words.slice(2));
    return this.daemons.command(base, words);
  }

  private numbered(name: string) {
    const on = this.m.stack.interfaces.get(name);
    return on === undefined ? undefined : { on, index: this.m.index.get(name) ?? 1 };
  }

  private layout(): NetstatLayout {
    const { driver } = this.m.release;
    return driver === 'static' ? NETSTAT_OLD : driver === 'current' ? NETSTAT_NEW : NETSTAT;
  }

  /** The old drivers answer EACCES while net.inet.gre.allow is 0 (if_gre.c, gre_output). */
  private refused(host: string): string | undefined {
    const via = this.m.stack.lookup(host)?.interface ?? '';
    return this.m.release.refusesLoudly && this.m.gre.has(via) && !allowed(this.m) ? 'Permission denied' : undefined;
  }

  private netstartCommand(args: readonly string[]): CommandResult {
    const dry = args[0] === '-n';
    const name = dry ? args[1] : args[0];
    const from = this.m.console.length;
    if (name === undefined) this.netstart();
    else {
      const text = this.files.read(`/etc/hostname.${name}`);
      if (text === undefined) return fail(1, `netstart: /etc/hostname.${name}: No such file or directory.\n`);
      if (dry) {
        const { commands } = parseHostnameFile(name, text);
        return ok(commands.map((c) => `${c.join(' ')}\n`).join(''));
      }
      this.startInterface(name);
    }
    return ok(
      '',
      this.m.console
        .splice(from)
        .map((l) => `${l}\n`)
        .join(''),
    );
  }

  readdress(address: string): void {
    readdress(this, { files: (card) => [{ path: `/etc/hostname.${card}` }, { path: '/etc/mygate' }], commands: bsdCommands }, address);
  }

  snapshot(): unknown {
    return structuredClone({ ...snapshotOf(this.m), daemons: this.daemons.snapshot() });
  }
}

export const family: SystemFamily = {
  kinds: KINDS,
  make(spec, stack, files) {
    const [system, number = '', ...rest] = spec.system.trim().split(/\s+/);
    const release = system === 'OpenBSD' && rest.every(isDaemonOption) ? releaseOf(number) : undefined;
    if (release === undefined || (release.driver === 'static' && rest.length > 0)) return undefined;
    return new OpenBsd(spec, release, stack, files, rest);
  },
};
