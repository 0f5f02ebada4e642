/**
 * Puts the routing daemons of a host behind the tunnel driver's playbook, so that one playbook says all of one end.
 *
 * In: the driver's playbook, the daemons that answered on the host, what the link wants. Out: one playbook; or which daemon is missing or not clear. Pure.
 */
import { ProvisionError } from '../errors/error.js';
import type { Host, Link, OspfOptions } from '../model/inventory.js';
import { PROTOCOLS, type Protocol, VALUES_OF } from './protocols.js';
import type { Playbook, PlaybookStep } from './schema.js';
import type { Daemon, Daemons, Lacking, ProtocolRules, RoutingPlaybook } from './schema-routing.js';
import type { Named } from './values.js';

/** Protocols that daemons are asked about: those that a link wants, and those that it does not want any more. */
export const protocolsOf = (link: Link): Protocol[] => PROTOCOLS.filter((p) => link[p] !== undefined);

/** Protocols that are to run over a link. */
export const wantedProtocols = (link: Link): Protocol[] => protocolsOf(link).filter((p) => !isLeaving(link, p));

const isLeaving = (link: Link, protocol: Protocol): boolean => link[protocol]?.absent === true;

/** Hides what only daemons of protocols that a link does not want any more are told: a file that stays has nothing of it. */
export function withoutLeaving(link: Link): Readonly<Record<string, undefined>> {
  const names = protocolsOf(link).flatMap((p) => (isLeaving(link, p) ? VALUES_OF[p] : []));
  return Object.fromEntries(names.map((name) => [name, undefined]));
}

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

interface Chosen {
  readonly book: RoutingPlaybook;
  readonly protocol: Protocol;
  readonly rules: ProtocolRules;
  readonly leaving: boolean;
}

/** For each protocol the daemon that is to speak it; of one that is not wanted any more every daemon that may have spoken it. */
function choose(
  playbook: Playbook,
  present: readonly RoutingPlaybook[],
  link: Link,
  host: Host,
  system: string,
): { chosen: Chosen[]; lacking: Lacking[] } {
  const chosen: Chosen[] = [];
  const lacking: Lacking[] = [];
  for (const protocol of protocolsOf(link)) {
    const leaving = isLeaving(link, protocol);
    const able = present.flatMap((book) => (book[protocol] === undefined ? [] : [{ book, protocol, rules: book[protocol], leaving }]));
    const named = able.filter((a) => a.book.name === host.routing);
    const fits = named.length > 0 ? named : able;
    if (leaving || fits.length === 1) chosen.push(...fits);
    else {
      const known = (playbook.routing ?? []).filter((b) => b[protocol] !== undefined && b.places[system] !== undefined).map((b) => b.title);
      lacking.push({ protocol, several: able.map((a) => a.book.name), known });
    }
  }
  return { chosen, lacking };
}

const rulesOf = (chosen: readonly Chosen[]): ProtocolRules[] => chosen.map((c) => c.rules);

/** No condition holds. */
const NEVER = [{ any: [] }];

/** Read, so that an undo can bring it back, and not asked for. */
const readOnly = (settings: ProtocolRules['settings']): ProtocolRules['settings'] =>
  Object.fromEntries(Object.entries(settings).map(([name, setting]) => [name, { ...setting, when: NEVER }]));

function daemonOf({ book, protocol, rules, leaving }: Chosen): Daemon {
  const neighbours = rules.neighbours === undefined ? {} : { neighbours: rules.neighbours };
  const named = { name: book.name, title: book.title, protocol, ...neighbours };
  if (leaving) return { ...named, settings: [], refuse: [], causes: {}, leaving };
  return { ...named, settings: Object.keys(rules.settings), refuse: rules.refuse, causes: rules.causes };
}

function daemonsOf(chosen: readonly Chosen[], lacking: Daemons['lacking'], system: string): Daemons {
  const idsOf = (rules: readonly ProtocolRules[]): string[] => rules.flatMap((r) => [...r.steps, ...r.remove, ...r.files].map(({ id }) => id));
  const stays = new Set(idsOf(rulesOf(chosen.filter((c) => !c.leaving))));
  return {
    chosen: chosen.map(daemonOf),
    lacking,
    leaving: new Set(idsOf(rulesOf(chosen.filter((c) => c.leaving))).filter((id) => !stays.has(id))),
    values: Object.assign({}, ...chosen.map((c) => placeValues(c.book, system))) as Named,
  };
}

/** @param present - Daemons that answered on the host. */
export function withDaemons(playbook: Playbook, present: readonly RoutingPlaybook[], link: Link, host: Host, system: string): Playbook {
  const { chosen, lacking } = choose(playbook, present, link, host, system);
  const books = [...new Set(chosen.map((c) => c.book))];
  const rules = rulesOf(chosen);
  const wanted = chosen.filter((c) => !c.leaving);
  // OSPF and BGP of one daemon may stand in one file; that one stays as long as one of them does.
  const files = [...new Map([...rules, ...rulesOf(wanted)].flatMap((r) => r.files).map((f) => [f.id, f])).values()];
  const settings = chosen.map((c) => (c.leaving ? readOnly(c.rules.settings) : c.rules.settings));
  return {
    ...playbook,
    probes: together('probe', playbook.probes, ...books.map((b) => b.probes)),
    live: { ...playbook.live, settings: together('setting', playbook.live.settings, ...settings) },
    steps: [...playbook.steps, ...rules.flatMap((r) => apart(r.steps))],
    remove: [...rules.flatMap((r) => apart(r.remove)), ...playbook.remove],
    boot: playbook.boot.map((way) => ({ ...way, files: [...way.files, ...files] })),
    faults: [...playbook.faults, ...rulesOf(wanted).flatMap((r) => r.faults)],
    daemons: daemonsOf(chosen, lacking, system),
  };
}

/** Whether a step or a file belongs to what a link does not want any more. */
export const leaves = ({ daemons }: Playbook, { id }: { readonly id: string }): boolean => daemons?.leaving.has(id) === true;
