/**
 * Checks what only shows between two links or hosts: addresses, subnets and interfaces used twice, tunnels that would carry themselves.
 *
 * In: a draft. Out: problems, each at the later of the two places and naming the earlier one.
 */
import type { Place } from '../model/inventory.js';
import { addressForm, overlaps, type Subnet, subnetAround, toNumber } from './address.js';
import { subnetOf } from './check-links.js';
import type { Draft, LinkPart, Part } from './merge.js';
import { freeBlock } from './pools.js';
import { conflict, type Problems, placeText } from './problems.js';
import { hostRanges, outerOf } from './ranges.js';

interface Placed<T> {
  readonly of: string;
  readonly value: T;
  /** Asked for only where something is wrong: looking up the places of ten thousand good parts takes longer than all checks. */
  place(): Place;
}

/** Checks links and hosts against each other. */
export function checkAddresses(draft: Draft, problems: Problems): void {
  const links = [...draft.links.values()];
  const subnets = links.flatMap((link): Placed<Subnet>[] => {
    const subnet = subnetOf(link);
    return subnet === undefined ? [] : [{ of: link.name, value: subnet, place: () => link.placeOf(['subnet'], 'value') }];
  });
  const overlapping = checkSubnets(subnets, draft, problems);
  checkPools(draft, problems);
  checkInnerTwice(links, overlapping, problems);
  checkInterfaces(links, problems);
  checkOuterTwice(draft, problems);
  checkRecursion(draft, subnets, problems);
}

/** Returns the links that share a subnet with an earlier one: their inner addresses are no second mistake. */
function checkSubnets(subnets: readonly Placed<Subnet>[], draft: Draft, problems: Problems): Set<string> {
  const hit = new Set<string>();
  // Sorted by start, two subnets overlap only where neighbours do: CIDR blocks nest or are apart.
  const order = new Map(subnets.map((s, i) => [s, i]));
  const sorted = [...subnets].sort(
    (a, b) => a.value.first - b.value.first || b.value.last - a.value.last || (order.get(a) ?? 0) - (order.get(b) ?? 0),
  );
  let open: Placed<Subnet> | undefined;
  for (const subnet of sorted) {
    if (open === undefined || !overlaps(open.value, subnet.value)) {
      open = subnet;
      continue;
    }
    const [before, after] = (order.get(open) ?? 0) < (order.get(subnet) ?? 0) ? [open, subnet] : [subnet, open];
    hit.add(after.of);
    if (problems.full) return hit;
    const pool = [...draft.pools.values()].find((p) => overlaps(p.value, after.value))?.value;
    const taken = [...subnets.map((s) => s.value), ...hostRanges(draft)];
    const free = freeBlock(pool ?? subnetAround(after.value.first, 24), taken, 30);
    const command = pool === undefined ? '' : ` Or run: provision allocate ${after.of} --reassign`;
    const next = free === undefined ? 'Write a subnet that no other link has.' : `Write ${free.text}, which is free.${command}`;
    problems.add(
      after.place(),
      conflict(`${after.value.text} of ${after.of} overlaps ${before.value.text} of ${before.of} at ${placeText(before.place())}.`, next),
    );
  }
  return hit;
}

function checkPools(draft: Draft, problems: Problems): void {
  const pools = [...draft.pools.values()];
  for (const [index, pool] of pools.entries()) {
    if (problems.full) return;
    const before = pools.slice(0, index).find((p) => overlaps(p.value, pool.value));
    if (before === undefined) continue;
    const message = `The pool ${pool.name}, ${pool.value.text}, overlaps the pool ${before.name}, ${before.value.text}, at ${placeText(before.place)}.`;
    problems.add(pool.placeOf([], 'value'), conflict(message, 'Make one of them smaller, or keep one of the two.'));
  }
}

