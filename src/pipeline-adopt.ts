/**
 * The order in which a tunnel that somebody made by hand becomes a link: read one end, find the other and read it, write down, plan.
 *
 * In: a world, a host and an interface. Out: the link as YAML and what a plan of it would do. Nothing is changed on the hosts, and nothing is written here.
 */
import { planPair, surveyPair } from './apply/pair.js';
import { hostOf, type World } from './apply/world.js';
import { errorsIn, ProvisionError } from './errors/error.js';
import { type Draft, draftLink, hostAt } from './import/adopt.js';
import { type Seen, seenOf } from './import/seen.js';
import type { Source } from './inventory/document.js';
import type { Host, Inventory, Link } from './model/inventory.js';
import type { ErrorReport } from './model/outcome.js';
import type { LinkPlan } from './model/plan.js';
import { type Surveyed, survey } from './survey/survey.js';

export interface AdoptRequest {
  readonly host: string;
  readonly interface: string;
  /** Name of the other host; absent: the one that has the outer address of the other end. */
  readonly peer?: string;
  readonly peerInterface?: string;
  readonly name?: string;
  /** The inventory with one more text. */
  readonly parse: (more: Source) => Inventory;
}

export interface Adopted extends Draft {
  readonly host: string;
  readonly peer: string;
  /** Both ends as they were read; the other one is missing where it is no host of the inventory. */
  readonly ends: readonly Seen[];
  /** What a plan of the link would do; absent where one end was not read, or where it cannot be planned. */
  readonly plan?: LinkPlan;
  /** Why it cannot be planned. */
  readonly errors: readonly ErrorReport[];
}

/** Stands for addresses that are not known yet (RFC 5737); a survey asks about routes to them and nothing else. */
const UNKNOWN = '192.0.2.1';

/** A link that stands for the one to be found, so that a survey can ask about the interface. */
function askFor(host: Host, name: string): { readonly link: Link; readonly end: Parameters<typeof survey>[1]['end'] } {
  const end = { link: 'adopt', host: host.name, peerHost: 'adopt', interface: name };
  const outer = { local: UNKNOWN, remote: UNKNOWN };
  const inner = { local: UNKNOWN, peer: UNKNOWN, prefix: 30 };
  const ends: Link['ends'] = [
    { host: host.name, inner: UNKNOWN, interface: name, place: host.place },
    { host: 'adopt', inner: UNKNOWN, interface: name, place: host.place },
  ];
  const updater = { schedule: '* * * * *', anyAddress: false };
  const link: Link = {
    name: 'adopt',
    kind: 'gre',
    subnet: '192.0.2.0/30',
    prefix: 30,
    ends,
    mtu: 'auto',
    ttl: 64,
    loopbackRoute: false,
    updater,
    place: host.place,
  };
  return { link, end: { ...end, outer, inner } };
}

async function look(world: World, name: string, interfaceName: string): Promise<Surveyed> {
  const host = hostOf(world.options.inventory, name);
  return survey(await world.hosts.shell(name), { ...askFor(host, interfaceName), host, reach: false }, world.options.playbooks);
}

function seen(host: string, interfaceName: string, { facts, playbook, others }: Surveyed): Seen {
  const { live } = playbook;
  return seenOf({
    host,
    interface: interfaceName,
    live: facts.live,
    reaches: live.subnetReachesPeer,
    hasTtl: live.ttl !== undefined,
    interfaces: [...others.keys()],
  });
}

/** The other end, found by its inner address. */
async function lookAcross(world: World, peer: string, near: Seen): Promise<Seen> {
  const first = await look(world, peer, near.interface);
  const on = first.addresses.find((a) => a.address === near.inner.peer)?.interface;
  if (on === undefined) {
    throw new ProvisionError('ADOPT_DIFFERS', `${peer} has ${near.inner.peer} on no interface, so the other end of ${near.interface} is not there.`, {
      host: peer,
      why: `${near.interface} on ${near.host} goes from ${near.outer.local} to ${near.outer.remote}, inside from ${near.inner.local} to ${near.inner.peer}.`,
      state: 'Nothing was written and nothing was changed.',
      next: 'Name the right host with --peer NAME, or make its end first.',
    });
  }
  return seen(peer, on, on === near.interface ? first : await look(world, peer, on));
}

function reports(error: unknown): ErrorReport[] {
  return errorsIn(error).map((e) => e.report());
}

/** What would be done on both ends. That it cannot be planned is a finding, and the link is what it is all the same. */
async function planOf(world: World, inventory: Inventory, name: string): Promise<Pick<Adopted, 'plan' | 'errors'>> {
  const later: World = { ...world, options: { ...world.options, inventory } };
  try {
    return { plan: planPair(later, name, await surveyPair(later, name, { reach: false }), 'link'), errors: [] };
  } catch (error) {
    return { errors: reports(error) };
  }
}

/** @throws {ProvisionError | ProvisionErrors} ADOPT_UNFIT, ADOPT_DIFFERS, or what is wrong with the inventory once the link is in it. */
export async function adoptOne(world: World, request: AdoptRequest): Promise<Adopted> {
  const { inventory } = world.options;
  const { host, interface: name } = request;
  const near = seen(host, name, await look(world, host, name));
  const peer = request.peer ?? hostAt(inventory, near.outer.remote, host);
  const known = inventory.hosts.has(peer);
  const far = known ? await lookAcross(world, peer, near) : undefined;
  const draft = draftLink({
    inventory,
    near,
    peer,
    peerInterface: request.peerInterface ?? name,
    ...(far === undefined ? {} : { far }),
    ...(request.name === undefined ? {} : { name: request.name }),
  });
  const whole = request.parse({ file: `${draft.name}.yaml`, text: draft.yaml });
  const planned = far === undefined ? { errors: [] } : await planOf(world, whole, draft.name);
  return { ...draft, host, peer, ends: far === undefined ? [near] : [near, far], ...planned };
}
