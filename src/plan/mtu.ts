/**
 * One MTU for both ends.
 *
 * In: both ends with facts. Out: bytes and the reason in words. Pure. Unequal MTUs keep OSPF in ExStart (os-facts 13.2), so the smaller end decides.
 */
import { ProvisionError } from '../errors/error.js';
import { holds } from '../playbook/condition.js';
import { carrierName, overhead } from './carrier.js';
import { contextOf, type EndInput } from './wanted.js';

/** What the playbooks' usual MTU counts for GRE over IPv4. */
const PLAIN = 24;

interface Limit {
  readonly bytes: number;
  readonly why: string;
  readonly hard: boolean;
}

function limitOf(input: EndInput): Limit {
  const { playbook, facts } = input;
  const found = playbook.mtu.maximum.find((m) => holds(m.when, contextOf(input)));
  if (found !== undefined) return { bytes: found.bytes, why: `${facts.host}: ${found.why}`, hard: true };
  const more = overhead(input.link) - PLAIN;
  return { bytes: playbook.mtu.usual - more, why: `1500 bytes of the path less ${overhead(input.link)} of ${carrierName(input.link)}`, hard: false };
}

export function pairMtu(pair: readonly [EndInput, EndInput], goal: 'link' | 'unlink'): { bytes: number; why: string } {
  const wanted = pair[0].link.mtu;
  // Of an end that is somebody else's only the table is known, and that has one MTU for both.
  const [first = pair[0], second = first] = pair.filter((input) => input.elsewhere !== true);
  const limits = [limitOf(first), limitOf(second)];
  const [a, b] = limits as [Limit, Limit];
  const least = a.bytes <= b.bytes ? a : b;
  if (wanted === 'auto') {
    if (first === second) return { bytes: a.bytes, why: `${a.why}; the other end is not looked at` };
    const both = a.bytes === b.bytes && !a.hard && !b.hard;
    return { bytes: least.bytes, why: both ? `both ends can do ${least.bytes}: ${least.why}` : least.why };
  }
  const over = limits.find((l) => l.hard && wanted > l.bytes);
  if (over !== undefined && goal === 'link') {
    throw new ProvisionError('MTU_IMPOSSIBLE', `The link ${pair[0].link.name} asks for an MTU of ${wanted} bytes, and ${over.bytes} is the most.`, {
      why: over.why,
      state: 'Nothing was changed.',
      place: pair[0].link.place,
      next: `Write mtu: auto, or ${over.bytes} or less.`,
    });
  }
  return { bytes: wanted, why: 'the inventory says so' };
}
