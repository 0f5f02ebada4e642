/**
 * What a link that stays does not want any more: a routing protocol is taken away from its daemon as `unlink` would do it, and the tunnel is left as it is.
 * Files for the next start are those of `bootSteps`.
 *
 * In: the end's input. Out: steps with their undo. Pure.
 */
import type { Step, UndoStep } from '../model/plan.js';
import { leaves } from '../playbook/compose.js';
import { markRemoval } from './one-way.js';
import { removeSteps } from './remove.js';
import { undoRemoval } from './undo-removal.js';
import type { EndInput } from './wanted.js';

export interface Leaving {
  readonly steps: readonly Step[];
  readonly undo: readonly UndoStep[];
  /** What is not there any more, as it is wanted. */
  readonly holds: readonly { readonly attribute: string; readonly value: string }[];
}

export function leavingSteps(input: EndInput): Leaving {
  const { playbook } = input;
  const daemons = (playbook.daemons?.chosen ?? []).filter((d) => d.leaving === true);
  if (daemons.length === 0) return { steps: [], undo: [], holds: [] };
  const removal = removeSteps(input, (step) => leaves(playbook, step));
  const made = undoRemoval(input, removal, []);
  return {
    steps: markRemoval(input, removal, made),
    undo: made.undo,
    holds: removal.length === 0 ? daemons.map((d) => ({ attribute: d.protocol, value: `absent, as wanted (${d.title})` })) : [],
  };
}
