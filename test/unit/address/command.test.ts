import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { configText } from '../../../src/address/config.js';
import { firstState, stateFile, writeState } from '../../../src/address/state.js';
import { cli } from '../cli/harness.js';
import { freePort, Rig } from '../ssh/rig.js';
import { NAT } from './world.js';

const base = mkdtempSync(join(tmpdir(), 'updater-command-'));
const rig = new Rig();
const folder = join(base, 'mostly-wlan');
const file = join(folder, 'updater.json');
const at = Date.UTC(2026, 10, 25, 12);
let port = 0;

/** Behind a gateway; `says` is what a ping gives. */
const write = (says: 'yes' | 'no'): void => {
  const across = { verb: 'prove', id: 'across', pattern: 'yes', words: ['echo', says] } as const;
  const fixed = { ...NAT.fixed, address: '127.0.0.1', port, key: rig.path('key') };
  writeFileSync(file, configText({ ...NAT, fixed, move: { ...NAT.move, across } }), { mode: 0o600 });
};

beforeAll(async () => {
  rig.key('key');
  port = await freePort();
});
beforeEach(() => {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { mode: 0o700 });
});
afterAll(async () => {
  rmSync(base, { recursive: true, force: true });
  await rig.stop();
});

describe('updater once', () => {
  it('exits 0 where a ping comes back', async () => {
    write('yes');
    expect(await cli(['updater', 'once', '--config', file])).toMatchObject({ exit: 0, out: 'ok    mostly-wlan  as wanted\n', err: '' });
  });

  it('exits 1 where the other end cannot be told and nothing was changed here, and the wish stays', async () => {
    write('no');
    const ran = await cli(['updater', 'once', '--config', file, '--json']);
    expect(ran.exit).toBe(1);
    expect(JSON.parse(ran.out)).toMatchObject({
      schema: 'provision/updater-once/1',
      exit: 1,
      errors: [],
      links: [{ link: 'mostly-wlan', state: 'unchanged', errors: [{ code: 'HOST_DOWN' }] }],
    });
    const status = await cli(['updater', 'status', '--config', file]);
    expect(status.exit).toBe(2);
    expect(status.out).toContain('pending       where we are seen, request 1, since ');
    expect(status.out).toContain('mostly does not answer at 127.0.0.1:');
    expect(existsSync(join(folder, 'updater.sock'))).toBe(false);
  });
});

describe('updater status', () => {
  it('reads the state file and changes nothing', async () => {
    write('no');
    writeState(stateFile(file), {
      ...firstState('mostly-wlan', '192.168.1.5'),
      seq: 3,
      told: { seen: '217.154.12.2', seq: 3, at, confirmed: true },
      succeededAt: at,
    });
    const ran = await cli(['updater', 'status', '--config', file, '--json']);
    expect(ran.exit).toBe(0);
    expect(JSON.parse(ran.out)).toMatchObject({
      schema: 'provision/updater-status/1',
      links: [{ link: 'mostly-wlan', asWanted: true, told: { address: null, seen: '217.154.12.2', seq: 3 } }],
    });
    expect(ran.err).toContain('ok    mostly-wlan  wlan uses 192.168.1.5; mostly uses 217.154.12.2, confirmed, told 2026-11-25 12:00:00 UTC');
  });
});

describe('wrong settings and wrong words', () => {
  it('exits 65 with the file named and what is wrong with it', async () => {
    writeFileSync(file, '{}', { mode: 0o600 });
    for (const verb of ['run', 'once', 'status']) {
      const ran = await cli(['updater', verb, '--config', file]);
      expect(ran.exit).toBe(65);
      expect(ran.err).toContain('error UPDATER_SETTINGS');
      expect(ran.err).toContain(file);
    }
  });

  it('exits 64 for a link that has no updater here, a port that is none, and a group without a command', async () => {
    write('yes');
    expect(await cli(['updater', 'status', 'other', '--config', file])).toMatchObject({ exit: 64 });
    expect((await cli(['updater', 'run', '--metrics', '99999'])).err).toContain('Write a whole number from 1 to 65535.');
    expect((await cli(['updater'])).err).toContain('Run: provision updater --help');
    expect((await cli(['twin'])).err).toContain('Run: provision twin --help');
  });
});
