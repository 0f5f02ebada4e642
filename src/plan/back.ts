/**
 * The plan that goes back to before a run that is over: the undo of that run is what is done now, and its steps are what takes this back.
 *
 * In: the run as its journal tells it, and how guards are set up on both hosts today. Out: a plan like any other. Pure.
 */
import type { PastRun } from '../model/past.js';
import type { Action, EndPlan, GuardWay, LinkPlan, Step, UndoStep } from '../model/plan.js';
import { ofInterface, sourceId } from './undo.js';

const OPPOSITE: Readonly<Record<Action, Action>> = { '+': '-', '~': '~', '-': '+' };

/** The id without what going back and forth has put before it. */
const bare = (id: string): string => id.replace(/^(undo-)?(back-)?/, '');

function backStep(undo: UndoStep, owner: Step | undefined): Step {
  const base = {
    id: `back-${bare(undo.id)}`,
    title: owner === undefined ? 'as before' : `take back: ${owner.title.replace(/^take back: /, '')}`,
    ensures: owner?.ensures ?? [],
    action: OPPOSITE[owner?.action ?? '~'],
    ...(owner?.interrupts === undefined ? {} : { interrupts: owner.interrupts }),
    ...(owner?.touches === undefined ? {} : { touches: owner.touches }),
    source: owner?.source ?? 'the journal of the run',
  };
  return undo.file === undefined
    ? { ...base, phase: 'live', words: undo.words ?? [], proofs: [], mayFail: true }
    : { ...base, phase: owner?.phase ?? 'boot', file: undo.file };
}

/** The step of the run as what takes this back. */
function forwardUndo(step: Step, of: string): UndoStep {
  const id = `undo-back-${bare(step.id)}`;
  return 'file' in step ? { id, of, file: step.file } : { id, of, words: step.words };
}

/** Whether a step of the run may have been carried out; one that ended well has carried out all. */
const wasTried = ({ state, attempted }: PastRun, host: string, step: Step): boolean =>
  state === 'as-wanted' || attempted.get(host)?.has(step.id) === true;

function backEnd(end: EndPlan, attempted: (step: Step) => boolean, guard: GuardWay): EndPlan {
  const done = end.steps.filter(attempted);
  const sources = new Set(done.map(sourceId));
  const taken = end.undo.filter((u) => sources.has(u.of));
  const owner = (undo: UndoStep): Step | undefined => done.find((s) => sourceId(s) === undo.of);
  // Of a file that a program reads while the system runs the order counts: it goes back before the command that loads it.
  const atCommit = (undo: UndoStep): boolean => undo.file !== undefined && owner(undo)?.phase !== 'live';
  const live = taken.filter((u) => !atCommit(u));
  const files = taken.filter(atCommit);
  // A step that only shaped an interface of its own run has no undo: it goes with the one that takes the interface away.
  const maker = done.find((s) => s.ensures.includes('interface'));
  const undoneBy = (step: Step): UndoStep | undefined =>
    taken.find((u) => u.of === sourceId(step)) ??
    (maker !== undefined && ofInterface(step) ? taken.find((u) => u.of === sourceId(maker)) : undefined);
  const undo = done.flatMap((step) => {
    const by = undoneBy(step);
    return by === undefined ? [] : [forwardUndo(step, sourceId(backStep(by, undefined)))];
  });
  const steps = [...live, ...files].map((u) => backStep(u, owner(u)));
  return { ...end, steps, undo, guard, holds: [] };
}

/**
 * @param guards - As they are set up today, in the order of the run's ends.
 * @param sshPath - Hosts whose SSH connection runs through this tunnel.
 */
export function planBack(past: PastRun, guards: readonly [GuardWay, GuardWay], sshPath: readonly string[]): LinkPlan {
  const { plan } = past;
  const back = (i: 0 | 1): EndPlan => backEnd(plan.ends[i], (s) => wasTried(past, plan.ends[i].host, s), guards[i]);
  const mtu = { bytes: plan.mtu.bytes, why: `going back to before run ${past.run}` };
  return { link: plan.link, goal: 'rollback', mtu, ends: [back(0), back(1)], warnings: [], sshPath };
}

/** The steps of a run that nothing takes back. */
export function oneWayOf(past: PastRun): { readonly host: string; readonly step: Step }[] {
  return past.plan.ends.flatMap(({ host, steps }) =>
    steps.filter((s) => s.oneWay !== undefined && wasTried(past, host, s)).map((step) => ({ host, step })),
  );
}
