/**
 * What carries the tunnel: IP protocol 47, or UDP port 4754 (RFC 8086) where the inventory asks for it.
 *
 * In: both ends. Out: bytes in front of an inner packet, or why these two cannot talk GRE in UDP. Pure.
 */
import { ProvisionError } from '../errors/error.js';
import type { Link } from '../model/inventory.js';
import { type EndInput, refusal } from './wanted.js';

/** Of plain GRE over IPv4: what the playbooks' usual MTU counts. */
export const IP_AND_GRE = 24;
const UDP_HEADER = 8;

/** Bytes in front of an inner packet, over IPv4 and without a key. */
export const overhead = (link: Link): number => (link.encap === 'udp' ? IP_AND_GRE + UDP_HEADER : IP_AND_GRE);

/** What carries the outer packets, for people. */
export const carrierName = (link: Link): string => (link.encap === 'udp' ? 'GRE in UDP over IPv4' : 'GRE over IPv4');

/** What a gateway or firewall on the way must let through. */
export const passes = (link: Link): string =>
  link.encap === 'udp' ? 'UDP port 4754, from port 4754 too' : 'IP protocol 47 (GRE), which has no ports';

function impossible(input: EndInput, why: string, next: string): ProvisionError {
  const { facts, link } = input;
  return new ProvisionError('CARRIER_IMPOSSIBLE', `${facts.host} (${facts.system} ${facts.release}) cannot carry ${link.name} as GRE in UDP.`, {
    host: facts.host,
    why,
    state: 'Nothing was changed.',
    place: link.place,
    next,
  });
}

/** @throws {ProvisionError} CARRIER_IMPOSSIBLE where this end has no GRE in UDP. */
export function checkCarrier(input: EndInput): void {
  const { link, playbook } = input;
  if (link.encap !== 'udp') return;
  if (playbook.udp === undefined) throw impossible(input, `${playbook.title} has no GRE in UDP.`, 'Take the line encap: udp away.');
  const why = refusal(input, playbook.udp.unless);
  if (why !== undefined) throw impossible(input, why, 'Take the line encap: udp away, or change what is named.');
}

/** @throws {ProvisionError} CARRIER_IMPOSSIBLE where one end takes packets of port 4754 alone and the other sends from another one. */
export function checkCarriers(pair: readonly [EndInput, EndInput]): void {
  for (const [near, far] of [pair, [pair[1], pair[0]] as const]) {
    if (near.link.encap !== 'udp' || near.elsewhere === true || far.elsewhere === true) continue;
    if (near.playbook.udp?.accepts !== 'fixed' || far.playbook.udp?.source !== 'varies') continue;
    throw impossible(
      near,
      `It takes packets from UDP port 4754 alone, and ${far.facts.host} sends from ports of its own choice.`,
      'Take another system for one of the ends, or plain GRE.',
    );
  }
}
