/** OSPF and BGP as part of a link, between simulated hosts with FRR: up, kept, empty the second time, taken away without a trace, undone on failure. */
import { describe, expect, it } from 'vitest';
import type { Inventory } from '../../src/model/inventory.js';
import { expectError, makeRig, type Rig, stateOf, stepIds } from './rig.js';
import { expectBack, expectUndone, inventoryOf, neighbours, over } from './routing-rig.js';

interface Wish {
  readonly left?: string;
  readonly right?: string;
  /** More of the hosts. */
  readonly hosts?: readonly [string, string];
}

function inventory(link: string, { left = 'Debian 12 frr', right = 'Debian 12 frr', hosts = ['', ''] }: Wish = {}): Inventory {
  return inventoryOf(left, right, link, hosts);
}

const running = (rig: Rig, host: string): string => rig.host(host).exec(['vtysh', '-c', 'show running-config']).stdout;
const state = (rig: Rig): unknown => ['left', 'right'].map((host) => [running(rig, host), stateOf(rig.host(host))]);
const vtysh = (rig: Rig, host: string, ...lines: string[]): void => {
  expect(rig.host(host).exec(['vtysh', '-c', 'configure terminal', ...lines.flatMap((l) => ['-c', l])]).exit).toBe(0);
};

const ASN: Wish = { hosts: [', asn: 64512', ', asn: 64513'] };
const KINDS: readonly (readonly [string, string, Wish, readonly string[]])[] = [
  ['OSPF', 'ospf: { area: 1, cost: 17, hello: 5 }', { hosts: [', routerId: 10.0.0.1', ''] }, ['OSPF', 'Full/-']],
  ['BGP', 'bgp: { hold: 30 }', ASN, ['BGP', 'Established']],
  ['OSPF and BGP', '{ospf: {}, bgp: {}}', ASN, ['OSPF', 'Full/-']],
];
const linkText = (text: string): string => text.replace(/^\{(.*), (bgp: .*)\}$/, '$1\n    $2');

describe.each(KINDS)('%s between two FRR', (_name, link, wish, [protocol, up]) => {
  const wanted = inventory(linkText(link), wish);

  it('comes up, is kept over a reboot, and a second run has nothing to do', () =>
    over(wanted, async (rig) => {
      const first = await rig.run('link');
      expect(first.errors).toEqual([]);
      expect(first.state).toBe('as-wanted');
      expect(neighbours(first.checks)).toContain(`left: ${protocol} neighbour 10.1.12.38 is ${up} (FRRouting)`);
      expect(stepIds((await rig.run('link')).plan)).toEqual([]);
      for (const host of ['left', 'right']) rig.host(host).reboot();
      const again = await rig.run('verify');
      expect(again.checks.filter((c) => !c.ok)).toEqual([]);
      expect(neighbours(again.checks)).toContain(`right: ${protocol} neighbour 10.1.12.37 is ${up} (FRRouting)`);
    }));

  it('goes without a trace by unlink, and another unlink has nothing to do', () =>
    over(wanted, async (rig) => {
      const before = state(rig);
      expect((await rig.run('link')).state).toBe('as-wanted');
      expect((await rig.run('unlink')).state).toBe('as-wanted');
      expect(state(rig)).toEqual(before);
      expect(stepIds((await rig.run('unlink')).plan)).toEqual([]);
    }));

  it('is undone on both ends whichever command of one end is refused', () =>
    over(wanted, async (rig) => {
      const before = state(rig);
      const plan =
        (await rig.run('plan')).plan?.ends[0].steps.flatMap((s) => ('words' in s && s.words[0] === 'vtysh' ? [s.words.join(' ')] : [])) ?? [];
      expect(plan.length).toBeGreaterThan(1);
      for (const words of plan) {
        await expectUndone(rig, 'link', words, state, before);
      }
    }));

  it('an unlink that fails brings it back', () => over(wanted, (rig) => expectBack(rig, 'ip link del gre1', state)));
});

describe('a link with ospf:', () => {
  const quick = inventory('ospf: { hello: 1, dead: 2 }');

  it(
    'whose ends do not become neighbours is rolled back, with what each end shows',
    () =>
      over(quick, async (rig) => {
        vtysh(rig, 'right', 'router ospf', 'passive-interface gre1');
        const before = state(rig);
        const made = await rig.run('link');
        const error = expectError(made, 'NEIGHBOUR_DOWN', 3);
        expect(error.why).toContain('left shows the OSPF neighbour 10.1.12.38 as not seen');
        expect(made.state).toBe('rolled-back');
        expect(state(rig)).toEqual(before);
      }),
    60_000,
  );

  it('is a difference to verify where the neighbour has gone', () =>
    over(quick, async (rig) => {
      expect((await rig.run('link')).state).toBe('as-wanted');
      vtysh(rig, 'right', 'router ospf', 'passive-interface gre1');
      const seen = await rig.run('verify');
      expect(seen.state).toBe('differs');
      expect(neighbours(seen.checks.filter((c) => !c.ok))).toHaveLength(2);
    }));

  it('keeps an OSPF instance that was there before, and what others have of it', () =>
    over(quick, async (rig) => {
      vtysh(rig, 'left', 'router ospf', 'ospf router-id 10.9.9.9', 'exit', 'interface eth0', 'ip ospf area 0.0.0.7');
      const before = state(rig);
      expect((await rig.run('link')).state).toBe('as-wanted');
      expect(running(rig, 'left')).toContain('ospf router-id 10.9.9.9');
      expect((await rig.run('unlink')).state).toBe('as-wanted');
      expect(state(rig)).toEqual(before);
    }));

  it('that has drifted gets only what it needs, and a change of the area takes the old one away first', () =>
    over(quick, async (rig) => {
      await rig.run('link');
      vtysh(rig, 'left', 'interface gre1', 'ip ospf cost 99');
      expect(stepIds((await rig.run('plan')).plan)).toEqual(['left:frr-ospf-cost']);
      vtysh(rig, 'left', 'interface gre1', 'no ip ospf cost', 'no ip ospf area', 'ip ospf area 0.0.0.9');
      const made = await rig.run('link');
      expect(stepIds(made.plan)).toEqual(['left:frr-ospf-area']);
      expect(made.state).toBe('as-wanted');
    }));

  it.each([
    ['no daemon', { left: 'Debian 12' }, 'ROUTING_DAEMON_MISSING', []],
    ['network lines', {}, 'ROUTING_REFUSED', ['router ospf', 'network 192.168.0.0/16 area 0']],
  ] as const)('is refused before anything changes: %s', (_name, wish, code, lines) =>
    over(inventory('ospf: {}', wish), async (rig) => {
      if (lines.length > 0) vtysh(rig, 'left', ...lines);
      const before = stateOf(rig.host('left'));
      expectError(await rig.run('link'), code);
      expect(stateOf(rig.host('left'))).toEqual(before);
      // What cannot be there need not be taken away.
      expect((await rig.run('unlink')).state).toBe('as-wanted');
    }));

  it('the new frr.conf is checked by FRR before it takes its place', async () => {
    const rig = await makeRig(quick);
    try {
      const before = state(rig);
      rig.host('right').faults.refuse = [{ match: (w) => w[1] === '-C', exit: 2, stderr: 'line 3: % Unknown command' }];
      const made = await rig.run('link');
      expectError(made, 'STEP_FAILED', 3);
      expect(state(rig)).toEqual(before);
    } finally {
      await rig.close();
    }
  });
});
