/** GRE in UDP (RFC 8086) between simulated systems that can do it, and the refusal where they cannot. */
import { describe, expect, it } from 'vitest';
import { parseInventory } from '../../src/inventory/load.js';
import type { LinkOutcome } from '../../src/model/outcome.js';
import { link, unlink, verify } from '../../src/pipeline.js';
import { stepCount } from '../../src/plan/pair.js';
import { attachTwin, twinSpecs } from '../../src/twin/attach.js';
import { pairInventory, pairText, runOptions } from './pair.js';

const UDP = '    encap: udp';
const CAN = [
  ['Debian 12', 'Debian 12'],
  ['Debian 12 networkd', 'Debian 12'],
  ['NetBSD 10.0', 'NetBSD 9.3'],
  ['NetBSD 10.0', 'Debian 12 networkd'],
  ['FreeBSD 14.1', 'Debian 12'],
  ['FreeBSD 12.4', 'FreeBSD 15.0'],
] as const;

const firstOf = (outcomes: readonly LinkOutcome[]): LinkOutcome => {
  const [first] = outcomes;
  if (first === undefined) throw new Error('no outcome');
  return first;
};

const steps = ({ plan }: LinkOutcome): number | undefined => (plan === undefined ? undefined : stepCount(plan));

const whyNot = (one: LinkOutcome): string => one.errors.map((e) => `${e.code} ${e.message} ${e.why ?? ''}`).join('; ');

describe('encap: udp', () => {
  it.each(
    CAN,
  )('%s and %s: pings cross where no protocol 47 passes, nothing to do again, back after a reboot, nothing left after unlink', async (left, right) => {
    const inventory = pairInventory(left, right, UDP);
    const attached = await attachTwin(twinSpecs(inventory, ['pair'], 'all'));
    if (attached === undefined) throw new Error('no simulated hosts');
    try {
      attached.twin.internet.filters = [{ protocol: 47 }];
      const hosts = [...attached.twin.hosts.values()];
      const before = hosts.map((h) => JSON.stringify(h.system.snapshot()));
      const options = { ...runOptions(inventory), running: attached };
      const made = firstOf((await link(options)).outcomes);
      expect([made.state, whyNot(made)]).toEqual(['as-wanted', '']);
      expect(made.plan?.mtu.bytes).toBe(1468);
      expect(steps(firstOf((await link(options)).outcomes))).toBe(0);
      for (const host of hosts) host.reboot();
      const after = firstOf((await verify(options)).outcomes);
      expect([after.state, whyNot(after)]).toEqual(['as-wanted', '']);
      const gone = firstOf((await unlink(options)).outcomes);
      expect([gone.state, whyNot(gone)]).toEqual(['as-wanted', '']);
      for (const host of hosts) host.reboot();
      expect(hosts.map((h) => JSON.stringify(h.system.snapshot()))).toEqual(before);
    } finally {
      await attached.close();
    }
  });

  it.each(CAN)('%s and %s: where nothing passes, all is as before', async (left, right) => {
    const inventory = pairInventory(left, right, UDP);
    const attached = await attachTwin(twinSpecs(inventory, ['pair'], 'all'));
    if (attached === undefined) throw new Error('no simulated hosts');
    try {
      attached.twin.internet.filters = [{ protocol: 47 }, { protocol: 17 }];
      const hosts = [...attached.twin.hosts.values()];
      const tunnel = (): boolean[] => hosts.map((h) => h.system.stack.interfaces.has('gre1'));
      const made = firstOf((await link({ ...runOptions(inventory), running: attached })).outcomes);
      expect(made.state).toBe('rolled-back');
      expect(tunnel()).toEqual([false, false]);
      // Drivers may stay: they serve every tunnel.
      expect(JSON.stringify(hosts.map((h) => h.system.snapshot()))).not.toContain('4754');
    } finally {
      await attached.close();
    }
  });

  it.each(CAN)('%s and %s: from plain GRE to UDP and back', async (left, right) => {
    const [plain, udp] = [pairInventory(left, right), pairInventory(left, right, UDP)];
    const attached = await attachTwin(twinSpecs(plain, ['pair'], 'all'));
    if (attached === undefined) throw new Error('no simulated hosts');
    try {
      for (const inventory of [plain, udp, plain]) {
        const options = { ...runOptions(inventory), running: attached };
        const made = firstOf((await link(options)).outcomes);
        expect([made.state, whyNot(made)]).toEqual(['as-wanted', '']);
        expect(steps(firstOf((await link(options)).outcomes))).toBe(0);
      }
    } finally {
      await attached.close();
    }
  });

  it.each([
    ['NetBSD 10.0', 'FreeBSD 14.1', 'takes packets from UDP port 4754 alone'],
    ['NetBSD 1.6.2', 'Debian 12', ''],
    ['OpenBSD 7.5', 'Debian 12', 'has no GRE in UDP'],
    ['FreeBSD 10.4', 'Debian 12', 'came with FreeBSD 12.1'],
    ['Ubuntu 22.04', 'Debian 12', 'netplan configures'],
  ])('%s and %s: refused before anything changes', async (left, right, why) => {
    const made = firstOf((await link(runOptions(pairInventory(left, right, UDP)))).outcomes);
    expect(made.state).toBe('unchanged');
    expect(whyNot(made)).toContain('CARRIER_IMPOSSIBLE');
    expect(whyNot(made)).toContain(why);
  });

  it('says what the gateway in front of an end has to forward', async () => {
    const text = (extra: string): string =>
      pairText('Debian 12', 'Debian 12', extra).replace(
        'left: { address: 203.0.113.1,',
        'left: { address: { inside: 192.168.1.2, outside: 203.0.113.1 },',
      );
    const warned = async (extra: string): Promise<string> => {
      const inventory = parseInventory([{ file: 'nat.yaml', text: text(extra) }]);
      const made = firstOf((await link(runOptions(inventory))).outcomes);
      expect(whyNot(made)).toBe('');
      return JSON.stringify(made.plan?.warnings.filter((w) => w.code === 'behind-gateway'));
    };
    expect(await warned('')).toContain('IP protocol 47');
    expect(await warned(UDP)).toContain('UDP port 4754');
  });
});
