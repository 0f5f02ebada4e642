/**
 * Kernel modules of a simulated Linux: which are loaded, what `/proc/modules` says, what /lib/modules holds.
 *
 * In: the state of the GRE driver as the kind of host asks for it. Out: texts recorded on Debian 12 with kernel 6.1.176.
 */

/** Where the GRE driver is: on disk, nowhere, or part of the kernel. */
export type Driver = 'module' | 'missing' | 'builtin';

interface ModuleEntry {
  readonly size: number;
  readonly use: number;
  readonly by: string;
  readonly at: string;
}

const GRE_MODULES: ReadonlyMap<string, ModuleEntry> = new Map([
  ['ip_gre', { size: 19919, use: 0, by: '-', at: '0x000000009a25c000' }],
  ['ip_tunnel', { size: 15916, use: 1, by: 'ip_gre,', at: '0x000000009a257000' }],
  ['gre', { size: 2715, use: 1, by: 'ip_gre,', at: '0x000000009a1f0000' }],
]);

/** GRE in UDP: where GRE is a module this is one, and where it is compiled in too. Its size is not recorded. */
const FOU: ModuleEntry = { size: 20480, use: 0, by: '-', at: '0x000000009a270000' };

/** Modules that are there from boot on. */
const BASE_MODULES: ReadonlyMap<string, ModuleEntry> = new Map([
  ['loop', { size: 21023, use: 0, by: '-', at: '0x000000009a1e9000' }],
  ['fuse', { size: 107658, use: 1, by: '-', at: '0x000000009a283000' }],
  ['dm_mod', { size: 108447, use: 0, by: '-', at: '0x000000009a267000' }],
  ['configfs', { size: 29424, use: 1, by: '-', at: '0x000000009a1a3000' }],
  ['ip_tables', { size: 11777, use: 0, by: '-', at: '0x000000009a4f1000' }],
  ['x_tables', { size: 20561, use: 1, by: 'ip_tables,', at: '0x000000009a1af000' }],
  ['ipv6', { size: 429085, use: 12, by: '[permanent],', at: '0x000000009a455000' }],
  ['crc_ccitt', { size: 2086, use: 1, by: 'ipv6,', at: '0x000000009a190000' }],
  ['autofs4', { size: 24780, use: 2, by: '-', at: '0x000000009a1bb000' }],
]);

const PATHS: ReadonlyMap<string, string> = new Map([
  ['ip_gre', 'net/ipv4/ip_gre.ko'],
  ['ip_tunnel', 'net/ipv4/ip_tunnel.ko'],
  ['gre', 'net/ipv4/gre.ko'],
  ['fou', 'net/ipv4/fou.ko'],
  ...[...BASE_MODULES.keys()].map((name): [string, string] => [name, `misc/${name}.ko`]),
]);

export class ModuleTable {
  private loaded = false;
  private fou = false;

  constructor(
    readonly release: string,
    readonly driver: Driver,
  ) {}

  /** Back to what the kernel has right after it started. */
  reset(): void {
    this.loaded = this.driver === 'builtin';
    this.fou = this.loaded;
  }

  /** Whether tunnels of type gre can be made now. */
  get greReady(): boolean {
    return this.loaded;
  }

  set greReady(value: boolean) {
    this.loaded = value;
  }

  /** Whether GRE can go in UDP now. */
  get fouReady(): boolean {
    return this.fou;
  }

  set fouReady(value: boolean) {
    this.fou = value;
  }

  /** Module names may be written with - or _; both mean the same. */
  static canonical(name: string): string {
    return name.replaceAll('-', '_');
  }

  private isGre(name: string): boolean {
    return GRE_MODULES.has(name) || name === 'fou';
  }

  isBuiltin(name: string): boolean {
    return this.driver === 'builtin' && this.isGre(name);
  }

  /** Path of the module's file, or undefined if there is none. */
  file(name: string): string | undefined {
    const path = PATHS.get(name);
    if (path === undefined || (this.isGre(name) && this.driver !== 'module')) return undefined;
    return `/lib/modules/${this.release}/kernel/${path}`;
  }

  /** Loaded as a module (what is compiled in does not count). */
  isLoaded(name: string): boolean {
    if (name === 'fou') return this.fou && this.driver === 'module';
    return this.isGre(name) ? this.loaded && this.driver === 'module' : BASE_MODULES.has(name);
  }

  entries(): { name: string; size: number; use: number; by: string; at: string }[] {
    const gre = this.loaded && this.driver === 'module';
    const base = [...BASE_MODULES].map(([name, e]) =>
      name === 'ipv6' && gre ? { name, ...e, use: e.use + 1, by: `ip_gre,${e.by}` } : { name, ...e },
    );
    return [
      ...(this.isLoaded('fou') ? [{ name: 'fou', ...FOU }] : []),
      ...(gre ? [...GRE_MODULES].map(([name, e]) => ({ name, ...e })) : []),
      ...base,
    ];
  }

  /** Content of /proc/modules. */
  proc(): string {
    return this.entries()
      .map((e) => `${e.name} ${e.size} ${e.use} ${e.by} Live ${e.at}\n`)
      .join('');
  }

  /** Content of /lib/modules/RELEASE/modules.builtin, as far as it matters here. */
  builtinList(): string {
    const gre = this.driver === 'builtin' ? ['ip_gre', 'ip_tunnel', 'gre', 'fou'].map((n) => `kernel/net/ipv4/${n}.ko\n`).join('') : '';
    return `kernel/fs/ext4/ext4.ko\n${gre}kernel/net/packet/af_packet.ko\n`;
  }
}
