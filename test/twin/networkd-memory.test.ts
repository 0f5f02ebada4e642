/** A network manager that remembers: what it has read at boot is given to a device of that name whenever one appears. Seen on real kernels. */
import { expect, it } from 'vitest';
import { withPair } from './rig.js';

it.each(['Debian 12 networkd', 'Ubuntu 22.04'])('%s: a link that was taken down after a boot is made again', (kind) =>
  withPair(kind, 'Debian 12', async (rig) => {
    await rig.run('link');
    rig.host('left').reboot();
    expect((await rig.run('unlink')).state).toBe('as-wanted');
    const again = await rig.run('link');
    expect([again.state, again.errors.map((e) => e.message)]).toEqual(['as-wanted', []]);
  }));
