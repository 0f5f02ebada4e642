/**
 * The guard of a pair: before the first change each host gets an undo script and a timer of its own, so that it goes back by itself if we are gone.
 *
 * In: a plan with its undo. Out: both ends armed, or neither; and afterwards both disarmed, or the word that one has fired.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { clean } from '../errors/clean.js';
import { ProvisionError } from '../errors/error.js';
import type { EndPlan, LinkPlan, UndoStep } from '../model/plan.js';
import type { AgreeCall, ArmCall, Call, CallRecord, JoinCall, PhaseRunner, SettleCall } from '../model/wire.js';
import { fillWords } from '../playbook/template.js';
import { Values } from '../playbook/values.js';
import { guardScript } from '../script/guard.js';
import { guardSecondsOf } from './neighbours.js';
import { both } from './pair.js';
import { newRun } from './run.js';
import { AGREE, fileCall, JOIN } from './steps.js';
import type { World } from './world.js';

/** An armed pair. */
export interface Guarded {
  readonly run: string;
  readonly seconds: number;
  /** Who, since when, until when. */
  readonly holder: string;
  /** Seconds by which the guard of one end may fire later than that of the other, and what an undo takes. */
  readonly patience: number;
}

/** An undo takes some commands. */
const UNDO_SECONDS = 5;

/** Commands may fail, each file is a phase of its own: what cannot be taken back must not keep the rest from it. In order: a daemon reads its files again. */
export function undoPhases(undo: readonly UndoStep[]): Call[][] {
  const phases: Call[][] = [];
  let commands: Call[] = [];
  for (const u of undo) {
    if (u.file !== undefined) {
      commands = [];
      phases.push([fileCall(u.id, u.file)]);
    }
    if (u.words === undefined) continue;
    if (commands.length === 0) phases.push(commands);
    commands.push({ verb: 'try', id: u.id, words: u.words });
  }
  return phases;
}

const hasSteps = (end: EndPlan): boolean => end.steps.length > 0;

/** What is left to do with the boot files of an end once they are staged. */
function settleCalls(end: EndPlan, run: string): SettleCall[] {
  return end.steps.flatMap((step): SettleCall[] => {
    if (!('file' in step) || step.phase === 'live') return [];
    const { verb, path } = fileCall(step.id, step.file);
    return [{ verb: 'settle', id: step.id, run, how: verb, path }];
  });
}

type Order = Pick<Guarded, 'run' | 'seconds' | 'holder'>;

/** What the words that start or stop a timer can name. @param state - Folder of the guard. */
export const timerValues = (state: string, run: string, seconds: number): Values =>
  new Values({ run, seconds: String(seconds), undo: `${state}/undo.${run}` });

function armCall(end: EndPlan, order: Order): ArmCall {
  const { run, seconds, holder } = order;
  const { state, keep, timer, ask } = end.guard;
  const script = {
    undo: undoPhases(end.undo),
    settle: settleCalls(end, run),
    ...(ask === undefined ? {} : { ask: { verb: 'prove', id: 'ask', ...ask } as const }),
  };
  return {
    verb: 'arm',
    id: 'guard',
    state,
    keep,
    run,
    seconds,
    holder,
    script: guardScript(script, { state, keep, run }),
    timer: fillWords(timer, timerValues(state, run, seconds)),
  };
}

/** arm's status while another run's guard stands. */
const HELD = 7;

/** `root@controller since 2026-11-25 06:57:38 UTC until 06:58:38 UTC (run 0123…)`. A clock that is wrong here misleads people only: the guard has its own. */
function holderText(run: string, who: string, seconds: number): string {
  const time = (at: number): string => new Date(at).toISOString().slice(0, 19).replace('T', ' ');
  const now = Date.now();
  return clean(`${who.replace(/[^\x21-\x7e]/g, '?')} since ${time(now)} UTC until ${time(now + seconds * 1000).slice(11)} UTC (run ${run})`, {
    max: 300,
  });
}

const REASONS: Readonly<Record<number, string>> = {
  2: 'its folder on the host is a symbolic link',
  3: 'its folder on the host is not root’s alone',
  4: 'the undo script did not arrive whole',
  5: 'the undo script could not be written',
  6: 'its timer did not start',
};

