/** A run that was killed holds its link until its guard fires; `unlock` ends it at once, and what it had changed is taken back. */
import { describe, expect, it } from 'vitest';
import type { Held } from '../../src/apply/unlock.js';
import { unlock } from '../../src/pipeline.js';
import { expectError, type Rig, stateOf, withPair } from './rig.js';

/** Leaves both hosts changed, with a guard that stands for long: the controller loses them after their first steps, for good. */
async function abandoned(rig: Rig): Promise<void> {
  const hosts = [rig.host('left'), rig.host('right')];
  for (const host of hosts) {
    host.faults.onCall = ({ verb }, when) => {
      if (verb !== 'run' || when !== 'after') return 'go';
      for (const each of hosts) each.faults.deaf = true;
      return 'cut';
    };
  }
  expect((await rig.run('link', { guardSeconds: 60, timeoutMs: 1000 })).state).toBe('unknown');
  for (const { faults } of hosts) {
    faults.deaf = false;
    faults.onCall = () => 'go';
  }
}

const unlocked = (rig: Rig, agree: (held: readonly Held[]) => Promise<boolean>) => unlock({ ...rig.options, agree });

describe('unlock', () => {
  it('tells who holds the link, and after a yes both ends are as before and the next run gets in', () =>
    withPair('NetBSD 9.3', 'Debian 12', async (rig) => {
      const before = ['left', 'right'].map((name) => stateOf(rig.host(name)));
      await abandoned(rig);
      expectError(await rig.run('link'), 'LOCKED');
      let asked: readonly Held[] = [];
      const said = await unlocked(rig, (held) => {
        asked = held;
        return Promise.resolve(true);
      });
      expect(asked.map((h) => [h.link, h.host, h.state])).toEqual([
        ['pair', 'left', 'armed'],
        ['pair', 'right', 'armed'],
      ]);
      expect(asked[0]?.holder).toMatch(/@.* since .* UTC until .* UTC \(run [0-9a-f]{16}\)/);
      expect(said.held.map((h) => h.released)).toEqual([true, true]);
      expect(['left', 'right'].map((name) => stateOf(rig.host(name)))).toEqual(before);
      expect((await rig.run('link')).exit).toBe(0);
    }));

  it('until then verify warns that a run is not over, and names who holds it', () =>
    withPair('OpenBSD 7.5', 'Debian 12 networkd', async (rig) => {
      await abandoned(rig);
      const { warnings } = await rig.run('verify');
      expect(warnings.map((w) => [w.code, w.host])).toEqual([
        ['unfinished-run', 'left'],
        ['unfinished-run', 'right'],
      ]);
      expect(warnings[0]?.text).toMatch(/held by .*@.* until /);
      expect(warnings[0]?.next).toContain('provision unlock pair');
    }));

  it('after a no everything stands as it stood', () =>
    withPair('FreeBSD 14.1', 'OpenBSD 7.5', async (rig) => {
      await abandoned(rig);
      const said = await unlocked(rig, () => Promise.resolve(false));
      expect(said.held.map((h) => h.released)).toEqual([undefined, undefined]);
      expect([rig.host('left').guards.count, rig.host('right').guards.count]).toEqual([1, 1]);
    }));

  it('where nobody holds the link nobody is asked', () =>
    withPair('FreeBSD 14.1', 'OpenBSD 7.5', async (rig) => {
      const said = await unlocked(rig, () => Promise.reject(new Error('asked')));
      expect(said).toEqual({ held: [], agreed: false });
    }));
});
