/**
 * Causes in the routing over a tunnel that carries packets: the two daemons do not become neighbours.
 *
 * In: evidence of both ends. Out: causes. Pure. The states are those of RFC 2328 (10.1), in whatever words a daemon says them: Init is heard and not heard
 * back, ExStart and Exchange is where unequal MTUs end, none is nothing heard. What each of them means was seen on real daemons
 * (docs/transcripts).
 */
import type { Cause, Mend, Seen } from '../model/diagnosis.js';
import { isUp, type NeighbourEvidence } from '../verify/neighbour.js';
import { bothCross, type Drop, directions, type EndEvidence, type PairEvidence } from './evidence.js';

const told: Mend = { kind: 'told', commands: [] };

const ofProtocol = (e: EndEvidence, protocol: string): NeighbourEvidence | undefined => e.neighbours.find((n) => n.daemon.protocol === protocol);

const stateOf = (e: EndEvidence): string => ofProtocol(e, 'ospf')?.own?.state ?? 'none';

/** What the daemons of both ends say. */
function seen(pair: PairEvidence, protocol: string): Seen[] {
  return pair.flatMap((e) => {
    const n = ofProtocol(e, protocol);
    if (n === undefined) return [];
    return [
      { host: e.host, command: `${protocol.toUpperCase()} neighbours (${n.daemon.title})`, lines: [`${n.wanted}: ${n.own?.state ?? 'not seen'}`] },
    ];
  });
}

/** A daemon is not set up as the link says. */
function settings(pair: PairEvidence, down: boolean): Cause[] {
  return pair.flatMap((e) => {
    const rules = new Map(e.differs.flatMap((d) => (d.rule?.stops === 'routing' ? [[d.rule.code, d] as const] : [])));
    return [...rules.values()].map(
      ({ attribute, rule }): Cause => ({
        code: rule?.code ?? attribute,
        // A flag of the interface hinders some daemons only; a setting of the daemon itself is what keeps it from a neighbour.
        confidence: down && e.neighbours.some((n) => n.daemon.settings.includes(attribute)) ? 'certain' : 'likely',
        host: e.host,
        text: rule?.text ?? attribute,
        evidence: [...(e.settingSeen[attribute] === undefined ? [] : [e.settingSeen[attribute]]), ...seen(pair, 'ospf')],
        next: `Set it right, with: provision link ${e.end.link}`,
        mend: { kind: 'link' },
      }),
    );
  });
}

// Some daemons write them short: EXSTA, EXCHG.
const STUCK = /^Ex(Sta|Ch)/i;
const HEARS = /^Init/i;
const mtuOf = (e: EndEvidence): number | null => (e.facts.live.mtu.known ? e.facts.live.mtu.value : null);

function mtu(pair: PairEvidence): Cause[] {
  const [a, b] = pair;
  if (!pair.some((e) => STUCK.test(stateOf(e)))) return [];
  const states = `OSPF is stuck (${a.host}: ${stateOf(a)}, ${b.host}: ${stateOf(b)})`;
  const evidence = [...seen(pair, 'ospf'), a.shown, b.shown];
  if (mtuOf(a) !== mtuOf(b)) {
    return [
      {
        code: 'ospf-mtu',
        confidence: 'certain',
        text: `${states} because the MTU of the tunnel is ${mtuOf(a) ?? '?'} on ${a.host} and ${mtuOf(b) ?? '?'} on ${b.host}.`,
        evidence,
        next: `Give both ends the same MTU, with: provision link ${a.end.link}`,
        mend: { kind: 'link' },
      },
    ];
  }
  const hole = pair.some((e) => e.pings.fullSize === false);
  return [
    {
      code: 'ospf-mtu',
      confidence: hole ? 'certain' : 'likely',
      text: `${states}: its large packets do not cross${hole ? ', as full pings do not' : ', or the ends expect unequal MTUs'}.`,
      evidence,
      next: `Write a smaller mtu: for ${a.end.link} in the inventory, then run: provision link ${a.end.link}`,
      mend: told,
    },
  ];
}

/** Rules that drop hellos on the way from one end to the other. */
const rulesBetween = (from: EndEvidence, to: EndEvidence): readonly Drop[] =>
  [...from.drops.filter((d) => d.way === 'out'), ...to.drops.filter((d) => d.way === 'in')].filter((d) => d.carries === 'routing');

