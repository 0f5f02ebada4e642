/** `rollback` on simulated hosts: both ends as they were before the last run that changed them, and nobody else's work undone. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { LinkOutcome } from '../../src/model/outcome.js';
import type { PastRun } from '../../src/model/past.js';
import { type RunOptions, rollback } from '../../src/pipeline.js';
import { readJournals } from '../../src/report/journal-read.js';
import { lastChange, pastRun } from '../../src/report/past.js';
import { twinKinds } from '../../src/twin/families.js';
import { movedInventory } from './pair.js';
import { expectError, journaledIn, type Rig, stateOf, withPair } from './rig.js';

const KINDS = twinKinds().filter((k) => !k.includes('nogre') && k !== 'Linux 6.1');
const HOSTS = ['left', 'right'] as const;

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'back-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const journaled = () => journaledIn(folder);

function past(): PastRun {
  const journal = lastChange(readJournals(folder).runs, 'pair');
  const found = journal === undefined ? undefined : pastRun(journal);
  if (found === undefined) throw new Error('no past');
  return found;
}

async function goBack(rig: Rig, more: Partial<RunOptions> = {}): Promise<LinkOutcome & { readonly exit: number }> {
  const { outcomes, exitCode } = await rollback({ ...rig.options, ...journaled(), ...more, past: past() });
  const [first] = outcomes;
  if (first === undefined) throw new Error('no outcome');
  return { ...first, exit: exitCode };
}

const states = (rig: Rig): unknown[] => HOSTS.map((h) => stateOf(rig.host(h)));

const moved = (kind: string) => movedInventory(kind, 'Debian 12');

describe('rollback', () => {
  it.each(KINDS)('%s: link, re-point and unlink are each taken back, and the way back itself too', (kind) =>
    withPair(kind, 'Debian 12', async (rig) => {
      const absent = states(rig);
      expect((await rig.run('link', journaled())).state).toBe('as-wanted');
      const linked = states(rig);
      const back = await goBack(rig);
      expect([back.state, back.errors]).toEqual(['as-wanted', []]);
      expect(states(rig)).toEqual(absent);
      // The last run that changed something is now the way back itself.
      expect((await goBack(rig)).state).toBe('as-wanted');
      expect(states(rig)).toEqual(linked);
      expect((await rig.run('verify')).state).toBe('as-wanted');

      rig.host('right').exec(['ip', 'addr', 'add', '203.0.113.9/24', 'dev', 'eth0']);
      const before = states(rig);
      expect((await rig.run('link', { ...journaled(), inventory: moved(kind) })).state).toBe('as-wanted');
      expect(states(rig)).not.toEqual(before);
      expect((await goBack(rig)).errors).toEqual([]);
      expect(states(rig)).toEqual(before);
      expect((await rig.run('verify')).state).toBe('as-wanted');

      expect((await rig.run('unlink', journaled())).state).toBe('as-wanted');
      expect((await goBack(rig)).errors).toEqual([]);
      expect(states(rig)).toEqual(before);
      for (const host of HOSTS) rig.host(host).reboot();
      expect((await rig.run('verify')).state).toBe('as-wanted');
    }));

  it('a drift that a run has repaired comes back as it was', () =>
    withPair('NetBSD 9.3', 'FreeBSD 13.2', async (rig) => {
      await rig.run('link', journaled());
      rig.host('left').exec(['ifconfig', 'gre1', 'mtu', '1300']);
      const drifted = states(rig);
      expect((await rig.run('link', journaled())).state).toBe('as-wanted');
      expect((await goBack(rig)).state).toBe('as-wanted');
      expect(states(rig)).toEqual(drifted);
    }));

  it('what somebody has changed since stops it, and nothing is touched', () =>
    withPair('NetBSD 9.3', 'Debian 12', async (rig) => {
      await rig.run('link', journaled());
      rig.host('right').exec(['ip', 'link', 'set', 'gre1', 'mtu', '1300']);
      const before = states(rig);
      const made = await goBack(rig);
      expect(made.state).toBe('unchanged');
      expect(expectError(made, 'OVERTAKEN').why).toBe('right: the MTU was 1476 and is 1300.');
      expect(states(rig)).toEqual(before);
    }));

  it('where both ends are as before already, there is nothing to do', () =>
    withPair('Debian 12', 'Debian 12', async (rig) => {
      await rig.run('link', journaled());
      const told = past();
      await rig.run('unlink');
      const { outcomes } = await rollback({ ...rig.options, past: told });
      expect(outcomes.map((o) => [o.state, o.plan?.ends.map((e) => e.steps.length)])).toEqual([['as-wanted', [0, 0]]]);
    }));

  it('a run that came to no end, or whose ends the inventory no longer has, has no way back', () =>
    withPair('Debian 12', 'Debian 12', async (rig) => {
      await rig.run('link', journaled());
      const before = states(rig);
      const { state: _state, ...open } = past();
      const elsewhere = { ...past(), plan: JSON.parse(JSON.stringify(past().plan).replaceAll('"interface":"gre1"', '"interface":"gre7"')) };
      for (const told of [open, elsewhere]) {
        const { outcomes, exitCode } = await rollback({ ...rig.options, past: told });
        expect([exitCode, outcomes[0]?.errors[0]?.code]).toEqual([1, 'ROLLBACK_IMPOSSIBLE']);
      }
      expect(states(rig)).toEqual(before);
    }));

  it.each([
    ['a cut line', (rig: Rig) => (rig.host('left').faults.cuts = [{ when: 'after', match: (w) => w.join(' ').startsWith('ifconfig gre1 destroy') }])],
    ['a refused command', (rig: Rig) => rig.host('left').faults.refuse.push({ match: ['ifconfig', 'gre1', 'destroy'], exit: 1, stderr: 'no\n' })],
  ] as const)('%s half-way: both ends are again as the run had left them', (_what, strike) =>
    withPair('NetBSD 9.3', 'Debian 12', async (rig) => {
      await rig.run('link', journaled());
      const linked = states(rig);
      strike(rig);
      const made = await goBack(rig);
      expect(['rolled-back', 'unchanged']).toContain(made.state);
      expect(states(rig)).toEqual(linked);
    }));
});

describe('the past of a link', () => {
  const told = async (): Promise<string> => {
    await withPair('Debian 12', 'Debian 12', async (rig) => void (await rig.run('link', journaled())));
    const [file = ''] = readdirSync(folder);
    return join(folder, file);
  };
  const journal = () => lastChange(readJournals(folder).runs, 'pair');

  it('passes over runs that have changed nothing, and knows no run of another link', async () => {
    const file = await told();
    const text = readFileSync(file, 'utf8').replaceAll('"as-wanted"', '"rolled-back"');
    writeFileSync(join(folder, '20990101T000000-ffffffffffffffff.jsonl'), text.replace(/"run":"[0-9a-f]{16}"/, '"run":"ffffffffffffffff"'));
    expect(file).toContain(journal()?.run);
    expect(lastChange(readJournals(folder).runs, 'other')).toBeUndefined();
  });

  it('is not known where the journal is torn, or something had to be left out of it', async () => {
    const file = await told();
    const whole = readFileSync(file, 'utf8');
    expect(pastRun(journal() ?? expect.fail())?.state).toBe('as-wanted');
    writeFileSync(file, whole.replace(/"type":"step"/, '"type":"st'));
    expect(pastRun(journal() ?? expect.fail())).toBeUndefined();
    writeFileSync(file, whole.replace('"path":"', '"path":"[secret]'));
    expect(pastRun(journal() ?? expect.fail())).toBeUndefined();
  });
});
