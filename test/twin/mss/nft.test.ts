/** `mss: true`: the MSS of TCP is clamped on an end that can, live and after a reboot, in a table of our own that goes away with the wish and with the link. */
import { describe, expect, it } from 'vitest';
import { twinKinds } from '../../../src/twin/families.js';
import { pairInventory } from '../pair.js';
import { expectError, makeRig, type Rig, stateOf, stepIds } from '../rig.js';
import { clamped, linked, withClamped } from './clamped.js';

const kinds = twinKinds().filter((k) => /^(Debian|Ubuntu)/.test(k) && !k.includes('nogre'));
const table = (rig: Rig, host = 'left'): string => rig.host(host).exec(['nft', 'list', 'table', 'ip', 'provision_pair']).stdout;
const sizes = (rig: Rig): string[] =>
  [...table(rig).matchAll(/(?:oifname|iifname) "gre1" .* size set \d+/g)].map(([text]) => text.replace(' tcp flags syn tcp option maxseg', ''));
const both = (mss: number): string[] => [`oifname "gre1" size set ${mss}`, `iifname "gre1" size set ${mss}`];

describe('mss: true', () => {
  it.concurrent.each(kinds)('%s clamps both ways, has nothing to do in a second run, and clamps again after a reboot', {
    timeout: 60_000,
  }, async (kind) => {
    await withClamped(
      kind,
      async (rig) => {
        await linked(rig);
        expect(sizes(rig)).toEqual(both(1436));
        expect(stepIds((await rig.run('link')).plan)).toEqual([]);
        rig.host('left').reboot();
        expect(sizes(rig)).toEqual(both(1436));
        expect((await rig.run('verify')).state).toBe('as-wanted');
      },
      'FreeBSD 14.1',
    );
  });

  it('goes with the MTU, and with the wish', async () => {
    const [left, right] = ['Debian 12', 'NetBSD 10.0'] as const;
    await withClamped(
      left,
      async (rig) => {
        await linked(rig);
        await linked(rig, clamped(left, '\n    mtu: 1400', right));
        expect(sizes(rig)).toEqual(both(1360));
        await linked(rig, pairInventory(left, right));
        expect(table(rig)).toBe('');
        rig.host('left').reboot();
        expect(table(rig)).toBe('');
      },
      right,
    );
  });

  it('unlink leaves nothing of it, and rules of others stay', async () => {
    await withClamped(
      'Debian 12',
      async (rig) => {
        const left = rig.host('left');
        left.exec(['nft', 'add table inet filter; add chain inet filter input { type filter hook input priority 0; policy accept; }']);
        const before = [stateOf(rig.host('left')), left.exec(['nft', 'list', 'ruleset']).stdout];
        await linked(rig);
        expect(table(rig, 'right')).not.toBe('');
        expect((await rig.run('unlink')).state).toBe('as-wanted');
        expect([stateOf(rig.host('left')), left.exec(['nft', 'list', 'ruleset']).stdout]).toEqual(before);
        expect(table(rig, 'right')).toBe('');
      },
      'Debian 12',
    );
  });

  it('what was changed by hand is seen and made anew', async () => {
    await withClamped(
      'Debian 12',
      async (rig) => {
        await linked(rig);
        const by = rig.host('left');
        for (const words of [
          ['nft', 'delete', 'table', 'ip', 'provision_pair'],
          ['nft', 'add rule ip provision_pair forward counter accept'],
          ['nft', 'flush chain ip provision_pair forward'],
        ]) {
          expect(by.exec(words).exit).toBe(0);
          expect(stepIds((await rig.run('verify')).plan)).toEqual(['left:mss']);
          // Rules of somebody else in our table are not brought back: that is one-way.
          expect((await rig.run('link', { oneWay: true })).state).toBe('as-wanted');
          expect(sizes(rig)).toEqual(both(1436));
        }
      },
      'FreeBSD 14.1',
    );
  });

  it('goes away again where link fails, and comes back where unlink fails', async () => {
    await withClamped(
      'Debian 12',
      async (rig) => {
        const left = rig.host('left');
        const refuse = { exit: 2, stderr: 'RTNETLINK answers: Operation not permitted\n' };
        left.faults.refuse.push({ ...refuse, match: ['ip', 'link', 'set', 'dev', 'gre1', 'up'], times: 1 });
        expect((await rig.run('link')).state).toBe('rolled-back');
        expect(table(rig)).toBe('');
        await linked(rig);
        const before = stateOf(left);
        left.faults.refuse.push({ ...refuse, match: ['ip', 'link', 'del'], times: 1 });
        expect((await rig.run('unlink')).state).toBe('rolled-back');
        expect(sizes(rig)).toEqual(both(1436));
        expect(stateOf(left)).toEqual(before);
      },
      'Debian 12',
    );
  });

  it('is refused where neither end can, with the reason of each', async () => {
    const rig = await makeRig(clamped('FreeBSD 14.1', '', 'OpenBSD 7.5'));
    try {
      const { why } = expectError(await rig.run('link'), 'MSS_IMPOSSIBLE');
      expect(why).toMatch(/left: .*neither pf nor ipfw.*right: .*anchor "provision\/\*"/);
    } finally {
      await rig.close();
    }
  });
});
