/**
 * The script that the guard runs on the host when nobody disarms it.
 *
 * In: calls that take back what a run does, calls that finish its commit, how to ask the other end. Out: one POSIX sh script: a rename that decides against
 * disarm, then the same prelude and phases as everything else. It needs nobody: no connection, no controller.
 */
import { randomBytes } from 'node:crypto';
import type { Call, ProveCall, SettleCall } from '../model/wire.js';
import { compilePhase } from './compile.js';
import { preludeText } from './prelude.js';
import { quoteWord } from './quote.js';

export interface GuardScript {
  /** Phase by phase: what fails in one does not keep the next from running. */
  readonly undo: readonly (readonly Call[])[];
  /** What is left to do once both ends have agreed. */
  readonly settle: readonly SettleCall[];
  /** Asked once agreed: a match means that the other end is as wanted. Absent: nothing tells, and the commit is finished. */
  readonly ask?: ProveCall;
}

export interface GuardScriptOptions {
  /** The state folder, and the one that outlasts a reboot; without the path prefix. */
  readonly state: string;
  readonly keep: string;
  readonly run: string;
  /** Path prefix; only tests set it. */
  readonly root?: string;
  readonly path?: string;
}

/** Numbers of the phases that are no undo; those count from 1. */
export const ASK_PHASE = 9001;
export const SETTLE_PHASE = 9002;

/** Seconds that a change which is under way is waited for: more is a command that hangs. */
const WAIT_SECONDS = 20;

/** A change that has begun before the guard fired comes to its end first: undone before that, it would be made after all. */
function waitForChange(busy: string): string[] {
  const standing = `[ -f ${busy} ] && kill -0 \`cat ${busy}\` 2>/dev/null`;
  return ['pv_n=0', `while [ $pv_n -lt ${WAIT_SECONDS} ] && ${standing}; do`, '  sleep 1', '  pv_n=$(($pv_n+1))', 'done'];
}

/** Sets pv_way: undo, or ask where both ends may have agreed; ends where the guard was disarmed. */
function claim(token: (name: string) => string): string[] {
  return [
    'pv_way=undo',
    `if mv ${token('armed')} ${token('undoing')} 2>/dev/null; then :`,
    `elif [ -f ${token('agreed')} ]; then`,
    // The other end may undo until its own time is over.
    `  if [ "$1" != now ]; then sleep \`cat ${token('wait')}\`; fi`,
    `  mv ${token('agreed')} ${token('undoing')} 2>/dev/null || exit 0`,
    '  pv_way=ask',
    'else exit 0',
    'fi',
  ];
}

function work(script: GuardScript, mark: string, keep: string, run: string): string[] {
  const phase = (number: number, calls: readonly Call[]): string => compilePhase(number, mark, calls).trimEnd();
  return [
    'if [ $pv_way = ask ]; then',
    'pv_way=settle',
    phase(ASK_PHASE, script.ask === undefined ? [] : [script.ask]),
    'if [ -n "$pv_result" ]; then pv_way=undo; fi',
    'fi',
    'if [ $pv_way = settle ]; then',
    phase(SETTLE_PHASE, script.settle),
    'else',
    `pv_drop ${keep} ${run}`,
    ...script.undo.flatMap((calls, i) => [`pv_keep=${keep}`, phase(i + 1, calls)]),
    'fi',
    `echo ${run} $pv_way by the host itself >>${keep}/journal`,
    'sync',
  ];
}

export function guardScript(script: GuardScript, options: GuardScriptOptions): Uint8Array {
  const mark = randomBytes(16).toString('hex');
  const { root, path, run } = options;
  const folder = quoteWord(`${root ?? ''}${options.state}`);
  const keep = quoteWord(`${root ?? ''}${options.keep}`);
  const token = (name: string): string => `${folder}/${name}.${run}`;
  const verbs = [...(script.ask === undefined ? [] : [script.ask]), ...script.settle, ...script.undo.flat()].map((call) => call.verb);
  const prelude = preludeText({
    calls: [...verbs, 'pv_drop'],
    mark,
    dir: randomBytes(16).toString('hex'),
    ...(root === undefined ? {} : { root }),
    ...(path === undefined ? {} : { path }),
  });
  const text = [
    '#!/bin/sh',
    '# provision: ends a run that has not ended by itself: takes it back, or finishes what both ends have agreed on',
    ...claim(token),
    ...waitForChange(token('busy')),
    // Where no step was tried there is nothing to take back, and setting again what is there breaks a live tunnel on some drivers.
    `if [ -f ${token('touched')} ]; then`,
    prelude.trimEnd(),
    ...work(script, mark, keep, run),
    'fi',
    // The rename comes last: who sees `undone` sees nothing else of this run. The shell has the script open, so it may go first.
    `rm -f ${['undo', 'timer', 'touched', 'wait', 'busy'].map(token).join(' ')}`,
    `mv ${token('undoing')} ${token('undone')}`,
    '',
  ].join('\n');
  return Buffer.from(text, 'utf8');
}
