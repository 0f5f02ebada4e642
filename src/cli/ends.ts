/**
 * Which end of a link is mine, where the other one is another operator's.
 *
 * In: the inventory, links, what was typed. Out: for each link the host of the one end to work on. What is not typed follows from `theirs:` in the inventory.
 */
import { ProvisionError } from '../errors/error.js';
import type { Inventory, Link } from '../model/inventory.js';
import { hostNamed } from './session.js';
import type { OptionSpec, Typed } from './spec.js';

export const END: OptionSpec = { flags: '--end <host>', text: 'only my end of the link: a host, or "mine"; the other host is not dialled' };
export const WAIT: OptionSpec = {
  flags: '--wait <seconds>',
  text: 'with one end: longest wait for the other to answer a ping; 0 does not wait (default: 600)',
  between: [0, 86_400],
};

const USUAL_WAIT_SECONDS = 600;

/** @throws {ProvisionError} USAGE where the inventory does not tell which end is mine. */
export function mineOf(inventory: Inventory, link: Link): string {
  const hosts = link.ends.map((e) => e.host);
  const [mine, other] = hosts.filter((host) => inventory.hosts.get(host)?.theirs !== true);
  if (mine !== undefined && other === undefined) return mine;
  const message =
    mine === undefined ? `Both ends of ${link.name} are other operators'.` : `Which end of ${link.name} is mine does not stand in the inventory.`;
  throw new ProvisionError('USAGE', message, {
    place: link.place,
    state: 'Nothing was changed.',
    next:
      mine === undefined
        ? 'Take theirs: true away from your own host.'
        : `Name it: --end ${hosts.join(' or --end ')}. Or write theirs: true under the host that is not yours.`,
  });
}

/** The host that `mine` or a name stands for. @throws {ProvisionError} USAGE; NAME_UNKNOWN where the link has no end there. */
export function endNamed(inventory: Inventory, link: Link, named: string): string {
  const hosts = link.ends.map((e) => e.host);
  return named === 'mine' && !hosts.includes('mine') ? mineOf(inventory, link) : hostNamed(inventory, named, hosts);
}

/** Links that have an end on one of these hosts. */
export const linksOf = (inventory: Inventory, hosts: readonly string[]): string[] =>
  [...inventory.links.values()].filter((l) => l.ends.some((e) => hosts.includes(e.host))).map((l) => l.name);

/** The host that is mine where the link is not in the inventory: the one named, or the only one there can be. */
export function myHost(inventory: Inventory, named: unknown): string {
  if (typeof named === 'string' && named !== 'mine') return hostNamed(inventory, named);
  const [mine, other] = [...inventory.hosts.values()].filter((h) => h.theirs !== true);
  if (mine !== undefined && other === undefined) return mine.name;
  throw new ProvisionError('USAGE', 'Which host is my end is not clear.', { state: 'Nothing was changed.', next: 'Name it: --end HOST' });
}

/** `{}` where no end was named: then the inventory decides. */
export function onlyOf(inventory: Inventory, links: readonly string[], options: Typed['options']): { readonly only?: ReadonlyMap<string, string> } {
  const { end } = options;
  if (typeof end !== 'string') return {};
  const found = links.flatMap((name) => inventory.links.get(name) ?? []);
  return { only: new Map(found.map((link) => [link.name, endNamed(inventory, link, end)])) };
}

/** A simulated host begins anew with each run: nobody can set up the other end of its tunnel meanwhile, so one ping must do. */
export function waitMs(inventory: Inventory, links: readonly string[], { wait }: Typed['options']): { readonly waitMs: number } {
  if (typeof wait === 'number') return { waitMs: wait * 1000 };
  const hosts = links.flatMap((name) => inventory.links.get(name)?.ends ?? []).map((e) => inventory.hosts.get(e.host));
  return { waitMs: hosts.some((h) => h?.twin !== undefined) ? 0 : USUAL_WAIT_SECONDS * 1000 };
}
