/** The controller is gone just after the clamp was made, or taken away: the host brings back what was there by itself, the filter included. */
import { describe, expect, it } from 'vitest';
import { link, unlink } from '../../../src/pipeline.js';
import type { TwinHost } from '../../../src/twin/host.js';
import { type Rig, stateOf } from '../rig.js';
import { withClamped } from './clamped.js';

function administer(host: TwinHost, filter: 'pf' | 'ipfw'): void {
  const { files } = host.system;
  files.write('/etc/pf.conf', 'anchor "provision/*"\npass\n', 0o600);
  files.write('/etc/ipfw.rules', 'add 1000 allow ip from any to any\n');
  const conf = filter === 'pf' ? 'pf_enable="YES"\n' : 'firewall_enable="YES"\nfirewall_type="/etc/ipfw.rules"\n';
  if (host.system.uname.sysname === 'FreeBSD') files.write('/etc/rc.conf', `${files.read('/etc/rc.conf') ?? ''}${conf}`);
  host.reboot();
}

/** What the filters have loaded. */
const loaded = (host: TwinHost): unknown => (host.snapshot() as { filters: unknown }).filters;
/** Interfaces, routes and files too. */
const all = (host: TwinHost): readonly [unknown, unknown] => [stateOf(host), loaded(host)];

/** Cuts the left end off for good after its command that begins so, and lets the guards run out. */
async function cutAfter(rig: Rig, goal: 'link' | 'unlink', begins: string): Promise<void> {
  const left = rig.host('left');
  let seen = false;
  left.faults.cuts = [
    {
      when: 'after',
      match: (said) => {
        if (!said.join(' ').startsWith(begins)) return false;
        seen = true;
        left.faults.deaf = true;
        return true;
      },
    },
  ];
  const options = { ...rig.options, guardSeconds: 3, timeoutMs: 2000 };
  expect((await (goal === 'link' ? link(options) : unlink(options))).exitCode).toBe(4);
  expect(seen).toBe(true);
  const hosts = ['left', 'right'].map((name) => rig.host(name));
  for (const state of ['armed', 'agreed'] as const) await Promise.all(hosts.map((h) => h.guards.runOut(state)));
  left.faults.cuts = [];
  left.faults.deaf = false;
}

const CLAMPS = [
  ['OpenBSD 7.5', 'pf', 'pfctl -a provision/pair -f', 'pfctl -a provision/pair -F rules'],
  ['FreeBSD 14.1', 'pf', 'pfctl -a provision/pair -f', 'pfctl -a provision/pair -F rules'],
  ['FreeBSD 14.1', 'ipfw', 'ipfw -q add 2 set 31', 'ipfw -q set 31 delete 2'],
] as const;

describe('a loss of power', () => {
  it.concurrent.each(CLAMPS)(
    'of %s just after the clamp in %s was made leaves nothing that filters, and the next runs put all right',
    {
      timeout: 120_000,
    },
    async (kind, filter, makes) => {
      await withClamped(kind, async (rig) => {
        const left = rig.host('left');
        administer(left, filter);
        const before = all(left);
        left.faults.cuts = [{ when: 'after', powerLoss: true, match: (said) => said.join(' ').startsWith(makes) }];
        expect((await rig.run('link')).state).not.toBe('as-wanted');
        left.faults.cuts = [];
        expect(loaded(left)).toEqual(before[1]);
        expect((await rig.run('link')).state).toBe('as-wanted');
        expect(loaded(left)).not.toEqual(before[1]);
        expect((await rig.run('unlink')).state).toBe('as-wanted');
        expect(all(left)).toEqual(before);
      });
    },
  );
});

describe('the guard of a host', () => {
  it.concurrent.each(CLAMPS)('%s takes the clamp in %s back, and brings it back', { timeout: 120_000 }, async (kind, filter, makes, takes) => {
    await withClamped(kind, async (rig) => {
      const left = rig.host('left');
      administer(left, filter);
      for (const name of ['left', 'right']) rig.host(name).guards.manual = true;
      const before = all(left);
      await cutAfter(rig, 'link', makes);
      expect(all(left)).toEqual(before);
      expect((await rig.run('link')).state).toBe('as-wanted');
      const standing = all(left);
      expect(standing).not.toEqual(before);
      await cutAfter(rig, 'unlink', takes);
      expect(all(left)).toEqual(standing);
    });
  });
});
