/**
 * Checks each link by itself: its ends, their hosts, the subnet, the inner addresses.
 *
 * In: a draft. Out: problems. What only shows between two links or hosts is checked in `check-addresses.ts`.
 */
import { addressForm, holds, isSubnet, readSubnet, type Subnet, subnetAround, toNumber, usable } from './address.js';
import type { Draft, LinkPart, Part } from './merge.js';
import { freeBlock, type Range } from './pools.js';
import { type Problem, type Problems, show } from './problems.js';
import { hostRanges } from './ranges.js';
import { nearest } from './suggest.js';

const value = (message: string, next: string, why?: string): Problem => ({
  code: 'INVENTORY_VALUE',
  message,
  next,
  ...(why === undefined ? {} : { why }),
});
const key = (message: string, next: string, why?: string): Problem => ({ ...value(message, next, why), code: 'INVENTORY_KEY' });

const subnets = new WeakMap<LinkPart, Subnet>();

/** The subnet of a link, where it has a good one. Every check asks for it, so it is read once. */
export function subnetOf({ value: link }: Part<LinkPart>): Subnet | undefined {
  const known = subnets.get(link);
  if (known !== undefined || link.subnet === undefined) return known;
  const read = readSubnet(link.subnet, [30, 31]);
  if (!isSubnet(read)) return undefined;
  subnets.set(link, read);
  return read;
}

/** Checks every link by itself. */
export function checkLinks(draft: Draft, problems: Problems): void {
  let known: Range[] | undefined;
  const taken = (): Range[] => {
    known ??= [...[...draft.links.values()].flatMap((link) => subnetOf(link) ?? []), ...hostRanges(draft)];
    return known;
  };
  for (const link of draft.links.values()) {
    if (problems.full) return;
    checkEnds(link, draft, problems);
    checkVia(link, draft, problems);
    const subnet = checkSubnet(link, draft, taken, problems);
    if (subnet !== undefined) checkInner(link, subnet, problems);
  }
}

function checkEnds(link: Part<LinkPart>, draft: Draft, problems: Problems): void {
  const names = Object.keys(link.value.ends);
  if (names.length !== 2) {
    const next = names.length < 2 ? 'Add the other host under ends:.' : 'Make one link for each pair of hosts.';
    problems.add(link.placeOf(['ends']), key(`${link.name} has ${names.length === 1 ? '1 end' : `${names.length} ends`}; a link has two.`, next));
  }
  for (const name of names) {
    const host = draft.hosts.get(name);
    if (host === undefined && !draft.written.hosts.has(name)) problems.add(link.placeOf(['ends', name]), noSuch('host', name, draft.written.hosts));
    if (host !== undefined && host.value.address === undefined) {
      const next = 'Add address: with its public IPv4 address, or dynamic.';
      problems.add(host.place, key(`${name} has no address, and the link ${link.name} needs it.`, next));
    }
  }
}

/** The meeting point of an updater: a third host that stays where it is, for two ends that do not. */
function checkVia(link: Part<LinkPart>, draft: Draft, problems: Problems): void {
  const { via } = link.value.updater ?? {};
  if (via === undefined) return;
  const at = link.placeOf(['updater', 'via'], 'value');
  if (link.value.ends[via] !== undefined) {
    problems.add(at, value(`${show(via)} is an end of ${link.name}; the meeting point is a third host.`, 'Name a host that both ends can reach.'));
    return;
  }
  const host = draft.hosts.get(via);
  if (host === undefined) {
    if (!draft.written.hosts.has(via)) problems.add(at, noSuch('host', via, draft.written.hosts));
    return;
  }
  if (typeof host.value.address !== 'string' || host.value.address === 'dynamic') {
    problems.add(
      at,
      value(
        `${via} has no address that stays, so nobody can be told there.`,
        `Write address: with its IPv4 address for ${via}, or name another host.`,
      ),
    );
  }
  const stays = Object.keys(link.value.ends).find((name) => {
    const address = draft.hosts.get(name)?.value.address;
    return typeof address === 'string' && address !== 'dynamic';
  });
  if (stays !== undefined) problems.add(at, value(`${stays} has an address that stays, so ${link.name} needs no meeting point.`, 'Leave out via.'));
}

function noSuch(what: 'host' | 'pool', name: string, known: ReadonlySet<string>): Problem {
  const meant = nearest(name, known);
  const list = [...known].slice(0, 10).map(show).join(', ');
  const add = what === 'host' ? `Add ${show(name)} under hosts:.` : `Add ${show(name)} under pools:.`;
  const next = meant !== undefined ? `Write ${show(meant)}.` : known.size === 0 ? add : `${add} Known are: ${list}.`;
  return value(`There is no ${what} ${show(name)}.`, next);
}

