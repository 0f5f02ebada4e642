/** The end whose address changes boots with another address than its boot files name, as after a night without power: its updater puts that right. */
import { afterEach, describe, expect, it } from 'vitest';
import { twinKinds } from '../../src/twin/twin.js';
import { Stand, seeded } from './stand.js';

let stand: Stand;
afterEach(() => stand.close());

const KINDS = twinKinds().filter((kind) => !kind.includes('nogre'));

describe('after a boot with another address', () => {
  it.each(KINDS)('%s comes back', async (kind) => {
    stand = await Stand.make({ fixed: 'Debian 12', dynamic: kind }, seeded(1));
    stand.startsByItself = false;
    stand.start();
    expect(await stand.clock.until(() => stand.isTold(), 5000)).toBe(true);
    stand.kill();
    stand.twin.readdress('right', '198.51.100.9');
    stand.dynamic.reboot();
    stand.start();
    await stand.clock.until(() => stand.passes(), 65_000);
    expect(stand.pings()).toEqual([true, true]);
  });
});
