/** One end as wanted and the other as before: it has a name, `status` tells it, nobody is locked out, and the next run mends it. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { lastRuns } from '../../src/report/past.js';
import { journaledIn, type Rig, withPair } from './rig.js';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'split-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const journaled = () => journaledIn(folder);
const looking = () => ({ lastRuns: lastRuns(folder, ['pair']) });

/** No process has this number: it is above the highest a kernel gives. */
const GONE = 4194305;

/** The right end loses its power in the commit: both ends have agreed, and none of its files is in its place. */
function powerLossInCommit(rig: Rig): void {
  let struck = false;
  rig.host('right').faults.onCall = (call, when) => {
    if (struck || call.verb !== 'settle' || when !== 'before') return 'go';
    struck = true;
    return 'power';
  };
}

describe('split', () => {
  it.each([
    ['FreeBSD 13.2', 'NetBSD 9.3'],
    ['Debian 12', 'NetBSD 1.5.2'],
  ])('%s and %s: power lost inside the commit is told by the run and by status, and the next run mends it', (left, right) =>
    withPair(left, right, async (rig) => {
      powerLossInCommit(rig);
      const made = await rig.run('link', journaled());
      expect([made.state, made.exit]).toEqual(['split', 4]);
      const seen = await rig.run('verify', looking());
      expect([seen.state, seen.exit]).toEqual(['split', 4]);
      // Without the journal of that run it is a difference like any other.
      expect((await rig.run('verify')).state).toBe('differs');
      expect((await rig.run('link', journaled())).state).toBe('as-wanted');
      expect((await rig.run('verify', looking())).state).toBe('as-wanted');
    }));

  it('a run that came to no end is told with how both ends stand', () =>
    withPair('Debian 12', 'FreeBSD 13.2', async (rig) => {
      const { emit } = journaled();
      await rig.run('link', { emit: (e) => (e.type === 'outcome' ? undefined : emit(e)) });
      // The process that wrote the journal is this one, and lives: its run may still be at work.
      expect(looking().lastRuns.size).toBe(0);
      const file = join(folder, readdirSync(folder)[0] ?? '');
      writeFileSync(file, readFileSync(file, 'utf8').replace(/"pid":\d+/, `"pid":${GONE}`));
      const unfinished = async () => (await rig.run('verify', looking())).warnings.find((w) => w.code === 'unfinished-run');
      expect((await unfinished())?.evidence).toEqual(['left: as that run wanted it', 'right: as that run wanted it']);
      rig.host('right').exec(['ifconfig', 'gre1', 'destroy']);
      expect((await unfinished())?.evidence?.[1]).toBe('right: neither as before that run nor as it wanted it');
      await rig.run('unlink', journaled());
      expect(await unfinished()).toBeUndefined();
    }));
});
