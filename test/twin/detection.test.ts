/** Which driver a host has: with our tunnel already standing, with the module not loaded yet, with the driver compiled in, and without any. */
import { describe, expect, it } from 'vitest';
import type { DriverFact } from '../../src/model/facts.js';
import { facts } from '../../src/pipeline.js';
import { pairInventory, runOptions } from './pair.js';
import { expectError, type Rig, stepIds, withPair } from './rig.js';

const PEER = 'NetBSD 10.0';

async function driverOf(rig: Rig, kind: string): Promise<DriverFact> {
  const [found] = await facts({ ...runOptions(pairInventory(kind, PEER)), ...rig.reached((e) => e), host: 'left' });
  if (found === undefined) throw new Error('no facts');
  return found.driver;
}

describe('before anything stands', () => {
  it.each([
    ['FreeBSD 4.5', 'loadable', 'can be loaded', true],
    ['FreeBSD 4.5 loaded', 'ready', 'shows if_gre.ko', false],
    ['FreeBSD 4.5 builtin', 'ready', 'compiled in', false],
    ['FreeBSD 4.11', 'loadable', 'can be loaded', true],
    ['FreeBSD 4.11 builtin', 'ready', 'compiled into', false],
    ['FreeBSD 8.4', 'loadable', 'can be loaded', true],
    ['FreeBSD 8.4 builtin', 'ready', 'compiled into', false],
    ['FreeBSD 13.2', 'loadable', 'can be loaded', true],
    ['FreeBSD 13.2 loaded', 'ready', 'shows if_gre.ko', false],
    ['FreeBSD 13.2 builtin', 'ready', 'compiled into', false],
    ['FreeBSD 15.0 builtin', 'ready', 'compiled into', false],
    ['NetBSD 1.4.1', 'ready', 'does not clone', false],
    ['NetBSD 1.5.2', 'ready', 'does not clone', false],
    ['NetBSD 1.6.2', 'ready', 'on demand', false],
    ['NetBSD 9.3', 'ready', 'on demand', false],
    ['OpenBSD 3.0', 'ready', 'compiled in', false],
    ['OpenBSD 7.5', 'ready', 'on demand', false],
    ['Debian 12', 'loadable', 'would load it', true],
    ['Debian 12 loaded', 'ready', 'is loaded', false],
    ['Debian 12 builtin', 'ready', 'compiled into the kernel', false],
    ['Ubuntu 22.04', 'loadable', 'would load it', true],
  ])('%s: %s, because the driver %s', (kind, state, how, loads) =>
    withPair(kind, PEER, async (rig) => {
      const driver = await driverOf(rig, kind);
      expect([driver.state, driver.how]).toEqual([state, expect.stringContaining(how)]);
      expect(stepIds((await rig.run('plan')).plan).includes('left:driver')).toBe(loads);
    }));
});

describe('with our tunnel already standing', () => {
  it.each([
    'FreeBSD 4.5',
    'FreeBSD 4.5 builtin',
    'FreeBSD 13.2',
    'FreeBSD 13.2 builtin',
    'NetBSD 1.5.2',
    'NetBSD 1.6.2',
    'NetBSD 9.3',
    'OpenBSD 3.0',
    'OpenBSD 4.8',
    'OpenBSD 7.5',
    'Debian 12',
    'Debian 12 builtin',
    'Ubuntu 22.04',
  ])('%s: the driver is ready, and the same way of making tunnels is chosen', (kind) =>
    withPair(kind, PEER, async (rig) => {
      const first = await rig.run('link');
      expect(first.state).toBe('as-wanted');
      expect((await driverOf(rig, kind)).state).toBe('ready');
      const again = await rig.run('plan');
      expect(stepIds(again.plan)).toEqual([]);
      expect(again.plan?.ends[0].playbook).toBe(first.plan?.ends[0].playbook);
    }));

  it.each(['NetBSD 1.6.2', 'NetBSD 9.3'])('%s: a gre1 in `ifconfig -l` does not hide that the driver clones', (kind) =>
    withPair(kind, PEER, async (rig) => {
      rig.host('left').exec(['ifconfig', 'gre1', 'create']);
      expect((await driverOf(rig, kind)).how).toContain('on demand');
    }));
});

describe('without any driver', () => {
  it.each([
    'NetBSD 1.5.2 nogre',
    'NetBSD 9.3 nogre',
    'FreeBSD 4.5 nogre',
    'FreeBSD 13.2 nogre',
    'Debian 12 nogre',
  ])('%s: says so, and what the kernel needs', (kind) =>
    withPair(kind, PEER, async (rig) => {
      expect((await driverOf(rig, kind)).state).toBe('missing');
      expect(expectError(await rig.run('plan'), 'DRIVER_MISSING').why).toMatch(/kernel needs|if_gre\.ko|kernel has no/);
    }));
});
