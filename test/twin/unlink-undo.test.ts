/** A failed unlink of a tunnel that is not whole brings back what was there and no more: checked on the simulated hosts themselves. */
import { describe, expect, it } from 'vitest';
import { stateOf, withPair } from './rig.js';

const BSD = ['NetBSD 1.6.2', 'NetBSD 5.2', 'NetBSD 9.3', 'FreeBSD 4.5', 'FreeBSD 14.1', 'OpenBSD 4.8', 'OpenBSD 7.5'];
const DOWN: readonly (readonly [string, string])[] = [
  ...BSD.map((kind) => [kind, 'ifconfig gre1 down'] as const),
  ['Debian 12 networkd', 'ip link set dev gre1 down'],
];
const BARE: readonly (readonly [string, string])[] = [
  ...['FreeBSD 4.5', 'FreeBSD 14.1', 'OpenBSD 4.8', 'OpenBSD 7.5'].map((kind) => [kind, 'ifconfig gre1 inet 10.1.12.37 delete'] as const),
  ['Debian 12 networkd', 'ip -4 addr flush dev gre1'],
];

async function failedUnlink(kind: string, by: string): Promise<void> {
  await withPair(kind, 'Debian 12', async (rig) => {
    expect((await rig.run('link')).state).toBe('as-wanted');
    expect(rig.host('left').exec(by.split(' ')).exit).toBe(0);
    const before = stateOf(rig.host('left'));
    rig.host('right').faults.refuse = [{ match: ['ip', 'link', 'del', 'gre1'], exit: 2, stderr: 'refused by the test\n', times: 1 }];
    const failed = await rig.run('unlink');
    expect(failed.errors.map((e) => e.code)).toEqual(['STEP_FAILED']);
    expect([failed.state, stateOf(rig.host('left'))]).toEqual(['rolled-back', before]);
  });
}

describe('a failed unlink', () => {
  it.each(DOWN)('%s: of a tunnel that is down leaves it down', { timeout: 60_000 }, failedUnlink);
  it.each(BARE)('%s: of a tunnel without inner addresses makes none', { timeout: 60_000 }, failedUnlink);
});
