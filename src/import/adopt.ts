/**
 * From a tunnel that stands to a link of the inventory.
 *
 * In: what was seen on one end or on both, the inventory. Out: what does not fit, what was noticed, and the YAML of the link. Pure: nothing is written here.
 */
import { ProvisionError } from '../errors/error.js';
import type { Host, HostAddress, Inventory } from '../model/inventory.js';
import type { Seen } from './seen.js';

/** One thing that the two ends, or an end and the inventory, say differently. */
export interface Unlike {
  readonly what: string;
  readonly here: string;
  readonly there: string;
  /** No link can be written before that is mended. */
  readonly hard: boolean;
}

export interface Draft {
  readonly name: string;
  readonly yaml: string;
  readonly unlike: readonly Unlike[];
  readonly notes: readonly string[];
}

export interface DraftInput {
  readonly inventory: Inventory;
  readonly near: Seen;
  /** The other end; absent where it was not read. */
  readonly far?: Seen;
  readonly peer: string;
  /** The interface of the other end, where it was not read. */
  readonly peerInterface: string;
  readonly name?: string;
}

const USUAL_TTL = 64;

const addressOf = (address: HostAddress | undefined, side: 'inside' | 'outside'): string | undefined => {
  if (address?.kind === 'static') return address.address;
  return address?.kind === 'nat' ? address[side] : address?.present;
};

/** The host that the world knows by an address. @throws {ProvisionError} NAME_UNKNOWN where it is none, or more than one. */
export function hostAt(inventory: Inventory, address: string, self: string): string {
  const found = [...inventory.hosts.values()].filter((h) => h.name !== self && addressOf(h.address, 'outside') === address);
  const [first] = found;
  if (first !== undefined && found.length === 1) return first.name;
  throw new ProvisionError(
    'NAME_UNKNOWN',
    first === undefined ? `The other end, ${address}, is no host of the inventory.` : `Several hosts of the inventory have the address ${address}.`,
    {
      ...(first === undefined ? {} : { why: found.map((h) => h.name).join(', ') }),
      state: 'Nothing was written and nothing was changed.',
      next: first === undefined ? 'Name it with --peer NAME; it is written as a host with that address.' : 'Say which one with --peer NAME.',
    },
  );
}

const quoted = (pair: { readonly local: string; readonly remote: string }): string => `${pair.local} -> ${pair.remote}`;

function againstInventory(host: Host | undefined, address: string, side: 'inside' | 'outside'): Unlike[] {
  if (host === undefined) return [];
  const known = addressOf(host.address, side);
  if (known === address || (known === undefined && host.address?.kind === 'dynamic')) return [];
  return [{ what: `address of ${host.name}`, here: `tunnel: ${address}`, there: `inventory: ${known ?? 'none'}`, hard: true }];
}

/** What the far end should say, from what the near one says. Behind a gateway an end has another address than the world sees. */
function mirror(inventory: Inventory, near: Seen, far: Seen): Unlike[] {
  const inside = (name: string, seen: string): string => {
    const address = inventory.hosts.get(name)?.address;
    return address?.kind === 'nat' && address.outside === seen ? address.inside : seen;
  };
  const outside = (name: string, own: string): string => {
    const address = inventory.hosts.get(name)?.address;
    return address?.kind === 'nat' && address.inside === own ? address.outside : own;
  };
  const wanted = { local: inside(far.host, near.outer.remote), remote: outside(near.host, near.outer.local) };
  const unlike: Unlike[] = [];
  const tell = (what: string, here: string, there: string, hard: boolean): void => {
    if (here !== there) unlike.push({ what, here, there, hard });
  };
  if (far.outer.local !== wanted.local || far.outer.remote !== wanted.remote) tell('outer', quoted(near.outer), quoted(far.outer), true);
  if (far.inner.local !== near.inner.peer || far.inner.peer !== near.inner.local) {
    tell('inner', `${near.inner.local} -> ${near.inner.peer}`, `${far.inner.local} -> ${far.inner.peer}`, true);
  }
  tell('mtu', String(near.mtu), String(far.mtu), false);
  if (near.ttl !== undefined && far.ttl !== undefined) tell('ttl', near.ttl, far.ttl, false);
  return unlike;
}

