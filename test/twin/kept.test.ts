/** What a run leaves alone: a dry run changes nothing, unlink takes everything back, and a second tunnel on the same hosts is not touched. */
import { describe, expect, it } from 'vitest';
import { parseInventory } from '../../src/inventory/load.js';
import { twinKinds } from '../../src/twin/families.js';
import { type Rig, stateOf, stepIds, withPair } from './rig.js';

const KINDS = twinKinds().filter((k) => !k.includes('nogre') && k !== 'Linux 6.1');
const PEER = 'NetBSD 10.0';
const MORE = ['FreeBSD 13.2 builtin', 'FreeBSD 13.2 loaded', 'FreeBSD 4.5 loaded', 'FreeBSD 4.5 builtin', 'FreeBSD 8.4 builtin'];

const pings = async (rig: Rig): Promise<boolean> => {
  const { state, checks } = await rig.run('verify');
  return state === 'as-wanted' && checks.filter((c) => c.id === 'ping' && c.ok).length === 2;
};

describe('a dry run', () => {
  it.each([...KINDS, ...MORE])('changes nothing at all on %s', (kind) =>
    withPair(kind, PEER, async (rig) => {
      const snapshot = (): unknown => [rig.host('left').snapshot(), rig.host('right').snapshot()];
      const before = structuredClone(snapshot());
      expect((await rig.run('plan')).state).toBe('changes-pending');
      expect(snapshot()).toEqual(before);
      await rig.run('link');
      const standing = structuredClone(snapshot());
      expect((await rig.run('plan')).state).toBe('as-wanted');
      await rig.run('verify');
      expect(snapshot()).toEqual(standing);
    }));

  it('changes nothing where the person says no', () =>
    withPair('FreeBSD 13.2', 'Debian 12', async (rig) => {
      const before = [stateOf(rig.host('left')), stateOf(rig.host('right'))];
      const outcome = await rig.run('link', { confirm: () => Promise.resolve(false) });
      expect([outcome.state, outcome.exit]).toEqual(['changes-pending', 2]);
      expect([stateOf(rig.host('left')), stateOf(rig.host('right'))]).toEqual(before);
    }));
});

describe('unlink', () => {
  it.each([...KINDS, ...MORE])('leaves interfaces, routes and files of %s as they were before the link', (kind) =>
    withPair(kind, PEER, async (rig) => {
      const states = (): unknown => structuredClone([stateOf(rig.host('left')), stateOf(rig.host('right'))]);
      const before = states();
      expect((await rig.run('link')).state).toBe('as-wanted');
      expect(await pings(rig)).toBe(true);
      const gone = await rig.run('unlink');
      expect([gone.state, gone.exit, gone.errors]).toEqual(['as-wanted', 0, []]);
      expect(states()).toEqual(before);
      expect(stepIds((await rig.run('unlink')).plan)).toEqual([]);
      expect((await rig.run('link')).state).toBe('as-wanted');
    }));
});

const two = (kind: string) =>
  parseInventory([
    {
      file: 'two.yaml',
      text: `
hosts:
  left: { address: 203.0.113.1, twin: "${kind}" }
  right: { address: 203.0.113.2, twin: "${PEER}" }
  other: { address: 203.0.113.3, twin: "Debian 12" }
links:
  pair:
    subnet: 10.1.12.36/30
    ends: { left: { inner: 10.1.12.37, interface: gre1 }, right: { inner: 10.1.12.38, interface: gre1 } }
  second:
    subnet: 10.1.12.40/30
    ends: { left: { inner: 10.1.12.41, interface: ${/^(NetBSD 1\.[45]|OpenBSD 3)/.test(kind) ? 'gre0' : 'gre2'} }, other: { inner: 10.1.12.42, interface: gre2 } }
`,
    },
  ]);

