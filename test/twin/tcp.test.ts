/** `verify --tcp`: TCP with full segments through the tunnel, by an SSH connection from one end to the other's inner address. */
import { describe, expect, it } from 'vitest';
import { type Rig, withPair } from './rig.js';

const PAIRS = [
  ['Debian 12', 'FreeBSD 14.1'],
  ['NetBSD 1.5.2', 'FreeBSD 4.5'],
  ['OpenBSD 7.5', 'NetBSD 9.3'],
] as const;

const tcpOf = ({ checks }: { readonly checks: Awaited<ReturnType<Rig['run']>>['checks'] }) => checks.filter((c) => c.id === 'tcp');
const look = (rig: Rig) => rig.run('verify', { tcp: true, timeoutMs: 1500 });

describe('verify --tcp', () => {
  it.each(PAIRS)('%s and %s: what fills segments goes there and comes back', { timeout: 30_000 }, async (left, right) => {
    await withPair(left, right, async (rig) => {
      await rig.run('link');
      const made = await look(rig);
      expect(made.state).toBe('as-wanted');
      expect(tcpOf(made)).toEqual([
        expect.objectContaining({ ok: true, host: 'left', text: expect.stringContaining('8192 bytes each way in full segments') }),
      ]);
    });
  });

  it('where large packets are swallowed without a word the connection opens and hangs: that is told', { timeout: 30_000 }, async () => {
    await withPair('Debian 12', 'FreeBSD 14.1', async (rig) => {
      await rig.run('link');
      rig.internet.pathMtu = 1400;
      rig.internet.blackHole = true;
      const made = await look(rig);
      expect(made.state).toBe('differs');
      expect(tcpOf(made)).toEqual([expect.objectContaining({ ok: false, text: expect.stringContaining('what fills segments does not arrive') })]);
    });
  });

  it('where sshd forwards nothing it is a warning with the reason, and no fault of the link', { timeout: 30_000 }, async () => {
    await withPair('Debian 12', 'FreeBSD 14.1', async (rig) => {
      await rig.run('link');
      for (const host of ['left', 'right']) rig.host(host).faults.forwards = false;
      const made = await look(rig);
      expect(made.state).toBe('as-wanted');
      expect(tcpOf(made)).toEqual([]);
      expect(made.warnings.find((w) => w.code === 'tcp-not-tried')?.evidence).toHaveLength(2);
    });
  });

  it('is not asked for where nobody wants it', { timeout: 30_000 }, async () => {
    await withPair('Debian 12', 'FreeBSD 14.1', async (rig) => {
      await rig.run('link');
      expect(tcpOf(await rig.run('verify'))).toEqual([]);
    });
  });
});
