/** `verify --reboot HOST` on the command line: a host is named, a person says yes, and what was wrong with the names is told before anything is dialled. */
import { describe, expect, it } from 'vitest';
import { cli } from './harness.js';

const reboot = (...more: string[]) => ['verify', '--reboot', 'mostly', ...more, '-i', 'DIR/i.yaml'];

describe('verify --reboot', () => {
  it('takes all links of the host, and reboots after a yes or with --yes', async () => {
    const ran = await cli(reboot(), { answer: 'y' });
    expect(ran).toMatchObject({ exit: 0, calls: [{ verb: 'rebootProof', options: { links: ['mostly-wlan'], reboot: 'mostly' } }] });
    expect(JSON.parse((await cli(reboot('--yes', '--json'))).out)).toMatchObject({ exit: 0, rebooted: true });
  });

  it('does not after a no (exit 2), nor with nobody to ask (exit 64)', async () => {
    expect(await cli(reboot(), { answer: 'n' })).toMatchObject({ exit: 2, out: expect.stringContaining('mostly was not rebooted.') });
    const mute = await cli(reboot());
    expect(mute.exit).toBe(64);
    expect(mute.err).toContain('NOT_CONFIRMED');
  });

  it('refuses a host that is not in the inventory or no end of the link, and --end beside it', async () => {
    const wrong = await cli(['verify', '--reboot', 'mostli', '-i', 'DIR/i.yaml']);
    expect(wrong).toMatchObject({ exit: 64, calls: [] });
    expect(wrong.err).toContain('NAME_UNKNOWN');
    const both = await cli(reboot('--end', 'wlan'));
    expect(both).toMatchObject({ exit: 64, calls: [] });
    expect(both.err).toContain('--end');
  });
});