/** Finds the subnet, or says which one to write. */
function checkSubnet(link: Part<LinkPart>, draft: Draft, taken: () => Range[], problems: Problems): Subnet | undefined {
  const { pool: poolName } = link.value;
  const pool = poolName === undefined ? undefined : draft.pools.get(poolName);
  if (poolName !== undefined && pool === undefined && !draft.written.pools.has(poolName)) {
    problems.add(link.placeOf(['pool'], 'value'), noSuch('pool', poolName, draft.written.pools));
  }
  const subnet = subnetOf(link);
  if (subnet === undefined) {
    if (poolName === undefined || pool !== undefined)
      problems.add(poolName === undefined ? link.place : link.placeOf(['pool']), noSubnet(link, pool, taken()));
    return undefined;
  }
  if (pool !== undefined && !(subnet.first >= pool.value.first && subnet.last <= pool.value.last)) {
    const free = freeBlock(pool.value, taken(), 30);
    const next = free === undefined ? 'Write another pool.' : `Write ${free.text}, which is free, or another pool.`;
    problems.add(link.placeOf(['subnet'], 'value'), {
      code: 'INVENTORY_CONFLICT',
      message: `${subnet.text} is outside the pool ${pool.name}, ${pool.value.text}.`,
      next,
    });
  }
  return subnet;
}

function noSubnet(link: Part<LinkPart>, pool: Part<Subnet> | undefined, taken: Range[]): Problem {
  const inner = Object.values(link.value.ends).flatMap((end) => (end.inner !== undefined && addressForm(end.inner) === undefined ? [end.inner] : []));
  const given = inner[0];
  if (pool !== undefined) {
    const free = freeBlock(pool.value, taken, 30);
    if (free === undefined) return key(`${link.name} has no subnet, and the pool ${pool.name} has no free /30 left.`, 'Add another pool.');
    taken.push(free);
    const [a, b] = usable(free);
    return key(
      `${link.name} names a pool and no subnet.`,
      `Add subnet: ${free.text} (the next one free), with the inner addresses ${a} and ${b}.`,
      'Which link has which subnet is to be read in the file; it must not change when another link is added.',
    );
  }
  if (given !== undefined) return key(`${link.name} has no subnet.`, `Add subnet: ${subnetAround(toNumber(given), 30).text}.`);
  return key(
    `${link.name} has neither a subnet nor inner addresses.`,
    'Add subnet: with a /30 of your own, for example subnet: 10.1.12.36/30, and inner: at both ends.',
    'An unnumbered tunnel is refused: the ospfd of old zebra tells interfaces apart by their address.',
  );
}

function checkInner(link: Part<LinkPart>, subnet: Subnet, problems: Problems): void {
  const ends = Object.entries(link.value.ends);
  for (const [host, { inner }] of ends) {
    const other = ends.find(([name]) => name !== host)?.[1].inner;
    const free = (): readonly string[] => usable(subnet).filter((address) => address !== other);
    if (inner === undefined) {
      problems.add(link.placeOf(['ends', host]), key(`${host} has no inner address.`, `Add inner: ${free().join(' or inner: ')}.`));
      continue;
    }
    const problem = innerProblem(inner, subnet, () => `Write ${free().join(' or ')}.`);
    if (problem !== undefined) problems.add(link.placeOf(['ends', host, 'inner'], 'value'), problem);
  }
  const [a, b] = ends;
  if (a !== undefined && b !== undefined && a[1].inner !== undefined && a[1].inner === b[1].inner) {
    const free = usable(subnet).filter((address) => address !== a[1].inner);
    const message = `Both ends of ${link.name} have the inner address ${show(a[1].inner)}.`;
    problems.add(link.placeOf(['ends', b[0], 'inner'], 'value'), { code: 'INVENTORY_CONFLICT', message, next: `Write ${free.join(' or ')}.` });
  }
}

function innerProblem(inner: string, subnet: Subnet, next: () => string): Problem | undefined {
  const form = addressForm(inner);
  if (form !== undefined) return form;
  if (!holds(subnet, inner)) return value(`${inner} is outside ${subnet.text}.`, next());
  const n = toNumber(inner);
  if (subnet.prefix === 30 && n === subnet.first) return value(`${inner} is the network address of ${subnet.text}; it cannot be an end.`, next());
  if (subnet.prefix === 30 && n === subnet.last) return value(`${inner} is the broadcast address of ${subnet.text}; it cannot be an end.`, next());
  return undefined;
}
