/**
 * The addresses that hosts have or announce: what no link may have.
 *
 * In: hosts of a draft. Out: addresses with the path to each, ranges.
 */
import { ANNOUNCED, isSubnet, readSubnet, type Subnet, toNumber } from './address.js';
import type { Draft, HostPart, Part } from './merge.js';
import type { Range } from './pools.js';

/** Outer addresses of a host with the path to each; a dynamic one is not known here. */
export function outerOf({ value: { address } }: Part<HostPart>): readonly { readonly path: readonly string[]; readonly address: string }[] {
  if (address === undefined || address === 'dynamic') return [];
  if (typeof address === 'string') return [{ path: ['address'], address }];
  if ('dynamic' in address) return [];
  return [
    { path: ['address', 'inside'], address: address.inside },
    { path: ['address', 'outside'], address: address.outside },
  ];
}

/** The prefixes that a host announces, in the order of the file. */
export const announcedOf = (host: Part<HostPart>): readonly Subnet[] =>
  (host.value.announces ?? []).map((text) => readSubnet(text, ANNOUNCED)).filter(isSubnet);

/** What subnets of links are not taken from, besides those of other links. */
export function hostRanges({ hosts }: Draft): readonly Range[] {
  return [...hosts.values()].flatMap((host): readonly Range[] => {
    const outer = outerOf(host).map(({ address }) => toNumber(address));
    return [...outer.map((n) => ({ first: n, last: n })), ...announcedOf(host)];
  });
}
