/** What the updater has announced, and what a controller that did not hear of it does: it says so, and puts no older address in its place. */
import { afterEach, expect, it } from 'vitest';
import { withPresent } from '../../../src/inventory/ends.js';
import { pairInventory } from '../pair.js';
import { makeRig, type Rig } from '../rig.js';

let rig: Rig;
afterEach(() => rig.close());

const FIRST = '203.0.113.2';
const moving = (kind: string) => withPresent(pairInventory(kind, kind, '', 'dynamic'), new Map([['right', FIRST]]));

async function announce(text: string): Promise<void> {
  rig = await makeRig(moving('Debian 12'));
  await rig.run('link');
  rig.host('left').system.files.write('/var/lib/provision/pair/address', text, 0o600);
}

it('an address that was announced and is in use is one more good check', async () => {
  await announce(`4 ${FIRST} confirmed 1764000000\n`);
  const outcome = await rig.run('verify');
  expect([outcome.exit, outcome.checks.filter((c) => c.id === 'announced').map((c) => c.ok)]).toEqual([0, [true]]);
  expect((await rig.run('link')).state).toBe('as-wanted');
});

it('verify tells another one, and link does not put the older one back', async () => {
  await announce('4 198.51.100.9 confirmed 1764000000\n');
  const outcome = await rig.run('verify');
  expect(outcome.exit).toBe(2);
  expect(outcome.checks.find((c) => c.id === 'announced')?.text).toContain('right has told left that it is at 198.51.100.9');
  const before = rig.host('left').snapshot();
  const linked = await rig.run('link');
  expect([linked.exit, linked.errors[0]?.code]).toEqual([1, 'ADDRESS_STALE']);
  expect(linked.errors[0]?.next).toBe('Run: provision repoint pair --end right --address 198.51.100.9');
  expect(rig.host('left').snapshot()).toEqual(before);
});

it('what was only installed and never announced does not count, nor does a file that is not ours', async () => {
  await announce('0 198.51.100.9 confirmed 0\n');
  expect((await rig.run('link')).state).toBe('as-wanted');
  rig.host('left').system.files.write('/var/lib/provision/pair/address', '$(reboot)\n', 0o600);
  expect((await rig.run('verify')).exit).toBe(0);
});
