/** `mss: true` with ipfw of FreeBSD: one rule in front of the administrator's, in the set that a flush leaves alone. */
import { describe, expect, it } from 'vitest';
import type { TwinHost } from '../../../src/twin/host.js';
import { pairInventory } from '../pair.js';
import { expectError, type Rig, stateOf, stepIds } from '../rig.js';
import { clamped, linked, RIGHT, withClamped } from './clamped.js';

const OPEN = ['add 100 allow ip from any to any via lo0', 'add 1000 allow ip from any to any'];

/** What an administrator has done: ipfw is on, at boot too, with these rules. */
function administer(host: TwinHost, rules: readonly string[] = OPEN): void {
  const { files } = host.system;
  files.write('/etc/ipfw.rules', `${rules.join('\n')}\n`);
  files.write('/etc/rc.conf', `${files.read('/etc/rc.conf') ?? ''}firewall_enable="YES"\nfirewall_type="/etc/ipfw.rules"\n`);
  host.reboot();
}

const list = (rig: Rig): string[] => rig.host('left').exec(['ipfw', '-S', 'list']).stdout.split('\n').slice(0, -1);
const THEIRS = ['00100 set 0 allow ip from any to any via lo0', '01000 set 0 allow ip from any to any', '65535 set 31 deny ip from any to any'];
const rule = (mss: number): string => `00002 set 31 tcp-setmss ${mss} tcp from any to any tcpflags syn via gre1`;

