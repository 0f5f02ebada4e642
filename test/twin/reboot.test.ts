/** `verify --reboot HOST`: what a host keeps after a reboot is seen; it is not rebooted where nobody said yes, where a link differs or where a run is not over. */
import { describe, expect, it } from 'vitest';
import { rebootProof } from '../../src/pipeline.js';
import { expectError, type Rig, withPair } from './rig.js';

/** One of every playbook, and every way that Linux has to keep things after a reboot. */
const KINDS = [
  'NetBSD 1.5.2',
  'NetBSD 9.3',
  'FreeBSD 4.5',
  'FreeBSD 14.1',
  'OpenBSD 3.0',
  'OpenBSD 4.8',
  'OpenBSD 7.5',
  'Debian 12',
  'Debian 12 networkd',
  'Debian 12 NetworkManager',
  'Ubuntu 22.04',
  'Linux 6.1',
];

async function proof(rig: Rig, more: Partial<Parameters<typeof rebootProof>[0]> = {}) {
  const result = await rebootProof({ ...rig.options, reboot: 'left', agree: () => Promise.resolve(true), ...more });
  const [first] = result.outcomes;
  if (first === undefined) throw new Error('no outcome');
  return { ...first, exit: result.exitCode, rebooted: result.rebooted };
}

const countBoots = (rig: Rig): (() => number) => {
  const { system } = rig.host('left');
  const { boot } = system;
  let boots = 0;
  system.boot = () => {
    boots += 1;
    return boot.call(system);
  };
  return () => boots;
};

describe('verify --reboot', () => {
  it.concurrent.each(KINDS)('%s: the link is there again after a reboot, and that is told with the time it took', {
    timeout: 60_000,
  }, async (kind) => {
    await withPair(kind, 'FreeBSD 14.1', async (rig) => {
      expect((await rig.run('link')).state).toBe('as-wanted');
      const boots = countBoots(rig);
      const made = await proof(rig);
      expect(made.errors).toEqual([]);
      expect(made.checks.filter((c) => !c.ok)).toEqual([]);
      expect(made).toMatchObject({ state: 'as-wanted', exit: 0, rebooted: true });
      expect(made.checks[0]?.text).toMatch(/^left: rebooted, and let us in again after \d+ s$/);
      expect(boots()).toBe(1);
    });
  });

  it('a no, and a link that differs already, leave the host alone', { timeout: 60_000 }, async () => {
    await withPair('NetBSD 9.3', 'Debian 12', async (rig) => {
      await rig.run('link');
      const boots = countBoots(rig);
      expect(await proof(rig, { agree: () => Promise.resolve(false) })).toMatchObject({ rebooted: false });
      rig.host('right').exec(['ip', 'link', 'set', 'gre1', 'down']);
      const made = await proof(rig, { agree: () => expect.fail('asked') });
      expectError(made, 'LINK_NOT_READY', 2);
      expect(boots()).toBe(0);
    });
  });

  it('what is gone after the reboot is told as a difference', { timeout: 90_000 }, async () => {
    await withPair('Debian 12', 'FreeBSD 14.1', async (rig) => {
      await rig.run('link');
      const host = rig.host('left');
      const { boot } = host.system;
      host.system.boot = () => {
        const console = boot.call(host.system);
        host.exec(['ip', 'link', 'set', 'gre1', 'mtu', '1400']);
        return console;
      };
      const made = await proof(rig);
      expect(made).toMatchObject({ state: 'differs', exit: 2, rebooted: true });
      expect(made.checks.find((c) => !c.ok)?.text).toMatch(/left: not as wanted: .*MTU/);
    });
  });

  it('a host that does not come back is told with the time it was given', { timeout: 60_000 }, async () => {
    await withPair('OpenBSD 7.5', 'Debian 12', async (rig) => {
      await rig.run('link');
      const host = rig.host('left');
      host.system.boot = () => {
        host.powerOff();
        return [];
      };
      await expect(proof(rig, { waitMs: 2500 })).rejects.toMatchObject({
        code: 'REBOOT_LOST',
        message: expect.stringContaining('not back after 3 s'),
      });
    });
  });

  it('a host that says yes and does not go down is waited for, and told as that', { timeout: 60_000 }, async () => {
    await withPair('Debian 12', 'NetBSD 10.0', async (rig) => {
      await rig.run('link');
      const host = rig.host('left');
      host.faults.refuse.push({ match: ['reboot'], exit: 0, stderr: '' });
      const lost = proof(rig, { waitMs: 2500 });
      await expect(lost).rejects.toMatchObject({ code: 'REBOOT_LOST', details: { why: expect.stringContaining('has not gone down') } });
    });
  });

  it('a host that refuses is told in its own words', { timeout: 60_000 }, async () => {
    await withPair('Debian 12', 'NetBSD 10.0', async (rig) => {
      await rig.run('link');
      rig.host('left').faults.refuse.push({ match: ['reboot'], exit: 1, stderr: 'Call to Reboot failed: Access denied' });
      await expect(proof(rig)).rejects.toMatchObject({ code: 'REBOOT_REFUSED', details: { stderr: expect.stringContaining('Access denied') } });
    });
  });
});
