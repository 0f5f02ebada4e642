/** The way to an outer address is looked at only where its ping is not answered: a router or a host that is silent takes seconds of each run. */
import { describe, expect, it } from 'vitest';
import { plan, record } from '../../src/pipeline.js';
import { type Rig, withPair } from './rig.js';

const KINDS = ['Debian 12', 'NetBSD 1.5.2', 'NetBSD 9.3', 'FreeBSD 4.5', 'FreeBSD 14.1', 'OpenBSD 4.8', 'OpenBSD 7.5'];

const traces = ({ events }: Rig): string[] => events.flatMap((e) => (e.type === 'command' && e.words[0] === 'traceroute' ? [e.host] : []));

const silence = ({ internet }: Rig): void => void internet.filters.push({ from: '203.0.113.1' }, { to: '203.0.113.1' });

describe('an outer address', () => {
  it.each(KINDS)('of %s that answers its ping is not traced', (kind) =>
    withPair(kind, 'Debian 12', async (rig) => {
      expect((await rig.run('link')).state).toBe('as-wanted');
      expect((await rig.run('link')).state).toBe('as-wanted');
      expect(traces(rig)).toEqual([]);
    }));

  it.each(KINDS)('that is silent to %s is traced, and the plan shows the way', (kind) =>
    withPair(kind, 'Debian 12', async (rig) => {
      silence(rig);
      const warnings = (await rig.run('plan')).plan?.warnings.filter((w) => w.code === 'outer-unreachable') ?? [];
      expect(warnings.map((w) => w.host)).toEqual(['left', 'right']);
      for (const { evidence = [] } of warnings) expect(evidence).toContainEqual(expect.stringMatching(/^traceroute .* 203\.0\.113\./));
      expect(traces(rig).sort()).toEqual(['left', 'right']);
    }));

  it('that was silent when facts were recorded is told in the same words from them', () =>
    withPair('NetBSD 9.3', 'Debian 12', async (rig) => {
      silence(rig);
      const online = (await rig.run('plan')).plan;
      const recordings = await record({ ...rig.options, hosts: ['left', 'right'] });
      const recorded = new Map(recordings.map((r) => [r.host, { ...r, file: `${r.host}.json` }]));
      const [offline] = (await plan({ ...rig.options, recorded })).outcomes;
      expect(offline?.plan).toEqual(online);
    }));
});
