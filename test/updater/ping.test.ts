/** A ping every tenth of a second over twenty changes: what of it is lost. */
import { afterEach, expect, it } from 'vitest';
import { summary } from './figures.js';
import { Stand, seeded } from './stand.js';
import { addressFrom } from './trouble.js';

let stand: Stand;
afterEach(() => stand.close());

const EVERY_MS = 100;

it.each([
  ['Debian 12', 'Debian 12'],
  ['NetBSD 1.5.2', 'FreeBSD 4.5'],
  ['OpenBSD 7.5', 'Debian 12 networkd'],
  ['NetBSD 9.3', 'FreeBSD 13.2'],
])('%s and %s lose at most what is sent in two seconds and twelve round trips', async (fixed, dynamic) => {
  const random = seeded(11);
  stand = await Stand.make({ fixed, dynamic }, random);
  stand.start();
  expect(await stand.clock.until(() => stand.isTold(), 5000)).toBe(true);
  const lost: number[] = [];
  let now = 0;
  stand.clock.every(EVERY_MS, () => {
    if (!stand.pings(1)[0]) now += 1;
  });
  for (let change = 0; change < 20; change += 1) {
    await stand.clock.advance(10_000 + random() * 5000);
    now = 0;
    stand.twin.readdress('right', addressFrom(random, stand.present));
    await stand.clock.advance(5000);
    lost.push(now);
  }
  console.log(`${fixed} / ${dynamic}: pings lost at each change, one sent every ${EVERY_MS} ms: ${summary(lost, 'pings')}; ${lost.join(' ')}`);
  expect(Math.max(...lost)).toBeLessThanOrEqual((2000 + 12 * stand.internet.rttMs) / EVERY_MS);
  expect(stand.watch.wrong).toEqual([]);
});
