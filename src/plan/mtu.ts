/**
 * One MTU for both ends.
 *
 * In: both ends with facts. Out: bytes and the reason in words. Pure. Unequal MTUs keep OSPF in ExStart (os-facts 13.2), so the smaller end decides. With `auto` a
 * measured way between the outer addresses that carries less than the usual one makes it smaller still; nothing makes it larger.
 */
import { ProvisionError } from '../errors/error.js';
import { holds } from '../playbook/condition.js';
import { carrierName, IP_AND_GRE, overhead } from './carrier.js';
import { contextOf, type EndInput } from './wanted.js';

interface Limit {
  readonly bytes: number;
  readonly why: string;
  readonly hard: boolean;
  /** The driver takes no other. */
  readonly fixed?: true;
}

type Ends = readonly [EndInput, EndInput];

const less = ({ link }: EndInput): string => `less ${overhead(link)} of ${carrierName(link)}`;

function limitOf(input: EndInput): Limit {
  const { playbook, facts } = input;
  const found = playbook.mtu.maximum.find((m) => holds(m.when, contextOf(input)));
  const settable = playbook.steps.some((s) => s.ensures.includes('mtu'));
  if (found !== undefined) return { bytes: found.bytes, why: `${facts.host}: ${found.why}`, hard: true, ...(settable ? {} : { fixed: true }) };
  const more = overhead(input.link) - IP_AND_GRE;
  return { bytes: playbook.mtu.usual - more, why: `1500 bytes of the path ${less(input)}`, hard: false };
}

/** What the measured way to the other end leaves. */
function measured(input: EndInput): Limit[] {
  const { facts, end, link } = input;
  if (facts.pathMtu?.known !== true) return [];
  const path = facts.pathMtu.value;
  return [{ bytes: path - overhead(link), why: `${path} bytes measured from ${facts.host} to ${end.outer.remote}, ${less(input)}`, hard: false }];
}

/** The MTU that both ends stand with; undefined where they do not stand alike. */
function standing(ends: Ends): number | undefined {
  const [a, b] = ends.map(({ facts }) => (facts.live.mtu.known ? facts.live.mtu.value : null));
  return a === b ? (a ?? undefined) : undefined;
}

/** @param limits - Of the drivers, in the order of the ends. */
function autoMtu(ends: Ends, limits: readonly [Limit, Limit]): { bytes: number; why: string } {
  const [a, b] = limits;
  const assumed = a.bytes <= b.bytes ? a : b;
  const [least = assumed] = ends.flatMap(measured).sort((x, y) => x.bytes - y.bytes);
  const most = least.bytes < assumed.bytes ? least : assumed;
  if (most !== assumed && assumed.fixed)
    return { bytes: assumed.bytes, why: `${assumed.why}; what is too long is cut into pieces on the way (${least.why})` };
  const blind = ends.find(({ facts }) => facts.pathMtu?.known === false)?.facts;
  const why = blind?.pathMtu?.known === false ? blind.pathMtu.why : '';
  const now = standing(ends);
  // Nothing says that more would cross than what stands: a path that cannot be measured any more is no wider one.
  if (blind !== undefined && now !== undefined && now < most.bytes)
    return { bytes: now, why: `it stands with ${now} on both ends, and the path cannot be measured from ${blind.host}: ${why}` };
  if (most !== assumed) return { bytes: most.bytes, why: most.why };
  if (ends[0] === ends[1]) return { bytes: a.bytes, why: `${a.why}; the other end is not looked at` };
  if (a.bytes !== b.bytes || a.hard || b.hard) return { bytes: assumed.bytes, why: assumed.why };
  const how = blind === undefined ? '' : `; the path was not measured, as from ${blind.host} ${why}`;
  return { bytes: assumed.bytes, why: `both ends can do ${assumed.bytes}: ${assumed.why}${how}` };
}

export function pairMtu(pair: Ends, goal: 'link' | 'unlink'): { bytes: number; why: string } {
  const wanted = pair[0].link.mtu;
  // Of an end that is somebody else's only the table is known, and that has one MTU for both.
  const [first = pair[0], second = first] = pair.filter((input) => input.elsewhere !== true);
  const limits = [limitOf(first), limitOf(second)] as const;
  if (wanted === 'auto') return autoMtu([first, second], limits);
  const over = limits.find((l) => (l.hard && wanted > l.bytes) || (l.fixed && wanted !== l.bytes));
  if (over !== undefined && goal === 'link') {
    throw new ProvisionError(
      'MTU_IMPOSSIBLE',
      `The link ${pair[0].link.name} asks for an MTU of ${wanted} bytes, and ${over.bytes} is the ${over.fixed ? 'only one' : 'most'}.`,
      {
        why: over.why,
        state: 'Nothing was changed.',
        place: pair[0].link.place,
        next: `Write mtu: auto, or ${over.bytes}${over.fixed ? '' : ' or less'}.`,
      },
    );
  }
  return { bytes: wanted, why: 'the inventory says so' };
}
