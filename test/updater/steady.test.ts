/** An updater that has nothing to do does nothing, and one change costs one connection and little time. */
import { afterEach, describe, expect, it } from 'vitest';
import { FIXED, SCHEDULE_MS, Stand, seeded } from './stand.js';

let stand: Stand;
afterEach(() => stand.close());

async function started(fixed: string, dynamic: string, nat = false): Promise<void> {
  stand = await Stand.make({ fixed, dynamic, nat }, seeded(1));
  stand.start();
  const told = await stand.clock.until(() => stand.isTold(), 5000);
  if (!told) console.log(JSON.stringify([stand.notes, stand.fixed.syslog, stand.file, stand.machine?.done, stand.present]));
  expect(told).toBe(true);
  // The ping across that ends an update.
  await stand.clock.advance(1000);
}

const costs = (): unknown => ({
  connections: { ...stand.fixed.connections },
  commands: [stand.fixed.log.length, stand.dynamic.log.length],
  done: { ...stand.machine?.done },
});

describe.each([
  ['Debian 12', 'Debian 12'],
  ['NetBSD 1.5.2', 'FreeBSD 4.5'],
  ['OpenBSD 7.5', 'Debian 12 networkd'],
  ['NetBSD 9.3', 'FreeBSD 13.2'],
])('%s and, with the address that changes, %s', (fixed, dynamic) => {
  it('opens no connection and runs no command in 1000 ticks of its schedule', async () => {
    await started(fixed, dynamic);
    const before = costs();
    await stand.clock.advance(1000 * SCHEDULE_MS);
    expect(costs()).toEqual(before);
    expect(stand.passes()).toBe(true);
  });

  it('makes one change with one connection to the fixed end', async () => {
    await started(fixed, dynamic);
    for (const address of ['198.51.100.9', '198.51.100.77', '203.0.113.99']) {
      const { connections } = { ...stand.fixed.connections };
      const from = stand.clock.now;
      stand.twin.readdress('right', address);
      expect(stand.passes()).toBe(false);
      expect(await stand.clock.until(() => stand.passes(), 2000 + 12 * stand.internet.rttMs)).toBe(true);
      const took = stand.clock.now - from;
      expect(await stand.clock.until(() => stand.isTold(), 2000)).toBe(true);
      expect(stand.fixed.connections.connections).toBe(connections + 1);
      console.log(`${fixed} / ${dynamic}: ${took} ms, ${stand.line.trips} round trips`);
    }
    expect(stand.watch.wrong).toEqual([]);
    expect(stand.config.fixed.address).toBe(FIXED);
  });
});
