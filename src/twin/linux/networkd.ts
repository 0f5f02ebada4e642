/**
 * systemd-networkd 252 on a simulated Linux: .netdev and .network files, `networkctl`.
 *
 * In: files of /etc/systemd/network, and those that netplan wrote to /run. Out: devices and addresses, and the lines the service logs.
 * A tunnel that is not Independent and that no .network names with Tunnel= is never made. A device that stands is never changed by a reload.
 */
import type { CommandResult } from '../system.js';
import type { Device, Gre } from './device.js';
import { type Machine, said } from './machine.js';
import { fail, isAddress, ok, parsePrefix } from './result.js';

type Section = { readonly name: string; readonly entries: readonly (readonly [string, string])[] };

/** Sections of an ini file in order; comments with # and ;. */
export function sections(text: string): Section[] {
  const found: { name: string; entries: [string, string][] }[] = [];
  for (const raw of text.split('\n')) {
    const line = raw.trim();
    if (line === '' || /^[#;]/.test(line)) continue;
    const name = /^\[(.+)\]$/.exec(line)?.[1];
    const at = line.indexOf('=');
    if (name !== undefined) found.push({ name, entries: [] });
    else if (at > 0) found.at(-1)?.entries.push([line.slice(0, at).trim(), line.slice(at + 1).trim()]);
  }
  return found;
}

const all = (list: readonly Section[], section: string, key: string): string[] =>
  list.filter((s) => s.name === section).flatMap((s) => s.entries.filter(([k]) => k === key).map(([, v]) => v));
const last = (list: readonly Section[], section: string, key: string): string | undefined => all(list, section, key).at(-1);
const yes = (value: string | undefined): boolean => ['yes', 'true', '1', 'on'].includes((value ?? '').toLowerCase());

interface Unit {
  readonly path: string;
  readonly sections: readonly Section[];
}

/** Unit files of one kind. /etc shadows /run; what user systemd-network may not read is not seen. */
function unitFiles(m: Machine, suffix: string, log: string[]): Unit[] {
  const byName = new Map<string, Unit>();
  for (const folder of ['/run/systemd/network/', '/etc/systemd/network/']) {
    for (const path of m.files.paths().filter((p) => p.startsWith(folder) && p.endsWith(suffix))) {
      if (((m.files.get(path)?.mode ?? 0) & 0o004) === 0 && folder.startsWith('/etc')) {
        log.push(`${path}: Failed to open file: Permission denied`);
        continue;
      }
      byName.set(path.slice(folder.length), { path, sections: sections(m.files.read(path) ?? '') });
    }
  }
  return [...byName].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, unit]) => unit);
}

function greOf(unit: Unit): Gre | string {
  const get = (key: string): string | undefined => last(unit.sections, 'Tunnel', key);
  const local = get('Local') ?? 'any';
  const remote = get('Remote') ?? 'any';
  for (const [key, value] of [
    ['Local', local],
    ['Remote', remote],
  ] as const)
    if (value !== 'any' && !isAddress(value)) return `${unit.path}: Tunnel address "${value}" invalid, ignoring assignment: ${key}`;
  if (remote === 'any' && local === 'any') return `${unit.path}: gre tunnel without a local/remote IPv4 address configured. Ignoring`;
  const ttl = Number(get('TTL') ?? 0);
  const key = get('Key');
  const port = (name: string): number => Number(get(name) ?? 0);
  const fou = yes(get('FooOverUDP')) ? { fou: { source: port('FOUSourcePort'), destination: port('FOUDestinationPort') } } : {};
  const plain = {
    local: local === 'any' ? '' : local,
    remote: remote === 'any' ? '' : remote,
    ttl: Number.isInteger(ttl) && ttl <= 255 ? ttl : 0,
    ...fou,
  };
  return key === undefined ? plain : { ...plain, key: Number(key) };
}

/** [FooOverUDP] of systemd.netdev(5): a port and no device. */
function receive(m: Machine, unit: Unit, log: string[]): void {
  const port = Number(last(unit.sections, 'FooOverUDP', 'Port') ?? 0);
  if (port === 0) log.push(`${unit.path}: FooOverUDP protocol not specified in ${unit.path}. Rejecting configuration.`);
  else if (!['47', 'gre'].includes(last(unit.sections, 'FooOverUDP', 'Protocol') ?? ''))
    log.push(`${unit.path}: this host simulates GRE in UDP only`);
  else {
    // The generic netlink family is loaded when it is asked for.
    m.kernel.modules.fouReady = m.kernel.modules.driver !== 'missing';
    m.kernel.fouPorts.add(port);
  }
}

function netdevs(m: Machine, log: string[]): void {
  const wanted = new Set(unitFiles(m, '.network', []).flatMap((u) => all(u.sections, 'Network', 'Tunnel')));
  for (const unit of unitFiles(m, '.netdev', log)) {
    const name = last(unit.sections, 'NetDev', 'Name');
    if (name === undefined) {
      log.push(`${unit.path}: NetDev without Name= configured. Ignoring`);
      continue;
    }
    if (last(unit.sections, 'NetDev', 'Kind') === 'fou') {
      receive(m, unit, log);
      continue;
    }
    if (last(unit.sections, 'NetDev', 'Kind') !== 'gre') {
      log.push(`${unit.path}: NetDev has no kind or a kind this host does not simulate. Ignoring`);
      continue;
    }
    if (!(yes(last(unit.sections, 'Tunnel', 'Independent')) || wanted.has(name)) || m.kernel.find(name) !== undefined) continue;
    const gre = greOf(unit);
    const mtu = last(unit.sections, 'NetDev', 'MTUBytes');
    const refused = typeof gre === 'string' ? gre : m.kernel.addGre(name, gre, mtu === undefined ? undefined : Number(mtu));
    if (refused !== undefined) log.push(typeof gre === 'string' ? gre : `${name}: netdev could not be created: ${refused.replace(/^.*: /, '')}`);
  }
}

