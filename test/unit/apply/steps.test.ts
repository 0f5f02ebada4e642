import { describe, expect, it } from 'vitest';
import { applySteps, callsOf, type StepProgress } from '../../../src/apply/steps.js';
import type { CommandStep, FileStep, Step } from '../../../src/model/plan.js';
import type { Call, CallRecord, PhaseResult, PhaseRunner } from '../../../src/model/wire.js';

const command = (id: string, more: Partial<CommandStep> = {}): CommandStep => ({
  id,
  title: id,
  ensures: [id],
  action: '~',
  phase: 'live',
  source: 'test',
  words: ['ifconfig', 'gre1', id],
  proofs: [{ words: ['ifconfig', 'gre1'], pattern: id }],
  ...more,
});
const file: FileStep = {
  id: 'boot-rc',
  title: 'rc',
  ensures: ['boot'],
  action: '+',
  phase: 'boot',
  source: 'test',
  file: { path: '/etc/rc.conf', block: 'pair', content: 'x\n', before: null },
};

type Answer = Partial<CallRecord> & { readonly out?: string; readonly err?: string };

/** Answers as the host would: everything succeeds but the call named, after which nothing runs. */
function host(failing?: string, answer: Answer = {}, cutAfter?: string): PhaseRunner & { readonly sent: Call[] } {
  const sent: Call[] = [];
  const run: PhaseRunner['run'] = (calls, options): Promise<PhaseResult> => {
    sent.push(...calls);
    const records = new Map<string, CallRecord>();
    for (const call of calls) {
      options?.onBegin?.(call.id);
      const { out = '', err = '', ...rest } = call.id === failing ? answer : {};
      const record: CallRecord = {
        id: call.id,
        verb: call.verb,
        exit: 0,
        stdout: Buffer.from(out),
        stderr: Buffer.from(err),
        stdoutTotal: out.length,
        stderrTotal: err.length,
        ...(call.verb === 'prove' ? { matched: call.id !== failing } : {}),
        ...rest,
      };
      records.set(call.id, record);
      options?.onRecord?.(record);
      if (call.id === failing) return Promise.resolve({ status: 'failed', id: call.id, records });
      if (call.id === cutAfter) return Promise.resolve({ status: 'cut', why: 'the line went dead', records });
    }
    return Promise.resolve({ status: 'done', records });
  };
  return { run, sent };
}

async function apply(steps: readonly Step[], runner: PhaseRunner): Promise<{ applied: Awaited<ReturnType<typeof applySteps>>; told: string[] }> {
  const told: string[] = [];
  const applied = await applySteps(runner, 'left', steps, (p: StepProgress) => void told.push(`${p.step.id} ${p.state}`));
  return { applied, told };
}

describe('steps that succeed', () => {
  it('send each command with its proofs after it, all in one phase', async () => {
    const runner = host();
    const { applied, told } = await apply([command('outer'), command('up')], runner);
    expect(runner.sent.map((c) => `${c.verb} ${c.id}`)).toEqual(['run outer', 'prove outer.proof1', 'run up', 'prove up.proof1']);
    expect(applied.done.map((s) => s.id)).toEqual(['outer', 'up']);
    expect(told).toEqual(['outer start', 'outer done', 'up start', 'up done']);
  });

  it('send nothing where there is nothing to do', async () => {
    const runner = host();
    expect((await apply([], runner)).applied).toEqual({ host: 'left', done: [], attempted: [] });
    expect(runner.sent).toEqual([]);
  });

  it('write our block, a whole file, or take it away, as the change says', () => {
    const verbs = (f: FileStep['file']): Call[] => callsOf([{ ...file, file: f }]).calls;
    expect(verbs(file.file)[0]).toMatchObject({ verb: 'block', name: 'pair', path: '/etc/rc.conf' });
    expect(verbs({ ...file.file, content: null })[0]).toMatchObject({ verb: 'block', content: Buffer.alloc(0) });
    expect(verbs({ path: '/etc/x', mode: '0600', content: 'y', before: null })[0]).toMatchObject({ verb: 'put', mode: '0600' });
    expect(verbs({ path: '/etc/x', content: null, before: 'y' })[0]).toMatchObject({ verb: 'remove', path: '/etc/x' });
  });
});

describe('steps that fail', () => {
  it.each<[string, string, Step, string, Answer]>([
    ['a command that fails', 'STEP_FAILED', command('outer'), 'outer', { exit: 1, err: 'ifconfig: no' }],
    ['a command that is not there', 'COMMAND_MISSING', command('outer'), 'outer', { exit: 127 }],
    ['a module that is refused', 'MODULE_REFUSED', command('driver'), 'driver', { exit: 1, err: 'Operation not permitted' }],
    ['a command that exits 0 and did nothing', 'STEP_UNPROVEN', command('outer'), 'outer.proof1', { exit: 0, out: 'gre1: flags=0' }],
    ['a full disk', 'DISK_FULL', file, 'boot-rc', { exit: 5, err: 'write: No space left on device' }],
    ['a file that cannot be written', 'FILE_REFUSED', file, 'boot-rc', { exit: 5, err: 'Read-only file system' }],
    ['a symbolic link in the way', 'FILE_REFUSED', file, 'boot-rc', { exit: 2 }],
    ['content that did not arrive whole', 'FILE_REFUSED', file, 'boot-rc', { exit: 4 }],
  ])('%s is %s', async (_what, code, step, failing, answer) => {
    const { applied, told } = await apply([step, command('after')], host(failing, answer));
    expect(applied.error?.code).toBe(code);
    expect(applied.error?.details.host).toBe('left');
    expect(applied.error?.details.step).toBe(step.id);
    expect(applied.done).toEqual([]);
    expect(applied.attempted).toEqual([step]);
    expect(told.at(-1)).toBe(`${step.id} failed`);
  });

  it('show the words of the host', async () => {
    const { applied } = await apply([command('outer')], host('outer', { exit: 1, err: 'ifconfig: SIOCSIFPHYADDR: Invalid argument\n' }));
    expect(applied.error?.details).toMatchObject({
      command: 'ifconfig gre1 outer',
      exitCode: 1,
      stderr: 'ifconfig: SIOCSIFPHYADDR: Invalid argument',
    });
  });

  it('show what was read back where a command only pretended', async () => {
    const { applied } = await apply([command('mtu')], host('mtu.proof1', { out: 'gre1: mtu 1450' }));
    expect(applied.error?.details.why).toContain('Read back: gre1: mtu 1450');
  });

  it('keep what was done before', async () => {
    const { applied } = await apply([command('outer'), command('up')], host('up', { exit: 1 }));
    expect(applied.done.map((s) => s.id)).toEqual(['outer']);
    expect(applied.attempted.map((s) => s.id)).toEqual(['outer', 'up']);
  });

  it('after a lost connection every step may have been done', async () => {
    const { applied } = await apply([command('outer'), command('up')], host(undefined, {}, 'outer.proof1'));
    expect(applied.error?.code).toBe('SSH_LOST');
    expect(applied.error?.details.why).toBe('the line went dead');
    expect(applied.done.map((s) => s.id)).toEqual(['outer']);
    expect(applied.attempted.map((s) => s.id)).toEqual(['outer', 'up']);
  });

  it('count a step done only when its last proof holds', async () => {
    const { applied } = await apply([command('outer')], host(undefined, {}, 'outer'));
    expect(applied.done).toEqual([]);
  });
});
