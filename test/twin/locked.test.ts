/** Two at work on one link: one wins and the other is told who; and a host that was changed between the look and the yes is left alone. */
import { describe, expect, it } from 'vitest';
import { expectError, stateOf, withPair } from './rig.js';

const PAIRS = [
  ['FreeBSD 14.1', 'Debian 12'],
  ['NetBSD 1.5.2', 'OpenBSD 7.5'],
] as const;

describe.each(PAIRS)('two controllers at once on %s and %s', (left, right) => {
  it('one makes the tunnel, the other changes nothing; 25 times', { timeout: 60_000 }, async () => {
    for (let i = 0; i < 25; i += 1) {
      // The first ten start at the very same moment: each may get one end.
      await withPair(left, right, async (rig) => {
        const later = async (): ReturnType<typeof rig.run> => {
          await new Promise((resolve) => setTimeout(resolve, Math.max(0, i - 9) * 6));
          return rig.run('link');
        };
        const both = await Promise.all([rig.run('link'), later()]);
        const others = both.filter((o) => o.state !== 'as-wanted');
        expect(both.filter((o) => o.state === 'as-wanted').length).toBeGreaterThanOrEqual(1);
        for (const other of others) {
          expect([other.state, other.exit]).toEqual(['unchanged', 1]);
          expect(other.errors.map((e) => e.code)).toEqual(other.errors.map(() => expect.stringMatching(/^(LOCKED|OVERTAKEN)$/)));
        }
        expect((await rig.run('plan')).state).toBe('as-wanted');
        expect([rig.host('left').guards.count, rig.host('right').guards.count]).toEqual([0, 0]);
      });
    }
  });
});

describe('a link that another run holds', () => {
  it('is refused with who holds it, since when and until when', () =>
    withPair('FreeBSD 14.1', 'Debian 12', async (rig) => {
      const left = rig.host('left');
      const idle = { phase: () => Promise.resolve('done' as const), drop: () => undefined };
      const order = { run: 'ff', holder: 'ada@desk since 10:00 until 10:01', seconds: 30, script: '', keep: '/var/db/provision/pair' };
      left.guards.arm('/var/run/provision.pair', order, idle);
      const before = [stateOf(left), stateOf(rig.host('right'))];
      const error = expectError(await rig.run('link'), 'LOCKED');
      expect(error.why).toContain('ada@desk since 10:00 until 10:01');
      expect([stateOf(left), stateOf(rig.host('right'))]).toEqual(before);
      expect(rig.host('right').guards.count).toBe(0);
    }));

  it('is named by the run that really holds it', () =>
    withPair('FreeBSD 14.1', 'Debian 12', async (rig) => {
      rig.host('left').faults.hang.push(['ifconfig', 'gre1', 'create']);
      const hanging = rig.run('link', { phaseTimeoutMs: 4500 });
      await expect.poll(() => rig.host('left').guards.count, { timeout: 5000 }).toBe(1);
      const error = expectError(await rig.run('link'), 'LOCKED');
      expect(error.why).toMatch(/@\S+ since \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC until \d\d:\d\d:\d\d UTC \(run [0-9a-f]{16}\)/);
      await hanging;
    }));
});

describe('a host that is changed between the look and the yes', () => {
  it('is left alone, and what has changed is said', () =>
    withPair('FreeBSD 14.1', 'Debian 12', async (rig) => {
      expect((await rig.run('link')).state).toBe('as-wanted');
      rig.host('left').exec(['ifconfig', 'gre1', 'mtu', '1400']);
      const right = rig.host('right');
      const error = expectError(
        await rig.run('link', {
          confirm: () => {
            right.exec(['ip', 'link', 'set', 'dev', 'gre1', 'down']);
            return Promise.resolve(true);
          },
        }),
        'OVERTAKEN',
      );
      expect(error.why).toContain('right: the state of the interface was up and is down');
      expect([rig.host('left').guards.count, right.guards.count]).toEqual([0, 0]);
      expect((await rig.run('link')).state).toBe('as-wanted');
    }));
});
