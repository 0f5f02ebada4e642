/**
 * Checks what routing over links needs: AS numbers at both ends of a BGP link, router ids that differ, timers that fit.
 *
 * In: a draft. Out: problems. Which daemon a host has is not known here; that is the survey's to find.
 */
import type { Place } from '../model/inventory.js';
import type { Draft, LinkPart, Part } from './merge.js';
import { conflict, type Problems, placeText } from './problems.js';

/** Seconds between hellos where the inventory gives none: every daemon's own default (RFC 2328, C.5). */
const USUAL_HELLO = 10;

export function checkRouting(draft: Draft, problems: Problems): void {
  for (const link of draft.links.values()) {
    if (problems.full) return;
    checkTimers(link, problems);
    checkAsn(link, draft, problems);
  }
  checkRouterIds(draft, problems);
}

/** A neighbour that is given up before its next hello can come never stays up. */
function checkTimers(link: Part<LinkPart>, problems: Problems): void {
  const { hello = USUAL_HELLO, dead } = link.value.ospf ?? {};
  if (dead === undefined || dead > hello) return;
  problems.add(link.placeOf(['ospf', 'dead'], 'value'), {
    code: 'INVENTORY_VALUE',
    message: `dead of ${link.name} is ${dead} s, and a hello comes every ${hello} s.`,
    next: `Write dead: ${Math.min(hello * 4, 65535)}, or leave it out: it is four hellos then.`,
  });
}

function checkAsn(link: Part<LinkPart>, draft: Draft, problems: Problems): void {
  if (link.value.bgp === undefined) return;
  for (const name of Object.keys(link.value.ends)) {
    const host = draft.hosts.get(name);
    if (host === undefined || host.value.asn !== undefined) continue;
    problems.add(link.placeOf(['bgp']), {
      code: 'INVENTORY_KEY',
      message: `${link.name} has bgp: and its end ${name} has no asn.`,
      next: `Add asn: with the AS number of ${name}, for example 64512 (RFC 6996 keeps 64512 to 65534 for private use).`,
    });
  }
}

/** Two routers of one id never become neighbours. */
function checkRouterIds(draft: Draft, problems: Problems): void {
  const seen = new Map<string, { readonly name: string; readonly place: Place }>();
  for (const host of draft.hosts.values()) {
    const { routerId } = host.value;
    if (routerId === undefined) continue;
    const place = host.placeOf(['routerId'], 'value');
    const before = seen.get(routerId);
    if (before === undefined) {
      seen.set(routerId, { name: host.name, place });
      continue;
    }
    const message = `${host.name} has the same router id as ${before.name} at ${placeText(before.place)}: ${routerId}.`;
    problems.add(place, conflict(message, 'Give each host a router id of its own, or leave routerId out.'));
  }
}
