/** One simulated NetBSD: its kernel's state, its programs, and its boot. */
import { commonCommand, failed, notFound, ok } from '../common.js';
import type { FileTree } from '../files.js';
import { type NetstatLayout, netstat } from '../freebsd/netstat.js';
import { bsdCommands, readdress } from '../readdress.js';
import type { IpStack } from '../stack.js';
import type { CommandResult, SimulatedSystem, TwinHostSpec } from '../system.js';
import { addInet } from './address.js';
import { bootFromFiles, installFiles } from './boot.js';
import { greconfig } from './greconfig.js';
import { ifconfig } from './ifconfig.js';
import { Npf } from './npf.js';
import { ping } from './ping.js';
import type { Release } from './releases.js';
import { route, table } from './route.js';
import { KernelPanic, NetBsdState, prefixOf } from './state.js';
import { defaults, sysctl } from './sysctl.js';

type Program = (state: NetBsdState, args: readonly string[]) => CommandResult;

const SHARED = ['id', 'uname', 'hostname', 'cat', 'ls', 'test', 'echo', 'sync', 'true', 'false'];

/** 6.0 and later: gre is built in, or loaded by itself on create (os-facts 4.1). */
const modules = (state: NetBsdState, args: readonly string[], verb: 'load' | 'stat'): CommandResult => {
  const name = args.at(-1) ?? '';
  if (verb === 'load')
    return name === 'if_gre' && state.release.gre
      ? failed(1, 'modload: if_gre: File exists\n')
      : failed(1, `modload: ${name}: No such file or directory\n`);
  const found = state.release.gre && (args.length === 0 || name === 'if_gre');
  if (args.length > 0 && !found) return failed(1, `modstat: ${name}: No such file or directory\n`);
  return ok(
    `NAME             CLASS      SOURCE    REFS SIZE     REQUIRES\n${found ? 'if_gre           driver     builtin   0    -        -\n' : ''}`,
  );
};

/** Only the kernel's own sockets of gre interfaces are listed (netbsd-transcripts 7, 11b). */
function sockstat(state: NetBsdState): CommandResult {
  const rows = state.interfaces
    .filter((i) => i.socket === 'live' && i.outer !== undefined)
    .map(({ outer }) => {
      const udp = outer?.srcPort !== undefined;
      const local = `${outer?.src}.${outer?.srcPort ?? 0}`;
      return `0                   0      0 ${udp ? 'udp' : '2/0'}    ${local.padEnd(22)}${udp ? `${outer.dst}.${outer.dstPort ?? 0}` : '(PF_UNSPEC)'}\n`;
    });
  const head = 'USER     COMMAND    PID   FD PROTO  LOCAL ADDRESS         FOREIGN ADDRESS\n';
  return ok(rows.length === 0 ? '' : head + rows.join(''));
}

const NETSTAT: NetstatLayout = { numbered: false, drops: false, widths: [5, 13, 17], titles: ['Ierrs', 'Oerrs', 'Colls'] };

function shown(state: NetBsdState, name: string) {
  const item = state.find(name);
  if (item === undefined) return undefined;
  const addresses = item.inets.map((a) => ({ local: a.local, prefix: prefixOf(a.mask), ...(a.peer === undefined ? {} : { peer: a.peer }) }));
  return { on: { ...item.iface, addresses }, index: item.index };
}

function programs(release: Release): Map<string, Program> {
  const sysctlPath = release.greconfig ? '/usr/sbin/sysctl' : '/sbin/sysctl';
  const found = new Map<string, Program>([
    ['/sbin/ifconfig', ifconfig],
    ['/sbin/route', route],
    ['/sbin/ping', ping],
    [sysctlPath, sysctl],
    ['/usr/bin/netstat', (state, args) => (args[0]?.includes('r') ? ok(table(state)) : netstat(args, (name) => shown(state, name), NETSTAT))],
  ]);
  if (release.greconfig) found.set('/usr/sbin/greconfig', greconfig);
  if (release.sockets) found.set('/usr/bin/sockstat', sockstat);
  if (release.modules) {
    found.set('/sbin/modload', (state, args) => modules(state, args, 'load'));
    found.set('/usr/sbin/modstat', (state, args) => modules(state, args, 'stat'));
  }
  return found;
}

