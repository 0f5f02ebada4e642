/** A run of the guide's example as events, and journals written from them, for tests. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LinkOutcome, RunEvent, Stage } from '../../../src/model/outcome.js';
import type { LinkPlan, Step } from '../../../src/model/plan.js';
import { JournalSink } from '../../../src/report/journal.js';
import { doneOutcome, guidePlan } from './guide.js';

const made: string[] = [];

/** Where a test keeps its journals; not there yet. */
export function folder(): string {
  const home = mkdtempSync(join(tmpdir(), 'journal-'));
  made.push(home);
  return join(home, 'runs');
}

export function removeFolders(): void {
  for (const home of made.splice(0)) rmSync(home, { recursive: true, force: true });
}

export const RUN = '3f2a1b0c9d8e7f60';

export const stageEvent = (stage: Stage, state: 'start' | 'end', link = 'mostly-wlan'): RunEvent => ({ type: 'stage', link, stage, state });

export const commandEvent = (host: string, id: string, more: Partial<Extract<RunEvent, { type: 'command' }>> = {}): RunEvent => ({
  type: 'command',
  host,
  id,
  verb: 'run',
  words: ['ifconfig', 'gre1'],
  exit: 0,
  stdout: '',
  stderr: '',
  ms: 3,
  ...more,
});

const stepEvent = (plan: LinkPlan, host: string, step: Step, state: 'start' | 'done' | 'failed'): RunEvent => ({
  type: 'step',
  link: plan.link,
  host,
  step,
  state,
});

export const runEvent = (link = 'mostly-wlan', run = RUN, who = 'op@control'): RunEvent => ({
  type: 'run',
  link,
  run,
  who,
  goal: 'link',
  guardSeconds: 60,
});

/** Everything that is told of a link that goes well, in the order of the pipeline. */
export function goodRun(plan: LinkPlan = guidePlan, outcome: LinkOutcome = { ...doneOutcome, link: plan.link, plan }, run = RUN): RunEvent[] {
  const { link } = plan;
  const steps = plan.ends.flatMap((e) => e.steps.filter((s) => s.phase === 'live').map((s) => [e.host, s] as const));
  return [
    { type: 'plan', plan },
    stageEvent('guard', 'start', link),
    runEvent(link, run),
    ...plan.ends.map((e) => commandEvent(e.host, 'guard', { verb: 'arm', words: ['arm', '/var/run/p', run] })),
    stageEvent('guard', 'end', link),
    stageEvent('apply', 'start', link),
    ...steps.flatMap(([host, s]) => [stepEvent(plan, host, s, 'start'), commandEvent(host, s.id), stepEvent(plan, host, s, 'done')]),
    stageEvent('apply', 'end', link),
    ...outcome.checks.map((check): RunEvent => ({ type: 'check', link, check })),
    { type: 'outcome', outcome },
  ];
}

/** The same up to the second step of wlan, which fails. */
export function failedRun(outcome: LinkOutcome): RunEvent[] {
  const [, wlan] = guidePlan.ends;
  const [first, second] = wlan.steps;
  if (first === undefined || second === undefined) throw new Error('no steps');
  return [
    { type: 'plan', plan: guidePlan },
    runEvent(),
    stageEvent('apply', 'start'),
    stepEvent(guidePlan, 'wlan', first, 'start'),
    commandEvent('wlan', first.id),
    stepEvent(guidePlan, 'wlan', first, 'done'),
    stepEvent(guidePlan, 'wlan', second, 'start'),
    commandEvent('wlan', second.id, { words: ['sysctl', '-w', 'x=1'], exit: 1, stderr: 'Operation not permitted\n' }),
    stepEvent(guidePlan, 'wlan', second, 'failed'),
    stageEvent('apply', 'end'),
    ...outcome.errors.map((error): RunEvent => ({ type: 'error', link: 'mostly-wlan', error })),
    { type: 'outcome', outcome },
  ];
}

export const sinkIn = (folder: string, notes: string[] = []): JournalSink =>
  new JournalSink({ folder, exitOf: (o) => (o.state === 'as-wanted' ? 0 : 3), note: (link, text) => void notes.push(`${link}: ${text}`) });

/** Writes one journal and gives its path. */
export function written(folder: string, events: readonly RunEvent[] = goodRun()): string {
  const before = new Set(files(folder));
  const sink = sinkIn(folder);
  for (const event of events) sink.event(event);
  const made = files(folder).find((f) => !before.has(f));
  if (made === undefined) throw new Error('no journal');
  return made;
}

export function files(folder: string): string[] {
  try {
    return readdirSync(folder).map((n) => join(folder, n));
  } catch {
    return [];
  }
}
