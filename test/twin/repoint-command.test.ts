/** `provision repoint` from the command line, on simulated hosts: an end with a changing address is linked, remembered and moved. */
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readAddresses, storeAddress } from '../../src/address/store.js';
import { withPresent } from '../../src/inventory/ends.js';
import { parseInventory } from '../../src/inventory/load.js';
import { type CommandRan, provisionIn } from './command.js';
import { pairText } from './pair.js';
import { withPair } from './rig.js';

const INVENTORY = pairText('NetBSD 9.3', 'Debian 12', '', 'dynamic');

let home = '';
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'repoint-'));
  writeFileSync(join(home, 'i.yaml'), INVENTORY);
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

const provision = (...argv: string[]): Promise<CommandRan> => provisionIn(home, ...argv, '-i', join(home, 'i.yaml'));

const folder = (): string => join(home, 'provision', 'addresses');
const TO = ['--end', 'right', '--address'] as const;

describe('provision repoint', () => {
  it('is what an unknown address asks for; what it was told is known from then on', async () => {
    const unknown = await provision('link', 'pair', '--yes');
    expect([unknown.exit, unknown.err]).toEqual([1, expect.stringMatching(/ADDRESS_UNKNOWN[\s\S]*repoint LINK --end right --address/)]);
    const plan = await provision('repoint', 'pair', ...TO, '203.0.113.9', '--dry-run');
    expect([plan.exit, plan.out]).toEqual([2, expect.stringContaining('203.0.113.9')]);
    expect(readAddresses(folder()).size).toBe(0);
    expect((await provision('repoint', 'pair', ...TO, '203.0.113.9', '--yes')).exit).toBe(0);
    expect((await provision('table', 'pair')).out).toContain('dynamic, 203.0.113.9 at present');
    expect((await provision('plan')).out).toContain('203.0.113.9');
  });

  it('stores nothing where nobody said yes, and nothing that cannot be', async () => {
    expect((await provision('repoint', 'pair', ...TO, '203.0.113.9')).exit).toBe(64);
    for (const [end, address, said] of [
      ['right', '127.0.0.1', 'loopback'],
      ['right', '203.0.113', 'four decimal numbers'],
      ['left', '203.0.113.9', 'fixed address'],
      ['wlan', '203.0.113.9', 'no host wlan'],
    ] as const) {
      const ran = await provision('repoint', 'pair', '--end', end, '--address', address, '--yes');
      expect([ran.exit, ran.err]).toEqual([64, expect.stringContaining(said)]);
    }
    for (const missing of [
      ['--end', 'right'],
      ['--address', '203.0.113.9'],
    ])
      expect((await provision('repoint', 'pair', ...missing)).exit).toBe(64);
    expect(readAddresses(folder()).size).toBe(0);
  });

  it('moves the outer pair of both ends and nothing else', () =>
    withPair('NetBSD 9.3', 'Debian 12', async (rig) => {
      const parsed = parseInventory([{ file: 'i.yaml', text: INVENTORY }]);
      const at = (address: string) => withPresent(parsed, new Map([['right', address]]));
      expect((await rig.run('link', { inventory: at('203.0.113.2') })).state).toBe('as-wanted');
      rig.host('right').exec(['ip', 'addr', 'add', '203.0.113.9/24', 'dev', 'eth0']);
      const made = await rig.run('link', { inventory: at('203.0.113.9') });
      expect([made.state, made.errors]).toEqual(['as-wanted', []]);
      const live = made.plan?.ends.flatMap((e) => e.steps.filter((s) => s.phase === 'live').flatMap((s) => s.ensures)) ?? [];
      expect(live).toContain('outer');
      expect(live.filter((e) => !['outer', 'ttl', 'up'].includes(e))).toEqual([]);
      expect(rig.host('left').exec(['ping', '-n', '-c', '1', '10.1.12.38']).exit).toBe(0);
    }));
});

describe('the stored addresses', () => {
  it('are one private file for each host, whatever its name; a torn one says nothing', () => {
    mkdirSync(folder(), { recursive: true });
    for (const host of ['right', '../right', '.']) storeAddress(folder(), host, '203.0.113.9');
    storeAddress(folder(), 'right', '203.0.113.10');
    expect([...readAddresses(folder())].map(([host, { address }]) => [host, address]).sort()).toEqual([
      ['.', '203.0.113.9'],
      ['../right', '203.0.113.9'],
      ['right', '203.0.113.10'],
    ]);
    const names = readdirSync(folder());
    expect(names).toHaveLength(3);
    const file = join(folder(), 'right.json');
    writeFileSync(file, readFileSync(file, 'utf8').slice(0, 40));
    writeFileSync(join(folder(), 'x.json'), '{"schema":"provision/address/1","host":"x","address":"127.0.0.1","since":"2026-11-25T00:00:00Z"}');
    expect([...readAddresses(folder()).keys()].sort()).toEqual(['.', '../right']);
  });

  it('that cannot be written are said, and the run has done its work all the same', async () => {
    mkdirSync(join(home, 'provision'), { recursive: true });
    writeFileSync(folder(), '');
    chmodSync(folder(), 0o600);
    const ran = await provision('repoint', 'pair', ...TO, '203.0.113.9', '--yes');
    expect([ran.exit, ran.err]).toEqual([0, expect.stringContaining('could not be stored')]);
  });
});
