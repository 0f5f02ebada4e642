/**
 * The guard of a pair: before the first change each host gets an undo script and a timer of its own, so that it goes back by itself if we are gone.
 *
 * In: a plan with its undo. Out: both ends armed, or neither; and afterwards both disarmed, or the word that one has fired.
 */
import { ProvisionError } from '../errors/error.js';
import type { EndPlan, LinkPlan, UndoStep } from '../model/plan.js';
import type { ArmCall, Call, CallRecord } from '../model/wire.js';
import { fillWords } from '../playbook/template.js';
import { undoScript } from '../script/guard.js';
import { both } from './pair.js';
import { newRun } from './run.js';
import { fileCall } from './steps.js';
import type { World } from './world.js';

/** An armed pair. */
export interface Guarded {
  readonly run: string;
  readonly seconds: number;
}

/** Commands may fail, each file is a phase of its own: what cannot be taken back must not keep the rest from it. */
export function undoPhases(undo: readonly UndoStep[]): Call[][] {
  const commands = undo.flatMap((u): Call[] => (u.words === undefined ? [] : [{ verb: 'try', id: u.id, words: u.words }]));
  const files = undo.flatMap((u): Call[][] => (u.file === undefined ? [] : [[fileCall(u.id, u.file)]]));
  return [...(commands.length === 0 ? [] : [commands]), ...files];
}

const hasSteps = (end: EndPlan): boolean => end.steps.length > 0;

function armCall(end: EndPlan, guarded: Guarded): ArmCall {
  const { run, seconds } = guarded;
  const { state, timer } = end.guard;
  const values = { run, seconds: String(seconds), undo: `${state}/undo.${run}` };
  return { verb: 'arm', id: 'guard', state, run, seconds, script: undoScript(undoPhases(end.undo), { state, run }), timer: fillWords(timer, values) };
}

const REASONS: Readonly<Record<number, string>> = {
  2: 'its folder on the host is a symbolic link',
  3: 'its folder on the host is not root’s alone',
  4: 'the undo script did not arrive whole',
  5: 'the undo script could not be written',
  6: 'its timer did not start',
  7: 'another run holds it: wait until that run is over or its guard has fired',
};

function armError(host: string, record: CallRecord | undefined, why: string): ProvisionError {
  const stderr = record === undefined ? '' : Buffer.from(record.stderr).toString('utf8').trim();
  return new ProvisionError('GUARD_REFUSED', `The guard on ${host} could not be armed: ${REASONS[record?.exit ?? 0] ?? why}.`, {
    host,
    state: 'Nothing was changed.',
    ...(stderr === '' ? {} : { stderr }),
  });
}

/** @throws {ProvisionError | ProvisionErrors} if one end cannot be armed; the other is disarmed then. */
export async function armPair(world: World, plan: LinkPlan): Promise<Guarded> {
  const { run, who } = newRun();
  const guarded: Guarded = { run, seconds: world.options.guardSeconds };
  // The journal begins here: what follows may change a host.
  world.options.emit({ type: 'run', link: plan.link, run, who, goal: plan.goal, guardSeconds: guarded.seconds });
  try {
    await both(plan.ends, async (end) => {
      if (!hasSteps(end)) return;
      const result = await (await world.hosts.shell(end.host)).run([armCall(end, guarded)]);
      if (result.status !== 'done') throw armError(end.host, result.records.get('guard'), 'why' in result ? result.why : 'it was refused');
    });
  } catch (error) {
    await disarmPair(world, plan, guarded);
    throw error;
  }
  return guarded;
}

/** Takes the guards away. Out: the hosts whose guard has fired already, or that could not be asked. */
export async function disarmPair(world: World, plan: LinkPlan, guarded: Guarded): Promise<string[]> {
  const late = await both(plan.ends, async (end) => {
    if (!hasSteps(end)) return [];
    const { state, cancel } = end.guard;
    const values = { run: guarded.run, seconds: String(guarded.seconds), undo: `${state}/undo.${guarded.run}` };
    const call: Call = { verb: 'disarm', id: 'disarm', state, run: guarded.run, cancel: fillWords(cancel, values) };
    const done = await world.hosts
      .shell(end.host)
      .then((shell) => shell.run([call]))
      .catch(() => undefined);
    return done?.status === 'done' ? [] : [end.host];
  });
  return late.flat();
}
