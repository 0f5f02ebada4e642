/**
 * Steps that take the tunnel down on one end, in the order of its playbook. Pure.
 */
import type { Step } from '../model/plan.js';
import { holds } from '../playbook/condition.js';
import { liveFileSteps } from './boot.js';
import { commandsOf } from './steps.js';
import { contextOf, type EndInput } from './wanted.js';

export function removeSteps(input: EndInput): Step[] {
  const context = contextOf(input);
  return input.playbook.remove
    .filter((step) => holds(step.when, context))
    .flatMap((step) => [...liveFileSteps(input, step, 'unlink', context), ...commandsOf(step, context, input.values, '-')]);
}
