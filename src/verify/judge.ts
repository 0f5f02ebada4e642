/**
 * Judges the evidence of a pair: do packets cross, do full packets cross, and if not, which way are they lost.
 *
 * In: the ping evidence of both ends. Out: checks for people, and the error if the tunnel carries nothing. Pure.
 */
import { ProvisionError } from '../errors/error.js';
import type { Check } from '../model/outcome.js';
import type { Warning } from '../model/plan.js';
import type { PingEvidence } from './ping.js';

/** @param routing - A routing protocol runs over the link: its packets have a TTL of 1. */
export function pingChecks(evidence: readonly PingEvidence[], routing = false): Check[] {
  return evidence.flatMap((e): Check[] => {
    const rtt = e.rttMs === undefined ? '' : `, ${e.rttMs} ms`;
    const ping: Check = {
      id: 'ping',
      host: e.host,
      ok: e.received > 0,
      text: `${e.host} to ${e.target}: ${e.received} of ${e.sent} pings answered${rtt}`,
      ...(e.received > 0 ? {} : { evidence: e.lines }),
    };
    if (e.received === 0) return [ping];
    return [ping, ...sizeChecks(e), ...(routing ? hopChecks(e) : [])];
  });
}

function sizeChecks(e: PingEvidence): Check[] {
  if (e.fullSize === undefined) return [];
  const largest = e.largest === undefined ? '' : `; the largest that does has ${e.largest}`;
  const size = e.fullSize
    ? `packets of ${e.mtuBytes} bytes cross with don't-fragment`
    : `packets of ${e.mtuBytes} bytes with don't-fragment do not cross${largest}`;
  return [{ id: 'mtu', host: e.host, ok: e.fullSize, text: `${e.host} to ${e.target}: ${size}` }];
}

function hopChecks(e: PingEvidence): Check[] {
  if (e.oneHop === undefined) return [];
  const how = e.oneHop ? 'crosses' : 'does not cross';
  return [{ id: 'one-hop', host: e.host, ok: e.oneHop, text: `${e.host} to ${e.target}: a packet with a TTL of 1 ${how}` }];
}

/** Pings cross and a packet with a TTL of 1 does not: the driver of that end copies the inner TTL to the outer packet. */
export function ttlWarnings(evidence: readonly PingEvidence[]): Warning[] {
  return evidence
    .filter((e) => e.received > 0 && e.oneHop === false)
    .map((e) => ({
      code: 'ttl-copied',
      host: e.host,
      text: `From ${e.host} a packet with a TTL of 1 does not cross, though pings do: routing protocols such as OSPF find no neighbour over this link.`,
      evidence: [`${e.host}: the outer packet has the TTL of the inner one, and there is more than one hop to the other end`],
    }));
}

/** Pings cross and full packets do not: the tunnel is of use, and will lose large packets without a word. */
export function sizeWarnings(evidence: readonly PingEvidence[]): Warning[] {
  const small = evidence.filter((e) => e.received > 0 && e.fullSize === false);
  const [first] = small;
  if (first === undefined) return [];
  const found = small.map((e) => e.largest).filter((bytes) => bytes !== undefined);
  const most = found.length === small.length ? Math.min(...found) : undefined;
  return [
    {
      code: 'mtu-too-big',
      text: `Packets of ${first.mtuBytes} bytes do not cross, smaller ones do: something on the way between the outer addresses carries less than it should.`,
      evidence: small.flatMap(sizeChecks).map((c) => c.text),
      next: `Write a smaller mtu: for this link in the inventory, ${most === undefined ? 'for example 1400' : `${most} or less`}, and link again.`,
    },
  ];
}

/** Which way protocol 47 is lost, by the counters of both ends: the one that sent more than the other received. */
function lostWay(a: PingEvidence, b: PingEvidence): string[] {
  const ways: string[] = [];
  for (const [from, to] of [
    [a, b],
    [b, a],
  ] as const) {
    if (from.counted !== undefined && to.counted !== undefined && from.counted.sent > 0 && to.counted.received === 0)
      ways.push(`from ${from.host} to ${to.host}`);
  }
  return ways;
}

/**
 * The error of a tunnel that stands and carries nothing; undefined if pings crossed both ways.
 *
 * @param pathAnswers - False where the survey pinged the outer addresses from both ends and neither answered: then it is the path that is
 *   in doubt, not only protocol 47.
 */
export function pingError(evidence: readonly [PingEvidence, PingEvidence], pathAnswers = true): ProvisionError | undefined {
  const [a, b] = evidence;
  const silent = evidence.filter((e) => e.received === 0);
  if (silent.length === 0) return undefined;
  const ways = lostWay(a, b);
  const counts = evidence
    .filter((e) => e.counted !== undefined)
    .map((e) => `${e.host} sent ${e.counted?.sent ?? 0} and received ${e.counted?.received ?? 0} packets through the tunnel`);
  const said = silent.flatMap((e) => [`${e.host} to ${e.target}:`, ...e.lines]).join('\n');
  if (ways.length > 0 && pathAnswers) {
    return new ProvisionError('PROTOCOL_FILTERED', `Packets of protocol 47 (GRE) do not arrive ${ways.join(' and ')}.`, {
      why: `${counts.join('; ')}.`,
      stderr: said,
      next: `Allow IP protocol 47 in every firewall on the way ${ways.join(' and ')}; some providers and most NAT gateways drop it.`,
    });
  }
  const seen = counts.length === 0 ? 'Outer path, protocol 47 or a firewall on the inner addresses.' : `${counts.join('; ')}.`;
  return new ProvisionError(
    'PEER_UNREACHABLE',
    `The tunnel stands on both ends and no ping crosses it from ${silent.map((e) => e.host).join(' and ')}.`,
    {
      why: pathAnswers ? seen : `${seen} The outer addresses do not answer ping either.`,
      stderr: said,
      ...(pathAnswers
        ? {}
        : { next: 'Compare the outer addresses in the inventory with those of the hosts, then look at routes and firewalls between them.' }),
    },
  );
}
