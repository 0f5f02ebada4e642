/** `absent: true` at `ospf:` and `bgp:`: the protocol is taken off a link that stands, on both ends, and the tunnel stays; undone on failure, empty the second time. */
import { describe, expect, it } from 'vitest';
import type { Inventory } from '../../src/model/inventory.js';
import { updater } from '../../src/pipeline.js';
import { type Rig, stateOf, stepIds } from './rig.js';
import { expectUndone, inventoryOf, neighbours, over } from './routing-rig.js';

const ASN = [', asn: 64512', ', asn: 64513'] as const;
/** What a daemon says of itself, over all its protocols; a command that is not there says so. */
const DAEMONS = [
  ['vtysh', '-c', 'show running-config'],
  ['birdc', 'show', 'protocols'],
  ['birdc', 'show', 'ospf', 'interface'],
  ['ospfctl', 'show', 'interface'],
  ['bgpctl', 'show', 'summary'],
];
const said = (rig: Rig, host: string): string[] =>
  DAEMONS.map((words) =>
    rig
      .host(host)
      .exec(words)
      .stdout.replaceAll(/\d+:\d+:\d+(\.\d+)?/g, 'TIME'),
  );
const state = (rig: Rig): unknown => ['left', 'right'].map((host) => [said(rig, host), stateOf(rig.host(host))]);

interface Wish {
  readonly kinds: readonly [string, string];
  readonly with: string;
  readonly absent: string;
  readonly without: string;
}

const link = (text: string): string => text.replaceAll(' / ', '\n    ');
const made = ({ kinds: [left, right] }: Wish, text: string): Inventory => inventoryOf(left, right, link(text), ASN);

/** A link without any routing. */
const PLAIN = 'ttl: 64';
const FRR = ['Debian 12 frr', 'Debian 12 frr'] as const;
const WISHES: readonly (readonly [string, Wish])[] = [
  ['OSPF of FRR', { kinds: FRR, with: 'ospf: { area: 1, cost: 17 }', absent: 'ospf: { area: 1, absent: true }', without: PLAIN }],
  ['BGP of FRR', { kinds: FRR, with: 'bgp: { hold: 30 }', absent: 'bgp: { absent: true }', without: PLAIN }],
  ['OSPF of FRR beside BGP, which stays', { kinds: FRR, with: 'ospf: {} / bgp: {}', absent: 'ospf: { absent: true } / bgp: {}', without: 'bgp: {}' }],
  [
    'BGP of FRR beside OSPF, which stays',
    { kinds: FRR, with: 'ospf: {} / bgp: {}', absent: 'ospf: {} / bgp: { absent: true }', without: 'ospf: {}' },
  ],
  [
    'OSPF of BIRD and FRR',
    { kinds: ['Debian 12 bird', 'Debian 12 frr'], with: 'ospf: { area: 1 }', absent: 'ospf: { area: 1, absent: true }', without: PLAIN },
  ],
  ['BGP of BIRD and FRR', { kinds: ['Debian 12 bird', 'Debian 12 frr'], with: 'bgp: {}', absent: 'bgp: { absent: true }', without: PLAIN }],
  [
    'OSPF of OpenOSPFD and BIRD',
    { kinds: ['OpenBSD 7.5 ospfd', 'Debian 12 bird'], with: 'ospf: {}', absent: 'ospf: { absent: true }', without: PLAIN },
  ],
  [
    'BGP of OpenBGPD and BIRD',
    { kinds: ['OpenBSD 7.5 bgpd AS64512', 'Debian 12 bird'], with: 'bgp: {}', absent: 'bgp: { absent: true }', without: PLAIN },
  ],
];

