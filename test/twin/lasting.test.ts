/** What lasts as long as a host is up is asked once in a run; everything that a change could touch is asked in each look. */
import { describe, expect, it } from 'vitest';
import { loadPlaybooks } from '../../src/playbook/load.js';
import type { Rig } from './rig.js';
import { withPair } from './rig.js';

const LOOKS = 3;

const asked = (rig: Rig, host: string, line: string): number =>
  rig.events.filter((e) => e.type === 'command' && e.host === host && e.words.join(' ') === line).length;

const took = (rig: Rig): void => {
  rig.events.length = 0;
};

describe('a question whose answer lasts', () => {
  it('is asked once in a run, others in each of its three looks', () =>
    withPair('Debian 12', 'NetBSD 9.3', async (rig) => {
      expect((await rig.run('link')).state).toBe('as-wanted');
      expect([asked(rig, 'left', 'ip -V'), asked(rig, 'left', 'modinfo -n ip_gre'), asked(rig, 'right', 'test -x /usr/sbin/greconfig')]).toEqual([
        1, 1, 1,
      ]);
      expect([asked(rig, 'left', 'ip addr show'), asked(rig, 'left', 'systemctl is-active systemd-networkd')]).toEqual([LOOKS, LOOKS]);
    }));

  it('is asked anew by the next run, which sees what was installed since', () =>
    withPair('Debian 12', 'NetBSD 9.3', async (rig) => {
      await rig.run('link');
      took(rig);
      await rig.run('verify');
      expect(asked(rig, 'left', 'ip -V')).toBe(1);
    }));

  it('reads nothing that a step could change: no setting, no field of the tunnel, no proof', async () => {
    for (const { name, probes, live, steps, remove } of await loadPlaybooks()) {
      const lasting = new Set(Object.entries(probes).flatMap(([probe, { lasting }]) => (lasting ? [probe] : [])));
      const { settings, interface: device, ...fields } = live;
      const read = [device, ...Object.values(settings), ...Object.values(fields)].flatMap((f) =>
        typeof f === 'object' && 'from' in f ? [f.from] : [],
      );
      expect(
        read.filter((probe) => lasting.has(probe)),
        name,
      ).toEqual([]);
      const commands = [...steps, ...remove].flatMap((s) => s.proofs.map((p) => p.words.join(' ')));
      const words = [...lasting].map((probe) => probes[probe]?.run.join(' ') ?? '');
      expect(
        words.filter((w) => commands.includes(w)),
        name,
      ).toEqual([]);
    }
  });
});
