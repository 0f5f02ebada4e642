/**
 * Puts the routing daemons of a host behind the tunnel driver's playbook, so that one playbook says all of one end.
 *
 * In: the driver's playbook, the daemons that answered on the host, what the link wants. Out: one playbook; or which daemon is missing or not clear. Pure.
 */
import { ProvisionError } from '../errors/error.js';
import type { Host, Link, OspfOptions } from '../model/inventory.js';
import { PROTOCOLS, type Protocol } from './protocols.js';
import type { Playbook, PlaybookStep } from './schema.js';
import type { Lacking, ProtocolRules, RoutingPlaybook } from './schema-routing.js';
import type { Named } from './values.js';

/** Protocols that a link asks for. */
export const protocolsOf = (link: Link): Protocol[] => PROTOCOLS.filter((p) => link[p] !== undefined);

/** Seconds between hellos where the inventory gives none (RFC 2328, C.5); four of them without an answer and the neighbour is gone. */
const USUAL_HELLO = 10;
const HELLOS_LOST = 4;

/** The timers of OSPF over a link, in seconds, as the daemons are told. */
export function timersOf({ hello = USUAL_HELLO, dead }: OspfOptions): { readonly hello: number; readonly dead: number } {
  return { hello, dead: dead ?? Math.min(hello * HELLOS_LOST, 65535) };
}

/** The values of a daemon's places on a system, as `{{NAME.key}}`. */
export function placeValues(book: RoutingPlaybook, system: string): Named {
  return Object.fromEntries(Object.entries(book.places[system] ?? {}).map(([key, value]) => [`${book.name}.${key}`, value]));
}

function together<T>(what: string, ...parts: readonly Readonly<Record<string, T>>[]): Record<string, T> {
  const all = parts.flatMap((part) => Object.entries(part));
  const twice = all.find(([key, value]) => all.some(([other, another]) => other === key && another !== value));
  if (twice !== undefined) throw new ProvisionError('PLAYBOOK_INVALID', `Two playbooks have a ${what} called ${twice[0]}.`);
  return Object.fromEntries(all);
}

const apart = (steps: readonly PlaybookStep[]): PlaybookStep[] => steps.map((step) => ({ ...step, apart: true }));

/** @param present - Daemons that answered on the host. */
export function withDaemons(playbook: Playbook, present: readonly RoutingPlaybook[], link: Link, host: Host, system: string): Playbook {
  const chosen: { readonly book: RoutingPlaybook; readonly protocol: Protocol; readonly rules: ProtocolRules }[] = [];
  const lacking: Lacking[] = [];
  for (const protocol of protocolsOf(link)) {
    const able = present.flatMap((book) => (book[protocol] === undefined ? [] : [{ book, protocol, rules: book[protocol] }]));
    const named = able.filter((a) => a.book.name === host.routing);
    const [one, ...more] = named.length > 0 ? named : able;
    if (one !== undefined && more.length === 0) chosen.push(one);
    else {
      const known = (playbook.routing ?? []).filter((b) => b[protocol] !== undefined && b.places[system] !== undefined).map((b) => b.title);
      lacking.push({ protocol, several: able.map((a) => a.book.name), known });
    }
  }
  const books = [...new Set(chosen.map((c) => c.book))];
  const rules = chosen.map((c) => c.rules);
  // OSPF and BGP of one daemon may stand in one file.
  const files = [...new Map(rules.flatMap((r) => r.files).map((f) => [f.id, f])).values()];
  return {
    ...playbook,
    probes: together('probe', playbook.probes, ...books.map((b) => b.probes)),
    live: { ...playbook.live, settings: together('setting', playbook.live.settings, ...rules.map((r) => r.settings)) },
    steps: [...playbook.steps, ...rules.flatMap((r) => apart(r.steps))],
    remove: [...rules.flatMap((r) => apart(r.remove)), ...playbook.remove],
    boot: playbook.boot.map((way) => ({ ...way, files: [...way.files, ...files] })),
    faults: [...playbook.faults, ...rules.flatMap((r) => r.faults)],
    daemons: {
      chosen: chosen.map(({ book, protocol, rules: r }) => ({
        name: book.name,
        title: book.title,
        protocol,
        settings: Object.keys(r.settings),
        refuse: r.refuse,
        causes: r.causes,
        ...(r.neighbours === undefined ? {} : { neighbours: r.neighbours }),
      })),
      lacking,
      values: Object.assign({}, ...books.map((b) => placeValues(b, system))) as Named,
    },
  };
}
