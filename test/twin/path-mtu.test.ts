/** `mtu: auto` over a path that carries less than 1500 bytes: measured, less what the tunnel costs, and the same in every later run. */
import { describe, expect, it } from 'vitest';
import type { LinkOutcome } from '../../src/model/outcome.js';
import { twinKinds } from '../../src/twin/families.js';
import { pairInventory } from './pair.js';
import { expectError, makeRig, type Rig, stepIds, withPair } from './rig.js';

/** A driver whose MTU is its own. */
const FIXED = 'OpenBSD 3.0';
const kinds = twinKinds().filter((k) => !k.includes('nogre') && k !== 'Linux 6.1' && k !== FIXED);

async function linked(rig: Rig, bytes: number): Promise<LinkOutcome> {
  const made = await rig.run('link');
  expect(made.errors).toEqual([]);
  expect(made.plan?.mtu.bytes, made.plan?.mtu.why).toBe(bytes);
  expect(made.state).toBe('as-wanted');
  return made;
}

/** Nothing is left to do, and packets of the whole MTU cross. */
async function stays(rig: Rig, bytes: number): Promise<void> {
  const again = await rig.run('link');
  expect(stepIds(again.plan)).toEqual([]);
  expect(again.plan?.mtu.bytes).toBe(bytes);
  const seen = await rig.run('verify');
  expect(seen.checks.filter((c) => !c.ok)).toEqual([]);
  expect(seen.checks.filter((c) => c.id === 'mtu')).not.toHaveLength(0);
}

describe('a path of 1424 bytes', () => {
  it.concurrent.each(kinds)('%s gets 1400, and a second run has nothing to do', { timeout: 60_000 }, async (kind) => {
    await withPair(kind, 'FreeBSD 14.1', async (rig) => {
      rig.internet.pathMtu = 1424;
      const made = await linked(rig, 1400);
      expect(made.plan?.mtu.why).toContain('1424 bytes measured from ');
      await stays(rig, 1400);
    });
  });

  it('a driver that takes no other MTU keeps its own, and a number it cannot do is refused', async () => {
    await withPair(FIXED, 'FreeBSD 14.1', async (rig) => {
      rig.internet.pathMtu = 1424;
      const made = await linked(rig, 1450);
      expect(made.plan?.mtu.why).toContain('cut into pieces');
      expect(stepIds((await rig.run('link')).plan)).toEqual([]);
    });
    const refused = async (rig: Rig): Promise<void> => void expectError(await rig.run('link'), 'MTU_IMPOSSIBLE');
    await withPair(FIXED, 'FreeBSD 14.1', refused, pairInventory(FIXED, 'FreeBSD 14.1', '    mtu: 1400'));
  });

  it('a tunnel that stood before the path became narrower is mended by link', async () => {
    await withPair('Debian 12', 'NetBSD 10.0', async (rig) => {
      await linked(rig, 1476);
      rig.internet.pathMtu = 1424;
      const seen = await rig.run('verify');
      expect(seen.checks.filter((c) => !c.ok).map((c) => c.id)).toContain('mtu');
      await linked(rig, 1400);
      await stays(rig, 1400);
      // Linux remembers what it was told of the path, for ten minutes or until it boots.
      rig.host('left').reboot();
      rig.internet.pathMtu = 1500;
      await linked(rig, 1476);
    });
  });

  it('stays where the outer addresses answer no ping any more, and is assumed to be 1500 bytes where they never did', async () => {
    const icmp = { protocol: 1 };
    await withPair('Debian 12', 'FreeBSD 14.1', async (rig) => {
      rig.internet.pathMtu = 1424;
      await linked(rig, 1400);
      rig.internet.filters = [icmp];
      const again = await rig.run('link');
      expect(stepIds(again.plan)).toEqual([]);
      expect(again.plan?.mtu.why).toContain('the path cannot be measured');
      expect((await rig.run('verify')).state).toBe('as-wanted');
    });
    await withPair('Debian 12', 'FreeBSD 14.1', async (rig) => {
      rig.internet.filters = [icmp];
      const made = await linked(rig, 1476);
      expect(made.plan?.mtu.why).toMatch(/1500 bytes of the path.*not measured.*does not answer ping/);
    });
  });

  it('a change of one end is seen by verify and mended by link', async () => {
    await withPair('Debian 12', 'Debian 12', async (rig) => {
      rig.internet.pathMtu = 1424;
      await linked(rig, 1400);
      const left = rig.host('left');
      left.exec(['ip', 'link', 'set', 'dev', 'gre1', 'mtu', '1300']);
      const seen = await rig.run('verify');
      expect(seen.plan?.mtu.bytes).toBe(1400);
      expect(stepIds(seen.plan)).toEqual(['left:mtu']);
      await linked(rig, 1400);
    });
  });

  it('a number in the inventory is taken as it is, and nothing is measured', async () => {
    const rig = await makeRig(pairInventory('Debian 12', 'Debian 12', '    mtu: 1300'));
    try {
      rig.internet.pathMtu = 1424;
      await linked(rig, 1300);
    } finally {
      await rig.close();
    }
  });
});