export class NetBsd implements SimulatedSystem {
  readonly kind: string;
  readonly uname;
  private readonly state: NetBsdState;
  private readonly programs: Map<string, Program>;
  private readonly npf: Npf;

  constructor(
    private readonly spec: TwinHostSpec,
    private readonly release: Release,
    readonly stack: IpStack,
    readonly files: FileTree,
  ) {
    this.kind = spec.system;
    this.uname = { sysname: 'NetBSD', release: release.release, machine: release.greconfig ? 'i386' : 'amd64' };
    this.state = new NetBsdState(release, stack);
    this.programs = programs(release);
    this.npf = new Npf(stack, files);
    stack.filters = [this.npf];
    // npf came with 6.0; the releases here that have modules are later.
    if (release.modules) this.programs.set('/sbin/npfctl', (_, args) => this.npf.run(args));
    // An echo leaves with the highest TTL here, and so does its reply (transcript 1: ttl=255).
    stack.defaultTtl = 255;
    installFiles(files, spec.name, release.physical, spec.addresses);
  }

  private get common() {
    const { release } = this;
    const paths = [...this.programs.keys(), '/usr/sbin/traceroute', ...SHARED.map((n) => `/bin/${n}`), '/usr/bin/id', '/usr/bin/uname'];
    const kernel = release.rump ? 'RUMP-ROAST' : 'GENERIC';
    return {
      hostname: release.rump ? 'rump' : this.spec.name,
      uname: this.uname,
      version: `NetBSD ${release.release} (${kernel})`,
      files: this.files,
      stack: this.stack,
      programs: paths,
    };
  }

  exec(words: readonly string[]): CommandResult {
    const [name = '', ...args] = words;
    const path = [...this.programs.keys()].find((p) => p === name || (!name.includes('/') && p.endsWith(`/${name}`)));
    const program = path === undefined ? undefined : this.programs.get(path);
    try {
      if (program !== undefined) return program(this.state, args);
    } catch (error) {
      if (!(error instanceof KernelPanic)) throw error;
      return { exit: 1, stdout: error.stdout, stderr: '', panic: error.message };
    }
    return commonCommand(this.common, words) ?? notFound(name);
  }

  boot(): readonly string[] {
    const { state, release } = this;
    const console: string[] = [`NetBSD ${release.release} (${release.rump ? 'RUMP-ROAST' : 'GENERIC'})`];
    state.clear();
    this.npf.reset();
    defaults(state, this.uname.machine);
    if (release.rump) this.loopback();
    state.attach(release.physical, 'ethernet', 1500);
    if (!release.rump) this.loopback();
    if (!release.cloning) this.staticUnits();
    const run = (words: readonly string[]): CommandResult => {
      const result = this.exec(words);
      // A kernel that dies at boot would do so for ever; the console says it and the rest of the boot goes on.
      if (result.panic !== undefined) console.push(`panic: ${result.panic}`);
      return result;
    };
    bootFromFiles({ state, files: this.files, run, console });
    return console;
  }

  private loopback(): void {
    const lo = this.state.attach('lo0', 'loopback', this.release.loopbackMtu);
    lo.linkLocal = true;
    lo.iface.up = true;
    addInet(this.state, lo, { local: '127.0.0.1', mask: 0xff000000 }, false);
  }

  /** The fixed number of units of a kernel without cloning (os-facts 3.1). */
  private staticUnits(): void {
    for (const name of ['ppp0', 'ppp1', 'sl0', 'sl1', 'strip0', 'strip1', 'tun0', 'tun1']) this.state.attach(name, 'other', 1500);
    if (this.release.gre) for (const name of ['gre0', 'gre1']) this.state.attach(name, 'gre', this.release.mtu);
  }

  readdress(address: string): void {
    readdress(this, { files: (card) => [{ path: `/etc/ifconfig.${card}` }, { path: '/etc/mygate' }], commands: bsdCommands }, address);
  }

  snapshot(): unknown {
    const interfaces = this.state.interfaces.map(({ iface, ...rest }) => ({ ...rest, up: iface.up, mtu: iface.mtu }));
    // When it was booted is no state that a boot should bring back.
    const sysctls = Object.fromEntries([...this.state.sysctls].filter(([name]) => name !== 'kern.boottime'));
    return structuredClone({
      interfaces,
      routes: this.state.routes,
      sysctls,
      filters: this.npf.run(['show']).stdout,
      files: this.files.snapshot(),
    });
  }
}
