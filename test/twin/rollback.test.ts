/** A failure at any step of either end leaves both ends as they were: checked against the simulated hosts themselves, not against what was reported. */
import { describe, expect, it } from 'vitest';
import type { LinkPlan } from '../../src/model/plan.js';
import { link, plan, unlink } from '../../src/pipeline.js';
import { type AttachedTwin, attachTwin, twinSpecs } from '../../src/twin/attach.js';
import { pairInventory, runOptions } from './pair.js';
import { stateOf } from './state.js';

const KINDS = [
  'NetBSD 1.5.2',
  'NetBSD 1.6.2',
  'NetBSD 5.2',
  'NetBSD 9.3',
  'FreeBSD 4.5',
  'FreeBSD 9.3',
  'FreeBSD 14.1',
  'OpenBSD 3.0',
  'OpenBSD 4.8',
  'OpenBSD 7.5',
  'Debian 12 networkd',
  'Ubuntu 22.04',
];

async function planOf(running: AttachedTwin, inventory: ReturnType<typeof pairInventory>): Promise<LinkPlan> {
  const made = await plan({ ...runOptions(inventory), running });
  const found = made.outcomes[0]?.plan;
  if (found === undefined) throw new Error(JSON.stringify(made.outcomes[0]?.errors));
  return found;
}

type Before = 'nothing' | 'other-mtu';

async function withTwin<T>(left: string, right: string, before: Before, work: (running: AttachedTwin) => Promise<T>): Promise<T> {
  const running = await attachTwin(twinSpecs(pairInventory(left, right), ['pair'], 'all'));
  if (running === undefined) throw new Error('no twin');
  try {
    if (before === 'other-mtu') {
      const first = await link({ ...runOptions(pairInventory(left, right, '    mtu: 1400')), running });
      if (first.exitCode !== 0) throw new Error(JSON.stringify(first.outcomes[0]?.errors));
    }
    return await work(running);
  } finally {
    await running.close();
  }
}

/** One run on fresh hosts with one command refused; what is wrong afterwards. */
async function refuseOne(left: string, right: string, before: Before, end: string, words: readonly string[]): Promise<string[]> {
  return withTwin(left, right, before, async (running) => {
    const both = (): unknown[] => [stateOf(running, 'left'), stateOf(running, 'right')];
    const faults = running.twin.hosts.get(end)?.faults;
    if (faults === undefined) throw new Error(`no host ${end}`);
    const was = both();
    faults.refuse = [{ match: words, exit: 1, stderr: 'refused by the test\n', times: 1 }];
    const result = await link({ ...runOptions(pairInventory(left, right)), running });
    const name = `${end} ${words.join(' ')}`;
    const errors = JSON.stringify(result.outcomes[0]?.errors);
    return [
      ...([1, 3].includes(result.exitCode) ? [] : [`${name}: exit ${result.exitCode} ${errors}`]),
      ...(JSON.stringify(both()) === JSON.stringify(was) ? [] : [`${name}: was ${JSON.stringify(was)} is ${JSON.stringify(both())}`]),
    ];
  });
}

async function failures(left: string, right: string, before: Before): Promise<string[]> {
  const wanted = await withTwin(left, right, before, (running) => planOf(running, pairInventory(left, right)));
  const wrong: string[] = [];
  for (const end of wanted.ends) {
    for (const step of end.steps) if ('words' in step) wrong.push(...(await refuseOne(left, right, before, end.host, step.words)));
  }
  return wrong;
}

describe('a refused command at every step', () => {
  it.concurrent.each(KINDS)('%s: both ends are as before (first link)', { timeout: 120_000 }, async (kind) => {
    expect(await failures(kind, 'Debian 12', 'nothing')).toEqual([]);
  });

  it.concurrent.each(KINDS.filter((k) => k !== 'OpenBSD 3.0'))('%s: both ends are as before (a tunnel that is changed)', {
    timeout: 120_000,
  }, async (kind) => {
    expect(await failures(kind, 'Debian 12', 'other-mtu')).toEqual([]);
  });
});

describe('a tunnel that carries nothing', () => {
  it.concurrent.each(KINDS)('%s: protocol 47 filtered: both ends are rolled back, exit 3', { timeout: 60_000 }, async (kind) => {
    const inventory = pairInventory(kind, 'Debian 12');
    const running = await attachTwin(twinSpecs(inventory, ['pair'], 'all'));
    if (running === undefined) throw new Error('no twin');
    try {
      running.twin.internet.filters.push({ protocol: 47 });
      const was = [stateOf(running, 'left'), stateOf(running, 'right')];
      const result = await link({ ...runOptions(inventory), running });
      expect(result.outcomes[0]?.errors.map((e) => e.code)).toEqual([expect.stringMatching(/PROTOCOL_FILTERED|PEER_UNREACHABLE/)]);
      expect(result.outcomes[0]?.state).toBe('rolled-back');
      expect(result.exitCode).toBe(3);
      expect([stateOf(running, 'left'), stateOf(running, 'right')]).toEqual(was);
    } finally {
      await running.close();
    }
  });

  it.concurrent.each(KINDS)('%s: a boot file that cannot be written: rolled back; and a failed unlink leaves the tunnel standing', {
    timeout: 60_000,
  }, async (kind) => {
    const inventory = pairInventory(kind, 'Debian 12');
    const running = await attachTwin(twinSpecs(inventory, ['pair'], 'all'));
    if (running === undefined) throw new Error('no twin');
    try {
      const files = running.twin.hosts.get('left')?.system.files;
      if (files === undefined) throw new Error('no files');
      const was = [stateOf(running, 'left'), stateOf(running, 'right')];
      files.freeBytes = 0;
      const full = await link({ ...runOptions(inventory), running });
      files.freeBytes = Number.POSITIVE_INFINITY;
      expect(full.outcomes[0]?.errors.map((e) => e.code)).toEqual(['DISK_FULL']);
      expect(full.exitCode).toBe(3);
      expect([stateOf(running, 'left'), stateOf(running, 'right')]).toEqual(was);
      expect((await link({ ...runOptions(inventory), running })).exitCode).toBe(0);
      const stood = [stateOf(running, 'left'), stateOf(running, 'right')];
      const right = running.twin.hosts.get('right');
      if (right === undefined) throw new Error('no host');
      right.faults.refuse = [{ match: ['ip', 'link', 'del', 'gre1'], exit: 2, stderr: 'refused by the test\n', times: 1 }];
      const failed = await unlink({ ...runOptions(inventory), running });
      right.faults.refuse = [];
      expect(failed.outcomes[0]?.errors.map((e) => e.code)).toEqual(['STEP_FAILED']);
      expect(failed.outcomes[0]?.state).toBe('rolled-back');
      expect([stateOf(running, 'left'), stateOf(running, 'right')]).toEqual(stood);
    } finally {
      await running.close();
    }
  });
});
