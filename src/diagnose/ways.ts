/**
 * Causes in the routing tables and on the way between the outer addresses.
 *
 * In: evidence of both ends. Out: causes. Pure.
 */
import type { Cause, Mend, Seen } from '../model/diagnosis.js';
import { bothCross, directions, type EndEvidence, lost, type PairEvidence, seenOf } from './evidence.js';

const told: Mend = { kind: 'told', commands: [] };

/** How the route is mended where a playbook knows it; else it is told. */
function byRoute(e: EndEvidence, code: string, sentence: string): Pick<Cause, 'next' | 'mend'> {
  const mend = e.mends[code];
  return { next: sentence, mend: mend ?? told };
}

function noRoute(e: EndEvidence): Cause[] {
  const way = e.ways.outer;
  if (way === undefined || way.interface !== undefined) return [];
  return [
    {
      code: 'outer-no-route',
      confidence: 'certain',
      host: e.host,
      text: `${e.host} has no route to ${way.to}, the outer address of ${e.end.peerHost}.`,
      evidence: [way.seen],
      next: `Give ${e.host} a route to ${way.to} (a default route).`,
      mend: told,
    },
  ];
}

/** The packets of the tunnel are routed into the tunnel itself. */
function recursion(e: EndEvidence): Cause[] {
  const way = e.ways.outer;
  if (way?.interface === undefined || way.interface !== e.end.interface) return [];
  return [
    {
      code: 'recursion',
      confidence: 'certain',
      host: e.host,
      text: `${e.host} routes ${way.to}, the outer address of ${e.end.peerHost}, into the tunnel ${e.end.interface} itself.`,
      evidence: [way.seen],
      ...byRoute(
        e,
        'recursion',
        `Take away the route that covers ${way.to} by ${e.end.interface}, or give ${way.to} a host route by the outer gateway; if a routing protocol made it, filter it there.`,
      ),
    },
  ];
}

function stolen(e: EndEvidence): Cause[] {
  const way = e.ways.inner;
  const exists = e.facts.live.exists.known && e.facts.live.exists.value && e.facts.live.up.known && e.facts.live.up.value;
  if (way === undefined || way.interface === e.end.interface || !exists || e.differs.some((d) => d.attribute === 'inner')) return [];
  const where = way.interface === undefined ? 'nowhere' : `by ${way.interface}${way.gateway === undefined ? '' : ` to ${way.gateway}`}`;
  return [
    {
      code: 'route-stolen',
      confidence: 'certain',
      host: e.host,
      text: `${e.host} sends what is for ${way.to}, the inner address of ${e.end.peerHost}, ${where} and not through ${e.end.interface}.`,
      evidence: [way.seen],
      ...byRoute(e, 'route-stolen', `Take away the route on ${e.host} that covers ${way.to}; if a routing protocol made it, filter it there.`),
    },
  ];
}

/** Packets that leave by an interface which has not the address they are sent from. */
function odd(e: EndEvidence): Cause[] {
  const way = e.ways.outer;
  const on = e.addresses.find((a) => a.address === e.end.outer.local)?.interface;
  if (way?.interface === undefined || on === undefined || way.interface === on || way.interface === e.end.interface) return [];
  return [
    {
      code: 'outer-route-stolen',
      confidence: 'likely',
      host: e.host,
      text: `${e.host} sends what is for ${way.to}, the outer address of ${e.end.peerHost}, by ${way.interface}, and its own outer address ${e.end.outer.local} is on ${on}.`,
      evidence: [way.seen],
      ...byRoute(e, 'outer-route-stolen', `Route ${way.to} by ${on} on ${e.host}, if that is the way that it should take.`),
    },
  ];
}

/** The last router that answered. */
function lastHop(traces: readonly Seen[]): string | undefined {
  const hops = traces.flatMap((trace) => trace.lines).flatMap((l) => /^ *\d+ +(\d+\.\d+\.\d+\.\d+)/.exec(l)?.[1] ?? []);
  return hops.at(-1);
}

function silent(e: EndEvidence, other: EndEvidence): Cause[] {
  const reach = e.facts.outerReach;
  if (reach === undefined || reach.answered) return [];
  const traces = reach.trace === undefined ? [] : [seenOf(e.host, reach.trace)];
  const last = lastHop(traces);
  const bothWays = other.facts.outerReach?.answered === false;
  const where = last === undefined ? 'no router on the way answers either' : `the last router that answers is ${last}`;
  return [
    {
      code: 'outer-unreachable',
      confidence: bothWays ? 'likely' : 'possible',
      host: e.host,
      text: `${e.end.outer.remote}, the outer address of ${other.host}, does not answer ${e.host}; ${where}.`,
      evidence: [seenOf(e.host, reach.ping), ...traces],
      next: `Look at the way from ${e.host} to ${e.end.outer.remote}${last === undefined ? '' : ` behind ${last}`}: cable, provider, routes, firewalls. Many hosts drop ping, so compare with what their operator says.`,
      mend: told,
    },
  ];
}

export function ways(pair: PairEvidence): Cause[] {
  if (bothCross(pair)) return [];
  const tables = pair.flatMap((e) => [...noRoute(e), ...recursion(e), ...stolen(e), ...odd(e)]);
  const outer = directions(pair).flatMap(([e, other]) => silent(e, other));
  // One cause for both ways: what is between the two is between the two from either side.
  const [first] = outer;
  const anyLost = directions(pair).some(([from, to]) => lost(to) || !hasCounters(from, to));
  const kept = outer.length === 2 && first !== undefined ? [{ ...first, evidence: outer.flatMap((c) => c.evidence) }] : outer;
  return [...tables, ...(anyLost ? kept : [])];
}

const hasCounters = (a: EndEvidence, b: EndEvidence): boolean => a.pings.counted !== undefined && b.pings.counted !== undefined;
