/**
 * How to bring an interface back that an unlink takes away: the words of the playbook's own steps, filled with what the survey read.
 *
 * In: the end's input and the steps of its plan. Out: undo steps, or why there can be none. Pure. Only what was there comes back; what could not be
 * read is not guessed, so then the removal is one-way.
 */
import type { Known } from '../model/facts.js';
import type { FileStep, Step, UndoStep } from '../model/plan.js';
import { type Context, holds } from '../playbook/condition.js';
import type { PlaybookStep } from '../playbook/schema.js';
import { fillWords, namesIn } from '../playbook/template.js';
import type { Values } from '../playbook/values.js';
import { fileUndo, liveFileUndo, ofInterface, sourceId } from './undo.js';
import { contextOf, type EndInput } from './wanted.js';

export interface RemovalUndo {
  readonly undo: readonly UndoStep[];
  /** Why the interface cannot come back. */
  readonly oneWay?: string;
}

/** The first thing of the interface that could not be read. */
function unread(input: EndInput): string | undefined {
  const { live } = input.facts;
  const facts: readonly (readonly [string, Known<unknown>])[] = [
    ['state', live.exists],
    ['outer address pair', live.outer],
    ['inner address pair', live.inner],
    ['MTU', live.mtu],
    ['outer TTL', live.ttl],
    ['UP flag', live.up],
  ];
  for (const [name, fact] of facts) if (!fact.known) return `the ${name} of ${input.end.interface} could not be read: ${fact.why}`;
  return undefined;
}

/** Attributes and settings that were there. */
function had(input: EndInput): Set<string> {
  const { live } = input.facts;
  const there = (fact: Known<unknown>): boolean => fact.known && fact.value !== null && fact.value !== false;
  const { exists, outer, inner, mtu, ttl, up, settings } = live;
  const all = { interface: exists, outer, inner, mtu, ttl, up, ...settings };
  return new Set(Object.entries(all).flatMap(([name, fact]) => (there(fact) ? [name] : [])));
}

/** The values of a link's steps as they were; one that was not there is missing. */
function valuesBefore(input: EndInput): Values {
  const { values } = input;
  const names = ['mtu', 'ttl', 'outer.local', 'outer.remote', 'inner.local', 'inner.peer', 'inner.prefix', 'inner.netmask'];
  return values.with(Object.fromEntries(names.map((name) => [name, values.get(`before.${name}`)])));
}

/** How the playbook makes the interface again where nothing of it is left. */
function makeAgain(input: EndInput, was: ReadonlySet<string>, context: Context): (readonly [PlaybookStep, readonly (readonly string[])[]])[] {
  const isStatic = input.playbook.static.length > 0 && holds(input.playbook.static, contextOf(input));
  const done = new Set<string>();
  return input.playbook.steps.flatMap((step) => {
    const fresh = step.ensures.some((e) => was.has(e) && !done.has(e));
    // What serves other links too did not go with the interface.
    const went = step.touches === undefined && step.ensures.every((e) => ofInterface({ ensures: [e] }) || was.has(e));
    if (step.apart || !went || !fresh || (isStatic && step.ensures.includes('interface')) || !holds(step.when, context)) return [];
    for (const e of step.ensures) done.add(e);
    for (const e of step.spoils) done.delete(e);
    return [[step, step.variants.find((v) => holds(v.when, context))?.run ?? []] as const];
  });
}

/** An address raises an interface on many systems: one that was down is lowered at the end, as the undo of its `up` step does. */
function lower(input: EndInput): (readonly [PlaybookStep, readonly (readonly string[])[]])[] {
  const { up } = input.facts.live;
  const step = input.playbook.steps.find((s) => s.ensures.length === 1 && s.ensures[0] === 'up');
  if (!up.known || up.value || step === undefined) return [];
  return [[step, step.undo.find((u) => holds(u.when, contextOf(input)))?.run ?? []]];
}

export function undoRemoval(input: EndInput, removal: readonly Step[], boot: readonly FileStep[]): RemovalUndo {
  const files = boot.map((s) => fileUndo(s, input));
  const was = had(input);
  const daemons = daemonsAgain(input, removal, was);
  const own = input.playbook.remove.filter((s) => !s.apart).map((s) => s.id);
  const first = removal.find((s) => own.includes(sourceId(s)));
  if (first === undefined) return { undo: [...daemons, ...files] };
  const why = unread(input);
  if (why !== undefined) return { undo: files, oneWay: why };
  const { live } = input.facts;
  const gone = { known: true, value: null } as const;
  const off = { known: true, value: false } as const;
  const mtu = live.mtu.known && live.mtu.value !== null ? { wantMtu: live.mtu.value } : {};
  const context = contextOf(input, {
    ...mtu,
    creating: true,
    live: { ...live, exists: off, up: off, outer: gone, inner: gone },
    differs: was,
  });
  const values = valuesBefore(input);
  const runs = [...makeAgain(input, was, context), ...lower(input)];
  const lacking = runs.flatMap(([, run]) => run.flatMap(namesIn)).find((name) => !values.has(name));
  if (lacking !== undefined) return { undo: files, oneWay: `${input.end.interface} has no ${lacking}, and cannot be made again without` };
  const commands = runs.flatMap(([step, run]) =>
    run.map((words, i) => ({ id: `undo-${step.id}.${i + 1}`, of: sourceId(first), words: fillWords(words, values) })),
  );
  if (commands.length === 0) return { undo: files, oneWay: `the playbook ${input.playbook.name} does not say how it is made again` };
  return { undo: [...commands, ...daemons, ...files] };
}

/** What daemons had of the interface comes back by the undo of their own steps, once the interface is there again. */
function daemonsAgain(input: EndInput, removal: readonly Step[], was: ReadonlySet<string>): UndoStep[] {
  const gone = input.playbook.remove.filter((s) => s.apart && removal.some((r) => sourceId(r) === s.id));
  const ensured = new Set(gone.flatMap((s) => s.ensures));
  const files = gone.flatMap((s) => liveFileUndo(input, removal, s));
  const steps = input.playbook.steps.filter((s) => s.apart && s.ensures.some((e) => ensured.has(e) && was.has(e)));
  const commands = steps.flatMap((step) => {
    const of = gone.find((g) => g.ensures.some((e) => step.ensures.includes(e)))?.id ?? '';
    const run = step.undo.find((u) => holds(u.when, contextOf(input)))?.run ?? [];
    return run.map((words, i): UndoStep => ({ id: `undo-${step.id}.${i + 1}`, of, words: fillWords(words, input.values) }));
  });
  return [...files, ...commands];
}
