/**
 * How to bring one end back to what the survey found.
 *
 * In: the end's input and the steps of its plan. Out: undo steps, in the order in which they must run. Pure, and made from facts read before
 * the first change: an address that was there comes back, an interface that was there stays.
 * An interface that the plan makes is simply taken away. One that was there gets its attributes back in the playbook's own order, because the order rules
 * of the driver hold on the way back too (on old kernels the inner pair overwrites the outer one).
 */
import type { FileStep, Step, UndoStep } from '../model/plan.js';
import { holds } from '../playbook/condition.js';
import type { PlaybookStep } from '../playbook/schema.js';
import { fillWords, placeholders } from '../playbook/template.js';
import { contextOf, differences, type EndInput, isCreating } from './wanted.js';

const OF_INTERFACE = new Set(['interface', 'outer', 'inner', 'mtu', 'ttl', 'up']);

/** The id of the playbook's step that a plan step came from (`outer.2` came from `outer`). */
export const sourceId = (step: Step): string => step.id.replace(/\.\d+$/, '');

function commandsFor(step: PlaybookStep, input: EndInput, mtuBytes: number, creating: boolean): UndoStep[] {
  const differs = differences(input, mtuBytes, creating);
  const context = contextOf(input, { differs, wantMtu: mtuBytes, creating });
  const variant = step.undo.find((u) => holds(u.when, context));
  if (variant === undefined) return [];
  // A value that was not there before cannot come back: then there is nothing to undo.
  const known = variant.run.every((words) => words.flatMap(placeholders).every((name) => input.values[name] !== undefined));
  if (!known) return [];
  return variant.run.map((words, i) => ({ id: `undo-${step.id}.${i + 1}`, of: step.id, words: fillWords(words, input.values) }));
}

function fileUndo(step: FileStep, input: EndInput): UndoStep {
  const { file } = step;
  const seen = input.facts.files.get(file.path)?.mode;
  const mode = file.block === undefined && seen !== undefined ? { mode: octal(seen) } : {};
  return { id: `undo-${step.id}`, of: step.id, file: { ...file, ...mode, content: file.before, before: file.content } };
}

/** `0644` from `-rw-r--r--`. */
export function octal(bits: string): string {
  const digits = [1, 4, 7].map((at) => ['r', 'w', 'x'].reduce((sum, letter, i) => sum + (bits[at + i] === letter ? 4 >> i : 0), 0));
  return `0${digits.join('')}`;
}

export function undoSteps(input: EndInput, steps: readonly Step[], mtuBytes: number): UndoStep[] {
  const taken = new Set(steps.filter((s) => !('file' in s)).map(sourceId));
  const exists = input.facts.live.exists.known && input.facts.live.exists.value;
  const creating = taken.size > 0 && isCreating(input, mtuBytes);
  const ofInterface = (step: PlaybookStep): boolean => step.ensures.every((e) => OF_INTERFACE.has(e));
  const wanted = input.playbook.steps.filter((step) => {
    if (!creating) return taken.has(step.id);
    // Made by the plan: its own undo is enough. Made anew: everything it had comes back.
    if (ofInterface(step)) return exists || (step.ensures.includes('interface') && taken.has(step.id));
    return taken.has(step.id) && !(step.ensures.includes('driver') && exists);
  });
  const files = steps.filter((s): s is FileStep => 'file' in s).map((s) => fileUndo(s, input));
  // An interface made anew lost everything at once: all of its undo belongs to the step that took it away.
  const maker = creating && exists ? input.playbook.steps.find((s) => s.ensures.includes('interface'))?.id : undefined;
  const commands = wanted.flatMap((step) =>
    commandsFor(step, input, mtuBytes, creating).map((u) => (maker !== undefined && ofInterface(step) ? { ...u, of: maker } : u)),
  );
  return [...commands, ...files];
}

/** Undo of an unlink: the interface is made again with what it had. The same words as those of a link, filled with what was read. */
export function undoRemoval(input: EndInput, removal: readonly Step[], boot: readonly FileStep[]): UndoStep[] {
  const { live } = input.facts;
  const files = boot.map((s) => fileUndo(s, input));
  const outer = live.outer.known ? live.outer.value : null;
  const inner = live.inner.known ? live.inner.value : null;
  const mtu = live.mtu.known ? live.mtu.value : null;
  if (!live.exists.known || !live.exists.value || outer === null || inner === null || mtu === null) return files;
  const context = contextOf(input, {
    creating: true,
    wantMtu: mtu,
    live: {
      ...live,
      exists: { known: true, value: false },
      up: { known: true, value: false },
      outer: { known: true, value: null },
      inner: { known: true, value: null },
    },
    differs: new Set(['interface', 'outer', 'inner', 'mtu', 'ttl', 'up', ...Object.keys(live.settings)]),
  });
  const values = {
    ...input.values,
    mtu: String(mtu),
    ...(live.ttl.known && live.ttl.value !== null ? { ttl: live.ttl.value } : {}),
    'outer.local': outer.local,
    'outer.remote': outer.remote,
    'inner.local': inner.local,
    'inner.peer': input.values['before.inner.peer'] ?? inner.peer,
    'inner.prefix': input.values['before.inner.prefix'] ?? '32',
    'inner.netmask': input.values['before.inner.netmask'] ?? '255.255.255.255',
  };
  const isStatic = input.playbook.static.length > 0 && holds(input.playbook.static, contextOf(input));
  const done = new Set<string>();
  const first = removal[0];
  const of = first === undefined ? '' : sourceId(first);
  const commands = input.playbook.steps.flatMap((step): UndoStep[] => {
    const fresh = step.ensures.filter((e) => !done.has(e));
    const wanted = step.ensures.every((e) => OF_INTERFACE.has(e) || (live.settings[e]?.known === true && live.settings[e]?.value !== null));
    if (!wanted || fresh.length === 0 || (isStatic && step.ensures.includes('interface')) || !holds(step.when, context)) return [];
    const variant = step.variants.find((v) => holds(v.when, context));
    for (const e of step.ensures) done.add(e);
    for (const e of step.spoils) done.delete(e);
    return (variant?.run ?? []).map((words, i) => ({ id: `undo-${step.id}.${i + 1}`, of, words: fillWords(words, values) }));
  });
  return [...commands, ...files];
}
