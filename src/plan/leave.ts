/**
 * What a link that stays does not want any more: a routing protocol is taken away as `unlink` would do it, and the tunnel is left as it is.
 *
 * In: the end's input. Out: steps with their undo. Pure.
 */
import type { FileStep, Step, UndoStep } from '../model/plan.js';
import { leaves } from '../playbook/compose.js';
import { bootSteps } from './boot.js';
import { markRemoval } from './one-way.js';
import { removeSteps } from './remove.js';
import { undoRemoval } from './undo-removal.js';
import { contextOf, type EndInput } from './wanted.js';

export interface Leaving {
  readonly live: readonly Step[];
  readonly boot: readonly FileStep[];
  readonly undo: readonly UndoStep[];
  /** What is not there any more, as it is wanted. */
  readonly holds: readonly { readonly attribute: string; readonly value: string }[];
}

export function leavingSteps(input: EndInput): Leaving {
  const { playbook } = input;
  const daemons = (playbook.daemons?.chosen ?? []).filter((d) => d.leaving === true);
  if (daemons.length === 0) return { live: [], boot: [], undo: [], holds: [] };
  const meant = (one: { readonly id: string }): boolean => leaves(playbook, one);
  const removal = removeSteps(input, meant);
  const boot = bootSteps(input, input.values, 'unlink', contextOf(input), meant);
  const made = undoRemoval(input, removal, boot);
  const gone = removal.length === 0 && boot.length === 0;
  return {
    live: markRemoval(input, removal, made),
    boot,
    undo: made.undo,
    holds: gone ? daemons.map((d) => ({ attribute: d.protocol, value: `absent, as wanted (${d.title})` })) : [],
  };
}
