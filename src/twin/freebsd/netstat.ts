/**
 * `netstat -n -I NAME` of the BSD families: one line for the interface itself with its packet counts, one for each IPv4 address.
 *
 * Layouts are read in usr.bin/netstat/if.c of each system (FreeBSD 5 and 10, NetBSD, OpenBSD of 2001 and later). Only this form is known here;
 * the counts of single addresses are those of the interface.
 */

import type { Interface } from '../stack.js';
import type { CommandResult } from '../system.js';
import { networkOf } from './net.js';
import { fail, ok } from './result.js';

export interface NetstatLayout {
  /** `<Link#3>` (FreeBSD) or `<Link>`. */
  readonly numbered: boolean;
  /** FreeBSD 8 and later: dropped input packets have a column. */
  readonly drops: boolean;
  /** Widths of name, network and address columns. */
  readonly widths: readonly [number, number, number];
  /** Heading of the last column and of the two error columns. */
  readonly titles: readonly [string, string, string];
}

function row(layout: NetstatLayout, on: Interface, network: string, address: string, link: boolean): string {
  const [name, net, host] = layout.widths;
  const { inPackets, outPackets, outErrors, outDropped } = on.counters;
  const shown = `${on.name}${on.up || layout.drops ? '' : '*'}`.slice(0, name).padEnd(name);
  const mtu = layout.numbered ? String(on.mtu).padStart(5) : String(on.mtu).padEnd(5);
  const quiet = link || !layout.numbered ? '0' : '-';
  const end = layout.numbered ? ' ' : '';
  const numbers = [String(inPackets).padStart(8), quiet.padStart(5)];
  if (layout.drops) numbers.push(quiet.padStart(5));
  const failed = link || !layout.numbered ? String(outErrors + outDropped) : quiet;
  numbers.push(String(outPackets).padStart(8), failed.padStart(5), quiet.padStart(5));
  return `${shown} ${mtu} ${network.slice(0, net).padEnd(net)} ${address.slice(0, host).padEnd(host)} ${numbers.join(' ')}${end}\n`;
}

function heading(layout: NetstatLayout): string {
  const [name, net, host] = layout.widths;
  const [inErrors, outErrors, collisions] = layout.titles;
  const mtu = layout.numbered ? '  Mtu' : 'Mtu  ';
  const numbers = ['Ipkts'.padStart(8), inErrors.padStart(5)];
  if (layout.drops) numbers.push('Idrop');
  numbers.push('Opkts'.padStart(8), outErrors.padStart(5), collisions.padStart(5));
  return `${'Name'.padEnd(name)} ${mtu} ${'Network'.padEnd(net)} ${'Address'.padEnd(host)} ${numbers.join(' ')}\n`;
}

/** @param index - The kernel's number of the interface, for `<Link#N>`. */
export function netstat(
  args: readonly string[],
  find: (name: string) => { readonly on: Interface; readonly index: number } | undefined,
  layout: NetstatLayout,
): CommandResult {
  const at = args.findIndex((a) => /^-[in]*I$/.test(a));
  const name = at < 0 ? undefined : args[at + 1];
  if (name === undefined || args.some((a, i) => i !== at && i !== at + 1 && !/^-[in]+$/.test(a))) return fail(1, 'usage: netstat -n -I interface\n');
  const found = find(name);
  if (found === undefined) return ok(heading(layout));
  const { on, index } = found;
  const rows = [row(layout, on, layout.numbered ? `<Link#${index}>` : '<Link>', '', true)];
  for (const a of on.addresses) {
    const bits = a.peer === undefined ? a.prefix : 32;
    const network = a.peer === undefined ? `${networkOf(a.local, bits)}/${bits}` : `${networkOf(a.local, a.prefix)}/${a.prefix}`;
    rows.push(row(layout, on, network, a.local, false));
  }
  return ok(heading(layout) + rows.join(''));
}
