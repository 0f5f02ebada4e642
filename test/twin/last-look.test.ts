/** The last look at a host goes with the phase that settles it: what it shows, and what happens where its answer is lost. */
import { describe, expect, it } from 'vitest';
import type { CallFate } from '../../src/twin/faults.js';
import { pairInventory } from './pair.js';
import { type Rig, withPair } from './rig.js';

const KINDS = ['NetBSD 1.5.2', 'FreeBSD 14.1', 'OpenBSD 7.5', 'Debian 12'];

/** Ids of the calls that one host answered, in order. */
const answered = (rig: Rig, host: string): string[] => rig.events.flatMap((e) => (e.type === 'command' && e.host === host ? [e.id] : []));

describe.each(KINDS)('the last look at %s', (kind) => {
  it('comes after the boot files are in place and the guard is gone, and nothing is asked after it', async () => {
    await withPair(kind, 'Debian 12', async (rig) => {
      const made = await rig.run('link');
      expect([made.state, made.exit]).toEqual(['as-wanted', 0]);
      for (const host of ['left', 'right']) {
        const ids = answered(rig, host);
        const after = ids.slice(ids.lastIndexOf('disarm') + 1);
        expect(after.length).toBeGreaterThan(0);
        expect(after.filter((id) => !id.startsWith('read:'))).toEqual([]);
        expect(ids.slice(0, ids.lastIndexOf('disarm')).filter((id) => id.startsWith('read:'))).toEqual([]);
      }
      expect(made.checks.filter((c) => c.id === 'read-again').map((c) => c.ok)).toEqual([true, true]);
    });
  });

  it('is taken once more where the connection is lost in it', async () => {
    await withPair(kind, 'Debian 12', async (rig) => {
      let cuts = 0;
      rig.host('left').faults.onCall = ({ id }, when): CallFate => {
        if (when !== 'before' || !id.startsWith('read:') || cuts > 0) return 'go';
        cuts += 1;
        return 'cut';
      };
      const made = await rig.run('link');
      expect(cuts).toBe(1);
      expect([made.state, made.exit, made.errors]).toEqual(['as-wanted', 0, []]);
      expect(made.checks.filter((c) => c.id === 'read-again').map((c) => c.ok)).toEqual([true, true]);
      expect((await rig.run('verify')).state).toBe('as-wanted');
    });
  });
});

it('tells what was changed by somebody else meanwhile, as before', async () => {
  await withPair(
    'Debian 12',
    'Debian 12',
    async (rig) => {
      let struck = false;
      rig.host('left').faults.onCall = ({ id }, when): CallFate => {
        if (when === 'before' && id.startsWith('read:') && !struck) {
          struck = true;
          rig.host('left').exec(['ip', 'link', 'set', 'dev', 'gre1', 'down']);
        }
        return 'go';
      };
      const made = await rig.run('link');
      expect(struck).toBe(true);
      expect(made.state).not.toBe('as-wanted');
      expect(made.checks.filter((c) => c.id === 'read-again').map((c) => c.ok)).toEqual([false, true]);
    },
    pairInventory('Debian 12', 'Debian 12'),
  );
});

it('asks for the files of a folder in the phase of the look, once it has seen them', async () => {
  await withPair('Debian 12', 'Debian 12', async (rig) => {
    rig.host('left').system.files.write('/etc/network/interfaces.d/other', 'auto lo2\niface lo2 inet loopback\n');
    expect((await rig.run('link')).state).toBe('as-wanted');
    const looks = rig.events.flatMap((e) =>
      e.type === 'command' && e.host === 'left' && e.words[1] === '/etc/network/interfaces.d/other' ? [e.id] : [],
    );
    expect(looks.map((id) => id.replace(/\d+$/, ''))).toEqual(['b', 'q', 'read:q']);
    expect(answered(rig, 'right').filter((id) => /^b\d/.test(id))).toEqual([]);
  });
});
