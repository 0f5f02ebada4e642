/** `mss: true` with pf: a rule in an anchor of our own, where the administrator's rules ask it; his own file is never written. */
import { describe, expect, it } from 'vitest';
import type { TwinHost } from '../../../src/twin/host.js';
import { pairInventory } from '../pair.js';
import { expectError, type Rig, stateOf, stepIds } from '../rig.js';
import { clamped, linked, RIGHT, withClamped } from './clamped.js';

const KINDS = ['OpenBSD 4.8', 'OpenBSD 6.3', 'OpenBSD 7.5', 'FreeBSD 14.1', 'FreeBSD 15.0'];
const FILE = '/etc/pf-provision-pair.conf';
const HOOK = 'anchor "provision/*"';

/** What an administrator has done: pf is on, at boot too, with these rules. */
function administer(host: TwinHost, rules: readonly string[]): void {
  const { files } = host.system;
  files.write('/etc/pf.conf', `${rules.join('\n')}\n`, 0o600);
  if (host.system.uname.sysname === 'FreeBSD') files.write('/etc/rc.conf', `${files.read('/etc/rc.conf') ?? ''}pf_enable="YES"\n`);
  host.reboot();
  expect(host.exec(['pfctl', '-s', 'info']).stdout).toContain('Status: Enabled');
}

const RULES = ['set skip on lo', 'match in all', HOOK, 'block return in quick proto tcp to port 6000', 'pass'];
const inAnchor = (rig: Rig, anchor = 'provision/pair'): string => rig.host('left').exec(['pfctl', '-a', anchor, '-s', 'rules']).stdout;
const rule = (mss: number): string => `match on gre1 all scrub (max-mss ${mss})\n`;
const mainRules = (rig: Rig): string => rig.host('left').exec(['pfctl', '-s', 'rules']).stdout;

describe.each(KINDS)('mss: true with pf of %s', (kind) => {
  it.concurrent('clamps in an anchor of our own, has nothing to do in a second run, and clamps again after a reboot', {
    timeout: 60_000,
  }, async () => {
    await withClamped(kind, async (rig) => {
      administer(rig.host('left'), RULES);
      const before = mainRules(rig);
      await linked(rig);
      expect(inAnchor(rig)).toBe(rule(1436));
      expect(stepIds((await rig.run('link')).plan)).toEqual([]);
      rig.host('left').exec(['pfctl', '-f', '/etc/pf.conf']);
      expect(inAnchor(rig)).toBe(rule(1436));
      rig.host('left').reboot();
      expect(inAnchor(rig)).toBe(rule(1436));
      expect(mainRules(rig)).toBe(before);
      expect((await rig.run('verify')).state).toBe('as-wanted');
      expect(rig.host('left').system.files.read('/etc/pf.conf')).toBe(`${RULES.join('\n')}\n`);
    });
  });

  it.concurrent('unlink leaves nothing of it', { timeout: 60_000 }, async () => {
    await withClamped(kind, async (rig) => {
      const left = rig.host('left');
      administer(left, RULES);
      const before = stateOf(left);
      await linked(rig);
      expect((await rig.run('unlink')).state).toBe('as-wanted');
      expect(stateOf(left)).toEqual(before);
      expect(inAnchor(rig)).toBe('');
      left.reboot();
      expect(inAnchor(rig)).toBe('');
    });
  });
});

