/**
 * Runs the calls of one phase on a simulated host and writes the records of docs/wire.md as it goes.
 *
 * In: parsed calls. Out: bytes through `write`; the return value says whether the shell goes on. The rules are enforced here whatever the
 * client meant: after a failure nothing is run, output is bounded, an unknown verb is a command that does not exist.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { cksum } from '../script/cksum.js';
import { anyLineMatches } from './ere.js';
import { faced } from './faults.js';
import type { SimulatedHost } from './host.js';
import { block, look, put, remove, type VerbResult } from './wire-files.js';
import { decodeBody, type WireCall } from './wire-parse.js';

const BOUND = 65536;

export interface PhaseContext {
  readonly host: SimulatedHost;
  readonly mark: string;
  /** Prefix for every path (PV_ROOT). */
  readonly root: string;
  readonly uid: number;
  readonly write: (bytes: Buffer) => void;
  readonly writeError: (text: string) => void;
}

/** done, or failed at this id, or the host or connection is gone. */
type State = { failed?: string; gone?: true; joined?: { readonly folder: string; readonly run: string } };

const COMMANDS = new Set(['probe', 'run', 'try', 'prove']);
const FILES = new Set(['look', 'put', 'block', 'remove']);
const GUARD = new Set(['arm', 'disarm']);
/** What a phase that has joined a run does no more once the guard of that run has fired. */
const CHANGES = new Set(['run', 'put', 'block', 'remove']);

/** A pattern that grep would refuse matches nothing. */
function matches(pattern: string, text: string): boolean {
  try {
    return anyLineMatches(pattern, text);
  } catch {
    return false;
  }
}