describe('a second tunnel on the same host', () => {
  const second = (rig: Rig): unknown => {
    const { interfaces, routes } = stateOf(rig.host('left')) as { interfaces: { name: string }[]; routes: string[] };
    return structuredClone({
      on: interfaces.filter((i) => i.name === 'gre2' || i.name === 'gre0'),
      routes: routes.filter((r) => /"(gre2|gre0)"|10\.1\.12\.4[12]/.test(r)),
    });
  };

  it.each(KINDS)('%s: is the same after link, drift, repair and unlink of the first, and passes packets all the time', (kind) =>
    withPair(
      kind,
      PEER,
      async (rig) => {
        expect((await rig.run('link', { links: ['second'] })).state).toBe('as-wanted');
        const before = second(rig);
        const still = async (): Promise<void> => {
          expect(second(rig)).toEqual(before);
          expect((await rig.run('verify', { links: ['second'] })).state).toBe('as-wanted');
        };
        const made = await rig.run('link', { links: ['pair'] });
        expect([made.state, made.warnings]).toEqual(['as-wanted', []]);
        await still();
        rig.host('left').exec(kind.match(/Debian|Ubuntu/) ? ['ip', 'link', 'set', 'dev', 'gre1', 'down'] : ['ifconfig', 'gre1', 'down']);
        const again = await rig.run('link', { links: ['pair'] });
        expect([again.state, again.warnings]).toEqual(['as-wanted', []]);
        await still();
        const gone = await rig.run('unlink', { links: ['pair'] });
        expect([gone.state, gone.warnings]).toEqual(['as-wanted', []]);
        await still();
        rig.host('left').reboot();
        expect((await rig.run('verify', { links: ['second'] })).state).toBe('as-wanted');
      },
      two(kind),
    ));
});

describe('what a run costs', () => {
  it('is one connection, one channel and one shell per host, and one fresh connection, whatever the number of links', () =>
    withPair(
      'FreeBSD 13.2',
      PEER,
      async (rig) => {
        expect((await rig.run('link')).exit).toBe(0);
        const { connections, channels, shells } = rig.host('left').connections;
        // One fresh connection for each of the two links.
        expect({ connections, channels, shells }).toEqual({ connections: 3, channels: 1, shells: 1 });
        expect(rig.host('right').connections).toEqual({ connections: 2, channels: 1, shells: 1 });
      },
      two('FreeBSD 13.2'),
    ));

  it.each(KINDS)('%s: two connections and one shell for a first run, one of each for a second', (kind) =>
    withPair(kind, PEER, async (rig) => {
      await rig.run('link');
      expect(rig.host('left').connections).toEqual({ connections: 2, channels: 1, shells: 1 });
      await rig.run('plan');
      expect(rig.host('left').connections).toEqual({ connections: 3, channels: 2, shells: 2 });
    }));
});

const SPOKES = ['Debian 12', 'NetBSD 9.3', 'FreeBSD 4.5', 'OpenBSD 7.5', 'NetBSD 1.5.2', 'Ubuntu 22.04'];

const hub = (kind: string) =>
  parseInventory([
    {
      file: 'hub.yaml',
      text: `
hosts:
  left: { address: 203.0.113.1, twin: "${kind}" }
${SPOKES.map((spoke, i) => `  s${i}: { address: 203.0.113.1${i}, twin: "${spoke}" }`).join('\n')}
links:
${SPOKES.map(
  (_, i) => `  l${i}:
    subnet: 10.1.12.${4 * i}/30
    ends: { left: { inner: 10.1.12.${4 * i + 1}, interface: gre${i + 1} }, s${i}: { inner: 10.1.12.${4 * i + 2}, interface: gre1 } }`,
).join('\n')}
`,
    },
  ]);

describe('many links of one host in one run', () => {
  it.each([
    'FreeBSD 13.2',
    'FreeBSD 4.5',
    'Debian 12',
    'OpenBSD 7.5',
    'NetBSD 9.3',
  ])('%s: all stand, come back after a reboot, and go again', (kind) =>
    withPair(
      kind,
      PEER,
      async (rig) => {
        const before = stateOf(rig.host('left'));
        const made = await rig.run('link');
        expect([made.exit, made.warnings]).toEqual([0, []]);
        expect(rig.host('left').connections).toEqual({ connections: 1 + SPOKES.length, channels: 1, shells: 1 });
        rig.host('left').reboot();
        expect((await rig.run('verify')).exit).toBe(0);
        expect((await rig.run('plan')).exit).toBe(0);
        expect((await rig.run('unlink')).exit).toBe(0);
        expect(stateOf(rig.host('left'))).toEqual(before);
      },
      hub(kind),
    ));
});