function armError(host: string, record: CallRecord | undefined, why: string): ProvisionError {
  const stderr = record === undefined ? '' : Buffer.from(record.stderr).toString('utf8').trim();
  if (record?.exit === HELD) {
    return new ProvisionError('LOCKED', `Another run is at work on this link on ${host}.`, {
      host,
      why: `It is held by ${clean(stderr, { max: 200 })}.`,
      state: 'Nothing was changed.',
    });
  }
  return new ProvisionError('GUARD_REFUSED', `The guard on ${host} could not be armed: ${REASONS[record?.exit ?? 0] ?? why}.`, {
    host,
    state: 'Nothing was changed.',
    ...(stderr === '' ? {} : { stderr }),
  });
}

/** How long the run that goes first waits for the other to give way. */
const GIVE_WAY_MS = 3000;
const ASK_AGAIN_MS = 150;

/**
 * Two runs that start at once may each hold one end. The one with the smaller id goes first and asks again, the other gives way at once: so one of
 * them always wins.
 */
function goesFirst(run: string, holder: string): boolean {
  const other = /\(run ([0-9a-f]{16})\)\s*$/.exec(holder)?.[1];
  return other !== undefined && run < other;
}

async function armEnd(shell: PhaseRunner, end: EndPlan, guarded: Order): Promise<void> {
  for (const until = Date.now() + GIVE_WAY_MS; ; await sleep(ASK_AGAIN_MS)) {
    const result = await shell.run([armCall(end, guarded)]);
    if (result.status === 'done') return;
    const record = result.records.get('guard');
    const asking = record?.exit === HELD && goesFirst(guarded.run, Buffer.from(record.stderr).toString('utf8')) && Date.now() < until;
    if (!asking) throw armError(end.host, record, 'why' in result ? result.why : 'it was refused');
  }
}

/** @throws {ProvisionError | ProvisionErrors} if one end cannot be armed; the other is disarmed then. */
export async function armPair(world: World, plan: LinkPlan): Promise<Guarded> {
  const { run, who } = newRun();
  const seconds = guardSecondsOf(world, plan.link);
  const order: Order = { run, seconds, holder: holderText(run, who, seconds) };
  const since = Date.now();
  // The journal begins here: what follows may change a host.
  world.options.emit({ type: 'run', link: plan.link, run, who, goal: plan.goal, guardSeconds: seconds });
  try {
    await both(plan.ends, async (end) => {
      if (!hasSteps(end)) return;
      await armEnd(await world.hosts.shell(end.host), end, order);
    });
  } catch (error) {
    await disarmPair(world, plan, order);
    throw error;
  }
  return { ...order, patience: Math.ceil((Date.now() - since) / 1000) + UNDO_SECONDS };
}

/** What a phase of this run begins with: it ends when the guard has fired. */
export function joinCall(end: EndPlan, guarded: Order, mode: JoinCall['mode'] = 'now'): Call {
  const { state, keep } = end.guard;
  return { verb: 'join', id: JOIN, state, keep, run: guarded.run, mode };
}

/** What the phase ends with that has staged the boot files. */
export function agreeCall(guarded: Guarded): AgreeCall {
  return { verb: 'agree', id: AGREE, seconds: guarded.patience };
}

function disarmCall(end: EndPlan, { run, seconds }: Order): Call {
  const { state, keep, cancel } = end.guard;
  return { verb: 'disarm', id: 'disarm', state, keep, run, cancel: fillWords(cancel, timerValues(state, run, seconds)) };
}

/** The second half of the commit, once both ends have agreed: the staged files take their places, and the guard goes. */
export function settlePhase(end: EndPlan, guarded: Guarded): Call[] {
  return [joinCall(end, guarded), ...settleCalls(end, guarded.run), disarmCall(end, guarded)];
}

/** Takes the guards away. Out: the hosts whose guard has fired already, or that could not be asked. */
export async function disarmPair(world: World, plan: LinkPlan, guarded: Order): Promise<string[]> {
  const late = await both(plan.ends, async (end) => {
    if (!hasSteps(end)) return [];
    const done = await world.hosts
      .shell(end.host)
      .then((shell) => shell.run([disarmCall(end, guarded)]))
      .catch(() => undefined);
    return done?.status === 'done' ? [] : [end.host];
  });
  return late.flat();
}
