/**
 * Simulated FreeBSD hosts, 4.5 to 15.0, with the gre drivers of their times (os-facts.md 1, 2).
 *
 * In: a spec such as `FreeBSD 4.5`, `FreeBSD 13.2 builtin`. Out: a system that answers commands and boots from its files.
 */
import { commonCommand } from '../common.js';
import type { FileTree } from '../files.js';
import { Pf } from '../pf/pf.js';
import { pfctl } from '../pf/pfctl.js';
import { bsdCommands, readdress } from '../readdress.js';
import type { IpStack } from '../stack.js';
import type { CommandResult, SimulatedSystem, SystemFamily, TwinHostSpec } from '../system.js';
import { bootMachine, interfaceUp } from './boot.js';
import { ifconfig } from './ifconfig.js';
import { Ipfw } from './ipfw.js';
import { kldload, kldstat, kldunload } from './kld.js';
import { netstat } from './netstat.js';
import { ping } from './ping.js';
import { readRcConf, sysrc } from './rcconf.js';
import { KINDS, type Release, releaseOf } from './releases.js';
import { fail, notFound, ok } from './result.js';
import { route } from './route.js';
import { filterLoaded, loadGre, type Machine, moduleFile, syncGre } from './state.js';
import { sysctl } from './sysctl.js';
import { scriptLines } from './words.js';

interface Options {
  readonly nogre: boolean;
  readonly builtin: boolean;
  readonly loaded: boolean;
}

const PROGRAMS = ['ifconfig', 'ipfw', 'kldload', 'kldstat', 'kldunload', 'ping', 'route', 'sysctl'].map((p) => `/sbin/${p}`);

class FreeBsd implements SimulatedSystem {
  readonly kind: string;
  readonly uname: SimulatedSystem['uname'];
  private readonly m: Machine;
  private readonly programs: readonly string[];

  constructor(
    spec: TwinHostSpec,
    release: Release,
    private readonly options: Options,
    readonly stack: IpStack,
    readonly files: FileTree,
  ) {
    this.kind = spec.system;
    this.uname = { sysname: 'FreeBSD', release: release.name, machine: release.machine };
    const more = [
      ...(release.hasPf ? ['/sbin/pfctl'] : []),
      ...(release.sysrc ? ['/usr/sbin/sysrc'] : []),
      ...(release.hasService ? ['/usr/sbin/service'] : []),
    ];
    this.programs = [...PROGRAMS, '/usr/sbin/traceroute', '/usr/bin/netstat', '/bin/sh', ...more];
    this.m = {
      release,
      files,
      stack,
      options,
      gre: new Map(),
      descriptions: new Map(),
      modules: [],
      nextModule: 1,
      sysctls: new Map(),
      console: [],
      pf: new Pf(stack, { numbered: false, statefulByDefault: release.major >= 7, printsKeepState: true, scrubOption: release.major >= 14 }),
      ipfw: new Ipfw(stack, release.major >= 10),
    };
    stack.filters = [this.m.ipfw, this.m.pf];
    this.install(spec);
  }

  /** The files of a host that has just been set up, without any tunnel. */
  private install(spec: TwinHostSpec): void {
    const { files, m } = this;
    const [first, ...more] = spec.addresses;
    const lines = [`hostname="${spec.name}"`];
    if (first !== undefined) {
      lines.push(`ifconfig_${m.release.physical}="inet ${first} netmask 255.255.255.0"`);
      more.forEach((a, n) => {
        lines.push(`ifconfig_${m.release.physical}_alias${n}="inet ${a} netmask 255.255.255.255"`);
      });
      lines.push(`defaultrouter="${first.replace(/\d+$/, '254')}"`);
    }
    files.write('/etc/rc.conf', `${[...lines, 'sshd_enable="YES"'].join('\n')}\n`);
    for (const directory of ['/usr/local/etc/rc.d', '/boot/kernel', '/etc/rc.conf.d', m.release.modulePath]) files.addDirectory(directory);
    files.write(`${m.release.modulePath}/if_gif.ko`, '\x7fELF gif\n', 0o555);
    // ipfw_pmod: ipfw(8) of 11.4 has tcp-setmss, that of 10.4 has not.
    for (const name of ['ipfw', ...(m.release.hasPf ? ['pf'] : []), ...(m.release.major >= 11 ? ['ipfw_pmod'] : [])])
      files.write(`${m.release.modulePath}/${name}.ko`, `\x7fELF ${name}\n`, 0o555);
    if (!this.options.nogre && !this.options.builtin) files.write(moduleFile(m), '\x7fELF gre\n', 0o555);
  }

  boot(): readonly string[] {
    const { m, stack } = this;
    for (const on of stack.interfaces.values()) for (const a of on.addresses) stack.internet.release(a.local, stack);
    stack.interfaces.clear();
    stack.routes = [];
    stack.forwarding = false;
    stack.defaultTtl = 64;
    const wide = m.release.machine === 'amd64';
    m.gre = new Map();
    m.descriptions = new Map();
    m.modules = [{ id: 1, address: wide ? '0xffffffff80200000' : '0xc0100000', size: wide ? '1f3c5a8' : '3a8d5c', file: 'kernel' }];
    m.nextModule = 2;
    m.sysctls = new Map();
    m.pf.reset();
    m.ipfw.reset();
    m.console = [];
    if (this.options.loaded) loadGre(m);
    bootMachine(m, (words) => this.exec(words));
    return m.console;
  }

