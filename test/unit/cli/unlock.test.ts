/** `unlock`: says who holds a link, asks, and says what became of it. */
import { describe, expect, it } from 'vitest';
import type { Held } from '../../../src/apply/unlock.js';
import { cli } from './harness.js';

const held: Held = {
  link: 'mostly-wlan',
  host: 'wlan',
  run: '0123456789abcdef',
  state: 'armed',
  holder: 'ada@desk since 2026-11-25 10:00:00 UTC until 10:01:00 UTC (run 0123456789abcdef)',
  guard: { state: '/var/run/provision.mostly-wlan', keep: '/var/db/provision/mostly-wlan', timer: [], cancel: [] },
};
const unlock = (...more: string[]) => ['unlock', 'mostly-wlan', ...more];

describe('unlock', () => {
  it('says that nobody holds it, and exits 0', async () => {
    expect(await cli(unlock('-i', 'DIR/i.yaml'))).toMatchObject({ exit: 0, out: 'Nobody holds mostly-wlan.\n' });
  });

  it('says who, and with --yes that it was taken back and where to look', async () => {
    const ran = await cli(unlock('--yes', '-i', 'DIR/i.yaml'), { held: [held] });
    expect(ran.exit).toBe(0);
    expect(ran.out).toContain(`mostly-wlan on wlan is held by ${held.holder}`);
    expect(ran.out).toContain('mostly-wlan on wlan: taken back');
    expect(ran.out).toContain('provision status mostly-wlan');
  });

  it('leaves it alone after a no (exit 2), and without anybody to ask (exit 64)', async () => {
    expect((await cli(unlock('-i', 'DIR/i.yaml'), { held: [held], answer: 'n' })).exit).toBe(2);
    const mute = await cli(unlock('-i', 'DIR/i.yaml'), { held: [held] });
    expect(mute.exit).toBe(64);
    expect(mute.err).toContain('--yes');
    expect(mute.out).not.toContain('taken back');
  });

  it('gives JSON with who holds what', async () => {
    const ran = await cli(unlock('--yes', '--json', '-i', 'DIR/i.yaml'), { held: [held] });
    const document: unknown = JSON.parse(ran.out);
    expect(document).toMatchObject({ exit: 0, held: [{ link: 'mostly-wlan', host: 'wlan', state: 'armed', released: true }] });
  });
});
