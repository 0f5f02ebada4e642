/** An end gets another address, moves its own tunnel, tells the fixed end: on every kind, in both places, and it lasts over a reboot. */
import { describe, expect, it } from 'vitest';
import { twinKinds } from '../../../src/twin/twin.js';
import { exactly } from './move.js';
import { FIRST, FIXED, NEXT, type Updated, withUpdater } from './rig.js';

const KINDS = twinKinds().filter((k) => !k.includes('nogre') && k !== 'Linux 6.1');

async function moves({ twin, fixed, dynamic, ask, moveOwn, pings }: Updated): Promise<void> {
  expect(pings()).toEqual([true, true]);
  twin.readdress('right', NEXT);
  expect(pings()).toEqual([false, false]);
  await moveOwn({ local: FIRST, remote: FIXED }, { local: NEXT, remote: FIXED });
  expect(pings()).toEqual([false, false]);
  expect(await ask('provision 1 move 1')).toEqual({ exit: 0, out: `provision 1 done 1 ${NEXT} confirmed\n`, err: '' });
  expect(pings()).toEqual([true, true]);
  for (const host of [fixed, dynamic]) host.reboot();
  expect(pings()).toEqual([true, true]);
  for (const host of [fixed, dynamic]) {
    const { files } = host.system;
    expect(files.paths().filter((path) => exactly(FIRST).test(files.read(path) ?? ''))).toEqual([]);
  }
}

describe('an end with another address', () => {
  it.each(KINDS)('%s as the fixed end is told, and the tunnel passes packets again', (kind) => withUpdater(kind, 'Debian 12', moves));
  it.each(KINDS)('%s as the end that moves tells the other one, and the tunnel passes packets again', (kind) =>
    withUpdater('Debian 12', kind, moves));
});
