/** What `ifconfig` prints of an interface, in the layout of each release (os-facts 3.3, 4.3, 16.10; netbsd-transcripts "Layout"). */
import { toNumber } from '../interface.js';
import { isRunning } from './gre.js';
import { type Inet, KernelPanic, type NetBsdState, type NetIf, prefixOf, toAddress } from './state.js';

const hex = (n: number): string => `0x${n.toString(16)}`;

const plural = (n: number, word: string): string => `${n} ${word}${n === 1 ? '' : 's'}`;

function flags(state: NetBsdState, item: NetIf): string {
  const tunnel = item.kind === 'gre' || item.kind === 'gif' || item.kind === 'other';
  const ether = item.kind === 'ethernet';
  const bits: [boolean, number, string][] = [
    [item.iface.up, 0x1, 'UP'],
    [ether, 0x2, 'BROADCAST'],
    [item.debug, 0x4, 'DEBUG'],
    [item.kind === 'loopback', 0x8, 'LOOPBACK'],
    [tunnel, 0x10, 'POINTOPOINT'],
    [isRunning(state, item), 0x40, 'RUNNING'],
    [item.noArp, 0x80, 'NOARP'],
    [ether, 0x800, 'SIMPLEX'],
    [item.link[0], 0x1000, 'LINK0'],
    [item.link[1], 0x2000, 'LINK1'],
    [item.link[2], 0x4000, 'LINK2'],
    [true, 0x8000, 'MULTICAST'],
  ];
  const set = bits.filter(([on]) => on);
  const value = set.reduce((sum, [, bit]) => sum + bit, 0);
  return `${state.release.flagsPrefix}${value.toString(16)}<${set.map(([, , name]) => name).join(',')}>`;
}

/** A link-local address that differs from host to host and stays the same over runs. */
function linkLocal(state: NetBsdState): string {
  const seed = [...state.stack.host].reduce((n, c) => (n * 31 + c.charCodeAt(0)) % 65521, 7);
  return `fe80::${(seed + 4096).toString(16)}:2ff:fe${(seed % 200) + 16}:${((seed * 7) % 50000).toString(16)}`;
}

function inetLine(state: NetBsdState, item: NetIf, inet: Inet, first: boolean): string {
  const { inner } = state.release;
  const point = item.kind !== 'ethernet' && item.kind !== 'loopback';
  const broadcast =
    item.kind === 'ethernet' ? ` broadcast ${toAddress(Number((BigInt(toNumber(inet.local)) | (~BigInt(inet.mask) & 0xffffffffn)).toString()))}` : '';
  if (inner === 'cidr')
    return `\tinet ${inet.local}/${prefixOf(inet.mask)}${point ? ` -> ${inet.peer ?? ''}` : broadcast} flags ${item.detached ? '0x8<DETACHED>' : '0x0'}\n`;
  const mask = `netmask ${hex(inet.mask)}`;
  if (inner === 'old') return `\tinet ${inet.local} ${point ? `--> ${inet.peer ?? ''} ` : ''}${mask}${broadcast || ' '}\n`;
  const far = point ? ` -> ${inet.peer ?? ''}` : '';
  return `\tinet ${first ? '' : 'alias '}${inet.local}${far} ${mask}${broadcast}${item.detached ? ' detached' : ''}\n`;
}

function inet6Lines(state: NetBsdState, item: NetIf): string {
  const { inner, rump } = state.release;
  if (inner === 'old' || !item.linkLocal || state.sysctls.get('net.inet6.ip6.auto_linklocal') === '0') return '';
  const scope = `scopeid 0x${item.index.toString(16)}`;
  if (item.kind === 'loopback') {
    if (inner === 'cidr') return `\tinet6 ::1/128 flags 0x20<NODAD>\n\tinet6 fe80::1%lo0/64 flags 0x0 ${scope}\n`;
    return `\tinet6 ::1 prefixlen 128\n\tinet6 fe80::1%lo0 prefixlen 64 ${scope}\n`;
  }
  if (item.kind === 'ethernet' && !rump) return '';
  const far = item.kind === 'ethernet' ? '' : ' -> ';
  if (inner === 'cidr') return `\tinet6 ${linkLocal(state)}%${item.name}/64${far} flags 0x0 ${scope}\n`;
  return `\tinet6 ${linkLocal(state)}%${item.name}${far} prefixlen 64${item.detached ? ' detached' : ''} ${scope}\n`;
}

function linkLines(state: NetBsdState, item: NetIf): string {
  if (item.kind !== 'ethernet') return '';
  const address = '\taddress: b2:a0:00:00:00:01\n';
  if (state.release.rump) return `${address}\tlinkstr: /run/bus\n`;
  return `${address}\tmedia: Ethernet autoselect\n\tstatus: active\n`;
}

function outerLine(item: NetIf): string {
  if (item.outer === undefined) return '';
  const { family, src, dst, srcPort, dstPort } = item.outer;
  const end = (address: string, port: string | undefined): string => (port === undefined ? address : `${address},${port}`);
  return `\ttunnel ${family} ${end(src, srcPort)} --> ${end(dst, dstPort)}\n`;
}

/**
 * The text of `ifconfig NAME`.
 * @throws {KernelPanic} when the kernel does not survive being asked for the addresses.
 */
export function showInterface(
  state: NetBsdState,
  item: NetIf,
  options: { readonly verbose?: boolean; readonly family?: 'inet' | 'inet6' } = {},
): string {
  const metric = item.metric === 0 ? '' : ` metric ${item.metric}`;
  const { counters } = item.iface;
  const errors = counters.outErrors + counters.outDropped;
  const failed = errors === 0 ? '' : `, ${plural(errors, 'error')}`;
  const head = `${item.name}: flags=${flags(state, item)}${metric} mtu ${item.iface.mtu}\n`;
  const outer = state.release.greconfig ? '' : outerLine(item);
  if (item.poisoned) throw new KernelPanic('uvm_fault in in_get_ia_from_ifp', head + outer);
  const counts = options.verbose
    ? `\tinput: ${plural(counters.inPackets, 'packet')}, ${plural(counters.inBytes, 'byte')}\n\toutput: ${plural(counters.outPackets, 'packet')}, ${plural(counters.outBytes, 'byte')}${failed}\n`
    : '';
  const inet = options.family === 'inet6' ? '' : item.inets.map((a, i) => inetLine(state, item, a, i === 0)).join('');
  const inet6 = options.family === 'inet' ? '' : inet6Lines(state, item);
  // The snapshot of 2016 prints inet6 first (recorded); other releases the other way round (os-facts 4.3).
  return head + linkLines(state, item) + outer + counts + (state.release.rump ? inet6 + inet : inet + inet6);
}
