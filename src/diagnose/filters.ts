/**
 * Causes in packet filters: on one of the two hosts, on the way between them, or the check of the way back.
 *
 * In: evidence of both ends. Out: causes. Pure. A rule counts only where packets of its direction are really lost: rules that drop and are never reached
 * stand in many files.
 */
import type { Cause, Seen } from '../model/diagnosis.js';
import { bothCross, type Drop, directions, type EndEvidence, leaves, lost, type PairEvidence } from './evidence.js';

type Way = readonly [from: EndEvidence, to: EndEvidence];

const isUp = (e: EndEvidence): boolean => {
  const { exists, up, outer } = e.facts.live;
  return exists.known && exists.value && up.known && up.value && outer.known && outer.value !== null;
};

/** What was counted on both ends while both pinged. */
function counts([from, to]: Way): Seen[] {
  return [from, to].flatMap((e) =>
    e.pings.counted === undefined
      ? []
      : [
          {
            host: e.host,
            command: `packets through ${e.end.interface} while both ends pinged`,
            lines: [`sent ${e.pings.counted.sent}, received ${e.pings.counted.received}`],
          },
        ],
  );
}

function fromRule(e: EndEvidence, drop: Drop, way: Way): Cause {
  const what = drop.carries === 'outer' ? 'the packets of the tunnel (protocol 47)' : 'what is inside the tunnel';
  return {
    code: drop.carries === 'outer' ? 'filter-host' : 'filter-inner',
    confidence: 'certain',
    host: e.host,
    text: `The packet filter of ${e.host} (${drop.filter}) drops ${what}, on the way ${drop.way}.`,
    evidence: [drop.seen, ...counts(way)],
    next: `Let them through on ${e.host}. The filter is not ours, so this is shown and not done.`,
    mend: { kind: 'told', commands: [{ host: e.host, words: drop.told }] },
  };
}

const rules = (way: Way, carries: Drop['carries']): Cause[] =>
  way.flatMap((e, i) => e.drops.filter((d) => d.carries === carries && d.way === (i === 0 ? 'out' : 'in')).map((d) => fromRule(e, d, way)));

/** The way back goes by another interface than the packets come in by, and the host drops such. */
function wayBack([from, to]: Way): Cause[] {
  return to.strict.flatMap(({ of, seen }): Cause[] => {
    const back = of === 'outer' ? to.ways.outer : to.ways.inner;
    const on = of === 'outer' ? to.addresses.find((a) => a.address === to.end.outer.local)?.interface : to.end.interface;
    if (back?.interface === undefined || on === undefined || back.interface === on) return [];
    const code = 'reverse-path';
    return [
      {
        code,
        confidence: 'certain',
        host: to.host,
        text: `${to.host} drops what comes in from ${back.to} by ${on}, because its own way there is by ${back.interface} (strict check of the way back).`,
        evidence: [seen, back.seen, ...counts([from, to])],
        next: `Make the check loose for ${on} on ${to.host}, or route ${back.to} by ${on}.`,
        mend: to.mends[`${code}-${of}`] ?? { kind: 'told', commands: [] },
      },
    ];
  });
}

/** A listener sees packets before any filter of its host does. */
function arrived([from, to]: Way): Cause[] {
  const { captured } = to;
  if (captured === undefined || captured.sources.length === 0) return [];
  const other = captured.sources.find((s) => s !== to.end.outer.remote);
  const base = { host: to.host, evidence: [captured.seen, ...counts([from, to])] };
  if (other !== undefined && !captured.sources.includes(to.end.outer.remote)) {
    return [
      {
        ...base,
        code: 'nat-between',
        confidence: 'certain',
        text: `What ${from.host} sends arrives at ${to.host} from ${other} and not from ${to.end.outer.remote}: a gateway translates its address.`,
        next: `Write address: { inside: …, outside: ${other} } for ${from.host} in the inventory, then run: provision link ${to.end.link}`,
        mend: { kind: 'told', commands: [] },
      },
    ];
  }
  return [
    {
      ...base,
      code: 'filter-host',
      confidence: 'likely',
      text: `Packets of the tunnel from ${from.host} arrive at ${to.host} and do not come out of ${to.end.interface}: something on ${to.host} drops them.`,
      next: `Look at the packet filters of ${to.host}: protocol 47 from ${to.end.outer.remote} must come in.`,
      mend: { kind: 'told', commands: [] },
    },
  ];
}

