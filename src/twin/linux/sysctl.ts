/** The sysctl tree of a simulated Linux and procps' `sysctl`. In: words, or files at boot. Out: the texts of procps 4.0. */
import type { FileTree } from '../files.js';
import type { CommandResult } from '../system.js';
import type { Kernel } from './kernel.js';
import { fail, ok } from './result.js';

const PER_DEVICE = ['rp_filter', 'forwarding', 'accept_redirects', 'send_redirects', 'accept_local', 'log_martians'];

export class Sysctls {
  private values = new Map<string, string>();

  constructor(
    private readonly kernel: Kernel,
    private readonly files: FileTree,
  ) {}

  /** The kernel's own defaults. */
  reset(): void {
    this.values = new Map([
      ['kernel.ostype', 'Linux'],
      ['kernel.osrelease', this.kernel.modules.release],
      ['kernel.hostname', this.kernel.stack.host],
      ['net.ipv4.ip_default_ttl', '64'],
      ['net.ipv4.ip_forward', '0'],
      ['net.ipv4.ip_no_pmtu_disc', '0'],
      ['net.core.fb_tunnels_only_for_init_net', '0'],
    ]);
    this.kernel.stack.forwarding = false;
    this.kernel.stack.defaultTtl = 64;
  }

  snapshot(): Record<string, string> {
    return Object.fromEntries([...this.values].sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  /** Undefined if there is no such setting now: those of a device come and go with it. */
  get(key: string): string | undefined {
    const match = /^net\.ipv4\.conf\.(.+)\.([a-z_]+)$/.exec(key);
    if (match === null) return this.values.get(key);
    const [, device = '', leaf = ''] = match;
    if (!PER_DEVICE.includes(leaf) || !(device === 'all' || device === 'default' || this.kernel.find(device) !== undefined)) return undefined;
    return this.values.get(key) ?? (leaf === 'rp_filter' && device !== 'all' ? (this.values.get('net.ipv4.conf.default.rp_filter') ?? '0') : '0');
  }

  set(key: string, value: string): void {
    this.values.set(key, value);
    if (key === 'net.ipv4.ip_forward') this.kernel.stack.forwarding = value === '1';
    if (key === 'net.ipv4.ip_default_ttl') this.kernel.stack.defaultTtl = Number(value);
  }

  private assign(words: string, quiet: boolean): CommandResult {
    const at = words.indexOf('=');
    if (at < 0) return fail(1, `sysctl: "${words}" must be of the form name=value`);
    const key = words.slice(0, at).trim().replaceAll('/', '.').replace(/^-/, '');
    const value = words.slice(at + 1).trim();
    if (this.get(key) === undefined) return fail(1, `sysctl: cannot stat /proc/sys/${key.replaceAll('.', '/')}: No such file or directory`);
    this.set(key, value);
    return ok(quiet ? '' : `${key} = ${value}\n`);
  }

  /** Applies one file; wrong lines are told and passed over, as `sysctl -p` does. */
  load(path: string): CommandResult {
    const text = this.files.read(path);
    if (text === undefined) return fail(1, `sysctl: cannot open "${path}": No such file or directory`);
    const lines = text.split('\n').map((l) => l.trim());
    const results = lines.filter((l) => l !== '' && !/^[#;]/.test(l)).map((l) => this.assign(l, false));
    return {
      exit: results.some((r) => r.exit !== 0) ? 1 : 0,
      stdout: results.map((r) => r.stdout).join(''),
      stderr: results.map((r) => r.stderr).join(''),
    };
  }

  /** The files that are read at boot, in their order. */
  bootFiles(): string[] {
    const folder = this.files.paths().filter((p) => /^\/etc\/sysctl\.d\/[^/]+\.conf$/.test(p));
    return [...folder, ...(this.files.read('/etc/sysctl.conf') === undefined ? [] : ['/etc/sysctl.conf'])];
  }

  /** `sysctl` with the words that follow its name. */
  run(words: readonly string[]): CommandResult {
    const flags = words.filter((w) => w.startsWith('-')).join('');
    const names = words.filter((w) => !w.startsWith('-'));
    if (flags.includes('-system')) return this.every(this.bootFiles());
    if (flags.includes('p')) return this.every(names.length === 0 ? ['/etc/sysctl.conf'] : names);
    const results = names.map((name) => {
      if (name.includes('=')) return this.assign(name, flags.includes('q'));
      const key = name.replaceAll('/', '.');
      const value = this.get(key);
      if (value === undefined) return fail(1, `sysctl: cannot stat /proc/sys/${key.replaceAll('.', '/')}: No such file or directory`);
      return ok(flags.includes('n') ? `${value}\n` : `${key} = ${value}\n`);
    });
    return join(results);
  }

  private every(paths: readonly string[]): CommandResult {
    return join(paths.map((p) => this.load(p)));
  }
}

function join(results: readonly CommandResult[]): CommandResult {
  return {
    exit: results.some((r) => r.exit !== 0) ? 1 : 0,
    stdout: results.map((r) => r.stdout).join(''),
    stderr: results.map((r) => r.stderr).join(''),
  };
}