function notesOf(ends: readonly Seen[]): string[] {
  return ends.flatMap(({ host, interface: name, ttl, prefix, up, subnet }) => {
    const told: string[] = [];
    if (!up) told.push(`${name} on ${host} is down.`);
    if (ttl !== undefined && !/^\d+$/.test(ttl)) {
      told.push(
        `${name} on ${host} copies the inner TTL to the outer packet (ttl ${ttl}): OSPF hellos die at the first hop. The plan sets ${USUAL_TTL}.`,
      );
    }
    const bits = Number(subnet.split('/')[1]);
    if (prefix !== undefined && prefix !== bits && prefix !== 32)
      told.push(`${name} on ${host} has its inner address with /${prefix}; the link is written with /${bits}.`);
    return told;
  });
}

function takenBy(inventory: Inventory, near: Seen): string | undefined {
  return [...inventory.links.values()].find((l) => l.ends.some((e) => e.host === near.host && e.interface === near.interface))?.name;
}

/** The name of the new link. @throws {ProvisionError} where the interface or the name belongs to a link already. */
function nameFor({ inventory, near, peer, name }: DraftInput): string {
  const nothing = { state: 'Nothing was written and nothing was changed.' };
  const owner = takenBy(inventory, near);
  if (owner !== undefined) {
    throw new ProvisionError('ADOPT_DIFFERS', `${near.interface} on ${near.host} is an end of the link ${owner} already.`, {
      host: near.host,
      ...nothing,
      next: `Look at it with: provision plan ${owner}`,
    });
  }
  const wanted = name ?? `${near.host}-${peer}`;
  if (!inventory.links.has(wanted)) return wanted;
  throw new ProvisionError('ADOPT_DIFFERS', `There is a link ${wanted} in the inventory already.`, {
    ...nothing,
    next: 'Give another name with --name LINK.',
  });
}

function yamlOf(input: DraftInput, name: string): string {
  const { inventory, near, far, peer } = input;
  const ends = far === undefined ? [near] : [near, far];
  const ttl = ends.map((e) => e.ttl).find((t) => t !== undefined && /^\d+$/.test(t));
  const mtu = Math.min(...ends.map((e) => e.mtu));
  const other = far?.interface ?? input.peerInterface;
  const lines = [
    `# Read from ${near.interface} on ${near.host}${far === undefined ? '' : ` and ${far.interface} on ${far.host}`} by provision adopt.`,
    ...(inventory.hosts.has(peer) ? [] : ['hosts:', `  ${peer}:`, `    address: ${near.outer.remote}`]),
    'links:',
    `  ${name}:`,
    '    kind: gre',
    ...(ends.some((e) => e.encap === 'udp') ? ['    encap: udp'] : []),
    `    subnet: ${near.subnet}`,
    `    mtu: ${mtu}`,
    ...(ttl === undefined || Number(ttl) === USUAL_TTL ? [] : [`    ttl: ${ttl}`]),
    ...(ends.some((e) => e.multicast === false) ? ['    multicast: false # as it is: an end does not carry OSPF hellos'] : []),
    '    ends:',
    `      ${near.host}: { inner: ${near.inner.local}, interface: ${near.interface} }`,
    `      ${peer}: { inner: ${near.inner.peer}, interface: ${other} }${far === undefined ? ' # not read; the name of the interface is a guess' : ''}`,
  ];
  return `${lines.join('\n')}\n`;
}

/** @throws {ProvisionError} ADOPT_DIFFERS where no link can be written. */
export function draftLink(input: DraftInput): Draft {
  const { inventory, near, far, peer } = input;
  const name = nameFor(input);
  const unlike = [
    ...againstInventory(inventory.hosts.get(near.host), near.outer.local, 'inside'),
    ...againstInventory(inventory.hosts.get(peer), near.outer.remote, 'outside'),
    ...(far === undefined ? [] : mirror(inventory, near, far)),
  ];
  const hard = unlike.filter((u) => u.hard);
  if (hard.length > 0) {
    throw new ProvisionError('ADOPT_DIFFERS', `${near.interface} on ${near.host} cannot be written as a link to ${peer}.`, {
      host: near.host,
      why: hard.map((u) => `${u.what}: ${u.here} | ${u.there}`).join('; '),
      state: 'Nothing was written and nothing was changed.',
      next: 'Mend the inventory or the end that is wrong, then adopt again.',
    });
  }
  return { name, yaml: yamlOf(input, name), unlike, notes: notesOf(far === undefined ? [near] : [near, far]) };
}
