/** OSPF and BGP as part of a link where an end is a simulated OpenBSD with OpenOSPFD or OpenBGPD: what routing.test.ts has of FRR, and what only they refuse. */
import { describe, expect, it } from 'vitest';
import { expectError, type Rig, stateOf, stepIds } from './rig.js';
import { expectBack, expectUndone, inventoryOf, neighbours, over } from './routing-rig.js';

type Hosts = readonly [string, string];
const ASN: Hosts = [', asn: 64512', ', asn: 64513'];

const said = (rig: Rig, host: string, line: string): string => {
  rig.host(host).exec(['sleep', '1']);
  const { stdout, exit } = rig.host(host).exec(line.split(' '));
  return exit === 0 ? stdout : '';
};
/** Which interfaces and neighbours the daemons have, without times. */
const running = (rig: Rig, host: string): unknown => [
  said(rig, host, 'ospfctl show interfaces').match(/^\S+ +[0-9.]+\/\d+ +\S+/gm),
  said(rig, host, 'bgpctl show neighbor').match(/^BGP neighbor is .*/gm),
  said(rig, host, 'vtysh -c show running-config'),
];
const state = (rig: Rig): unknown => ['left', 'right'].map((host) => [running(rig, host), stateOf(rig.host(host))]);
const edit = (rig: Rig, daemon: 'ospfd' | 'bgpd', change: (text: string) => string): void => {
  const { files } = rig.host('left').system;
  const path = `/etc/${daemon}.conf`;
  files.write(path, change(files.read(path) ?? ''), 0o600);
  expect(rig.host('left').exec([daemon.replace('d', 'ctl'), 'reload']).exit).toBe(0);
};

const [OSPFD, BGPD] = ['OSPF neighbour 10.1.12.38 is FULL/P2P (OpenOSPFD)', 'BGP neighbour 10.1.12.38 is Established (OpenBGPD)'];
const PAIRS: readonly (readonly [string, string, string, Hosts, string])[] = [
  ['OpenBSD 4.8 ospfd', 'OpenBSD 4.8 ospfd', 'ospf: {}', ['', ''], OSPFD],
  ['OpenBSD 6.3 ospfd', 'OpenBSD 7.5 ospfd', 'ospf: { area: 1, cost: 17, hello: 5 }', ['', ''], OSPFD],
  ['OpenBSD 7.5 ospfd', 'Debian 12 frr', 'ospf: { area: 1 }', ['', ', routerId: 10.0.0.2'], OSPFD],
  ['OpenBSD 7.5 ospfd', 'Debian 12 bird', 'ospf: {}', ['', ''], OSPFD],
  ['OpenBSD 4.8 bgpd AS64512', 'OpenBSD 6.3 bgpd AS64513', 'bgp: {}', ASN, BGPD],
  ['OpenBSD 7.5 bgpd AS64512', 'Debian 12 frr', 'bgp: { hold: 30 }', ASN, BGPD],
  ['OpenBSD 7.5 bgpd AS64512', 'Debian 12 bird', 'bgp: {}', ASN, BGPD],
  ['OpenBSD 7.5 ospfd bgpd AS64512', 'OpenBSD 7.5 ospfd bgpd AS64513', 'ospf: {}\n    bgp: {}', ASN, OSPFD],
];

describe.each(PAIRS)('%s and %s, %s', (left, right, link, hosts, up) => {
  const wanted = inventoryOf(left, right, link, hosts);

  it('comes up, is kept over a reboot, and goes without a trace', () =>
    over(wanted, async (rig) => {
      const before = state(rig);
      const first = await rig.run('link');
      expect(first.errors).toEqual([]);
      expect(first.state).toBe('as-wanted');
      expect(neighbours(first.checks)).toContain(`left: ${up}`);
      expect(stepIds((await rig.run('link')).plan)).toEqual([]);
      for (const host of ['left', 'right']) rig.host(host).reboot();
      const again = await rig.run('verify');
      expect(again.checks.filter((c) => !c.ok)).toEqual([]);
      expect(neighbours(again.checks)).toContain(`left: ${up}`);
      expect(stepIds((await rig.run('link')).plan)).toEqual([]);
      expect((await rig.run('unlink')).state).toBe('as-wanted');
      expect(state(rig)).toEqual(before);
      expect(stepIds((await rig.run('unlink')).plan)).toEqual([]);
      for (const host of ['left', 'right']) rig.host(host).reboot();
      expect(state(rig)).toEqual(before);
    }));

  it('is undone on both ends whichever command of its daemon is refused', () =>
    over(wanted, async (rig) => {
      const before = state(rig);
      const daemons = (await rig.run('plan')).plan?.ends[0].steps.flatMap((s) =>
        'words' in s && /ospf|bgp|sleep/.test(s.words.join(' ')) ? [s.words.join(' ')] : [],
      );
      expect(daemons?.length).toBeGreaterThan(1);
      for (const words of daemons ?? []) {
        await expectUndone(rig, 'link', words, state, before, { times: 1 });
      }
    }));

  it('an unlink that fails brings it back', () => over(wanted, (rig) => expectBack(rig, 'ifconfig gre1 destroy', state)));
});

