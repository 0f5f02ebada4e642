/**
 * The decision tree: evidence of both ends in, causes out, best first.
 *
 * Pure, and it knows no system. Each family asks what only it can answer; their order is that of a person who looks: does the tunnel stand on both ends, do
 * they name each other, which way do packets take, who drops them, do the routing daemons meet, are packets too big, what would the next boot do. What stops a packet first explains the
 * most, so among causes of equal confidence the earlier family wins.
 */
import type { Cause, Confidence } from '../model/diagnosis.js';
import { bothCross, type PairEvidence } from './evidence.js';
import { filters } from './filters.js';
import { kept } from './kept.js';
import { peers } from './peers.js';
import { routing } from './routing.js';
import { size } from './size.js';
import { standing } from './standing.js';
import { ways } from './ways.js';

const FAMILIES: readonly ((pair: PairEvidence) => Cause[])[] = [standing, peers, ways, filters, routing, size, kept];

const RANK: Readonly<Record<Confidence, number>> = { certain: 0, likely: 1, possible: 2 };

/** Nothing explains it: what was seen is told all the same. */
function unexplained(pair: PairEvidence): Cause[] {
  if (bothCross(pair)) return [];
  const silent = pair.filter((e) => e.pings.received === 0);
  return [
    {
      code: 'unexplained',
      confidence: 'possible',
      text: `No ping crosses from ${silent.map((e) => e.host).join(' and ')}, and nothing that was looked at explains it.`,
      evidence: silent.map((e) => ({ host: e.host, command: `ping ${e.pings.target}`, lines: e.pings.lines })),
      next: 'Look with tcpdump on both ends for protocol 47, and at every firewall on the way.',
      mend: { kind: 'told', commands: [] },
    },
  ];
}

/** @returns Causes, best first; none: nothing is wrong. */
export function causesOf(pair: PairEvidence): Cause[] {
  const found = FAMILIES.flatMap((family) => family(pair));
  const all = found.length > 0 ? found : unexplained(pair);
  return all
    .map((cause, i) => ({ cause, i }))
    .sort((a, b) => RANK[a.cause.confidence] - RANK[b.cause.confidence] || a.i - b.i)
    .map(({ cause }) => cause);
}

/** What was looked at and is in order, as sentences. */
export function fineOf(pair: PairEvidence): string[] {
  if (!bothCross(pair)) return [];
  const full = pair.every((e) => e.pings.fullSize === true);
  return [
    `pings cross both ways between ${pair[0].end.inner.local} and ${pair[1].end.inner.local}`,
    ...(full ? [`packets of ${pair[0].pings.mtuBytes} bytes cross with do-not-fragment`] : []),
  ];
}