async function command(context: PhaseContext, call: WireCall): Promise<(VerbResult & { ok: boolean }) | undefined> {
  const [, ...rest] = call.words;
  const words = call.verb === 'prove' ? rest.slice(1) : rest;
  if (context.host.faults.delayMs > 0) await sleep(context.host.faults.delayMs);
  const ran = context.host.run(words, context.uid);
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
function fileVerb(context: PhaseContext, call: WireCall): VerbResult & { ok: boolean } {
  const { files } = context.host.system;
  const [, ...args] = call.words;
  const at = call.verb === 'put' ? 1 : 0;
  const rooted = args.map((a, i) => (i === at ? context.root + a : a));
  const path = rooted[at] ?? '';
  if (call.verb === 'look') return { ...look(files, path), ok: true };
  if (context.uid !== 0) return { exit: 5, stdout: '', stderr: `${path}: Permission denied\n`, flag: 'same', ok: false };
  const done =
    call.verb === 'put' ? put(files, rooted, call.body ?? []) : call.verb === 'block' ? block(files, rooted, call.body ?? []) : remove(files, path);
  return { ...done, ok: done.exit === 0 };
}

/** arm and disarm. What starts the real timer is not run: the host's own clock is. */
function guardVerb(context: PhaseContext, call: WireCall): VerbResult & { ok: boolean } {
  const [, state = '', run = '', seconds = '', holder = '', length = '', sum = '', encoding = ''] = call.words;
  const { guards } = context.host;
  const refused = (exit: number, stderr: string): VerbResult & { ok: boolean } => ({
    exit,
    stdout: '',
    stderr: `${stderr}\n`,
    flag: 'same',
    ok: false,
  });
  const folder = context.root + state;
  if (context.uid !== 0) return refused(5, `${folder}: Permission denied`);
  if (call.verb === 'disarm') {
    if (!guards.disarm(folder, run)) return refused(3, 'the guard is not armed: it has fired, or never was');
    return { exit: 0, stdout: '', stderr: '', flag: 'changed', ok: true };
  }
  const script = decodeBody(encoding, Number(length), call.body ?? []);
  if (script === undefined || script.length !== Number(length) || String(cksum(Buffer.from(script, 'latin1'))) !== sum) {
    return refused(4, 'content did not arrive whole');
  }
  const silent: PhaseContext = { ...context, uid: 0, write: () => undefined, writeError: () => undefined };
  const held = guards.arm(folder, { run, holder, seconds: Number(seconds), script }, (calls) => runPhase(silent, calls));
  if (held !== undefined) return refused(7, held);
  return { exit: 0, stdout: '', stderr: '', flag: 'changed', ok: true };
}

function record(context: PhaseContext, call: WireCall, done: VerbResult): void {
  const out = Buffer.from(done.stdout, 'latin1');
  const err = Buffer.from(done.stderr, 'latin1');
  const [outSent, errSent] = [out.subarray(0, BOUND), err.subarray(0, BOUND)];
  const head = `${context.mark} record ${call.words[0] ?? '-'} ${call.verb} ${done.exit} ${outSent.length} ${errSent.length} ${out.length} ${err.length} ${done.flag}\n`;
  context.write(Buffer.concat([Buffer.from(head), outSent, errSent, Buffer.from('\n')]));
}

/** The answer to a call that a fault refuses, in the form of its verb. */
function refusal(verb: string): VerbResult & { ok: boolean } {
  const flag = verb === 'prove' ? 'unmatched' : verb !== 'look' && (FILES.has(verb) || GUARD.has(verb)) ? 'same' : '-';
  return { exit: 5, stdout: '', stderr: 'refused by a fault\n', flag, ok: ['probe', 'try', 'look'].includes(verb) };
}

/** The guard has fired: refused with the status of the verb. */
const fired = (exit: number, flag: string): VerbResult & { ok: boolean } => ({
  exit,
  stdout: '',
  stderr: 'the guard of this run has fired\n',
  flag,
  ok: false,
});

async function answer(context: PhaseContext, call: WireCall, state: State): Promise<(VerbResult & { ok: boolean }) | undefined> {
  if (call.verb === 'join') {
    const [, folder = '', run = ''] = call.words;
    state.joined = { folder: context.root + folder, run };
    return context.host.guards.stands(state.joined.folder, run) ? { exit: 0, stdout: '', stderr: '', flag: '-', ok: true } : fired(3, '-');
  }
  if (CHANGES.has(call.verb) && state.joined !== undefined) {
    const { folder, run } = state.joined;
    if (!context.host.guards.stands(folder, run)) return fired(125, call.verb === 'run' ? '-' : 'same');
    context.host.guards.touch(folder);
  }
  if (COMMANDS.has(call.verb)) return command(context, call);
  return GUARD.has(call.verb) ? guardVerb(context, call) : fileVerb(context, call);
}

async function step(context: PhaseContext, call: WireCall, state: State): Promise<void> {
  if (call.verb === 'pv_end') {
    context.write(
      Buffer.from(`${context.mark} end ${call.words[0] ?? ''} ${state.failed === undefined ? 'done' : 'failed'} ${state.failed ?? '-'}\n`),
    );
    return;
  }
  if (!COMMANDS.has(call.verb) && !FILES.has(call.verb) && !GUARD.has(call.verb) && call.verb !== 'join') {
    context.writeError(`${call.verb}: not found\n`);
    return;
  }
  if (state.failed !== undefined) return;
  const id = call.words[0] ?? '-';
  context.write(Buffer.from(`${context.mark} begin ${id}\n`));
  const done = await faced(context.host, { verb: call.verb, id, words: call.words.slice(1) }, () => answer(context, call, state), refusal(call.verb));
  if (done === undefined) {
    state.gone = true;
    return;
  }
  record(context, call, done);
  if (!done.ok) state.failed = id;
}

/** @returns False when the host or the connection did not survive. */
export async function runPhase(context: PhaseContext, calls: readonly WireCall[]): Promise<boolean> {
  const state: State = {};
  for (const call of calls) {
    await step(context, call, state);
    if (state.gone) return false;
  }
  return true;
}
