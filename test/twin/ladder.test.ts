/** What `verify` finds of a tunnel over which pings cross: the largest packet, the TTL. */
import { describe, expect, it } from 'vitest';
import type { LinkOutcome } from '../../src/model/outcome.js';
import { link, verify } from '../../src/pipeline.js';
import { type AttachedTwin, attachTwin, twinSpecs } from '../../src/twin/attach.js';
import { pairInventory, runOptions } from './pair.js';

async function linked(
  left: string,
  right: string,
  extra: string,
  look: (attached: AttachedTwin, again: () => Promise<LinkOutcome>) => Promise<void>,
): Promise<void> {
  const inventory = pairInventory(left, right, extra);
  const attached = await attachTwin(twinSpecs(inventory, ['pair'], 'all'));
  if (attached === undefined) throw new Error('no simulated hosts');
  try {
    const options = { ...runOptions(inventory), running: attached };
    await link(options);
    await look(attached, async () => {
      const [made] = (await verify(options)).outcomes;
      if (made === undefined) throw new Error('no outcome');
      return made;
    });
  } finally {
    await attached.close();
  }
}

const said = (made: LinkOutcome): string[] => [
  ...made.checks.filter((c) => !c.ok).map((c) => c.text),
  ...made.warnings.map((w) => `${w.text} ${w.next ?? ''}`),
];

describe('verify', () => {
  it.each([
    ['Debian 12', 'Debian 12'],
    ['NetBSD 10.0', 'FreeBSD 14.1'],
    ['FreeBSD 4.5', 'OpenBSD 7.5'],
    ['NetBSD 1.6.2', 'OpenBSD 4.8'],
  ])('%s and %s: a healthy link with a TTL of 1 and full packets both ways has nothing said of it', async (left, right) => {
    await linked(left, right, '', async (_attached, again) => {
      expect(said(await again())).toEqual([]);
    });
  });

  it('names the largest packet that crosses, and what mtu to write', async () => {
    await linked('Debian 12', 'Debian 12', '', async ({ twin }, again) => {
      twin.internet.pathMtu = 1432;
      const made = await again();
      expect(made.state).toBe('differs');
      expect(said(made).join('\\n')).toContain("packets of 1476 bytes with don't-fragment do not cross; the largest that does has 1408");
      expect(said(made).join('\\n')).toContain('mtu: for this link in the inventory, 1408 or less');
    });
  });

  it('warns where an end copies the TTL of 1, and fails where OSPF is to run over it', async () => {
    const copies = [['ip', 'link', 'set', 'gre1', 'type', 'gre', 'ttl', 'inherit']];
    await linked('Debian 12 frr', 'Debian 12 frr', '', async ({ twin }, again) => {
      for (const words of copies) twin.hosts.get('left')?.exec(words);
      const made = await again();
      expect(made.warnings.map((w) => [w.code, w.host])).toEqual([['ttl-copied', 'left']]);
      expect(made.checks.filter((c) => c.id === 'one-hop')).toEqual([]);
    });
    await linked('Debian 12 frr', 'Debian 12 frr', '    ospf: { area: 0 }', async ({ twin }, again) => {
      for (const words of copies) twin.hosts.get('left')?.exec(words);
      expect((await again()).checks.filter((c) => c.id === 'one-hop').map((c) => [c.host, c.ok])).toEqual([
        ['left', false],
        ['right', true],
      ]);
    });
  });
});
