/**
 * A host that answers from a recording, so that surveys and plans can be tested without any twin.
 *
 * In: what each command and each file gave. Out: a PhaseRunner. A command that was not recorded is not on the host (127), a file is absent.
 */
import type { Call, CallRecord, PhaseResult, PhaseRunner } from '../../../src/model/wire.js';

export interface Recording {
  /** By the words of the command, joined by blanks: exit, standard output, standard error. */
  readonly commands: Record<string, readonly [exit: number, stdout: string, stderr: string]>;
  /** By path: exit of `look`, content as latin1, the line of ls. */
  readonly files: Record<string, readonly [exit: number, content: string, listed: string]>;
}

const bytes = (text: string): Uint8Array => Buffer.from(text, 'latin1');
const text = (data: Uint8Array): string => Buffer.from(data).toString('latin1');

export function recordOf(call: Call, exit: number, stdout: string, stderr: string): CallRecord {
  return { id: call.id, verb: call.verb, exit, stdout: bytes(stdout), stderr: bytes(stderr), stdoutTotal: stdout.length, stderrTotal: stderr.length };
}

function answer(recording: Recording, call: Call): CallRecord {
  if (call.verb === 'look') return recordOf(call, ...(recording.files[call.path] ?? ([1, '', ''] as const)));
  if (call.verb !== 'probe') throw new Error(`a survey only reads, and this is ${call.verb}`);
  return recordOf(call, ...(recording.commands[call.words.join(' ')] ?? ([127, '', `${call.words[0]}: not found\n`] as const)));
}

export function replay(recording: Recording): PhaseRunner {
  return { run: (calls) => Promise.resolve({ status: 'done', records: new Map(calls.map((c) => [c.id, answer(recording, c)])) }) };
}

/** Passes everything on and keeps what came back. */
export function recorder(runner: PhaseRunner): { readonly runner: PhaseRunner; readonly recording: Recording } {
  const recording: Recording = { commands: {}, files: {} };
  const run: PhaseRunner['run'] = async (calls, options): Promise<PhaseResult> => {
    const result = await runner.run(calls, options);
    for (const call of calls) {
      const r = result.records.get(call.id);
      if (r === undefined) continue;
      if (call.verb === 'look' && r.exit !== 1) recording.files[call.path] = [r.exit, text(r.stdout), text(r.stderr)];
      if (call.verb === 'probe' && r.exit !== 127) recording.commands[call.words.join(' ')] = [r.exit, text(r.stdout), text(r.stderr)];
    }
    return result;
  };
  return { runner: { run }, recording };
}