/** The [Network] and [Address] addresses of a unit. A peer's prefix length wins, as in ip-address. */
function addresses(unit: Unit): { local: string; peer?: string; prefix: number }[] {
  const plain = all(unit.sections, 'Network', 'Address').map((text) => ({ text, peer: undefined as string | undefined }));
  const own = unit.sections
    .filter((s) => s.name === 'Address')
    .map((s) => ({ text: s.entries.find(([k]) => k === 'Address')?.[1] ?? '', peer: s.entries.find(([k]) => k === 'Peer')?.[1] }));
  return [...plain, ...own].flatMap(({ text, peer }) => {
    const local = parsePrefix(text);
    const far = peer === undefined ? undefined : parsePrefix(peer);
    if (local === undefined || (peer !== undefined && far === undefined)) return [];
    const prefix = local.explicit ? local.length : far?.explicit ? far.length : 32;
    return [{ local: local.address, prefix, ...(far === undefined ? {} : { peer: far.address }) }];
  });
}

/** The .network files of each host as networkd has read them, at boot or by a reload. */
const loaded = new WeakMap<Machine, readonly Unit[]>();

function configure(m: Machine, units: readonly Unit[], devices: readonly Device[], log: string[]): void {
  for (const device of devices.filter((d) => d.type !== 'loopback')) {
    const unit = units.find((u) => all(u.sections, 'Match', 'Name').some((names) => names.split(/\s+/).includes(device.name)));
    if (unit === undefined) continue;
    const mtu = last(unit.sections, 'Link', 'MTUBytes');
    if (mtu !== undefined && m.kernel.setMtu(device, Number(mtu)) !== undefined) log.push(`${device.name}: Could not set MTU: Invalid argument`);
    const multicast = last(unit.sections, 'Link', 'Multicast');
    if (multicast !== undefined) device.multicast = yes(multicast);
    m.kernel.setUp(device, true);
    for (const a of addresses(unit)) m.kernel.addAddress(device, a.local, a.peer, a.prefix);
    for (const gateway of all(unit.sections, 'Network', 'Gateway'))
      m.kernel.routes.add({ dest: '0.0.0.0', prefix: 0, interface: device.name, gateway, proto: 'static' }, true);
  }
}

/** Makes what is missing and sets addresses; returns log lines. */
export function applyNetworkd(m: Machine): string[] {
  const log: string[] = [];
  netdevs(m, log);
  const units = unitFiles(m, '.network', log);
  loaded.set(m, units);
  configure(m, units, m.kernel.devices, log);
  return said('systemd-networkd', log.join('\n'));
}

/**
 * A device that appears is configured by what was read before, whoever made it, and also where those files are gone by now (seen in the lab: after a boot with
 * our files and an `unlink`, the next `ip link add` was given its address before we could).
 */
export function networkdSees(m: Machine, appeared: readonly Device[]): void {
  if (appeared.length > 0) configure(m, loaded.get(m) ?? [], appeared, []);
}

/** `networkctl`: reload, reconfigure, delete, list, status. */
export function networkctl(m: Machine, words: readonly string[]): CommandResult {
  const [verb = 'list', name] = words.filter((w) => !w.startsWith('-'));
  const device = name === undefined ? undefined : m.kernel.find(name);
  if (verb === 'reload' || verb === 'reconfigure') {
    applyNetworkd(m);
    return ok();
  }
  if (verb === 'delete') {
    if (device === undefined) return fail(1, `Failed to resolve interface ${name ?? ''}: No such device`);
    const refused = m.kernel.remove(device);
    return refused === undefined ? ok() : fail(1, `Failed to delete interface ${device.name}: Operation not supported`);
  }
  if (verb === 'status' && name !== undefined && device === undefined) return fail(1, `Interface "${name}" not found.`);
  if (verb === 'list' || verb === 'status') {
    const rows = m.kernel.devices
      .filter((d) => device === undefined || d === device)
      .map((d) => {
        const managed = unitFiles(m, '.network', []).some((u) => all(u.sections, 'Match', 'Name').includes(d.name));
        const oper = d.type === 'loopback' ? 'carrier' : d.net.addresses.length > 0 && d.net.up ? 'routable' : d.net.up ? 'carrier' : 'off';
        return `${String(d.index).padStart(3)} ${d.name.padEnd(7)} ${d.type.padEnd(8)} ${oper.padEnd(11)} ${managed ? 'configured' : 'unmanaged'}\n`;
      });
    return ok(`IDX LINK    TYPE     OPERATIONAL SETUP\n${rows.join('')}\n${rows.length} links listed.\n`);
  }
  return fail(1, `Unknown command verb ${verb}.`);
}
