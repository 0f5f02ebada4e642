/** Every pairing of simulated systems converges, pings both ways, has nothing to do in a second run and survives a reboot of both ends. */
import { describe, expect, it } from 'vitest';
import { rehearse } from '../../src/pipeline.js';
import { twinKinds } from '../../src/twin/families.js';
import { pairInventory, runOptions } from './pair.js';

// What else is installed makes no other tunnel.
const kinds = twinKinds().filter((k) => !/ (nogre|frr|bird|iptables)$/.test(k) && k !== 'Linux 6.1');
const pairs = kinds.flatMap((a, i) => kinds.slice(i).map((b) => [a, b] as const));

describe(`${pairs.length} pairs of ${kinds.length} kinds of host`, () => {
  it.concurrent.each(pairs)('%s and %s: link, second run, reboot', { timeout: 60_000 }, async (a, b) => {
    const result = await rehearse(runOptions(pairInventory(a, b)));
    const [outcome] = result.outcomes;
    const bad = outcome?.checks.filter((c) => !c.ok).map((c) => [c.text, ...(c.evidence ?? [])].join(' | ')) ?? [];
    expect([...bad, ...(outcome?.errors.map((e) => `${e.code} ${e.message} ${e.why ?? ''} ${e.stderr ?? ''}`) ?? [])]).toEqual([]);
    expect(result.exitCode).toBe(0);
    expect(outcome?.checks.filter((c) => c.id === 'ping').length).toBe(2);
  });
});