describe('mss: true with ipfw', () => {
  it.concurrent.each([
    'FreeBSD 11.4',
    'FreeBSD 12.4',
    'FreeBSD 13.2',
    'FreeBSD 14.1',
    'FreeBSD 15.0',
  ])('%s clamps in front of all rules, has nothing to do in a second run, clamps again after a reboot, and unlink leaves nothing of it', {
    timeout: 60_000,
  }, async (kind) => {
    await withClamped(kind, async (rig) => {
      const left = rig.host('left');
      administer(left);
      const before = stateOf(left);
      await linked(rig);
      expect(list(rig)).toEqual([rule(1436), ...THEIRS]);
      expect(stepIds((await rig.run('link')).plan)).toEqual([]);
      expect(left.exec(['ipfw', '-f', 'flush']).exit).toBe(0);
      expect(list(rig)).toEqual([rule(1436), THEIRS.at(-1)]);
      left.reboot();
      expect(list(rig)).toEqual([rule(1436), ...THEIRS]);
      expect((await rig.run('verify')).state).toBe('as-wanted');
      expect((await rig.run('unlink')).state).toBe('as-wanted');
      expect(list(rig)).toEqual(THEIRS);
      expect(stateOf(left)).toEqual(before);
      left.reboot();
      expect(list(rig)).toEqual(THEIRS);
    });
  });

  it.concurrent('goes with the MTU and with the wish, and is made anew where it was changed by hand', { timeout: 60_000 }, async () => {
    const kind = 'FreeBSD 13.2';
    await withClamped(kind, async (rig) => {
      const left = rig.host('left');
      administer(left);
      await linked(rig);
      for (const words of ['set 31 delete 2', '-q add 2 set 31 tcp-setmss 1300 tcp from any to any tcpflags syn via gre1']) {
        expect(left.exec(['ipfw', ...words.split(' ')]).exit).toBe(0);
        expect(stepIds((await rig.run('verify')).plan).filter((id) => /^left:mss-ipfw(\.1)?$/.test(id))).toHaveLength(1);
        await linked(rig);
        expect(list(rig)).toEqual([rule(1436), ...THEIRS]);
      }
      await linked(rig, clamped(kind, '\n    mtu: 1400'));
      expect(list(rig)).toEqual([rule(1360), ...THEIRS]);
      await linked(rig, pairInventory(kind, RIGHT));
      expect(list(rig)).toEqual(THEIRS);
      left.reboot();
      expect(list(rig)).toEqual(THEIRS);
    });
  });

  it.concurrent('goes away again where link fails, and comes back where unlink fails', { timeout: 60_000 }, async () => {
    const kind = 'FreeBSD 14.1';
    await withClamped(kind, async (rig) => {
      const left = rig.host('left');
      administer(left);
      rig.host('right').faults.refuse.push({ exit: 1, stderr: 'ifconfig: no\n', match: ['ifconfig', 'gre1', 'tunnel'], times: 1 });
      expect((await rig.run('link')).state).toBe('rolled-back');
      expect(list(rig)).toEqual(THEIRS);
      await linked(rig);
      const before = stateOf(left);
      left.faults.refuse.push({ exit: 1, stderr: 'ifconfig: SIOCIFDESTROY: Device busy\n', match: ['ifconfig', 'gre1', 'destroy'], times: 1 });
      expect((await rig.run('unlink')).state).toBe('rolled-back');
      expect(list(rig)).toEqual([rule(1436), ...THEIRS]);
      expect(stateOf(left)).toEqual(before);
    });
  });

  it.concurrent('leaves the rules of other links alone', { timeout: 60_000 }, async () => {
    await withClamped('FreeBSD 14.1', async (rig) => {
      const left = rig.host('left');
      administer(left);
      left.exec(['kldload', 'ipfw_pmod']);
      const others = [
        '1 set 31 tcp-setmss 1300 tcp from any to any tcpflags syn via gre0',
        '6 set 31 tcp-setmss 1300 tcp from any to any tcpflags syn via gre5',
      ];
      for (const text of others) expect(left.exec(['ipfw', '-q', 'add', ...text.split(' ')]).exit).toBe(0);
      const [first, last, ...theirs] = list(rig);
      await linked(rig);
      expect(list(rig)).toEqual([first, rule(1436), last, ...theirs]);
      expect((await rig.run('unlink')).state).toBe('as-wanted');
      expect(list(rig)).toEqual([first, last, ...theirs]);
    });
  });

  it.concurrent('leaves it to pf where the rules of pf ask ours, and moves there', { timeout: 60_000 }, async () => {
    const kind = 'FreeBSD 14.1';
    await withClamped(kind, async (rig) => {
      const left = rig.host('left');
      administer(left);
      await linked(rig);
      left.system.files.write('/etc/pf.conf', 'anchor "provision/*"\npass\n', 0o600);
      for (const words of ['kldload pf', 'pfctl -f /etc/pf.conf', 'pfctl -e']) expect(left.exec(words.split(' ')).exit).toBe(0);
      await linked(rig);
      expect(list(rig)).toEqual(THEIRS);
      expect(left.exec(['pfctl', '-a', 'provision/pair', '-s', 'rules']).stdout).toBe('match on gre1 all scrub (max-mss 1436)\n');
    });
  });

  it.concurrent.each<readonly [string, string, (host: TwinHost) => void, RegExp]>([
    ['without the module', 'FreeBSD 13.2', (host) => host.system.files.remove('/boot/kernel/ipfw_pmod.ko'), /no module .*ipfw_pmod/],
    ['before there was one', 'FreeBSD 10.4', () => undefined, /no module .*ipfw_pmod/],
    ['switched off', 'FreeBSD 13.2', (host) => void host.exec(['sysctl', 'net.inet.ip.fw.enable=0']), /neither pf nor ipfw is enabled/],
    ['with rules of others in front', 'FreeBSD 13.2', (host) => void host.exec('ipfw add 50 allow tcp from any to any'.split(' ')), /below 100/],
    [
      'with our number taken',
      'FreeBSD 13.2',
      (host) =>
        host.exec(['kldload', 'ipfw_pmod']) &&
        void host.exec('ipfw add 2 set 31 tcp-setmss 1300 tcp from any to any tcpflags syn via gre7'.split(' ')),
      /below 100/,
    ],
  ])('is refused %s (%s)', { timeout: 60_000 }, async (_, kind, change, why) => {
    await withClamped(kind, async (rig) => {
      administer(rig.host('left'));
      change(rig.host('left'));
      const before = [stateOf(rig.host('left')), list(rig)];
      expect(expectError(await rig.run('link'), 'MSS_IMPOSSIBLE').why).toMatch(why);
      expect([stateOf(rig.host('left')), list(rig)]).toEqual(before);
    });
  });

  it.concurrent('is refused where neither filter is there, with the reason of each end', { timeout: 60_000 }, async () => {
    await withClamped('FreeBSD 14.1', async (rig) => {
      const { why } = expectError(await rig.run('link'), 'MSS_IMPOSSIBLE');
      expect(why).toMatch(/left: neither pf nor ipfw is enabled on it\. right: npf .*npf\.conf/);
    });
  });
});
