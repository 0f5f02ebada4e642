/**
 * One simulated Linux host: its parts put together, the table of its commands, its boot.
 *
 * In: command words. Out: what the real host would answer. State is in Kernel, Sysctls, the managers and the files; a reboot keeps the files only.
 */
import { commonCommand } from '../common.js';
import type { FileTree } from '../files.js';
import { type Change, readdress } from '../readdress.js';
import type { IpStack } from '../stack.js';
import type { CommandResult, SimulatedSystem, TwinHostSpec } from '../system.js';
import { Bird } from './bird/bird.js';
import { birdCommand, birdc } from './bird/birdc.js';
import { ownFile, writeDefaults } from './defaults.js';
import { Frr } from './frr/frr.js';
import { vtysh } from './frr/vtysh.js';
import { IfUpDown } from './ifupdown.js';
import { ip } from './ip.js';
import { Kernel } from './kernel.js';
import { lsmod, modinfo, modprobe, rmmod } from './kmod.js';
import { type Kind, type Machine, said } from './machine.js';
import { ModuleTable } from './modules.js';
import { iptables, save } from './netfilter/iptables.js';
import { Netfilter } from './netfilter/netfilter.js';
import { nft } from './netfilter/nft.js';
import { bootNetplan, netplan } from './netplan.js';
import { watchNetwork } from './network-rules.js';
import { applyNetworkd, networkctl, networkdSees } from './networkd.js';
import { NetworkManager } from './networkmanager.js';

import { ping } from './ping.js';
import { type Command, fail, ok } from './result.js';
import { Sysctls } from './sysctl.js';
import { cat, command, ls, NFTABLES_WANTED, programs, readlink, systemctl, test } from './tools.js';
import { traceroute } from './traceroute.js';
import { udevAdds } from './udev.js';

const BIN = /^(?:\/usr)?\/s?bin\/([^/]+)$/;

export class LinuxSystem implements SimulatedSystem {
  readonly kind: string;
  readonly uname: SimulatedSystem['uname'];
  readonly kernel: Kernel;
  private readonly sysctls: Sysctls;
  private readonly machine: Machine;
  private readonly ifupdown: IfUpDown;
  private readonly manager: NetworkManager;
  private readonly frr: Frr | undefined;
  private readonly bird: Bird | undefined;
  private readonly commands: ReadonlyMap<string, Command>;

  constructor(
    private readonly spec: TwinHostSpec,
    private readonly flavour: Kind,
    readonly stack: IpStack,
    readonly files: FileTree,
  ) {
    this.kind = spec.system;
    this.uname = { sysname: 'Linux', release: flavour.release, machine: 'x86_64' };
    this.kernel = new Kernel(stack, new ModuleTable(flavour.release, flavour.driver));
    this.sysctls = new Sysctls(this.kernel, files);
    const machine: Machine = {
      kind: flavour,
      spec,
      kernel: this.kernel,
      files,
      sysctls: this.sysctls,
      netfilter: new Netfilter(() => stack.internet.clock()),
      run: (words) => this.exec(words),
    };
    this.frr = flavour.frr ? new Frr(machine) : undefined;
    this.bird = flavour.bird ? new Bird(machine) : undefined;
    this.machine = { ...machine, ...(this.frr === undefined ? {} : { frr: this.frr }), ...(this.bird === undefined ? {} : { bird: this.bird }) };
    watchNetwork(this.machine);
    this.ifupdown = new IfUpDown(this.machine);
    this.manager = new NetworkManager(this.machine);
    this.commands = this.table();
    writeDefaults(this.machine);
  }

  private table(): Map<string, Command> {
    const { kernel, machine } = this;
    return new Map<string, Command>([
      ['ip', (w) => this.ip(w)],
      ['ping', (w) => ping(kernel, w)],
      ['traceroute', (w) => traceroute(kernel, w)],
      ['modprobe', (w) => modprobe(kernel, w)],
      ['modinfo', (w) => modinfo(kernel, w)],
      ['lsmod', () => lsmod(kernel)],
      ['rmmod', (w) => rmmod(kernel, w)],
      ['sysctl', (w) => this.sysctls.run(w)],
      ['udevadm', (w) => (w[0] === '--version' ? ok('252\n') : fail(1, 'udevadm: not simulated'))],
      ['nft', (w) => nft(machine.netfilter, machine.files, w)],
      ['iptables', (w) => iptables(machine.netfilter, w)],
      ['iptables-save', () => save(machine.netfilter)],
      ['systemctl', (w) => systemctl(machine, w)],
      ['networkctl', (w) => networkctl(machine, w)],
      ['nmcli', (w) => this.manager.run(w)],
      ['netplan', (w) => netplan(machine, w)],
      ['ifup', (w) => this.ifupdown.run('ifup', w)],
      ['ifdown', (w) => this.ifupdown.run('ifdown', w)],
      ['ifquery', (w) => this.ifupdown.query(w)],
      ['cat', (w) => cat(machine, w)],
      ['ls', (w) => ls(machine, w)],
      ['test', (w) => test(machine, w)],
      ['[', (w) => test(machine, w.slice(0, -1))],
      ['readlink', (w) => readlink(machine, w)],
      ['command', (w) => command(machine, w)],
      ['id', (w) => ok(w[0] === '-u' ? '0\n' : w[0] === '-un' ? 'root\n' : 'uid=0(root) gid=0(root) groups=0(root)\n')],
      ['sleep', (w) => ({ ...ok(), ms: Number(w[0] ?? 0) * 1000 })],
      ['setpriv', (w) => this.setpriv(w)],
      ['birdc', (w) => (this.bird === undefined ? fail(127, 'sh: 1: birdc: not found') : birdc(this.bird, w))],
      ['bird', (w) => (this.bird === undefined ? fail(127, 'sh: 1: bird: not found') : birdCommand(this.bird, w))],
      ['vtysh', (w) => (this.frr === undefined ? fail(127, 'sh: 1: vtysh: not found') : vtysh(this.frr, w))],
    ]);
  }

