/**
 * What the person should know before saying yes: known faults of the release, outer addresses that do not answer, addresses that are not on the host.
 *
 * In: the end's input. Out: warnings with evidence; none of them stops the plan. Pure.
 */
import type { Link } from '../model/inventory.js';
import type { Warning } from '../model/plan.js';
import { holds } from '../playbook/condition.js';
import { fillText } from '../playbook/template.js';
import { passes } from './carrier.js';
import { contextOf, type EndInput } from './wanted.js';

function faultWarnings(input: EndInput, mtuBytes: number): Warning[] {
  return input.playbook.faults
    .filter((f) => holds(f.when, contextOf(input, { wantMtu: mtuBytes })))
    .map((f) => ({
      code: f.id,
      host: input.facts.host,
      text: fillText(f.text, input.values),
      evidence: [`source: ${f.source}`],
      ...(f.next === undefined ? {} : { next: fillText(f.next, input.values) }),
    }));
}

function reachWarnings(input: EndInput): Warning[] {
  const { facts, end } = input;
  const reach = facts.outerReach;
  if (reach === undefined || reach.answered) return [];
  const lines = (text: string): string[] => text.split('\n').filter((l) => l.trim() !== '');
  return [
    {
      code: 'outer-unreachable',
      host: facts.host,
      text: `${end.outer.remote} did not answer a ping from ${facts.host}. Many hosts drop ping, so this alone proves nothing.`,
      evidence: [
        reach.ping.words.join(' '),
        ...lines(reach.ping.stdout).slice(-2),
        ...lines(reach.ping.stderr).slice(0, 2),
        ...(reach.trace === undefined ? [] : [reach.trace.words.join(' '), ...lines(reach.trace.stdout).slice(-4)]),
      ],
      next: `If the tunnel does not come up, look at the way from ${facts.host} to ${end.outer.remote} first.`,
    },
  ];
}

function localWarnings(input: EndInput): Warning[] {
  const { facts, end, addresses } = input;
  if (addresses.length === 0 || addresses.some((a) => a.address === end.outer.local)) return [];
  return [
    {
      code: 'outer-not-local',
      host: facts.host,
      text: `${end.outer.local} is on no interface of ${facts.host}.`,
      evidence: addresses.filter((a) => a.interface !== end.interface).map((a) => `${a.interface} ${a.address}`),
      next: 'If the host is behind NAT write address: { inside: …, outside: … } in the inventory.',
    },
  ];
}

/** What the gateway in front of an end has to let through. */
function gatewayWarnings(input: EndInput): Warning[] {
  const { host, link, end } = input;
  if (host.address?.kind !== 'nat') return [];
  const { inside, outside } = host.address;
  return [
    {
      code: 'behind-gateway',
      host: host.name,
      text: `${host.name} is behind a gateway: what comes for ${outside} from ${end.outer.remote} must reach ${inside}, and what ${inside} sends must leave as ${outside}.`,
      evidence: [`to be forwarded: ${passes(link)}`],
      next: `On the gateway of ${host.name}, map ${outside} to ${inside} one to one, or forward ${passes(link)} to ${inside}.${
        link.encap === 'udp' ? '' : ' A gateway that can map ports only cannot do that: then encap: udp on the link is a way.'
      }`,
    },
  ];
}

export function endWarnings(input: EndInput, mtuBytes: number): Warning[] {
  return [...faultWarnings(input, mtuBytes), ...localWarnings(input), ...gatewayWarnings(input), ...reachWarnings(input)];
}

/** What two operators have to agree on because neither sees the other end. */
export function alone(link: Link, mtuBytes: number): Warning[] {
  if (link.mtu !== 'auto') return [];
  return [
    {
      code: 'mtu-not-agreed',
      text: `${link.name} has mtu: auto, and only this end is looked at: the other one may take another MTU than ${mtuBytes}.`,
      evidence: ['routing protocols such as OSPF do not come up over unequal MTUs'],
      next: 'Agree on a number with the other operator and write it on both sides, for example mtu: 1450, which every system here can do.',
    },
  ];
}
