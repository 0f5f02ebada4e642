/** What ifconfig prints of an interface, by release (os-facts.md 5.3). The tunnel line is the last one, but for the `physical address` of 4.x. */
import { broadcastOf, hexMask } from '../freebsd/net.js';
import type { Interface, InterfaceAddress } from '../stack.js';
import { type GreUnit, isSet, type Machine } from './state.js';

const BITS: readonly (readonly [number, string])[] = [
  [0x1, 'UP'],
  [0x2, 'BROADCAST'],
  [0x8, 'LOOPBACK'],
  [0x10, 'POINTOPOINT'],
  [0x40, 'RUNNING'],
  [0x800, 'SIMPLEX'],
  [0x1000, 'LINK0'],
  [0x8000, 'MULTICAST'],
];

function flagsOf(m: Machine, on: Interface): number {
  const unit = m.gre.get(on.name);
  const recent = m.release.driver === 'early-2018' || m.release.driver === 'current';
  // The old drivers never set RUNNING.
  const runs = on.up && (unit === undefined || recent) ? 0x40 : 0;
  const base = (on.up ? 1 : 0) | runs | 0x8000;
  if (on.kind === 'loopback') return base | 0x8;
  return unit === undefined ? base | 0x802 : base | 0x10 | (unit.link0 ? 0x1000 : 0);
}

function inetLine(m: Machine, on: Interface, a: InterfaceAddress): string {
  const to = a.peer === undefined ? '' : ` --> ${a.peer}`;
  const broadcast = on.kind === 'physical' ? `broadcast ${broadcastOf(a.local, a.prefix)}` : '';
  const tail = m.release.driver === 'static' ? ` ${broadcast}` : broadcast && ` ${broadcast}`;
  return `\tinet ${a.local}${to} netmask ${hexMask(a.prefix)}${tail}\n`;
}

function middle(m: Machine, on: Interface): string {
  const { driver } = m.release;
  const unit = m.gre.get(on.name);
  const hardware = on.kind === 'physical' ? '\tmedia: Ethernet autoselect (1000baseT full-duplex)\n\tstatus: active\n' : '';
  if (driver === 'static') return hardware;
  const description = m.descriptions.get(on.name);
  let out = on.kind === 'physical' ? '\tlladdr 00:0d:b9:11:22:33\n' : '';
  if (description !== undefined) out += `\tdescription: ${description}\n`;
  const index = m.index.get(on.name) ?? 1;
  out += driver === 'link0' ? '\tpriority: 0\n' : `\tindex ${index} priority 0 llprio ${unit === undefined ? 3 : 6}\n`;
  if (unit !== undefined && driver !== 'link0') {
    const more = driver === 'current' ? ' txprio payload rxprio packet' : '';
    out += `\tencap: vnetid ${unit.key ?? 'none'}${more}\n`;
  }
  out += `\tgroups: ${on.kind === 'physical' ? 'egress' : on.kind === 'loopback' ? 'lo' : 'gre'}\n`;
  if (unit !== undefined && driver === 'link0' && isSet(unit)) out += `\tphysical address inet ${unit.local} --> ${unit.remote}\n`;
  return out + hardware;
}

function tunnelLine(m: Machine, unit: GreUnit): string {
  const arrow = m.release.driver === 'current' ? '-->' : '->';
  const pair = isSet(unit) ? `inet ${unit.local} ${arrow} ${unit.remote}` : '(unset)';
  const ecn = m.release.driver === 'current' ? ' ecn' : '';
  return `\ttunnel: ${pair} ttl ${unit.ttl === 'inherit' ? 'copy' : unit.ttl} ${unit.df ? 'df' : 'nodf'}${ecn}\n`;
}

/** The whole of `ifconfig NAME`. */
export function showInterface(m: Machine, on: Interface): string {
  const flags = flagsOf(m, on);
  const names = BITS.filter(([bit]) => (flags & bit) !== 0).map(([, name]) => name);
  let out = `${on.name}: flags=${flags.toString(16)}<${names.join(',')}> mtu ${on.mtu}\n${middle(m, on)}`;
  out += on.addresses.map((a) => inetLine(m, on, a)).join('');
  const unit = m.gre.get(on.name);
  const recent = m.release.driver === 'early-2018' || m.release.driver === 'current';
  return unit !== undefined && recent ? out + tunnelLine(m, unit) : out;
}