function checkInnerTwice(links: readonly Part<LinkPart>[], overlapping: ReadonlySet<string>, problems: Problems): void {
  const seen = new Map<string, Placed<string>>();
  for (const link of links) {
    for (const [host, { inner }] of Object.entries(link.value.ends)) {
      if (inner === undefined || addressForm(inner) !== undefined) continue;
      const place = (): Place => link.placeOf(['ends', host, 'inner'], 'value');
      const before = seen.get(inner);
      if (before !== undefined && before.of !== link.name && !overlapping.has(link.name)) {
        const message = `The inner address ${inner} is used by ${before.of} too, at ${placeText(before.place())}.`;
        problems.add(place(), conflict(message, 'Write an address of the subnet of this link.'));
      }
      if (before === undefined) seen.set(inner, { of: link.name, value: inner, place });
    }
  }
}

function checkInterfaces(links: readonly Part<LinkPart>[], problems: Problems): void {
  const seen = new Map<string, Map<string, Placed<string>>>();
  for (const link of links) {
    for (const [host, end] of Object.entries(link.value.ends)) {
      const place = (): Place => link.placeOf(['ends', host, 'interface'], 'value');
      const used = seen.get(host) ?? new Map<string, Placed<string>>();
      const before = used.get(end.interface);
      if (problems.full) return;
      if (before !== undefined) {
        const message = `${end.interface} on ${host} is used by ${before.of} too, at ${placeText(before.place())}.`;
        problems.add(place(), conflict(message, `Write ${freeName(end.interface, links, host)}, or another name that is free on ${host}.`));
      } else used.set(end.interface, { of: link.name, value: end.interface, place });
      seen.set(host, used);
    }
  }
}

/** The same name with the next higher number that no link uses on the host. Not a lower one: number 0 is special on some systems. */
function freeName(name: string, links: readonly Part<LinkPart>[], host: string): string {
  const used = new Set(links.flatMap((link) => (Object.hasOwn(link.value.ends, host) ? [link.value.ends[host]?.interface] : [])));
  const stem = name.replace(/\d+$/, '').slice(0, 10);
  const given = Number(/\d{1,6}$/.exec(name)?.[0] ?? 0);
  for (let n = given + 1; ; n++) if (!used.has(`${stem}${n}`)) return `${stem}${n}`;
}

/** Two hosts cannot have one address; two behind one gateway share the outer one and differ inside. */
function checkOuterTwice(draft: Draft, problems: Problems): void {
  const seen = new Map<string, Placed<string>>();
  for (const host of draft.hosts.values()) {
    const outer = outerOf(host);
    const last = outer.at(-1);
    if (last === undefined) continue;
    const nat = outer.length > 1;
    const id = nat ? outer.map((o) => o.address).join(' behind ') : last.address;
    const place = (): Place => host.placeOf(last.path, 'value');
    const before = seen.get(id) ?? (nat ? seen.get(last.address) : seen.get(`behind ${last.address}`));
    if (before !== undefined) {
      const message = `${host.name} has the same outer address as ${before.of} at ${placeText(before.place())}: ${last.address}.`;
      const next = 'Correct one of the two; behind one gateway write address: { inside: A, outside: B } with different inside addresses.';
      problems.add(place(), conflict(message, next));
      continue;
    }
    seen.set(id, { of: host.name, value: id, place });
    if (nat) seen.set(`behind ${last.address}`, { of: host.name, value: id, place });
  }
}

/** An outer address inside a tunnel's own subnet would send the tunnel's packets into the tunnel. */
function checkRecursion(draft: Draft, subnets: readonly Placed<Subnet>[], problems: Problems): void {
  const byStart = new Map(subnets.map((s) => [s.value.first, s]));
  for (const host of draft.hosts.values()) {
    for (const { path, address } of outerOf(host)) {
      const n = toNumber(address);
      // A /30 begins at a multiple of four, a /31 at one of two.
      const subnet = [n - (n % 4), n - (n % 2)].flatMap((first) => byStart.get(first) ?? []).find((s) => n <= s.value.last);
      if (subnet === undefined) continue;
      const message = `The outer address ${address} of ${host.name} lies inside ${subnet.value.text}, the inner subnet of ${subnet.of} at ${placeText(subnet.place())}.`;
      const why = 'The packets of the tunnel would be sent into the tunnel.';
      problems.add(host.placeOf(path, 'value'), conflict(message, 'Write the public address of the host, or give the link another subnet.', why));
    }
  }
}
