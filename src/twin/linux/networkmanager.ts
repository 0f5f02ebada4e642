/**
 * NetworkManager 1.42 on a simulated Linux: keyfiles and `nmcli`.
 *
 * In: /etc/NetworkManager/system-connections/*.nmconnection; those that others may read are ignored. Out: devices and addresses; nmcli's words.
 */
import type { CommandResult } from '../system.js';
import { type Machine, said } from './machine.js';
import { sections } from './networkd.js';
import { fail, isAddress, ok, parsePrefix } from './result.js';

const FOLDER = '/etc/NetworkManager/system-connections/';

interface Connection {
  readonly path: string;
  readonly id: string;
  readonly values: ReadonlyMap<string, string>;
}

function read(m: Machine, path: string): Connection | string {
  const file = m.files.get(path);
  if (file === undefined) return `keyfile: load: "${path}": failed to load connection: No such file or directory`;
  if ((file.mode & 0o077) !== 0)
    return `keyfile: load: "${path}": failed to load connection: File permissions (${(file.mode | 0o100000).toString(8)}) are insecure`;
  const values = new Map(sections(file.content).flatMap((s) => s.entries.map(([k, v]): [string, string] => [`${s.name}.${k}`, v])));
  const id = values.get('connection.id') ?? path.slice(FOLDER.length).replace(/\.nmconnection$/, '');
  if (values.get('connection.type') === undefined)
    return `keyfile: load: "${path}": failed to load connection: invalid connection: connection.type: property is missing`;
  return { path, id, values };
}

/** The service's memory: loaded connections by id. */
export class NetworkManager {
  private loaded = new Map<string, Connection>();
  private activations = 1;

  constructor(private readonly m: Machine) {}

  /** At boot: every keyfile that is secure, then those with autoconnect. Returns log lines. */
  boot(): string[] {
    this.loaded.clear();
    this.activations = 1;
    const log = this.reload();
    for (const c of this.loaded.values()) {
      if (c.values.get('connection.autoconnect') === 'false') continue;
      const wrong = this.activate(c);
      if (wrong !== undefined) log.push(`device (${c.id}): Activation: failed for connection '${c.id}': ${wrong}`);
    }
    return said('NetworkManager', log.join('\n'));
  }

  private reload(): string[] {
    const log: string[] = [];
    this.loaded.clear();
    for (const path of this.m.files.paths().filter((p) => p.startsWith(FOLDER) && p.endsWith('.nmconnection'))) {
      const got = read(this.m, path);
      if (typeof got === 'string') log.push(got);
      else this.loaded.set(got.id, got);
    }
    return log;
  }

  private activate(c: Connection): string | undefined {
    const { kernel } = this.m;
    const name = c.values.get('connection.interface-name') ?? c.id;
    const tunnel = c.values.get('connection.type') === 'ip-tunnel';
    if (tunnel && kernel.find(name) === undefined) {
      const wrong = this.createTunnel(c, name);
      if (wrong !== undefined) return wrong;
    }
    const device = kernel.find(name);
    if (device === undefined) return `No suitable device found for this connection (device ${name} not available).`;
    const mtu = Number(c.values.get('ip-tunnel.mtu') ?? c.values.get('ethernet.mtu') ?? 0);
    if (mtu > 0) kernel.setMtu(device, mtu);
    kernel.setUp(device, true);
    for (const [key, value] of c.values) {
      const [cidr = '', gateway] = value.split(',');
      const parsed = /^ipv4\.address(es)?\d*$/.test(key) ? parsePrefix(cidr) : undefined;
      if (parsed === undefined) continue;
      kernel.addAddress(device, parsed.address, undefined, parsed.length);
      const via = gateway ?? c.values.get('ipv4.gateway');
      if (via !== undefined && isAddress(via))
        kernel.routes.add({ dest: '0.0.0.0', prefix: 0, interface: name, gateway: via, proto: 'static', metric: 100 }, true);
    }
    this.activations += 1;
    return undefined;
  }