/** Packets leave, nothing comes, and neither host says why: what is between drops protocol 47, or a gateway does. */
function onTheWay(pair: readonly Way[]): Cause[] {
  const [first] = pair;
  if (first === undefined) return [];
  const named = pair.map(([from, to]) => `from ${from.host} to ${to.host}`).join(' and ');
  const behind = pair.map(([, to]) => to).find((e) => e.outside !== undefined);
  const evidence = [...counts(first), ...pair.flatMap(([, to]) => (to.captured === undefined ? [] : [to.captured.seen]))];
  if (behind !== undefined) {
    return [
      {
        code: 'gateway-drops',
        confidence: 'likely',
        host: behind.host,
        text: `The gateway in front of ${behind.host} does not hand on protocol 47: it is sent ${named} and does not arrive.`,
        evidence,
        next: `On that gateway map ${behind.outside ?? ''} to ${behind.end.outer.local} one to one, or forward protocol 47 to it. A gateway that can map ports only needs encap: udp on the link.`,
        mend: { kind: 'told', commands: [] },
      },
    ];
  }
  return [
    {
      code: 'filter-path',
      confidence: 'likely',
      text: `Protocol 47 (GRE) does not arrive ${named}, and neither host drops it: something on the way does.`,
      evidence,
      next: `Allow IP protocol 47 in every firewall on the way ${named}; some providers and most NAT gateways drop it. Where nobody will, encap: udp on the link is a way.`,
      mend: { kind: 'told', commands: [] },
    },
  ];
}

/** Packets come out of the tunnel on both ends, and nobody answers. */
function inner(pair: PairEvidence): Cause[] {
  const [a, b] = pair;
  if ((a.pings.counted?.received ?? 0) === 0 || (b.pings.counted?.received ?? 0) === 0) return [];
  const found = directions(pair).flatMap((way) => rules(way, 'inner'));
  if (found.length > 0) return found;
  return [
    {
      code: 'filter-inner',
      confidence: 'possible',
      text: 'Packets come out of the tunnel on both ends, and a ping through it is not answered: a filter drops what is inside.',
      evidence: counts([a, b]),
      next: `Look at the packet filters of ${a.host} and ${b.host}: what comes in by the tunnel must be let in.`,
      mend: { kind: 'told', commands: [] },
    },
  ];
}

/** It works now because both ends send: an end that has been quiet for a while hears nothing until it speaks itself. */
function whileOpen(pair: PairEvidence): Cause[] {
  return pair.flatMap((e) =>
    e.drops
      .filter((d) => d.stateful && d.carries === 'outer' && d.way === 'in')
      .slice(0, 1)
      .map(
        (drop): Cause => ({
          code: 'filter-host',
          confidence: 'likely',
          host: e.host,
          text: `Packets cross now, because ${e.host} has sent some itself: its packet filter (${drop.filter}) lets protocol 47 in as an answer only, and drops it after some quiet.`,
          evidence: [drop.seen],
          next: `Let them in on ${e.host} whoever begins. The filter is not ours, so this is shown and not done.`,
          mend: { kind: 'told', commands: [{ host: e.host, words: drop.told }] },
        }),
      ),
  );
}

/** Nothing even leaves by the tunnel, and no rule that was read says why. */
function stuck([from]: Way): Cause[] {
  return [
    {
      code: 'not-sent',
      confidence: 'possible',
      host: from.host,
      text: `Nothing leaves ${from.host} by ${from.end.interface}, though it is up and has pinged.`,
      evidence: [{ host: from.host, command: `ping ${from.pings.target}`, lines: from.pings.lines }],
      next: `Look at the packet filters of ${from.host} for what goes out, and at its routes to ${from.end.outer.remote}.`,
      mend: { kind: 'told', commands: [] },
    },
  ];
}

export function filters(pair: PairEvidence): Cause[] {
  if (bothCross(pair)) return whileOpen(pair);
  if (!pair.every(isUp)) return [];
  const dropped = directions(pair).filter(([, to]) => lost(to));
  const back = directions(pair).flatMap(wayBack);
  const onHosts = dropped.flatMap((way) => {
    const found = rules(way, 'outer');
    return found.length > 0 ? found : arrived(way);
  });
  const open = back.length > 0 ? [] : dropped.filter((way) => rules(way, 'outer').length === 0 && arrived(way).length === 0);
  const silent = open.filter(([from]) => !leaves(from));
  return [...back, ...onHosts, ...onTheWay(open.filter(([from]) => leaves(from))), ...silent.flatMap(stuck), ...inner(pair)];
}
