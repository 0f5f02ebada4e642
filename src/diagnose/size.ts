/**
 * Causes in the size of packets: small ones cross and full ones do not, or the two ends do not agree.
 *
 * In: evidence of both ends. Out: causes. Pure.
 */
import type { Cause } from '../model/diagnosis.js';
import { bothCross, type EndEvidence, type PairEvidence } from './evidence.js';

const mtuOf = (e: EndEvidence): number | null => (e.facts.live.mtu.known ? e.facts.live.mtu.value : null);

const byLink = (link: string): Pick<Cause, 'next' | 'mend'> => ({ next: `Set it right, with: provision link ${link}`, mend: { kind: 'link' } });

/** The two ends do not agree, or neither is as wanted. */
function notAsWanted([a, b]: PairEvidence): Cause[] {
  const [one, two] = [mtuOf(a), mtuOf(b)];
  const wrong = [a, b].find((e) => mtuOf(e) !== e.wantedMtu);
  if (wrong === undefined) return [];
  const equal = one === two;
  const said = equal ? `The MTU of both ends is ${one ?? 'not set'}` : `The MTU is ${one ?? '?'} on ${a.host} and ${two ?? '?'} on ${b.host}`;
  return [
    {
      code: equal ? 'mtu-not-as-wanted' : 'mtu-unequal',
      confidence: equal ? 'likely' : 'certain',
      ...(equal ? {} : { host: wrong.host }),
      text: `${said}, and ${a.wantedMtu} is wanted on both.`,
      evidence: [a.shown, b.shown],
      ...byLink(a.end.link),
    },
  ];
}

function blackHole(pair: PairEvidence): Cause[] {
  const small = pair.filter((e) => e.pings.fullSize === false);
  const [first] = small;
  if (first === undefined) return [];
  const largest = Math.min(...small.map((e) => e.pings.largest ?? 0));
  const { mtuBytes } = first.pings;
  const found = largest > 0 ? `, and ${largest} is the most that does` : '';
  const { link } = first.end;
  // With a measured MTU the ordinary run mends it; a number in the inventory is the person's.
  const measured = first.wantedMtu < mtuBytes;
  return [
    {
      code: 'mtu-black-hole',
      confidence: 'certain',
      text: `Small packets cross, and packets of ${mtuBytes} bytes with do-not-fragment do not from ${small.map((e) => e.host).join(' and ')}${found}: something on the way carries less than the tunnel sends.`,
      evidence: small.map((e) => ({
        host: e.host,
        command: `ping ${e.pings.target} with do-not-fragment`,
        lines: [`${e.pings.mtuBytes} bytes: no answer`, ...(e.pings.largest === undefined ? [] : [`${e.pings.largest} bytes: answered`])],
      })),
      ...(measured
        ? byLink(link)
        : {
            next: `Write mtu: ${largest > 0 ? largest : 1280} for ${link} in the inventory, then run: provision link ${link}`,
            mend: { kind: 'told', commands: [] },
          }),
    },
  ];
}

export function size(pair: PairEvidence): Cause[] {
  if (!bothCross(pair)) return [];
  const unequal = mtuOf(pair[0]) !== mtuOf(pair[1]);
  const hole = unequal ? [] : blackHole(pair);
  return hole.length > 0 ? hole : notAsWanted(pair);
}
