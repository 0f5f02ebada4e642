/**
 * Keeps what a host answers, and answers in its place later.
 *
 * In: a shell on a host, or a recording. Out: a shell either way, so that survey and planning are the same over both. A question that was not recorded is an
 * error, never an empty answer: nothing is assumed about a host that cannot be asked.
 */
import { ProvisionError } from '../errors/error.js';
import { withoutSecrets } from '../errors/secret.js';
import type { KeptRecording, RecordedAnswer } from '../model/recording.js';
import type { Call, CallRecord, PhaseRunner } from '../model/wire.js';

/** Lines of files and answers that may hold a secret are not kept. */
const SECRET_LINE = /pass(?:word|phrase|wd)|secret|token|\bpsk\b|\bwpa\b|community|api_?key|private.?key/i;
/** What stands in place of such a line. */
const LEFT_OUT = '# left out by provision: it may be a secret';

function bare(bytes: Uint8Array): Uint8Array {
  // latin1 keeps every byte as it is, whatever the file is written in.
  const text = Buffer.from(bytes).toString('latin1');
  const open = withoutSecrets(text).split('\n');
  const lines = text.split('\n').map((line, i) => (SECRET_LINE.test(line) || open[i] !== line ? LEFT_OUT : line));
  return Buffer.from(lines.join('\n'), 'latin1');
}

const keyOfAnswer = ({ asked }: RecordedAnswer): string => ('probe' in asked ? JSON.stringify(asked.probe) : `look ${asked.look}`);

function answerOf(call: Call, record: CallRecord): RecordedAnswer | undefined {
  const asked = call.verb === 'probe' ? { probe: call.words } : call.verb === 'look' ? { look: call.path } : undefined;
  if (asked === undefined) return undefined;
  const { exit, stdout, stderr, stdoutTotal } = record;
  const more = stdoutTotal > stdout.length ? { total: stdoutTotal } : {};
  return { asked, exit, stdout: bare(stdout), stderr: bare(stderr), ...more };
}

export interface Recorder {
  readonly runner: PhaseRunner;
  /** Every question once, in an order that does not hang on when it was asked. */
  answers(): readonly RecordedAnswer[];
}

/** Passes everything on to a host and keeps what came back. */
export function recorder(runner: PhaseRunner): Recorder {
  const kept = new Map<string, RecordedAnswer>();
  const run: PhaseRunner['run'] = async (calls, options) => {
    const result = await runner.run(calls, options);
    for (const call of calls) {
      const record = result.records.get(call.id);
      const answer = record === undefined ? undefined : answerOf(call, record);
      if (answer !== undefined) kept.set(keyOfAnswer(answer), answer);
    }
    return result;
  };
  const answers = (): RecordedAnswer[] => [...kept].sort(([a], [b]) => (a < b ? -1 : Number(a > b))).map(([, answer]) => answer);
  return { runner: { run }, answers };
}

function notRecorded(recording: KeptRecording, call: Call): ProvisionError {
  const what = call.verb === 'probe' ? call.words.join(' ') : 'path' in call ? call.path : call.verb;
  return new ProvisionError('FACTS_MISSING', `The recorded facts of ${recording.host} do not answer a question of this plan.`, {
    host: recording.host,
    place: { file: recording.file, line: 1, column: 1 },
    why: `The host was not asked: ${what}. The inventory or the playbooks have changed since ${recording.recorded}.`,
    state: 'Nothing was changed.',
    next: `Where the host can be reached, run: provision facts ${recording.host} --save`,
  });
}

const keyOf = (words: readonly string[]): string => words.join('\0');

/** Answers of one host by the words of a command, and by the path of a file. */
interface Answers {
  readonly probes: ReadonlyMap<string, RecordedAnswer>;
  readonly looks: ReadonlyMap<string, RecordedAnswer>;
}

function sorted(recording: KeptRecording): Answers {
  const probes = new Map<string, RecordedAnswer>();
  const looks = new Map<string, RecordedAnswer>();
  for (const answer of recording.answers) {
    const { asked } = answer;
    if ('probe' in asked) probes.set(keyOf(asked.probe), answer);
    else looks.set(asked.look, answer);
  }
  return { probes, looks };
}

/** Answers in place of the host. @throws {ProvisionError} FACTS_MISSING from a phase with a question that was not recorded. */
export function replayer(recording: KeptRecording): PhaseRunner {
  // Made when the host is first asked: there may be thousands.
  let answers: Answers | undefined;
  const recordOf = (call: Call): CallRecord | undefined => {
    answers ??= sorted(recording);
    const answer = call.verb === 'probe' ? answers.probes.get(keyOf(call.words)) : call.verb === 'look' ? answers.looks.get(call.path) : undefined;
    if (answer === undefined) {
      if (call.verb === 'probe' && call.optional === true) return undefined;
      throw notRecorded(recording, call);
    }
    const { exit, stdout, stderr, total = stdout.length } = answer;
    return { id: call.id, verb: call.verb, exit, stdout, stderr, stdoutTotal: total, stderrTotal: stderr.length };
  };
  return {
    run: async (calls) => {
      await Promise.resolve();
      const records = new Map<string, CallRecord>();
      for (const call of calls) {
        const record = recordOf(call);
        if (record !== undefined) records.set(record.id, record);
      }
      return { status: 'done', records };
    },
  };
}
