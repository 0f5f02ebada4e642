/**
 * Tunnels of NetBox as links of ours.
 *
 * In: exports of tunnels, of tunnel terminations and, where there are, of IP addresses. Out: hosts and links: GRE with two ends, each with an outside
 * address. A link whose inner addresses the export does not have is written as a comment, to be completed. Everything else is named.
 */
import { outerForm } from '../inventory/address.js';
import { LeftOuts } from './left-out.js';
import type { Imported, ImportedEnd, ImportedHost, ImportedLink } from './model.js';
import { Names } from './names.js';
import { type BoxAddress, type BoxTermination, type BoxTunnel, type NetBox, readNetBox } from './netbox-read.js';
import { subnetOf } from './seen.js';
import type { SourceFile } from './source.js';

const GRE = /^gre$/i;
const bare = (address: string): string => address.split('/')[0] ?? '';

/** IPv4 addresses of the interface of a termination. */
function innerOf(end: BoxTermination, addresses: readonly BoxAddress[]): string[] {
  const own = addresses.filter((a) =>
    end.id !== undefined && a.id !== undefined ? a.id === end.id : a.host !== undefined && a.host === end.host && a.interface === end.interface,
  );
  return [...new Set([...end.addresses, ...own.map((a) => a.address)])].filter((a) => outerForm(bare(a)) === undefined);
}

/** The two inner addresses: the first pair of the two interfaces that is one of a /30 or /31. */
function innerPair(a: readonly string[], b: readonly string[]): { readonly subnet: string; readonly inner: readonly [string, string] } | undefined {
  for (const left of a.map(bare)) {
    for (const right of b.map(bare)) {
      const subnet = left === right ? undefined : subnetOf(left, right);
      if (subnet !== undefined) return { subnet, inner: [left, right] };
    }
  }
  return undefined;
}

interface Making {
  readonly box: NetBox;
  readonly out: LeftOuts;
  readonly names: Names;
  readonly hosts: Map<string, ImportedHost>;
  readonly byAddress: Map<string, string>;
}

/** Why a tunnel cannot be a link, or its two ends. */
function endsOf(tunnel: BoxTunnel, box: NetBox): readonly [BoxTermination, BoxTermination] | string {
  if (tunnel.encapsulation === undefined) return 'its encapsulation is not in the export';
  if (!GRE.test(tunnel.encapsulation)) return `encapsulation ${tunnel.encapsulation}; only gre is set up`;
  const ends = box.terminations.filter((t) => t.tunnel === tunnel.name);
  const [a, b] = ends;
  if (a === undefined || b === undefined || ends.length !== 2)
    return `it has ${ends.length} ${ends.length === 1 ? 'termination' : 'terminations'}; a link has two ends`;
  for (const end of ends) {
    if (end.host === undefined) return 'a termination names no device or virtual machine';
    if (end.outside === undefined) return `the termination on ${end.host} has no outside IP`;
    if (outerForm(bare(end.outside)) !== undefined) return `the outside IP ${end.outside} of ${end.host} is no IPv4 address of a host`;
  }
  return a.host === b.host ? 'both terminations are on one host' : [a, b];
}

/** The host of an end, made where it is new. A string says why it cannot be. */
function hostFor(end: BoxTermination, { names, hosts, byAddress }: Making): ImportedHost | string {
  const source = end.host ?? '';
  const address = bare(end.outside ?? '');
  const name = names.for(source);
  const known = hosts.get(name);
  if (known !== undefined)
    return known.address === address
      ? known
      : `${source} has the outside IP ${known.address ?? ''} in another tunnel, and a host here has one address`;
  const other = byAddress.get(address);
  if (other !== undefined) return `${source} and ${other} have the same outside IP ${address}`;
  const host: ImportedHost = { name, address, ssh: {} };
  hosts.set(name, host);
  byAddress.set(address, source);
  return host;
}

function linkOf(tunnel: BoxTunnel, making: Making): ImportedLink | undefined {
  const { box, out, names } = making;
  const ends = endsOf(tunnel, box);
  if (typeof ends === 'string') {
    out.add(`tunnel ${tunnel.name}`, ends);
    return undefined;
  }
  const made = ends.map((end) => hostFor(end, making));
  const [a, b] = made;
  const wrong = made.find((m) => typeof m === 'string');
  if (typeof wrong === 'string' || a === undefined || b === undefined || typeof a === 'string' || typeof b === 'string') {
    out.add(`tunnel ${tunnel.name}`, typeof wrong === 'string' ? wrong : 'an end is missing');
    return undefined;
  }
  const found = innerPair(innerOf(ends[0], box.addresses), innerOf(ends[1], box.addresses));
  if (found === undefined)
    out.add(
      `tunnel ${tunnel.name}`,
      'its interfaces have no two addresses of one /30 or /31 in the export; it is written as a comment, to be completed',
      'subnet and inner addresses',
    );
  const end = (host: ImportedHost, box_: BoxTermination, inner: string | undefined): ImportedEnd => ({
    host: host.name,
    interface: names.interface(box_.interface ?? 'gre1'),
    ...(inner === undefined ? {} : { inner }),
  });
  const status = tunnel.status === undefined || /^active$/i.test(tunnel.status) ? {} : { note: `status in NetBox: ${tunnel.status}` };
  return {
    name: names.for(`${tunnel.name}`),
    ...(found === undefined ? {} : { subnet: found.subnet }),
    ends: [end(a, ends[0], found?.inner[0]), end(b, ends[1], found?.inner[1])],
    ...status,
  };
}

/** Two links that one host, interface or pair of hosts cannot both be; the second is left out. */
function withoutClashes(links: readonly ImportedLink[], out: LeftOuts): ImportedLink[] {
  const used = new Map<string, string>();
  return links.filter((link) => {
    const keys = [
      ...link.ends.map((e) => `${e.host} ${e.interface}`),
      [...link.ends.map((e) => e.host)].sort().join(' and '),
      ...(link.subnet === undefined ? [] : [link.subnet]),
    ];
    const clash = keys.find((k) => used.has(k));
    if (clash !== undefined) {
      out.add(`tunnel ${link.name}`, `${clash} is the link ${used.get(clash) ?? ''} already`);
      return false;
    }
    for (const key of keys) used.set(key, link.name);
    return true;
  });
}

export function importNetBox(sources: readonly SourceFile[]): Imported {
  const box = readNetBox(sources);
  const making: Making = { box, out: new LeftOuts(), names: new Names(), hosts: new Map(), byAddress: new Map() };
  const known = new Set(box.tunnels.map((t) => t.name));
  const orphans = [...new Set(box.terminations.map((t) => t.tunnel))].filter((name) => !known.has(name)).map((name): BoxTunnel => ({ name }));
  const links = [...box.tunnels, ...orphans].flatMap((tunnel) => linkOf(tunnel, making) ?? []);
  const notes = [
    '`address` is the outside IP of the termination. How to log in is not in NetBox: it comes from ~/.ssh/config, or from ssh: of each host.',
  ];
  const kept = withoutClashes(links, making.out);
  return {
    kind: 'NetBox',
    files: sources.map((s) => s.file),
    hosts: [...making.hosts.values()],
    links: kept,
    leftOut: making.out.all,
    renamed: making.names.renamed,
    notes,
  };
}
