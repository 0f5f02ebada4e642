/**
 * Steps that take the tunnel down on one end, in the order of its playbook. Pure.
 */
import type { Step } from '../model/plan.js';
import { holds } from '../playbook/condition.js';
import type { PlaybookStep } from '../playbook/schema.js';
import { liveFileSteps } from './boot.js';
import { commandsOf } from './steps.js';
import { contextOf, type EndInput } from './wanted.js';

/** @param which - Those that are meant. */
export function removeSteps(input: EndInput, which: (step: PlaybookStep) => boolean = () => true): Step[] {
  const context = contextOf(input);
  return input.playbook.remove
    .filter((step) => which(step) && holds(step.when, context))
    .flatMap((step) => [...liveFileSteps(input, step, 'unlink', context), ...commandsOf(step, context, input.values, '-')]);
}
