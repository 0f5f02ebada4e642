/**
 * Which end of a link has the address that changes, and what an updater must know of both.
 *
 * In: a world, a link, both ends as surveyed. Out: the dynamic and the fixed end, with accounts and host keys.
 */
import { ProvisionError } from '../errors/error.js';
import type { HostAddress, Link } from '../model/inventory.js';
import { type EndInput, guardWay } from '../plan/pair.js';
import type { SshTarget } from '../ssh/endpoint.js';
import { candidatesFor, identify } from '../survey/identify.js';
import type { Surveyed } from '../survey/survey.js';
import { both, endInputs, type Two } from './pair.js';
import { hostOf, linkOf, type World } from './world.js';

export interface UpdaterSide {
  readonly host: string;
  readonly input: EndInput;
  readonly target: SshTarget;
  /** `type base64`, as it was checked. */
  readonly hostKey: string;
}

/** A third host where both ends tell where they are. */
export interface MeetingSide extends Pick<UpdaterSide, 'host' | 'target' | 'hostKey'> {
  /** IPv4 address that both ends dial. */
  readonly address: string;
  /** Folder of the link that outlasts a reboot, and its guard folder. */
  readonly keep: string;
  readonly state: string;
}

export interface UpdaterEnds {
  readonly link: Link;
  readonly dynamic: UpdaterSide;
  /** The other end. It is asked, unless there is a meeting point. */
  readonly fixed: UpdaterSide;
  readonly via?: MeetingSide;
  /** Interface of the dynamic end that has its outer address; absent behind a gateway. */
  readonly watch?: string;
  /** TCP port of the asked host's sshd as the dynamic end reaches it. */
  readonly port: number;
}

/** The host that is asked, and the folder of the link there. */
export function askedHost(ends: UpdaterEnds): Pick<UpdaterSide, 'host' | 'target' | 'hostKey'> & { readonly keep: string } {
  return ends.via ?? { ...ends.fixed, keep: guardWay(ends.fixed.input).keep };
}

const usage = (message: string, next: string): ProvisionError => new ProvisionError('USAGE', message, { state: 'Nothing was changed.', next });

/** The ends that get an updater: one, or both where they meet at a third host. @param named - With --end; else all that can be meant. */
export function movingEnds(world: World, link: Link, named: string | undefined): readonly (0 | 1)[] {
  if (link.updater.via === undefined) return [dynamicEnd(world, link, named)];
  return named === undefined ? [0, 1] : [link.ends[0].host === named ? 0 : 1];
}

/** 0 or 1: the end whose address changes. @param named - With --end; else the only one that can be meant. */
function dynamicEnd(world: World, link: Link, named: string | undefined): 0 | 1 {
  const { inventory } = world.options;
  const kinds = link.ends.map((e) => hostOf(inventory, e.host).address?.kind);
  const moving = ([0, 1] as const).filter((i) => kinds[i] === 'dynamic');
  const names = link.ends.map((e) => e.host);
  if (moving.length === 2)
    throw usage(
      `Both ends of ${link.name} have addresses that change, and an updater needs one that stays.`,
      'Name a third host that both can reach: links.NAME.updater.via.',
    );
  if (named !== undefined) {
    const at = names.indexOf(named);
    if (kinds[at] === 'dynamic' || (kinds[at] === 'nat' && moving.length === 0)) return at === 0 ? 0 : 1;
    throw usage(`The address of ${named} does not change: the inventory gives it as fixed.`, 'Write address: dynamic for it, or name the other end.');
  }
  const [only] = moving;
  if (only !== undefined) return only;
  const hidden = ([0, 1] as const).filter((i) => kinds[i] === 'nat');
  if (hidden.length === 1 && hidden[0] !== undefined) return hidden[0];
  throw usage(`No end of ${link.name} has an address that changes.`, `Write address: dynamic for ${names.join(' or ')} in the inventory.`);
}

function watched(address: HostAddress | undefined, found: Surveyed, input: EndInput): string | undefined {
  if (address?.kind === 'nat') return undefined;
  if (address?.kind === 'dynamic' && address.interface !== undefined) return address.interface;
  const { outer } = input.end;
  const has = found.addresses.find((a) => a.address === outer.local);
  if (has !== undefined) return has.interface;
  throw new ProvisionError('FACT_UNKNOWN', `No interface of ${input.end.host} has the address ${outer.local}.`, {
    host: input.end.host,
    state: 'Nothing was changed.',
    next: 'Name it in the inventory: address: { dynamic: INTERFACE }, or { inside: …, outside: … } behind a gateway.',
  });
}

/** @throws {ProvisionError} SYSTEM_UNKNOWN where no playbook says which folders its system has. */
async function meetingSide(world: World, link: Link, via: string): Promise<MeetingSide> {
  const { inventory, playbooks } = world.options;
  const { address } = hostOf(inventory, via);
  if (address?.kind !== 'static') throw new ProvisionError('BUG', `${via} was taken for a meeting point before it was checked.`);
  const identity = await identify(await world.hosts.shell(via), via);
  const [playbook] = candidatesFor(playbooks, link.kind, identity, via);
  if (playbook === undefined) throw new ProvisionError('BUG', `No playbook for ${via}.`);
  const { state, keep } = playbook.guard;
  return { host: via, address: address.address, keep: `${keep}/${link.name}`, state: `${state}.${link.name}`, ...(await world.hosts.identity(via)) };
}

/** @param at - The end that gets an updater. */
export async function updaterEnds(world: World, name: string, found: Two<Surveyed>, at: 0 | 1): Promise<UpdaterEnds> {
  const { inventory } = world.options;
  const link = linkOf(inventory, name);
  const sides = await both(endInputs(world, name, found), async (input): Promise<UpdaterSide> => {
    const { host } = input.end;
    return { host, input, ...(await world.hosts.identity(host)) };
  });
  const [dynamic, fixed] = [sides[at], sides[at === 0 ? 1 : 0]];
  const watch = watched(hostOf(inventory, dynamic.host).address, found[at], dynamic.input);
  const via = link.updater.via === undefined ? undefined : await meetingSide(world, link, link.updater.via);
  const asked = via ?? fixed;
  // A simulated host listens elsewhere than it seems to.
  const port = world.simulated(asked.host) ? (hostOf(inventory, asked.host).ssh.port ?? 22) : asked.target.port;
  return { link, dynamic, fixed, ...(via === undefined ? {} : { via }), ...(watch === undefined ? {} : { watch }), port };
}
