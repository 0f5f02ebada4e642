/**
 * Runs the calls of one phase on a simulated host and writes the records of docs/wire.md as it goes.
 *
 * In: parsed calls. Out: bytes through `write`; the return value says whether the shell goes on. The rules are enforced here whatever the
 * client meant: after a failure nothing is run, output is bounded, an unknown verb is a command that does not exist.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { anyLineMatches } from './ere.js';
import { faced } from './faults.js';
import { block, look, put, remove, stagedPath, type VerbResult } from './wire-files.js';
import { type Answer, fired, GUARD_VERBS, guardVerb, UNFLAGGED } from './wire-guard.js';
import type { WireCall } from './wire-parse.js';
import type { PhaseContext, State } from './wire-state.js';

const BOUND = 65536;

const COMMANDS = new Set(['probe', 'run', 'try', 'prove']);
/** Their records wait, and nothing is said when they begin. */
const QUESTIONS = new Set(['probe', 'look']);
const FILES = new Set(['look', 'put', 'block', 'remove']);
/** What a phase that has joined a run does no more once the guard of that run has fired. */
const CHANGES = new Set(['run', 'put', 'block', 'remove', 'settle']);

/** A pattern that grep would refuse matches nothing. */
function matches(pattern: string, text: string): boolean {
  try {
    return anyLineMatches(pattern, text);
  } catch {
    return false;
  }
}

async function command(context: PhaseContext, call: WireCall): Promise<Answer | undefined> {
  const [, ...rest] = call.words;
  const words = call.verb === 'prove' ? rest.slice(1) : rest;
  if (context.host.faults.delayMs > 0) await sleep(context.host.faults.delayMs);
  const ran = context.host.run(words, context.uid, context.detached === true);
  if ('gone' in ran) return undefined;
  // Never answered: the client's own timer has to end it.
  if ('hang' in ran) return new Promise(() => undefined);
  const { exit, stdout, stderr } = ran.result;
  const latin = (text: string): string => Buffer.from(text, 'utf8').toString('latin1');
  const base = { exit, stdout: latin(stdout), stderr: latin(stderr) };
  if (call.verb !== 'prove') return { ...base, flag: '-', ok: call.verb === 'probe' || call.verb === 'try' || exit === 0 };
  const matched = matches(rest[0] ?? '', stdout);
  return { ...base, flag: matched ? 'matched' : 'unmatched', ok: matched };
}

/** The files belong to root: without that, look still works and everything else is refused as the system would. */
function fileVerb(context: PhaseContext, call: WireCall, state: State): Answer {
  const { files } = context.host.system;
  const [, ...args] = call.words;
  const at = call.verb === 'put' ? 1 : 0;
  const rooted = args.map((a, i) => (i === at ? context.root + a : a));
  const path = rooted[at] ?? '';
  if (call.verb === 'look') return { ...look(files, path), ok: true };
  if (context.uid !== 0) return { exit: 5, stdout: '', stderr: `${path}: Permission denied\n`, flag: 'same', ok: false };
  const { joined } = state;
  const to = joined?.staged === true ? stagedPath(path, joined.run) : path;
  const body = call.body ?? [];
  const done = call.verb === 'put' ? put(files, rooted, body, to) : call.verb === 'block' ? block(files, rooted, body, to) : remove(files, path, to);
  if (to !== path && joined !== undefined && files.get(to) !== undefined) context.host.guards.note(joined.keep, to);
  return { ...done, ok: done.exit === 0 };
}

/** Writes a line, behind the records that wait. */
function say(context: PhaseContext, state: State, line: string): void {
  context.write(Buffer.concat([...(state.held ?? []), Buffer.from(`${context.mark} ${line}\n`)]));
  delete state.held;
}

function recordOf(context: PhaseContext, call: WireCall, done: VerbResult): Buffer {
  const out = Buffer.from(done.stdout, 'latin1');
  const err = Buffer.from(done.stderr, 'latin1');
  const [outSent, errSent] = [out.subarray(0, BOUND), err.subarray(0, BOUND)];
  const head = `${context.mark} record ${call.words[0] ?? '-'} ${call.verb} ${done.exit} ${outSent.length} ${errSent.length} ${out.length} ${err.length} ${done.flag}\n`;
  return Buffer.concat([Buffer.from(head), outSent, errSent, Buffer.from('\n')]);
}

/** The answer to a call that a fault refuses, in the form of its verb. */
function refusal(verb: string): Answer {
  const flag = verb === 'prove' ? 'unmatched' : verb !== 'look' && (FILES.has(verb) || GUARD_VERBS.has(verb)) && !UNFLAGGED.has(verb) ? 'same' : '-';
  return { exit: 5, stdout: '', stderr: 'refused by a fault\n', flag, ok: ['probe', 'try', 'look'].includes(verb) };
}

async function answer(context: PhaseContext, call: WireCall, state: State): Promise<Answer | undefined> {
  if (CHANGES.has(call.verb) && state.joined !== undefined) {
    const { folder, run } = state.joined;
    if (!context.host.guards.stands(folder, run)) return fired(125, call.verb === 'run' ? '-' : 'same');
    context.host.guards.touch(folder);
  }
  if (COMMANDS.has(call.verb)) return command(context, call);
  if (!GUARD_VERBS.has(call.verb)) return fileVerb(context, call, state);
  const silent: PhaseContext = { ...context, uid: 0, write: () => undefined, writeError: () => undefined };
  return guardVerb(context, call, state, (calls) => runCalls(silent, calls));
}

async function step(context: PhaseContext, call: WireCall, state: State): Promise<void> {
  if (call.verb === 'pv_end') {
    say(context, state, `end ${call.words[0] ?? ''} ${state.failed === undefined ? 'done' : 'failed'} ${state.failed ?? '-'}`);
    return;
  }
  if (!COMMANDS.has(call.verb) && !FILES.has(call.verb) && !GUARD_VERBS.has(call.verb)) {
    context.writeError(`${call.verb}: not found\n`);
    return;
  }
  if (state.failed !== undefined) return;
  const id = call.words[0] ?? '-';
  const asks = QUESTIONS.has(call.verb);
  if (!asks) say(context, state, `begin ${id}`);
  const seen = { verb: call.verb, id, words: call.words.slice(1) };
  const done = await faced(context.host, seen, () => answer(context, call, state), refusal(call.verb), context.detached === true);
  if (done === undefined) {
    state.gone = true;
    return;
  }
  const record = recordOf(context, call, done);
  if (asks) state.held = [...(state.held ?? []), record];
  else context.write(record);
  if (!done.ok) state.failed = id;
}

/** Runs the calls in order; after a failure nothing is run. */
export async function runCalls(context: PhaseContext, calls: readonly WireCall[]): Promise<State> {
  const state: State = {};
  for (const call of calls) {
    await step(context, call, state);
    if (state.gone) return state;
  }
  return state;
}

/** @returns False when the host or the connection did not survive. */
export async function runPhase(context: PhaseContext, calls: readonly WireCall[]): Promise<boolean> {
  return (await runCalls(context, calls)).gone !== true;
}