/** Multicast with a TTL of 1 does not get from one end to the other, though pings do. */
function oneWay(from: EndEvidence, to: EndEvidence, pair: PairEvidence): Cause[] {
  const rules = rulesBetween(from, to);
  const evidence = [...rules.map((d) => d.seen), ...seen(pair, 'ospf')];
  if (from.copiesTtl && from.pings.oneHop !== true) {
    const linked = from.differs.some((d) => d.attribute === 'ttl');
    return [
      {
        code: 'ospf-ttl',
        confidence: 'certain',
        host: from.host,
        text: `${from.host} copies the TTL of the inner packet to the outer one: hellos of OSPF have 1 and die at the first router, so ${to.host} hears none.`,
        evidence: [from.shown, ...evidence],
        next: linked
          ? `Give the outer packet a TTL of its own, with: provision link ${from.end.link}`
          : `This driver can't do otherwise: use a newer kernel on ${from.host}.`,
        mend: linked ? { kind: 'link' } : told,
      },
    ];
  }
  const [rule] = rules;
  if (rule !== undefined) {
    return [
      {
        code: 'ospf-filter',
        confidence: 'certain',
        host: rule.seen.host,
        text: `The packet filter of ${rule.seen.host} (${rule.filter}) drops the hellos of OSPF that ${from.host} sends.`,
        evidence,
        next: `Let OSPF (protocol 89, to 224.0.0.5) through on ${rule.seen.host}. The filter is not ours, so this is shown and not done.`,
        mend: { kind: 'told', commands: [{ host: rule.seen.host, words: rule.told }] },
      },
    ];
  }
  return [
    {
      code: 'ospf-one-way',
      confidence: 'likely',
      host: to.host,
      text: `Hellos of OSPF from ${from.host} do not reach the daemon of ${to.host}, though pings cross: multicast or protocol 89 is dropped one way.`,
      evidence,
      next: `Look at the packet filter of ${to.host}, and whether its daemon listens on ${to.end.interface}.`,
      mend: told,
    },
  ];
}

function silence(pair: PairEvidence): Cause[] {
  const copying = directions(pair).filter(([from]) => from.copiesTtl && from.pings.oneHop !== true);
  const heard = directions(pair).filter(([from, to]) => HEARS.test(stateOf(from)) && !HEARS.test(stateOf(to)));
  // A rule may drop both ways, or a daemon may keep a neighbour that it no longer hears.
  const dropping = directions(pair).filter(([from, to]) => rulesBetween(from, to).length > 0);
  const ways = [heard, copying, dropping].find((w) => w.length > 0) ?? [];
  if (ways.length > 0) return ways.flatMap(([from, to]) => oneWay(from, to, pair));
  return [
    {
      code: 'ospf-no-neighbour',
      confidence: 'possible',
      text: 'Packets cross, and neither daemon hears an OSPF neighbour.',
      evidence: seen(pair, 'ospf'),
      next: 'Compare area, timers, network type and authentication of both ends, and look whether filters drop protocol 89.',
      mend: told,
    },
  ];
}

function ospf(pair: PairEvidence): Cause[] {
  const stuck = mtu(pair);
  return stuck.length > 0 ? stuck : silence(pair);
}

function bgp(pair: PairEvidence): Cause[] {
  const [a] = pair;
  return [
    {
      code: 'bgp-not-up',
      confidence: 'likely',
      text: `Packets cross, and the BGP session is not up (${pair.map((e) => `${e.host}: ${ofProtocol(e, 'bgp')?.own?.state ?? 'not seen'}`).join(', ')}).`,
      evidence: seen(pair, 'bgp'),
      next: `Look whether TCP port 179 is let through between ${a.end.inner.local} and ${a.end.inner.peer}, and at the logs of both daemons.`,
      mend: told,
    },
  ];
}

export function routing(pair: PairEvidence): Cause[] {
  if (!bothCross(pair)) return [];
  const down = (protocol: string): boolean => pair.some((e) => e.neighbours.some((n) => n.daemon.protocol === protocol && !isUp(n)));
  const wrong = settings(pair, down('ospf'));
  const guesses = [...(down('ospf') ? ospf(pair) : []), ...(down('bgp') ? bgp(pair) : [])];
  // What is not set up as wanted explains it; a guess behind that would only confuse.
  return wrong.length > 0 ? [...wrong, ...guesses.filter((c) => c.confidence === 'certain')] : guesses;
}
