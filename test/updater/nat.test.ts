/** Behind a gateway only the silence of the tunnel tells that the outside address is another one. */
import { afterEach, expect, it } from 'vitest';
import { summary } from './figures.js';
import { SCHEDULE_MS, Stand, seeded } from './stand.js';
import { addressFrom } from './trouble.js';

let stand: Stand;
afterEach(() => stand.close());

const INSIDE = '192.168.1.2';

it.each([
  ['Debian 12', 'Debian 12'],
  ['NetBSD 9.3', 'FreeBSD 13.2'],
  ['OpenBSD 7.5', 'NetBSD 1.5.2'],
])('%s, with %s behind a gateway: the tunnel is back one schedule later, and an idle hour asks nobody', async (fixed, dynamic) => {
  const random = seeded(7);
  stand = await Stand.make({ fixed, dynamic, nat: true }, random);
  stand.start();
  expect([stand.config.watch, await stand.clock.until(() => stand.passes() && stand.isTold(), 5000)]).toEqual([undefined, true]);
  const took: number[] = [];
  for (let change = 0; change < 20; change += 1) {
    await stand.clock.advance(random() * 3 * SCHEDULE_MS);
    const [from, before] = [stand.clock.now, stand.fixed.connections.connections];
    stand.internet.nat(INSIDE, addressFrom(random, stand.present));
    expect(await stand.clock.until(() => stand.passes(), SCHEDULE_MS + 5000)).toBe(true);
    took.push(stand.clock.now - from);
    expect(await stand.clock.until(() => stand.isTold(), 5000)).toBe(true);
    expect(stand.fixed.connections.connections).toBe(before + 1);
  }
  const before = stand.fixed.connections.connections;
  await stand.clock.advance(60 * SCHEDULE_MS);
  expect(stand.fixed.connections.connections).toBe(before);
  expect(stand.watch.wrong).toEqual([]);
  console.log(`${fixed} / ${dynamic} behind a gateway: ${summary(took)}`);
});