  exec(words: readonly string[]): CommandResult {
    const name = words[0] ?? '';
    const base = name.split('/').at(-1) ?? '';
    const path = this.programs.find((p) => p.endsWith(`/${base}`));
    if (name.includes('/') && path !== undefined && path !== name) return notFound(name);
    const result = path === undefined ? undefined : this.command(base, words);
    syncGre(this.m);
    if (result !== undefined) return result;
    const { uname, files, stack, programs } = this;
    const host = { hostname: stack.host, uname, version: `FreeBSD ${uname.release} #0: GENERIC`, files, stack, programs };
    return commonCommand(host, words) ?? notFound(name);
  }

  private command(base: string, words: readonly string[]): CommandResult | undefined {
    const { m } = this;
    switch (base) {
      case 'ifconfig':
        return ifconfig(words, m);
      case 'kldstat':
        return kldstat(words, m);
      case 'kldload':
        return kldload(words, m);
      case 'kldunload':
        return kldunload(words, m);
      case 'ipfw':
        return ipfwCommand(m, words.slice(1));
      case 'pfctl':
        if (!filterLoaded(m, 'pf')) return fail(1, 'pfctl: /dev/pf: No such file or directory\n');
        return pfctl(words, m.pf, m.files, m.stack.internet.clock());
      case 'sysctl':
        return sysctl(words, m);
      case 'route':
        return route(words, m.stack, m.release.route);
      case 'ping':
        return ping(words, m.stack, m.release.ping);
      case 'netstat':
        return netstat(words.slice(1), (n) => this.numbered(n), {
          numbered: true,
          drops: m.release.major >= 8,
          widths: [5, 13, 17],
          titles: ['Ierrs', 'Oerrs', 'Coll'],
        });
      case 'sysrc':
        return sysrc(words, m.files);
      case 'service':
        return this.service(words);
      default:
        return undefined;
    }
  }

  private numbered(name: string) {
    const all = [...this.m.stack.interfaces.values()];
    const on = this.m.stack.interfaces.get(name);
    return on === undefined ? undefined : { on, index: all.indexOf(on) + 1 };
  }

  /** Only `service netif start NAME`; what else there is has nothing to do with tunnels. */
  private service(words: readonly string[]): CommandResult {
    const [, what, verb, name] = words;
    if (what !== 'netif' || verb !== 'start' || name === undefined)
      return fail(1, `${what ?? ''} does not exist in /etc/rc.d or the local startup\n`);
    const from = this.m.console.length;
    if (!this.m.stack.interfaces.has(name)) this.exec(['ifconfig', name, 'create']);
    interfaceUp(this.m, (w) => this.exec(w), readRcConf(this.m.files), name);
    const said = this.m.console.splice(from);
    return ok(`Starting Network: ${name}.\n`, said.map((l) => `${l}\n`).join(''));
  }

  readdress(address: string): void {
    const files = (card: string) => [{ path: '/etc/rc.conf', lines: new RegExp(`^(?:ifconfig_${card}|defaultrouter)=`) }];
    readdress(this, { files, commands: bsdCommands }, address);
  }

  snapshot(): unknown {
    const { m } = this;
    return structuredClone({
      interfaces: [...m.stack.interfaces.values()].map(({ tunnel, ...on }) => ({
        ...on,
        counters: undefined,
        outer: tunnel === undefined ? undefined : { local: tunnel.local, remote: tunnel.remote, ttl: tunnel.ttl },
        unit: m.gre.get(on.name),
        description: m.descriptions.get(on.name),
      })),
      routes: m.stack.routes,
      modules: m.modules,
      filters: { pf: m.pf.enabled, ...m.pf.texts(), ipfw: m.ipfw.loaded ? m.ipfw.run(['-S', 'list']).stdout : '' },
      sysctls: Object.fromEntries(m.sysctls),
      forwarding: m.stack.forwarding,
      files: m.files.snapshot(),
    });
  }
}

/** `ipfw [-q] FILE`: a file of its commands, each line without the name. */
function ipfwCommand(m: Machine, words: readonly string[]): CommandResult {
  const path = words.at(-1) ?? '';
  if (!path.startsWith('/')) return m.ipfw.run(words);
  const flags = words.slice(0, -1);
  for (const line of scriptLines(m.files.read(path) ?? '')) {
    const done = m.ipfw.run([...flags, ...line.split(/\s+/)]);
    if (done.exit !== 0) return fail(done.exit, `Line: ${done.stderr}`);
  }
  return ok();
}

export const family: SystemFamily = {
  kinds: KINDS,
  make(spec, stack, files) {
    const [system = '', number = '', ...rest] = spec.system.trim().split(/\s+/);
    const release = releaseOf(`${system} ${number.replace(/-RELEASE$/, '')}`);
    if (release === undefined || rest.some((o) => !['nogre', 'builtin', 'loaded'].includes(o))) return undefined;
    const options = { nogre: rest.includes('nogre'), builtin: rest.includes('builtin'), loaded: rest.includes('loaded') };
    return new FreeBsd(spec, release, options, stack, files);
  },
};