describe.each(['OpenBSD 7.5', 'FreeBSD 14.1'])('the clamp in pf of %s', (kind) => {
  it.concurrent('goes with the MTU, with the wish, and with the line that asks it', { timeout: 60_000 }, async () => {
    await withClamped(kind, async (rig) => {
      administer(rig.host('left'), RULES);
      await linked(rig);
      await linked(rig, clamped(kind, '\n    mtu: 1400'));
      expect(inAnchor(rig)).toBe(rule(1360));
      await linked(rig, pairInventory(kind, RIGHT));
      expect(inAnchor(rig)).toBe('');
      expect(rig.host('left').system.files.read(FILE)).toBeUndefined();
      rig.host('left').reboot();
      expect(inAnchor(rig)).toBe('');
    });
  });

  it.concurrent('is seen and made anew where it was changed by hand, and other anchors stay', { timeout: 60_000 }, async () => {
    await withClamped(kind, async (rig) => {
      const left = rig.host('left');
      administer(left, RULES);
      left.system.files.write('/tmp/own', 'pass quick on gre1\n');
      left.exec(['pfctl', '-a', 'provision-not/ours', '-f', '/tmp/own']);
      await linked(rig);
      for (const words of [
        ['pfctl', '-a', 'provision/pair', '-F', 'rules'],
        ['pfctl', '-a', 'provision/pair', '-f', '/tmp/own'],
      ]) {
        expect(left.exec(words).exit).toBe(0);
        expect(stepIds((await rig.run('verify')).plan)).toEqual(['left:mss']);
        await linked(rig);
        expect(inAnchor(rig)).toBe(rule(1436));
      }
      expect(inAnchor(rig, 'provision-not/ours')).toContain('pass quick on gre1');
    });
  });

  it.concurrent('goes away again where link fails, and comes back where unlink fails', { timeout: 60_000 }, async () => {
    await withClamped(kind, async (rig) => {
      const left = rig.host('left');
      administer(left, RULES);
      const clean = stateOf(left);
      left.faults.refuse.push({
        exit: 1,
        stderr: 'ifconfig: SIOCSIFFLAGS: Operation not permitted\n',
        match: ['ifconfig', 'gre1', 'up'],
        times: 1,
      });
      rig.host('right').faults.refuse.push({ exit: 1, stderr: 'ifconfig: no\n', match: ['ifconfig', 'gre1', 'tunnel'], times: 1 });
      expect((await rig.run('link')).state).toBe('rolled-back');
      expect(inAnchor(rig)).toBe('');
      expect(stateOf(left)).toEqual(clean);
      left.faults.refuse.length = 0;
      rig.host('right').faults.refuse.length = 0;
      await linked(rig);
      const before = stateOf(left);
      left.faults.refuse.push({ exit: 1, stderr: 'ifconfig: SIOCIFDESTROY: Device busy\n', match: ['ifconfig', 'gre1', 'destroy'], times: 1 });
      expect((await rig.run('unlink')).state).toBe('rolled-back');
      expect(inAnchor(rig)).toBe(rule(1436));
      expect(stateOf(left)).toEqual(before);
    });
  });

  it.concurrent.each<readonly [string, readonly string[], RegExp]>([
    ['does not ask it', ['pass'], /add the line anchor "provision\/\*"/],
    ['asks it on another interface alone', ['anchor "provision/*" on em7', 'pass'], /add the line anchor "provision\/\*"/],
    ['asks it behind a rule with quick', ['pass in quick proto tcp to port 22', HOOK, 'pass'], /behind a rule with quick/],
    ['asks another anchor first', ['anchor "relayd/*"', HOOK, 'pass'], /or another anchor/],
    ['leaves gre1 alone', ['set skip on { lo gre1 }', HOOK, 'pass'], /set skip/],
    ['leaves all gre alone', ['set skip on { lo gre }', HOOK, 'pass'], /set skip/],
  ])('is refused where the rule set %s', { timeout: 60_000 }, async (_, rules, why) => {
    await withClamped(kind, async (rig) => {
      administer(rig.host('left'), rules);
      // An interface of that name, so that pf knows it.
      rig.host('left').exec(['ifconfig', 'gre1', 'create']);
      const before = stateOf(rig.host('left'));
      const error = expectError(await rig.run('link'), 'MSS_IMPOSSIBLE');
      expect(error.why).toMatch(why);
      expect(error.why).toMatch(/right: .*npf/);
      expect(stateOf(rig.host('left'))).toEqual(before);
    });
  });

  it.concurrent('is refused where pf is off', { timeout: 60_000 }, async () => {
    await withClamped(kind, async (rig) => {
      administer(rig.host('left'), RULES);
      rig.host('left').exec(['pfctl', '-d']);
      expect(expectError(await rig.run('link'), 'MSS_IMPOSSIBLE').why).toMatch(/left: .*pf.* enabled on it/);
    });
  });
});

describe('pf that is gone', () => {
  it.concurrent.each(['link', 'unlink'] as const)('leaves nothing of the clamp after the next %s', { timeout: 60_000 }, async (goal) => {
    const kind = 'FreeBSD 14.1';
    await withClamped(kind, async (rig) => {
      const left = rig.host('left');
      const { files } = left.system;
      administer(left, RULES);
      await linked(rig);
      files.write('/etc/rc.conf', (files.read('/etc/rc.conf') ?? '').replace('pf_enable="YES"\n', ''));
      left.reboot();
      expect(left.exec(['pfctl', '-s', 'info']).stderr).toContain('/dev/pf');
      if (goal === 'link') await linked(rig, pairInventory(kind, RIGHT));
      else expect((await rig.run('unlink')).state).toBe('as-wanted');
      expect(files.read(FILE)).toBeUndefined();
      expect(files.read('/etc/rc.local') ?? '').not.toContain('pfctl');
      expect(stepIds((await rig.run(goal, goal === 'link' ? { inventory: pairInventory(kind, RIGHT) } : {})).plan)).toEqual([]);
    });
  });
});

describe('pf that cannot', () => {
  it.concurrent.each([
    ['FreeBSD 13.2', /scrub on gre1 max-mss N/],
    ['OpenBSD 3.0', /no words/],
  ])('%s is refused with the reason', { timeout: 60_000 }, async (kind, why) => {
    await withClamped(kind, async (rig) => {
      if (kind.startsWith('FreeBSD')) administer(rig.host('left'), ['pass']);
      expect(expectError(await rig.run('link'), 'MSS_IMPOSSIBLE').why).toMatch(why);
    });
  });
});
