import { describe, expect, it } from 'vitest';
import type { LinkOutcome, RunEvent } from '../../../src/model/outcome.js';
import { CountProgress } from '../../../src/report/counts.js';
import { plainPaint } from '../../../src/report/paint.js';

const stage = (link: string, name: 'survey' | 'apply', state: 'start' | 'end'): RunEvent => ({ type: 'stage', link, stage: name, state });
const outcome = (link: string, state: LinkOutcome['state']): RunEvent => ({
  type: 'outcome',
  outcome: { link, state, checks: [], errors: [], warnings: [], ms: 1 } as unknown as LinkOutcome,
});

function rig(total: number) {
  let time = 1000;
  const written: string[] = [];
  const progress = new CountProgress(
    total,
    (text) => written.push(text),
    plainPaint(),
    () => time,
  );
  return {
    progress,
    written,
    wait: (ms: number) => {
      time += ms;
    },
  };
}

describe('progress of very many links', () => {
  it('tells for each stage how many, how fast and how long still', async () => {
    const { progress, written, wait } = rig(100);
    for (let i = 0; i < 10; i += 1) progress.event(stage(`l${i}`, 'survey', 'start'));
    wait(1000);
    for (let i = 0; i < 8; i += 1) progress.event(stage(`l${i}`, 'survey', 'end'));
    await progress.pause();
    expect(written.at(-1)).toContain('looked at        8 of 100   2 under way   8.0/s   12 s left\n');
  });

  it('draws at most ten times a second however many events come', () => {
    const { progress, written } = rig(5000);
    for (let i = 0; i < 5000; i += 1) progress.event(stage(`l${i}`, 'survey', 'start'));
    expect(written.length).toBeLessThanOrEqual(1);
  });

  const bad = ['differs', 'unchanged', 'rolled-back', 'partly-changed', 'split', 'unknown'] as const;
  it.each(bad)('writes a failure (%s) at once, above the counts, and counts it', async (state) => {
    const { progress, written } = rig(3);
    progress.event(stage('bad', 'survey', 'start'));
    progress.event(outcome('bad', state));
    expect(written.join('')).toContain('bad');
    await progress.pause();
    expect(written.at(-1)).toContain('1 of 3, 1 failed');
  });

  it('writes a remark as a line of its own and does not count it', async () => {
    const { progress, written } = rig(2);
    progress.event(stage('a', 'apply', 'start'));
    progress.event({ ...stage('a', 'apply', 'end'), text: 'note: the disk is full' } as RunEvent);
    await progress.pause();
    expect(written.join('')).toContain('note: the disk is full\n');
    expect(written.at(-1)).toContain('0 of 2   1 under way');
  });

  it('begins anew after a pause, and then takes nothing of the screen back', async () => {
    const { progress, written } = rig(2);
    progress.event(stage('a', 'survey', 'start'));
    await progress.pause();
    progress.event(stage('a', 'apply', 'start'));
    await progress.pause();
    expect(written.at(-1)).not.toContain('\u001b[');
    expect(written.at(-1)).not.toContain('looked at');
  });
});
