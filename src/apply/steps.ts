/**
 * Carries out the steps of a plan on one host: one phase, proofs included.
 *
 * In: a shell on the host, steps of one phase. Out: which steps were done, or the error of the first that was not. The host itself stops at the
 * first failure; what comes after it was not run.
 */
import { ProvisionError } from '../errors/error.js';
import type { ErrorReport } from '../model/outcome.js';
import type { FileChange, FileStep, Step } from '../model/plan.js';
import type { Call, CallRecord, FileCall, PhaseRunner } from '../model/wire.js';

export interface StepProgress {
  readonly step: Step;
  readonly state: 'start' | 'done' | 'failed';
  readonly exit?: number;
  readonly output?: string;
  readonly ms?: number;
}

export interface Applied {
  readonly host: string;
  /** Steps that were done and proven, in order. */
  readonly done: readonly Step[];
  /** Steps that may have been done, the failed one among them; all of them where the connection was lost. */
  readonly attempted: readonly Step[];
  readonly error?: ProvisionError;
}

/** Id of the call that ties a phase to its run. */
export const JOIN = 'join';
/** Id of the call that ends the first half of the commit. */
export const AGREE = 'agree';
/** Status of a change that was not made any more because the guard had fired. */
const FIRED = 125;

export function guardFired(host: string, seconds: string): ProvisionError {
  return new ProvisionError('GUARD_FIRED', `The guard of ${host} has fired: the run took longer than it was given${seconds}.`, { host });
}

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('utf8');

/** The call that makes a file or our block in it as the change says. */
export function fileCall(id: string, file: FileChange): FileCall {
  const content = Buffer.from(file.content ?? '', 'latin1');
  if (file.block !== undefined) return { verb: 'block', id, path: file.path, name: file.block, content };
  if (file.content === null) return { verb: 'remove', id, path: file.path };
  return { verb: 'put', id, path: file.path, mode: file.mode ?? '0644', content };
}

/** What stands around the steps of a phase. */
export interface Frame {
  /** Ties the phase to the run whose guard stands. */
  readonly join: Call;
  /** Ends the first half of the commit. */
  readonly agree?: Call;
}

function agreeError(host: string, record: CallRecord | undefined): ProvisionError {
  if (record?.exit === FIRED) return guardFired(host, '');
  const stderr = text(record?.stderr ?? new Uint8Array()).trim();
  return new ProvisionError('STEP_FAILED', `${host} could not note that the change is agreed on.`, { host, stderr });
}

/** The program's own check of a file that is staged (`pv_install` of the prelude says where). */
function checkCall({ id, file }: FileStep, run: string | undefined): Call[] {
  if (file.check === undefined || file.content === null || run === undefined) return [];
  const at = file.path.lastIndexOf('/') + 1;
  const path = `${file.path.slice(0, at)}.${file.path.slice(at)}.pv-${run}`;
  return [{ verb: 'run', id: `${id}.check`, words: file.check.map((word) => word.replaceAll('{{file}}', path)) }];
}

/** The calls of a phase; every call's id leads back to its step. @param staged - The run whose files are staged in this phase. */
export function callsOf(steps: readonly Step[], staged?: string): { calls: Call[]; owner: ReadonlyMap<string, Step> } {
  const calls: Call[] = [];
  const owner = new Map<string, Step>();
  for (const step of steps) {
    const mine: Call[] =
      'file' in step
        ? [fileCall(step.id, step.file), ...checkCall(step, staged)]
        : [
            { verb: step.mayFail === true ? 'try' : 'run', id: step.id, words: step.words },
            ...step.proofs.map((p, i): Call => ({ verb: 'prove', id: `${step.id}.proof${i + 1}`, pattern: p.pattern, words: p.words })),
          ];
    for (const call of mine) owner.set(call.id, step);
    calls.push(...mine);
  }
  return { calls, owner };
}

const lastCall = (calls: readonly Call[], owner: ReadonlyMap<string, Step>, step: Step): string | undefined =>
  calls.filter((c) => owner.get(c.id) === step).at(-1)?.id;