describe('a link with ospf: and OpenOSPFD', () => {
  const kind = 'OpenBSD 7.5 ospfd';
  const quick = inventoryOf(kind, kind, 'ospf: { hello: 1, dead: 2 }');

  it.each([
    ['an area that was changed by hand', (text: string) => text.replace('area 0.0.0.0 {\n\tinterface gre1', 'area 0.0.0.9 {\n\tinterface gre1')],
    ['timers that were changed by hand', (text: string) => text.replace('router-dead-time 2\n', 'router-dead-time 9\n')],
    ['an interface that was made passive by hand', (text: string) => text.replace('router-dead-time 2\n', 'router-dead-time 2\n\t\tpassive\n')],
    ['a block that was taken out', (text: string) => text.replace(/# BEGIN[\s\S]*# END.*\n/, '')],
  ])('%s is a difference, and put right by the next run', (_name, change) =>
    over(quick, async (rig) => {
      expect((await rig.run('link')).state).toBe('as-wanted');
      const before = state(rig);
      edit(rig, 'ospfd', change);
      expect((await rig.run('verify')).state).toBe('differs');
      const made = await rig.run('link');
      expect(stepIds(made.plan).every((id) => id.startsWith('left:ospfd-'))).toBe(true);
      expect(made.state).toBe('as-wanted');
      expect(state(rig)).toEqual(before);
    }));

  it.each<readonly [string, Hosts, (rig: Rig) => void, RegExp]>([
    ['a router id that the daemon does not run with', [', routerId: 10.9.9.9', ''], () => undefined, /another router id than 10\.9\.9\.9/],
    ['a file that others may read', ['', ''], (rig) => rig.host('left').exec(['chmod', '644', '/etc/ospfd.conf']), /open to others/],
    [
      'an interface of the same name in the file',
      ['', ''],
      (rig) => rig.host('left').system.files.write('/etc/ospfd.conf', 'area 0.0.0.0 { interface gre1 }\n', 0o600),
      /has gre1 already, written by hand/,
    ],
  ])('is refused before anything changes: %s', (_name, hosts, prepare, text) =>
    over(inventoryOf(kind, kind, 'ospf: {}', hosts), async (rig) => {
      prepare(rig);
      const before = stateOf(rig.host('left'));
      expect(expectError(await rig.run('link'), 'ROUTING_REFUSED').why).toMatch(text);
      expect(stateOf(rig.host('left'))).toEqual(before);
    }));

  it('whose file has a fault of others is rolled back by what ospfd -n says', () =>
    over(quick, async (rig) => {
      edit(rig, 'ospfd', (text) => `${text}area 0.0.0.0 {\n`);
      const before = state(rig);
      expect(expectError(await rig.run('link'), 'STEP_FAILED', 3).stderr).toMatch(/^\/etc\/ospfd\.conf:\d+: syntax error$/m);
      expect(state(rig)).toEqual(before);
    }));

  it(
    'whose ends do not become neighbours is rolled back, with what each end shows',
    () =>
      over(quick, async (rig) => {
        rig.host('right').system.files.write('/etc/pf.conf', 'pass\nblock drop quick proto ospf\n', 0o600);
        for (const line of ['pfctl -f /etc/pf.conf', 'pfctl -e']) rig.host('right').exec(line.split(' '));
        const before = state(rig);
        const made = await rig.run('link');
        expect(expectError(made, 'NEIGHBOUR_DOWN', 3).why).toContain('left shows the OSPF neighbour 10.1.12.38 as not seen');
        expect(made.state).toBe('rolled-back');
        expect(state(rig)).toEqual(before);
      }),
    60_000,
  );
});

describe('a link with bgp: and OpenBGPD', () => {
  const wanted = inventoryOf('OpenBSD 7.5 bgpd AS64512', 'OpenBSD 7.5 bgpd AS64513', 'bgp: {}', ASN);

  it('a neighbour in another AS is a difference, and put right by the next run', () =>
    over(wanted, async (rig) => {
      expect((await rig.run('link')).state).toBe('as-wanted');
      const before = state(rig);
      edit(rig, 'bgpd', (text) => text.replace('remote-as 64513', 'remote-as 64999'));
      expect((await rig.run('verify')).state).toBe('differs');
      expect((await rig.run('link')).state).toBe('as-wanted');
      expect(state(rig)).toEqual(before);
    }));

  it.each<readonly [string, (rig: Rig) => void, 'ROUTING_REFUSED' | 'STEP_FAILED']>([
    ['the neighbour is there by hand', (rig) => edit(rig, 'bgpd', (t) => `${t}neighbor 10.1.12.38 { remote-as 64513 }\n`), 'ROUTING_REFUSED'],
    ['the host has another AS', (rig) => edit(rig, 'bgpd', (t) => t.replace('AS 64512', 'AS 65000')), 'ROUTING_REFUSED'],
    ['others may read the file', (rig) => rig.host('left').exec(['chmod', '644', '/etc/bgpd.conf']), 'STEP_FAILED'],
  ])('changes nothing where %s', (_name, prepare, code) =>
    over(wanted, async (rig) => {
      prepare(rig);
      const before = state(rig);
      expectError(await rig.run('link'), code, [1, 3]);
      expect(state(rig)).toEqual(before);
    }));
});
