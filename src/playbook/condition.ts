/**
 * Conditions of a playbook: whether a rule, a step or a boot file applies.
 *
 * In: conditions and what is known. Out: true or false. A condition over something that is not known yet is false, and so is its `not`
 * only if the thing itself is there: ask for facts that the survey reads.
 */
import type { DriverFact, FileFact, ProbeFact, TunnelState } from '../model/facts.js';
import type { Link } from '../model/inventory.js';
import { onceFor } from './once.js';
import { inRange } from './release.js';
import type { Condition } from './schema.js';
import { fillText, mayMatch, patternOf } from './template.js';
import type { Values } from './values.js';

export interface Context {
  readonly release: string;
  readonly probes: Readonly<Record<string, ProbeFact>>;
  /** Files that were looked at. */
  readonly files?: ReadonlyMap<string, FileFact>;
  readonly values: Values;
  readonly driver?: DriverFact['state'];
  readonly live?: TunnelState;
  readonly wantMtu?: number;
  /** The interface will be new when the steps run. */
  readonly creating?: boolean;
  /** Attributes and settings that are not as wanted. */
  readonly differs?: ReadonlySet<string>;
  readonly loopbackRoute?: boolean;
  readonly multicast?: boolean;
  readonly mss?: boolean;
}

/** What a link says of the options that conditions can name. */
export const optionsOf = (link: Link): Required<Pick<Context, 'loopbackRoute' | 'multicast' | 'mss'>> => ({
  loopbackRoute: link.loopbackRoute,
  multicast: link.multicast ?? true,
  mss: link.mss ?? false,
});

export function holds(conditions: readonly Condition[], context: Context): boolean {
  for (const condition of conditions) if (!holdsOne(condition, context)) return false;
  return true;
}

function holdsOne(c: Condition, context: Context): boolean {
  if ('not' in c) return !holdsOne(c.not, context);
  if ('any' in c) return c.any.some((inner) => holdsOne(inner, context));
  if ('all' in c) return c.all.every((inner) => holdsOne(inner, context));
  if ('probe' in c) return probeHolds(c, context);
  if ('file' in c) return fileHolds(c, context);
  if ('release' in c) return inRange(context.release, c.release);
  if ('driver' in c) return context.driver === c.driver;
  if ('creating' in c) return (context.creating ?? false) === c.creating;
  if ('differs' in c) return context.differs?.has(c.differs) ?? false;
  if ('option' in c) return context[c.option] ?? false;
  if ('value' in c) return context.values.get(c.value) === c.is;
  if ('given' in c) return context.values.has(c.given);
  if ('wantMtu' in c) {
    const want = context.wantMtu;
    if (want === undefined) return false;
    return (c.wantMtu.not === undefined || want !== c.wantMtu.not) && (c.wantMtu.above === undefined || want > c.wantMtu.above);
  }
  return liveHolds(c, context.live);
}

type LiveCondition = Extract<Condition, { exists: boolean } | { up: boolean } | { has: string } | { liveMtu: object }>;

function liveHolds(c: LiveCondition, live: TunnelState | undefined): boolean {
  if (live === undefined) return false;
  if ('exists' in c) return live.exists.known && live.exists.value === c.exists;
  if ('up' in c) return live.up.known && live.up.value === c.up;
  if ('has' in c) {
    const pair = c.has === 'outer' ? live.outer : live.inner;
    return pair.known && pair.value !== null;
  }
  const mtu = live.mtu.known ? live.mtu.value : null;
  if (mtu === null) return false;
  return (c.liveMtu.is === undefined || mtu === c.liveMtu.is) && (c.liveMtu.above === undefined || mtu > c.liveMtu.above);
}

const matches = (pattern: string, text: string, { values }: Context): boolean =>
  mayMatch(pattern, values, text) && patternOf(pattern, values, 'm').test(text);

/** What others wrote into a file: its text in latin1 without our blocks. */
export const foreignText = onceFor((content: Uint8Array): string =>
  Buffer.from(content)
    .toString('latin1')
    .replaceAll(/^# BEGIN provision (\S+)\n[\s\S]*?^# END provision \1$/gm, ''),
);

/** Our own blocks are not part of what a file says. */
function fileHolds(c: Extract<Condition, { file: string }>, context: Context): boolean {
  const file = context.files?.get(fillText(c.file, context.values));
  if (file?.state !== 'file') return c.matches === undefined && c.lacks !== undefined;
  const text = foreignText(file.content);
  const found = (pattern: string): boolean => matches(pattern, text, context);
  return (c.matches === undefined || found(c.matches)) && (c.lacks === undefined || !found(c.lacks));
}

/** Paths that conditions ask about, placeholders not yet filled. */
export function conditionFiles(conditions: readonly Condition[]): string[] {
  return conditions.flatMap((c) => {
    if ('file' in c) return [c.file];
    if ('not' in c) return conditionFiles([c.not]);
    if ('any' in c) return conditionFiles(c.any);
    return 'all' in c ? conditionFiles(c.all) : [];
  });
}

function probeHolds(c: Extract<Condition, { probe: string }>, context: Context): boolean {
  const probe = context.probes[c.probe];
  if (probe === undefined) return false;
  const text = `${probe.stdout}\n${probe.stderr}`;
  const found = (pattern: string): boolean => matches(pattern, text, context);
  return (
    (c.exit === undefined || probe.exit === c.exit) &&
    (c.exitNot === undefined || probe.exit !== c.exitNot) &&
    (c.matches === undefined || found(c.matches)) &&
    (c.lacks === undefined || !found(c.lacks))
  );
}
