/**
 * What a diagnosis looks at: both ends of one link, read at the same time. Types, and how a piece of it is shown.
 */
import type { Mend, Seen } from '../model/diagnosis.js';
import type { Facts, ProbeFact } from '../model/facts.js';
import type { End } from '../model/inventory.js';
import type { EvidenceRules } from '../playbook/schema-evidence.js';
import type { NeighbourEvidence } from '../verify/neighbour.js';
import type { PingEvidence } from '../verify/ping.js';

/** The way a packet to an address takes. */
export interface Way {
  readonly to: string;
  /** Absent: there is no route. */
  readonly interface?: string;
  readonly source?: string;
  readonly gateway?: string;
  readonly seen: Seen;
}

/** A rule of a packet filter that drops what the tunnel needs. */
export interface Drop {
  readonly filter: string;
  readonly carries: 'outer' | 'inner' | 'routing';
  readonly way: 'in' | 'out';
  readonly told: readonly string[];
  /** Answers to what this host has sent are let in all the same. */
  readonly stateful: boolean;
  readonly seen: Seen;
}

/** Packets of the tunnel that came to the host, whatever a filter did to them. */
export interface Captured {
  readonly sources: readonly string[];
  readonly seen: Seen;
}

/** One attribute or setting that is not as the inventory wants it, with what it means. */
export interface Difference {
  readonly attribute: string;
  readonly rule?: EvidenceRules['settings'][string];
}

export interface EndEvidence {
  readonly host: string;
  readonly end: End;
  /** Behind a gateway that translates, as the inventory says: the address that the world sees. */
  readonly outside?: string;
  readonly facts: Facts;
  /** The live interface, as the host shows it. */
  readonly shown: Seen;
  readonly addresses: readonly { readonly interface: string; readonly address: string }[];
  /** The answer with the inner addresses, and that of each setting which has one of its own. */
  readonly innerSeen: Seen;
  readonly settingSeen: Readonly<Record<string, Seen>>;
  readonly differs: readonly Difference[];
  /** Titles of the boot steps that a link run would still have. */
  readonly unkept: readonly string[];
  /** What both ends are to have, bytes: what the inventory says, or what was measured of the path. */
  readonly wantedMtu: number;
  readonly ways: { readonly outer?: Way; readonly inner?: Way };
  readonly drops: readonly Drop[];
  /** Where what comes in is dropped if the way back goes elsewhere. */
  readonly strict: readonly { readonly of: 'outer' | 'inner'; readonly seen: Seen }[];
  /** What the playbook can mend by itself here, by the code of the cause. */
  readonly mends: Readonly<Record<string, Extract<Mend, { kind: 'steps' }>>>;
  /** The outer packet has the TTL of the inner one. */
  readonly copiesTtl: boolean;
  /** Of the routing daemons of the link, one for each protocol. */
  readonly neighbours: readonly NeighbourEvidence[];
  readonly pings: PingEvidence;
  readonly captured?: Captured;
}

export type PairEvidence = readonly [EndEvidence, EndEvidence];

const MOST = 12;

/** What a command said, shortened; `only`: lines that match. */
export function seenOf(host: string, fact: ProbeFact, only?: RegExp): Seen {
  const all = `${fact.stdout}\n${fact.stderr}`.split('\n').filter((l) => l.trim() !== '');
  const lines = only === undefined ? all : all.filter((l) => only.test(l));
  return { host, command: fact.words.join(' '), lines: lines.slice(0, MOST) };
}

/** Whether packets of this end reach the other. */
export const crosses = (e: EndEvidence): boolean => e.pings.received > 0;

export const bothCross = ([a, b]: PairEvidence): boolean => crosses(a) && crosses(b);

/** The end and the other one, both ways round. */
export const directions = ([a, b]: PairEvidence): readonly (readonly [from: EndEvidence, to: EndEvidence])[] => [
  [a, b],
  [b, a],
];

/** This end has sent pings, and nothing of it comes out of the tunnel at the other one. */
export const lost = (to: EndEvidence): boolean => to.pings.counted?.received === 0;

/** Packets leave by the tunnel. */
export const leaves = (from: EndEvidence): boolean => (from.pings.counted?.sent ?? 1) > 0;
