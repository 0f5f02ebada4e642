/** What ifconfig prints of an interface, by release (os-facts.md 1, 2.4). Lines after the first begin with one tab. */
import type { Interface, InterfaceAddress } from '../stack.js';
import { broadcastOf, hexMask } from './net.js';
import { type Machine, running } from './state.js';

const BITS: readonly (readonly [number, string])[] = [
  [0x1, 'UP'],
  [0x2, 'BROADCAST'],
  [0x8, 'LOOPBACK'],
  [0x10, 'POINTOPOINT'],
  [0x40, 'RUNNING'],
  [0x800, 'SIMPLEX'],
  [0x1000, 'LINK0'],
  [0x8000, 'MULTICAST'],
  [0x1000000, 'LOWER_UP'],
];

function flagsOf(m: Machine, on: Interface): number {
  const up = on.up ? 0x1 : 0;
  const unit = m.gre.get(on.name);
  const runs = unit === undefined ? on.up : running(m, unit);
  const carrier = m.release.major >= 14 && runs ? 0x1000000 : 0;
  const base = up | (runs ? 0x40 : 0) | 0x8000 | carrier;
  if (on.kind === 'loopback') return base | 0x8;
  return unit === undefined ? base | 0x802 : base | 0x10 | (unit.link0 ? 0x1000 : 0);
}

/** The first 4.x to 10 print a blank after the mask. */
function inetLine(m: Machine, on: Interface, a: InterfaceAddress): string {
  const to = a.peer === undefined ? '' : ` --> ${a.peer}`;
  const broadcast = on.kind === 'physical' ? `broadcast ${broadcastOf(a.local, a.prefix)}` : '';
  const tail = m.release.major < 11 ? ` ${broadcast}` : broadcast && ` ${broadcast}`;
  return `\tinet ${a.local}${to} netmask ${hexMask(a.prefix)}${tail}\n`;
}

function linkLines(on: Interface): string {
  if (on.kind !== 'physical') return '';
  return `\tether 00:02:b3:${[0x11, 0x22, 0x33].map((b) => b.toString(16)).join(':')}\n`;
}

function optionLines(m: Machine, on: Interface): string {
  let out = '';
  const description = m.descriptions.get(on.name);
  if (description !== undefined) out += `\tdescription: ${description}\n`;
  if (on.kind === 'tunnel' && m.release.groups) out += '\toptions=80000<LINKSTATE>\n';
  return out;
}

function tailLines(m: Machine, on: Interface): string {
  if (on.kind === 'physical') return '\tmedia: Ethernet autoselect (1000baseT <full-duplex>)\n\tstatus: active\n';
  const group = on.kind === 'loopback' ? 'lo' : 'gre';
  let out = m.release.groups ? `\tgroups: ${group}\n\tnd6 options=29<PERFORMNUD,IFDISABLED,AUTO_LINKLOCAL>\n` : '';
  const key = m.gre.get(on.name)?.key;
  if (key !== undefined) out += m.release.driver === 'rewritten' ? `\tgrekey: 0x${key.toString(16)} (${key})\n` : `\tgrekey: ${key}\n`;
  // sbin/ifconfig/ifgre.c: the options after the key.
  if (m.gre.get(on.name)?.udp === true) out += '\toptions=4<UDPENCAP>\n';
  return out;
}

/** The whole of `ifconfig NAME`. */
export function showInterface(m: Machine, on: Interface): string {
  const flags = flagsOf(m, on);
  const names = BITS.filter(([bit]) => (flags & bit) !== 0).map(([, name]) => name);
  const metric = m.release.major >= 6 ? ' metric 0' : '';
  let out = `${on.name}: flags=${flags.toString(16)}<${names.join(',')}>${metric} mtu ${on.mtu}\n${optionLines(m, on)}`;
  if (m.release.major >= 8) out += linkLines(on);
  const unit = m.gre.get(on.name);
  if (unit !== undefined && unit.local !== '') out += `\ttunnel inet ${unit.local} --> ${unit.remote}\n`;
  out += on.addresses.map((a) => inetLine(m, on, a)).join('');
  if (m.release.major < 8) out += linkLines(on);
  return out + tailLines(m, on);
}