  private createTunnel(c: Connection, name: string): string | undefined {
    const get = (key: string): string => c.values.get(`ip-tunnel.${key}`) ?? '';
    if (get('mode') !== '2' && get('mode') !== 'gre') return 'ip-tunnel.mode: this host simulates mode 2 (gre) only';
    if (!isAddress(get('remote'))) return 'ip-tunnel.remote: property is missing';
    const key = get('input-key');
    const gre = { local: get('local'), remote: get('remote'), ttl: Number(get('ttl') || 0), ...(key === '' ? {} : { key: Number(key) }) };
    return this.m.kernel.addGre(name, gre);
  }

  /** `nmcli`: `-t -f RUNNING general`, connection load, reload, up, down, delete, show. */
  run(words: readonly string[]): CommandResult {
    const plain = words.filter((w, at) => !w.startsWith('-') && !['-f', '--fields', '-g', '-w', '-m'].includes(words[at - 1] ?? ''));
    const [object = 'general', verb = 'show', ...rest] = plain;
    if ('general'.startsWith(object)) return ok(words.includes('-t') || words.includes('-g') ? 'running\n' : 'RUNNING \nrunning \n');
    if (!'connection'.startsWith(object)) return fail(2, `Error: argument '${object}' not understood. Try passing --help instead.`);
    if (verb === 'reload') {
      this.reload();
      return ok();
    }
    if (verb === 'load') return this.load(rest);
    if (verb === 'show') return this.show(rest, words.includes('-t'));
    const id = rest.filter((w) => w !== 'id')[0] ?? '';
    const found = this.loaded.get(id);
    if (found === undefined) {
      const more = verb === 'delete' ? `\nError: cannot delete unknown connection(s): '${id}'.` : '';
      return fail(10, `Error: unknown connection '${id}'.${more}`);
    }
    return this.act(verb, found);
  }

  private load(paths: readonly string[]): CommandResult {
    let stderr = '';
    for (const path of paths) {
      const got = read(this.m, path);
      if (typeof got === 'string') stderr += `Could not load file '${path}'\n`;
      else this.loaded.set(got.id, got);
    }
    return { exit: 0, stdout: '', stderr };
  }

  private show(rest: readonly string[], terse: boolean): CommandResult {
    const id = rest.filter((w) => w !== 'id' && w !== '--active')[0];
    if (id !== undefined && !this.loaded.has(id)) return fail(10, `Error: ${id} - no such connection profile.`);
    const rows = [...this.loaded.values()].filter((c) => id === undefined || c.id === id);
    if (id !== undefined)
      return ok(rows.flatMap((c) => [...c.values].map(([k, v]) => (terse ? `${k}:${v}\n` : `${`${k}:`.padEnd(40)}${v}\n`))).join(''));
    const device = (c: Connection): string => c.values.get('connection.interface-name') ?? '--';
    return ok(
      rows
        .map((c) =>
          terse ? `${c.id}::${c.values.get('connection.type')}:${device(c)}\n` : `${c.id}  ${c.values.get('connection.type')}  ${device(c)}\n`,
        )
        .join(''),
    );
  }

  private act(verb: string, c: Connection): CommandResult {
    const device = this.m.kernel.find(c.values.get('connection.interface-name') ?? c.id);
    if (verb === 'up') {
      const wrong = this.activate(c);
      if (wrong !== undefined) return fail(4, `Error: Connection activation failed: ${wrong}`);
      return ok(`Connection successfully activated (D-Bus active path: /org/freedesktop/NetworkManager/ActiveConnection/${this.activations})\n`);
    }
    if (verb !== 'down' && verb !== 'delete') return fail(2, `Error: argument '${verb}' not understood. Try passing --help instead.`);
    if (device !== undefined && c.values.get('connection.type') === 'ip-tunnel') this.m.kernel.remove(device);
    if (verb === 'down')
      return ok(
        `Connection '${c.id}' successfully deactivated (D-Bus active path: /org/freedesktop/NetworkManager/ActiveConnection/${this.activations})\n`,
      );
    this.m.files.remove(c.path);
    this.loaded.delete(c.id);
    return ok(`Connection '${c.id}' (00000000-0000-4000-8000-000000000000) successfully deleted.\n`);
  }
}