describe.each(WISHES)('%s', (_, wish) => {
  const wanted = made(wish, wish.with);
  const absent = { inventory: made(wish, wish.absent) };
  const without = { inventory: made(wish, wish.without) };

  it('goes from a link that stands, as if it had never been there, and a second run has nothing to do', () =>
    over(wanted, async (rig) => {
      expect((await rig.run('link', without)).state).toBe('as-wanted');
      const never = state(rig);
      expect((await rig.run('unlink', without)).state).toBe('as-wanted');
      expect((await rig.run('link')).state).toBe('as-wanted');
      expect((await rig.run('verify', absent)).state).toBe('differs');

      const ran = await rig.run('link', absent);
      expect(ran.errors).toEqual([]);
      expect(ran.state).toBe('as-wanted');
      expect(state(rig)).toEqual(never);
      expect(neighbours(ran.checks)).toHaveLength(wish.without === PLAIN ? 0 : 2);
      expect(ran.plan?.ends.flatMap((e) => e.steps.flatMap((s) => ('words' in s ? [s.words[0]] : [])))).not.toContain('ip');

      const again = await rig.run('link', absent);
      expect(stepIds(again.plan)).toEqual([]);
      expect((await rig.run('verify', absent)).state).toBe('as-wanted');
      expect((await rig.run('unlink', absent)).state).toBe('as-wanted');
    }));

  it('comes back whichever command of either end is refused', () =>
    over(wanted, async (rig) => {
      expect((await rig.run('link')).state).toBe('as-wanted');
      const before = state(rig);
      const { plan } = await rig.run('plan', absent);
      for (const { host, steps } of plan?.ends ?? []) {
        for (const words of steps.flatMap((s) => ('words' in s ? [s.words.join(' ')] : []))) {
          await expectUndone(rig, 'link', words, state, before, { host, times: 1, more: absent });
        }
      }
      expect((await rig.run('verify')).checks.filter((c) => !c.ok)).toEqual([]);
    }));

  it('is taken away with the tunnel by unlink', () =>
    over(wanted, async (rig) => {
      const before = state(rig);
      expect((await rig.run('link')).state).toBe('as-wanted');
      expect((await rig.run('unlink', absent)).state).toBe('as-wanted');
      expect(state(rig)).toEqual(before);
    }));
});

/** The same where the right end's address changes. */
function moving(inventory: Inventory): Inventory {
  const right = inventory.hosts.get('right');
  if (right === undefined) throw new Error('no host right');
  return { ...inventory, hosts: new Map([...inventory.hosts, ['right', { ...right, address: { kind: 'dynamic', present: '203.0.113.2' } }]]) };
}

describe('a protocol that is absent', () => {
  it('needs no daemon', () =>
    over(inventoryOf('Debian 12', 'FreeBSD 14.1', 'ospf: { absent: true }'), async (rig) => {
      const ran = await rig.run('link');
      expect([ran.errors, ran.state]).toEqual([[], 'as-wanted']);
    }));

  it('is not brought back by an updater, whose moves write boot files', () =>
    over(moving(inventoryOf(...FRR, 'ospf: {}')), async (rig) => {
      const absent = { inventory: moving(inventoryOf(...FRR, 'ospf: { absent: true }')) };
      await rig.run('link');
      expect((await rig.run('link', absent)).state).toBe('as-wanted');
      const options = {
        goal: 'install',
        start: 'none',
        program: '/usr/local/bin/provision',
        agree: () => Promise.resolve(true),
      } as const;
      const [done] = await updater({ ...rig.options, ...absent, updater: options });
      expect(done?.state).toBe('done');
      const receiver = rig.host('left').system.files.read('/var/lib/provision/pair/receiver');
      expect(receiver).toContain('/etc/network/interfaces.d/provision-gre1');
      expect(receiver).not.toContain('frr.conf');
    }));

  it('is taken out of a link whose tunnel has drifted too, in one run', () =>
    over(inventoryOf(...FRR, 'ospf: {}'), async (rig) => {
      await rig.run('link');
      rig.host('left').exec(['ip', 'link', 'set', 'gre1', 'mtu', '1400']);
      const ran = await rig.run('link', { inventory: inventoryOf(...FRR, 'ospf: { absent: true }') });
      expect(ran.state).toBe('as-wanted');
      expect(stepIds(ran.plan)).toContain('left:mtu');
      expect(said(rig, 'left').join('\n')).not.toContain('gre1');
    }));
});
