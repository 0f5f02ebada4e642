/** The options of a link on every kind of host: a lower MTU, the guide's loopback route, a /31; each converges, survives a reboot, and has no step left. */
import { describe, expect, it } from 'vitest';
import { parseInventory } from '../../src/inventory/load.js';
import { rehearse } from '../../src/pipeline.js';
import { twinKinds } from '../../src/twin/families.js';
import { pairInventory, runOptions } from './pair.js';

const kinds = twinKinds().filter((k) => !k.includes('nogre') && k !== 'Linux 6.1');

async function wrong(inventory: ReturnType<typeof pairInventory>): Promise<string[]> {
  const result = await rehearse(runOptions(inventory));
  const [made] = result.outcomes;
  const checks = made?.checks.filter((c) => !c.ok).map((c) => [c.text, ...(c.evidence ?? [])].join(' | ')) ?? [];
  const errors = made?.errors.map((e) => `${e.code} ${e.message} ${e.why ?? ''} ${e.stderr ?? ''}`) ?? [];
  return [...checks, ...errors, ...(result.exitCode === 0 ? [] : [`exit ${result.exitCode}`])];
}

describe('options of a link', () => {
  // OpenBSD before 4.0 has no way to change the MTU.
  it.concurrent.each(kinds.filter((k) => k !== 'OpenBSD 3.0'))('%s: mtu: 1400', { timeout: 60_000 }, async (kind) => {
    expect(await wrong(pairInventory(kind, 'FreeBSD 14.1', '    mtu: 1400'))).toEqual([]);
  });

  it.concurrent.each(kinds)('%s: loopback_route: true', { timeout: 60_000 }, async (kind) => {
    expect(await wrong(pairInventory(kind, 'FreeBSD 4.5', '    loopback_route: true'))).toEqual([]);
  });

  it.concurrent.each(kinds)('%s: a /31', { timeout: 60_000 }, async (kind) => {
    const text = `
hosts:
  left: { address: 203.0.113.1, twin: "${kind}" }
  right: { address: 203.0.113.2, twin: "NetBSD 9.3" }
links:
  pair:
    subnet: 10.1.12.36/31
    ends:
      left: { inner: 10.1.12.36, interface: gre1 }
      right: { inner: 10.1.12.37, interface: gre1 }
`;
    expect(await wrong(parseInventory([{ file: 'p31.yaml', text }]))).toEqual([]);
  });
});
