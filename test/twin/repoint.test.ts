/** One end has moved: with the new address in the inventory the outer pair and the boot files change on both ends, nothing else does, and packets cross. */
import { describe, expect, it } from 'vitest';
import { twinKinds } from '../../src/twin/families.js';
import { movedInventory, pairInventory } from './pair.js';
import { withPair } from './rig.js';

const KINDS = twinKinds().filter((k) => !k.includes('nogre') && k !== 'Linux 6.1');

const moved = (kind: string) => movedInventory(kind, 'Debian 12');

describe('an end that has moved', () => {
  it.each(KINDS)('%s: only the outer addresses change, and the live tunnel really passes packets afterwards', (kind) =>
    withPair(
      kind,
      'Debian 12',
      async (rig) => {
        expect((await rig.run('link')).state).toBe('as-wanted');
        rig.host('right').exec(['ip', 'addr', 'add', '203.0.113.9/24', 'dev', 'eth0']);
        const outcome = await rig.run('link', { inventory: moved(kind) });
        expect([outcome.state, outcome.errors]).toEqual(['as-wanted', []]);
        const live = outcome.plan?.ends.flatMap((e) => e.steps.filter((s) => s.phase === 'live').flatMap((s) => s.ensures)) ?? [];
        expect(live).toContain('outer');
        expect(live.filter((e) => !['outer', 'ttl', 'up'].includes(e))).toEqual([]);
        expect(outcome.checks.filter((c) => c.id === 'ping' && c.ok)).toHaveLength(2);
        expect(rig.host('left').exec(['ping', '-n', '-c', '1', '10.1.12.38']).exit).toBe(0);
        rig.host('left').reboot();
        expect((await rig.run('verify', { inventory: moved(kind) })).state).toBe('as-wanted');
      },
      pairInventory(kind, 'Debian 12'),
    ));
});