/** The error of the call that failed, with the words of the host. */
function errorOf(host: string, step: Step, record: CallRecord, warned: string): ProvisionError {
  const stderr = text(record.stderr).trim();
  const details: Omit<ErrorReport, 'code' | 'message'> = {
    host,
    step: step.id,
    exitCode: record.exit,
    ...('words' in step ? { command: step.words.join(' ') } : {}),
    ...(stderr === '' ? {} : { stderr }),
  };
  if (record.exit === FIRED && stderr === 'the guard of this run has fired') return guardFired(host, `, and ${step.id} was not done any more`);
  if ('file' in step) return fileError(host, step, record, details);
  if (record.verb === 'prove') {
    return new ProvisionError('STEP_UNPROVEN', `${step.words.join(' ')} on ${host} said it succeeded, and reading back shows that it did not.`, {
      ...details,
      stderr: [warned, stderr].filter((t) => t !== '').join('\n'),
      why: `${step.ensures.join(', ')} is not as wanted. Read back: ${text(record.stdout).trim().slice(0, 600)}`,
    });
  }
  if (record.exit === 127) return new ProvisionError('COMMAND_MISSING', `${host} has no command ${step.words[0] ?? ''}.`, details);
  const code = step.ensures.includes('driver') ? 'MODULE_REFUSED' : 'STEP_FAILED';
  return new ProvisionError(code, `${step.words.join(' ')} failed on ${host} with exit status ${record.exit}.`, details);
}

const FILE_REASONS: Readonly<Record<number, string>> = {
  2: 'it is a symbolic link',
  3: 'it is not a regular file',
  4: 'its content did not arrive whole',
  5: 'it could not be written',
  6: 'the new file could not be renamed into place',
};

function fileError(host: string, step: FileStep, record: CallRecord, details: Omit<ErrorReport, 'code' | 'message'>): ProvisionError {
  if (record.verb === 'run') {
    const command = (step.file.check ?? []).join(' ').replaceAll('{{file}}', step.file.path);
    const why = text(record.stdout).trim().slice(0, 600);
    return new ProvisionError('STEP_FAILED', `${command} on ${host} finds a mistake in the new ${step.file.path}, so it was not put in its place.`, {
      ...details,
      command,
      ...(why === '' ? {} : { why }),
    });
  }
  const full = record.exit === 5 && /no space left|disk full|file system full|quota/i.test(text(record.stderr));
  const reason = FILE_REASONS[record.exit] ?? `status ${record.exit}`;
  return new ProvisionError(
    full ? 'DISK_FULL' : 'FILE_REFUSED',
    `${step.file.path} on ${host} was not changed: ${full ? 'no space left on the disk' : reason}.`,
    {
      ...details,
      why: 'The old content of the file is still there: a new file is written beside it and renamed only when it is whole.',
    },
  );
}

/** Runs the steps of one phase on one host. Never throws for what the host did; only for bugs. */
export async function applySteps(
  runner: PhaseRunner,
  host: string,
  steps: readonly Step[],
  progress: (p: StepProgress) => void,
  frame?: Frame,
): Promise<Applied> {
  if (steps.length === 0 && frame?.agree === undefined) return { host, done: [], attempted: [] };
  const join = frame?.join;
  const { calls, owner } = callsOf(steps, join?.verb === 'join' && join.mode === 'staged' ? join.run : undefined);
  const done: Step[] = [];
  const started = new Map<Step, number>();
  const framed = [...(frame === undefined ? [] : [frame.join]), ...calls, ...(frame?.agree === undefined ? [] : [frame.agree])];
  const result = await runner.run(framed, {
    onBegin: (id) => {
      const step = owner.get(id);
      if (step === undefined || started.has(step)) return;
      started.set(step, Date.now());
      progress({ step, state: 'start' });
    },
    onRecord: (record) => {
      const step = owner.get(record.id);
      if (step === undefined || record.id !== lastCall(calls, owner, step)) return;
      const fine = record.verb === 'prove' ? record.matched === true : record.verb === 'try' || record.exit === 0;
      if (!fine) return;
      done.push(step);
      progress({ step, state: 'done', exit: record.exit, ms: Date.now() - (started.get(step) ?? Date.now()) });
    },
  });
  if (result.status === 'done') return { host, done, attempted: steps };
  if (result.status === 'cut') {
    return {
      host,
      done,
      attempted: steps,
      error: new ProvisionError('SSH_LOST', `The connection to ${host} was lost half-way.`, { host, why: result.why }),
    };
  }
  if (result.id === JOIN) return { host, done, attempted: [], error: guardFired(host, '') };
  if (result.id === AGREE) return { host, done, attempted: steps, error: agreeError(host, result.records.get(AGREE)) };
  const step = owner.get(result.id);
  const record = result.records.get(result.id);
  if (step === undefined || record === undefined)
    return { host, done, attempted: steps, error: new ProvisionError('BUG', `${host} named a call that was not sent: ${result.id}`, { host }) };
  const warned = text(result.records.get(step.id)?.stderr ?? new Uint8Array()).trim();
  const error = errorOf(host, step, record, warned);
  progress({ step, state: 'failed', exit: record.exit, output: error.details.stderr ?? '' });
  return { host, done, attempted: [...done, step], error };
}
