/**
 * A journal as the past of a link: what was planned and tried, and how both ends were before and after.
 *
 * In: journals, newest first. Out: the last run that has changed the link, or what is known of it.
 */
import type { PastRun } from '../model/past.js';
import { type Journal, newestRuns } from './journal-read.js';

/** What a journal holds in place of a text that is too long or may be a secret. */
const LEFT_OUT = /\[secret\]|… \(\d+ characters\)/;

/** Whether a run may have changed something that is still so. */
const hasChanged = (journal: Journal): boolean => journal.outcome?.state !== 'unchanged' && journal.outcome?.state !== 'rolled-back';

/** @returns undefined where the journal does not hold the whole of it. */
export function pastRun(journal: Journal): PastRun | undefined {
  const { run, plan, lines, outcome, unread } = journal;
  if (plan === null || unread > 0 || LEFT_OUT.test(JSON.stringify(plan.ends))) return undefined;
  const attempted = new Map(plan.ends.map((e) => [e.host, new Set<string>()]));
  for (const line of lines) if (line.type === 'step') attempted.get(line.host)?.add(line.step);
  const states = lines.filter((l) => l.type === 'state');
  const before = states.find((l) => l.when === 'before')?.ends;
  const after = states.findLast((l) => l.when === 'after')?.ends;
  return {
    run,
    plan,
    attempted,
    ...(outcome === undefined ? {} : { state: outcome.state }),
    ...(before === undefined ? {} : { before }),
    ...(after === undefined ? {} : { after }),
  };
}

/** The journal of the last run that has changed the link. @param journals - Newest first. */
export function lastChange(journals: readonly Journal[], link: string): Journal | undefined {
  return journals.find((j) => j.link === link && hasChanged(j));
}

/** The newest run of each link that has one, as far as its journal is whole and its process gone. */
export function lastRuns(folder: string, links: readonly string[]): ReadonlyMap<string, PastRun> {
  const runs = newestRuns(folder, links).filter((j) => !j.alive);
  return new Map(runs.flatMap((j) => [pastRun(j)].flatMap((past) => (past === undefined ? [] : [[j.link, past] as const]))));
}