  private ip(words: readonly string[]): CommandResult {
    const { manager, iproute } = this.flavour;
    const before = new Set(this.kernel.devices);
    const result = ip(this.kernel, words, iproute);
    if (manager === 'networkd' || manager === 'netplan')
      networkdSees(
        this.machine,
        this.kernel.devices.filter((d) => !before.has(d)),
      );
    return result;
  }

  /** Without root the kernel refuses every change; what only reads still answers. */
  private setpriv(words: readonly string[]): CommandResult {
    const rest = words.slice(words.findIndex((w) => !w.startsWith('-')));
    const changes = rest[0] === 'ip' && ['add', 'set', 'del', 'delete', 'change', 'replace', 'flush'].some((v) => rest.includes(v));
    if (!changes) return this.exec(rest);
    return rest[1] === 'tunnel'
      ? fail(1, `${rest[2] ?? ''} tunnel "gre0" failed: Operation not permitted`)
      : fail(2, 'RTNETLINK answers: Operation not permitted');
  }

  exec(words: readonly string[]): CommandResult {
    const [written = '', ...args] = words;
    const name = BIN.exec(written)?.[1] ?? written;
    const installed = name === '[' || programs(this.machine).includes(name);
    const run = installed ? this.commands.get(name) : undefined;
    if (run !== undefined) return run(args);
    const common = name.includes('/') || name === 'traceroute' ? undefined : commonCommand(this.common(), [name, ...args]);
    return common ?? fail(127, `sh: 1: ${written}: not found`);
  }

  private common(): Parameters<typeof commonCommand>[0] {
    return { hostname: this.spec.name, uname: this.uname, files: this.files, stack: this.stack, programs: [] };
  }

  /** Order as under systemd: modules, settings, then the one manager of the network. */
  boot(): readonly string[] {
    const m = this.machine;
    this.kernel.reset(this.flavour.nic, this.flavour.moreCards);
    m.netfilter.reset();
    this.stack.learned?.clear();
    this.sysctls.reset();
    this.ifupdown.reset();
    for (const path of this.files.paths().filter((p) => p.startsWith('/run/'))) this.files.remove(path);
    const lo = this.kernel.find('lo');
    if (lo !== undefined) {
      this.kernel.addAddress(lo, '127.0.0.1', undefined, 8);
      this.kernel.setUp(lo, true);
    }
    const console = [...this.loadModules(), ...this.sysctls.bootFiles().flatMap((p) => said('systemd-sysctl', this.sysctls.load(p).stderr))];
    if (this.files.get(NFTABLES_WANTED) !== undefined) console.push(...said('nft', this.exec(['nft', '-f', '/etc/nftables.conf']).stderr));
    if (this.flavour.manager === 'ifupdown') console.push(...said('networking', this.ifupdown.run('ifup', ['-a']).stderr));
    if (this.flavour.manager === 'netplan') console.push(...bootNetplan(m));
    if (this.flavour.manager === 'networkd' || this.flavour.manager === 'netplan') console.push(...applyNetworkd(m));
    if (this.flavour.manager === 'NetworkManager') console.push(...this.manager.boot());
    console.push(...udevAdds(m));
    this.frr?.start();
    this.bird?.start();
    return console;
  }

  private loadModules(): string[] {
    const lists = [...this.files.paths().filter((p) => /^\/etc\/modules-load\.d\/[^/]+\.conf$/.test(p)), '/etc/modules'];
    const names = lists.flatMap((p) => (this.files.read(p) ?? '').split('\n')).map((l) => l.trim().split(/\s+/)[0] ?? '');
    return names
      .filter((n) => n !== '' && !/^[#;]/.test(n))
      .flatMap((n) => (modprobe(this.kernel, ['-q', n]).exit === 0 ? [] : [`systemd-modules-load: Failed to find module '${n}'`]));
  }

  readdress(address: string): void {
    const how = {
      files: () => [{ path: ownFile(this.flavour) }],
      commands: ({ card, was, now, router }: Change) => [
        ['ip', 'addr', 'del', `${was}/24`, 'dev', card],
        ['ip', 'addr', 'add', `${now}/24`, 'dev', card],
        ['ip', 'route', 'replace', 'default', 'via', router, 'dev', card],
      ],
    };
    readdress(this, how, address);
  }

  snapshot(): unknown {
    return {
      devices: this.kernel.devices.map((d) => ({
        name: d.name,
        up: d.net.up,
        mtu: d.net.mtu,
        multicast: d.multicast,
        addresses: d.net.addresses.map((a) => ({ ...a })),
        ...(d.gre === undefined ? {} : { gre: { ...d.gre } }),
      })),
      routes: this.kernel.routes.main.map((r) => ({ ...r })),
      modules: this.kernel.modules.entries().map((e) => e.name),
      udp: [...this.kernel.fouPorts],
      filters: this.exec(['nft', '-s', 'list', 'ruleset']).stdout,
      sysctls: this.sysctls.snapshot(),
      files: this.files.snapshot(),
    };
  }
}
