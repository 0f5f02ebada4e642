/**
 * Plans from recorded facts, some links at a time.
 *
 * In: links and a folder of recorded facts. Out: outcomes, the plans as text, and which files they were made from. What was read of hosts, and where people are the readers
 * the plans too, is needed no longer than its portion: with ten thousand links that is most of the memory.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { exitOf, fail } from '../apply/outcome.js';
import { ProvisionError, ProvisionErrors } from '../errors/error.js';
import type { LinkOutcome } from '../model/outcome.js';
import type { KeptRecording } from '../model/recording.js';
import { onlyOf } from './ends.js';
import { type Prepared, planText } from './links.js';
import { factsFolder, readRecorded, withRecordedAddresses } from './offline.js';
import type { Session } from './session.js';
import type { Typed } from './spec.js';
import type { RunOptions, RunResult } from './types.js';

const AT_A_TIME = 250;

/** A recording without what it holds. */
export type Source = Omit<KeptRecording, 'answers'>;

export interface RecordedPlans {
  readonly result: RunResult;
  readonly texts: readonly string[];
  readonly sources: readonly Source[];
}

const stopped = (): ProvisionError =>
  new ProvisionError('INTERRUPTED', 'Stopped by the user.', { state: 'Nothing was changed.', next: 'Run the same again for all plans.' });

function withoutPlan({ plan: _plan, ...rest }: LinkOutcome): LinkOutcome {
  return rest;
}

/** @throws {ProvisionErrors} FACTS_INVALID for every file that cannot be used. */
export async function planRecorded(session: Session, { inventory, links, pipeline }: Prepared, typed: Typed['options']): Promise<RecordedPlans> {
  const folder = factsFolder(session, typed.facts);
  const emit = session.watch.bind(session);
  const playbooks = await session.loadPlaybooks(true);
  const options: RunOptions = await session.runOptions(inventory, links, { playbooks, emit, ...onlyOf(inventory, links, typed) });
  const outcomes: LinkOutcome[] = [];
  const texts: string[] = [];
  const sources = new Map<string, Source>();
  const wrong = new Map<string, ProvisionError>();
  for (let at = 0; at < links.length; at += AT_A_TIME) {
    const some = links.slice(at, at + AT_A_TIME);
    const { recorded, errors } = readRecorded(session, inventory, some, folder);
    for (const error of errors) wrong.set(error.details.host ?? '', error);
    for (const { answers: _answers, ...source } of recorded.values()) {
      sources.set(source.host, source);
      if (source.simulated !== undefined) session.simulates(source.host, source.simulated);
    }
    if (wrong.size > 0) continue;
    const made = await pipeline.plan({ ...options, inventory: withRecordedAddresses(inventory, recorded), links: some, recorded });
    texts.push(...made.outcomes.map((outcome) => planText(session, outcome, typed.diff === true)));
    // Documents for machines are made of the plans themselves.
    outcomes.push(...(session.options.format === 'text' ? made.outcomes.map(withoutPlan) : made.outcomes));
    // Else Ctrl-C would not be heard before the end.
    await nextTurn();
    if (!session.signal.aborted) continue;
    outcomes.push(...links.slice(at + AT_A_TIME).map((link) => fail(link, Date.now(), stopped(), 'unchanged')));
    break;
  }
  if (wrong.size > 0) throw new ProvisionErrors([...wrong.values()]);
  return { result: { outcomes, exitCode: exitOf(outcomes) }, texts, sources: [...sources.values()] };
}
