/**
 * Which steps nothing takes back, and whether a plan that has such steps may be carried out.
 *
 * In: the steps of one end and their undo. Out: the same steps, the one-way ones marked with the reason; for a whole plan an error, or none. Pure.
 * A step is covered by an undo of its own, by that of the step that makes the interface where it touches nothing else, or by the playbook's word that
 * what it does stays for everybody.
 */
import { clean } from '../errors/clean.js';
import { ProvisionError } from '../errors/error.js';
import type { LinkPlan, Step, UndoStep } from '../model/plan.js';
import { ofInterface, sourceId } from './undo.js';
import type { RemovalUndo } from './undo-removal.js';
import type { EndInput } from './wanted.js';

const mark = (step: Step, oneWay: string | undefined): Step => (oneWay === undefined ? step : { ...step, oneWay });

/** Marks the steps of a link. */
export function markSteps(input: EndInput, steps: readonly Step[], undo: readonly UndoStep[]): Step[] {
  const { playbook } = input;
  const undone = new Set(undo.map((u) => u.of));
  const makes = steps.find((s) => s.ensures.includes('interface'));
  return steps.map((step) => {
    // What touches only an interface that the plan makes goes, or stays, with it.
    const id = makes !== undefined && ofInterface(step) ? sourceId(makes) : sourceId(step);
    const own = playbook.steps.find((s) => s.id === id);
    if (undone.has(id) || own?.stays !== undefined) return step;
    const fits = own !== undefined && own.undo.length > 0;
    return mark(step, fits ? `what ${id} changes was not read, so no undo can be made of it` : `the playbook ${playbook.name} has no undo for ${id}`);
  });
}

/** Marks the steps of an unlink: the interface comes back as a whole or not at all. */
export function markRemoval(input: EndInput, removal: readonly Step[], made: RemovalUndo): Step[] {
  const { settings } = input.facts.live;
  const comesBack = (e: string): boolean => ofInterface({ ensures: [e] }) || settings[e]?.known === true;
  return removal.map((step) => {
    const own = input.playbook.remove.find((s) => s.id === sourceId(step));
    if (own?.stays !== undefined) return step;
    if (made.oneWay === undefined && !step.ensures.every(comesBack))
      return mark(step, `the playbook ${input.playbook.name} has no undo for ${step.id}`);
    return mark(step, made.oneWay);
  });
}

const what = (step: Step): string => clean('words' in step ? step.words.join(' ') : step.file.path, { max: 200 });

/**
 * The last word before anything changes.
 *
 * @param given - Whether the person said --one-way.
 * @returns An error that names every such step, or undefined where the plan may be carried out.
 */
export function refusesOneWay(plan: LinkPlan, given: boolean): ProvisionError | undefined {
  const found = plan.ends.flatMap((end) =>
    end.steps.flatMap((step) => (step.oneWay === undefined ? [] : [{ host: end.host, step, why: step.oneWay }])),
  );
  const [first] = found;
  if (given || first === undefined) return undefined;
  const hosts = [...new Set(found.map((f) => f.host))];
  const named = found.map((f) => `${what(f.step)} (on ${f.host})`).join('; ');
  const reasons = [...new Set(found.map((f) => `${hosts.length > 1 ? `${f.host}: ` : ''}${f.why}`))].join('; ');
  return new ProvisionError('ONE_WAY', `The plan of ${plan.link} has steps that nothing takes back: ${named}.`, {
    ...(hosts.length === 1 ? { host: first.host } : {}),
    ...(found.length === 1 ? { step: first.step.id } : {}),
    why: `${reasons.slice(0, 1).toUpperCase()}${reasons.slice(1)}.`,
    state: 'Nothing was changed.',
  });
}
