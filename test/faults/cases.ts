/**
 * Which faults strike where: every pair, verb, end and call of the wire program, thinned to what one run can afford.
 *
 * In: the calls that a clean run sends. Out: a list of cases, the same in every run.
 */

export const PAIRS = [
  ['NetBSD 1.5.2', 'FreeBSD 4.5'],
  ['NetBSD 9.3', 'FreeBSD 14.1'],
  ['OpenBSD 7.5', 'Debian 12 networkd'],
  ['OpenBSD 3.0', 'Debian 12'],
  ['FreeBSD 9.3', 'Ubuntu 22.04'],
  ['NetBSD 1.6.2', 'Debian 12 NetworkManager'],
] as const satisfies readonly (readonly [string, string])[];

export const VERBS = ['link', 're-point', 'unlink'] as const;

/** killed: the controller is gone for good. cut, cut off: a connection is lost, and can be opened again or not. disk: full from then on. clock: it jumps. */
export const FAULTS = ['killed', 'cut', 'cut off', 'power', 'refused', 'disk', 'hang', 'clock'] as const;

export type Verb = (typeof VERBS)[number];
export type Fault = (typeof FAULTS)[number];
export type Side = 'left' | 'right';
export type When = 'before' | 'after';

/** A call that a clean run sends after the plan, and its place among those of its host. */
export interface Sent {
  readonly side: Side;
  readonly index: number;
  readonly verb: string;
  readonly id: string;
}

export interface FaultCase {
  readonly pair: readonly [string, string];
  readonly verb: Verb;
  /** The host whose call it is. */
  readonly at: Sent;
  /** Whether the other end is struck at the same moment. */
  readonly both: boolean;
  readonly when: When;
  readonly fault: Fault;
}

export const nameOf = (c: FaultCase): string =>
  `${c.pair.join(' / ')}, ${c.verb}, ${c.both ? 'both ends at a call of ' : ''}${c.at.side}: ${c.fault} ${c.when} call ${c.at.index} (${c.at.verb} ${c.at.id})`;

const LOOKING = new Set(['probe', 'look']);

/** Calls that only look leave nothing behind; fewer of them are struck. */
export const acts = (c: FaultCase): boolean => !LOOKING.has(c.at.verb);

/** The controller is one for both ends, so its end has no sides; neither does what strikes nobody. */
const sides = (fault: Fault): readonly boolean[] => (fault === 'killed' || fault === 'clock' ? [false] : [false, true]);

export function allCases(pair: readonly [string, string], verb: Verb, calls: readonly Sent[]): FaultCase[] {
  return calls.flatMap((at) =>
    FAULTS.flatMap((fault) =>
      sides(fault).flatMap((both) => (['before', 'after'] as const).map((when): FaultCase => ({ pair, verb, at, both, when, fault }))),
    ),
  );
}

const common = (a: number, b: number): number => (b === 0 ? a : common(b, a % b));

/** About `most` of them, evenly: the stride shares no factor with the kinds of faults of one call, so each kind meets each sort of call. */
export function thin(cases: readonly FaultCase[], most: number, stride = Math.max(1, Math.floor(cases.length / most))): FaultCase[] {
  const perCall = allCases(['', ''], 'link', [{ side: 'left', index: 0, verb: '', id: '' }]).length;
  let step = stride;
  while (common(step, perCall) !== 1) step += 1;
  return cases.filter((_, i) => i % step === 0);
}
