/**
 * Causes in how the two ends name each other: outer and inner addresses, and an outer address that has gone elsewhere.
 *
 * In: evidence of both ends. Out: causes. Pure.
 */
import type { Cause, Seen } from '../model/diagnosis.js';
import { bothCross, type EndEvidence, type PairEvidence } from './evidence.js';

const byLink = (link: string): Pick<Cause, 'next' | 'mend'> => ({ next: `Set it right, with: provision link ${link}`, mend: { kind: 'link' } });

function outer(e: EndEvidence, other: EndEvidence, crossing: boolean): Cause[] {
  const { live } = e.facts;
  const is = live.outer.known ? live.outer.value : undefined;
  if (crossing || is === undefined || !(live.exists.known && live.exists.value)) return [];
  const { local, remote } = e.end.outer;
  const about = { confidence: 'certain' as const, host: e.host, evidence: [e.shown], ...byLink(e.end.link) };
  if (is === null) return [{ code: 'peer-missing', text: `${e.end.interface} on ${e.host} has no outer addresses.`, ...about }];
  if (is.remote !== remote)
    return [{ code: 'peer-wrong', text: `${e.end.interface} on ${e.host} sends to ${is.remote}, and ${other.host} is at ${remote}.`, ...about }];
  if (is.local !== local)
    return [{ code: 'source-wrong', text: `${e.end.interface} on ${e.host} sends from ${is.local}, and the inventory says ${local}.`, ...about }];
  return [];
}

function inner(e: EndEvidence): Cause[] {
  if (!e.differs.some((d) => d.attribute === 'inner')) return [];
  const is = e.facts.live.inner.known ? e.facts.live.inner.value : null;
  const { local, peer } = e.end.inner;
  const said = is === null ? 'has no inner address' : `has ${is.local} to ${is.peer || 'no peer'}, and the inventory says ${local} to ${peer}`;
  return [
    {
      code: 'inner-wrong',
      confidence: 'certain',
      host: e.host,
      text: `${e.end.interface} on ${e.host} ${said}.`,
      evidence: [e.innerSeen],
      ...byLink(e.end.link),
    },
  ];
}

/** Addresses that no router of the internet carries (RFC 1918, RFC 6598). */
const PRIVATE = /^(10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.|100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.)/;

/** The outer address of the inventory is on no interface: the host has moved, or a gateway has that address. */
function gone(e: EndEvidence): Cause[] {
  const { local } = e.end.outer;
  if (e.addresses.length === 0 || e.addresses.some((a) => a.address === local)) return [];
  const own = e.ways.outer?.source ?? e.addresses.find((a) => a.interface === e.ways.outer?.interface)?.address;
  const list: Seen = {
    host: e.host,
    command: 'addresses',
    lines: e.addresses.filter((a) => a.interface !== e.end.interface).map((a) => `${a.interface} ${a.address}`),
  };
  const evidence = [list, ...(e.ways.outer === undefined ? [] : [e.ways.outer.seen])];
  const { host } = e;
  if (own !== undefined && PRIVATE.test(own) && !PRIVATE.test(local)) {
    return [
      {
        code: 'nat-between',
        confidence: 'certain',
        host,
        text: `${host} is behind a gateway that translates addresses: it sends from ${own}, and ${local} is on none of its interfaces.`,
        evidence,
        next: `Write address: { inside: ${own}, outside: ${local} } for ${host} in the inventory, then run: provision link ${e.end.link}. The gateway has to hand protocol 47 to ${own}.`,
        mend: { kind: 'told', commands: [] },
      },
    ];
  }
  const now = own === undefined ? 'the present address' : own;
  return [
    {
      code: 'address-moved',
      confidence: 'certain',
      host,
      text: `${local} is on no interface of ${host}${own === undefined ? '' : `, which sends from ${own} now`}.`,
      evidence,
      next: `Write the address that ${host} has now (${now}) in the inventory and link again; where it is dynamic, run: provision repoint ${e.end.link} --end ${host} --address ${own ?? 'ADDRESS'}`,
      mend: { kind: 'told', commands: [] },
    },
  ];
}

export function peers(pair: PairEvidence): Cause[] {
  const crossing = bothCross(pair);
  const [a, b] = pair;
  const moved = crossing ? [] : [...gone(a), ...gone(b)];
  return [...moved, ...outer(a, b, crossing), ...outer(b, a, crossing), ...(crossing ? [] : pair.flatMap(inner))];
}
