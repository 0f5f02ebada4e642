/**
 * How to bring one end back to what the survey found.
 *
 * In: the end's input and the steps of its plan. Out: undo steps, in the order in which they must run. Pure, and made from facts read before
 * the first change: an address that was there comes back, an interface that was there stays.
 * An interface that the plan makes is simply taken away. One that was there gets its attributes back in the playbook's own order, because the order rules
 * of the driver hold on the way back too (on old kernels the inner pair overwrites the outer one).
 */
import type { FileStep, Step, UndoStep } from '../model/plan.js';
import { type Context, holds } from '../playbook/condition.js';
import type { PlaybookStep } from '../playbook/schema.js';
import { fillWords, namesIn } from '../playbook/template.js';
import { contextOf, differences, type EndInput, isCreating } from './wanted.js';

const OF_INTERFACE = new Set(['interface', 'outer', 'inner', 'mtu', 'ttl', 'up']);

/** Whether what a step ensures comes and goes with the interface. */
export const ofInterface = ({ ensures }: { readonly ensures: readonly string[] }): boolean => ensures.every((e) => OF_INTERFACE.has(e));

/** The id of the playbook's step that a plan step came from (`outer.2` came from `outer`). */
export const sourceId = (step: Step): string => step.id.replace(/\.\d+$/, '');

function commandsFor(step: PlaybookStep, input: EndInput, context: Context): UndoStep[] {
  const variant = step.undo.find((u) => holds(u.when, context));
  if (variant === undefined) return [];
  // A value that was not there before cannot come back: then there is nothing to undo.
  const known = variant.run.every((words) => namesIn(words).every((name) => input.values.has(name)));
  if (!known) return [];
  return variant.run.map((words, i) => ({ id: `undo-${step.id}.${i + 1}`, of: step.id, words: fillWords(words, input.values) }));
}

export function fileUndo(step: FileStep, input: EndInput): UndoStep {
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

/** The files of a step go back before its commands do: a program reads them then. */
export function liveFileUndo(input: EndInput, steps: readonly Step[], step: PlaybookStep): UndoStep[] {
  const own = new Set(step.files.map((f) => f.id));
  return steps.filter((s): s is FileStep => 'file' in s && s.phase === 'live' && own.has(s.id)).map((s) => fileUndo(s, input));
}

export function undoSteps(input: EndInput, steps: readonly Step[], mtuBytes: number): UndoStep[] {
  const taken = new Set(steps.filter((s) => !('file' in s)).map(sourceId));
  const exists = input.facts.live.exists.known && input.facts.live.exists.value;
  const creating = taken.size > 0 && isCreating(input, mtuBytes);
  const wanted = input.playbook.steps.filter((step) => {
    if (!creating) return taken.has(step.id);
    // Made by the plan: its own undo is enough. Made anew: everything it had comes back.
    if (ofInterface(step)) return exists || (step.ensures.includes('interface') && taken.has(step.id));
    return taken.has(step.id) && !(step.ensures.includes('driver') && exists);
  });
  const differs = wanted.length === 0 ? new Set<string>() : differences(input, mtuBytes, creating);
  const context = contextOf(input, { differs, wantMtu: mtuBytes, creating });
  const files = steps.filter((s): s is FileStep => 'file' in s && s.phase === 'boot').map((s) => fileUndo(s, input));
  // An interface made anew lost everything at once: all of its undo belongs to the step that took it away.
  const maker = creating && exists ? input.playbook.steps.find((s) => s.ensures.includes('interface'))?.id : undefined;
  // What was put up last goes first: a daemon lets go of the interface before that is taken away.
  const daemons = wanted.filter((s) => s.apart).flatMap((s) => [...liveFileUndo(input, steps, s), ...commandsFor(s, input, context)]);
  const commands = wanted
    .filter((s) => !s.apart)
    .flatMap((step) => commandsFor(step, input, context).map((u) => (maker !== undefined && ofInterface(step) ? { ...u, of: maker } : u)));
  return [...daemons, ...commands, ...files];
}
