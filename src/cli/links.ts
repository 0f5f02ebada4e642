/**
 * What the commands on links share: run the pipeline, show the outcomes, make the document.
 */

import { clean } from '../errors/clean.js';
import { ProvisionError } from '../errors/error.js';
import type { Inventory } from '../model/inventory.js';
import type { LinkOutcome } from '../model/outcome.js';
import type { LinkPlan } from '../model/plan.js';
import { FORMATS, linkCases } from '../report/findings.js';
import { linkDocument } from '../report/json.js';
import { distinctErrors, renderOutcome } from '../report/outcome.js';
import { wrap } from '../report/paint.js';
import { renderPlan } from '../report/plan.js';
import { onlyOf, waitMs } from './ends.js';
import { spareMemory } from './memory.js';
import { linksNamed, type Session } from './session.js';
import type { OptionSpec, Typed } from './spec.js';
import type { Done, Pipeline, RunOptions, RunResult } from './types.js';

/** Plans of the links that have something to do; the others hold nothing to decide. */
const withSteps = (plans: readonly LinkPlan[]): readonly LinkPlan[] => plans.filter((p) => p.ends.some((e) => e.steps.length > 0));

export interface Asked {
  readonly confirm: NonNullable<RunOptions['confirm']>;
  /** True once a plan was shown that nobody could say yes to. */
  unanswered(): boolean;
}

/** Shows the plans and asks. --yes answers; with no terminal and no --yes the answer is no. */
export function asking(session: Session, diff: boolean): Asked {
  let unanswered = false;
  return {
    unanswered: () => unanswered,
    confirm: async (plans) => {
      await session.progress.pause();
      const shown = withSteps(plans);
      for (const plan of shown) session.say(`${renderPlan(plan, session.paint, { diff })}\n`);
      if (shown.length === 0) return true;
      const named = (host: string): string => `${clean(host)}${session.isSimulated(host) ? ' (simulated)' : ''}`;
      const touched = shown.flatMap((p) => p.ends.filter((e) => e.elsewhere !== true));
      const hosts = [...new Set(touched.map((e) => named(e.host)))].join(' and ');
      const yes = await session.confirms(`Do this on ${hosts}?`);
      if (yes === undefined) unanswered = true;
      return yes === true;
    },
  };
}

/** What comes of a command that nobody could say yes to. @param errors - What else is to be told. */
export function notConfirmed(document: Done['document'], errors: NonNullable<Done['errors']> = []): Done {
  const error = new ProvisionError('NOT_CONFIRMED', 'There is no terminal to ask on and --yes was not given.', { state: 'Nothing was changed.' });
  return { exit: error.exitCode, document, errors: [...errors, error.report()], ownErrors: [error.report()] };
}

/** Results on simulated hosts must not be taken for results on real ones. */
export function saySimulated(session: Session): void {
  for (const text of simulatedNotes(session)) session.say(wrap(text, session.paint.width, '').join('\n'));
}

function simulatedNotes(session: Session): readonly string[] {
  const { simulated } = session;
  if (simulated.size === 0) return [];
  const hosts = [...simulated].map(([host, kind]) => `${clean(host)} (${clean(kind)})`).join(', ');
  return [`Simulated hosts: ${hosts}. None of them was dialled or changed for real; each run starts them afresh.`];
}

/** The outcome of a run as a command's result. Errors are told once for all links; the document has them with each link. */
export function doneWith(session: Session, result: RunResult, inventory?: Inventory): Done {
  // Written with --json only (runner.ts), and large where there are thousands of links.
  const document = session.options.json ? { simulated: Object.fromEntries(session.simulated), links: result.outcomes.map(linkDocument) } : {};
  const { format } = session.options;
  const machines =
    inventory === undefined || format === 'text' || format === 'json'
      ? {}
      : { cases: linkCases(inventory, result.outcomes), notes: simulatedNotes(session) };
  return { exit: result.exitCode, document, errors: distinctErrors(result.outcomes), ...machines };
}

/** Ctrl-C was pressed: what would be said at the end of a whole run does not hold. */
export const interrupted = (result: RunResult): boolean => result.outcomes.some((o) => o.errors.some((e) => e.code === 'INTERRUPTED'));

export function sayOutcomes(session: Session, outcomes: readonly LinkOutcome[]): void {
  for (const outcome of outcomes) session.say(renderOutcome(outcome, session.paint));
}

export interface Prepared {
  readonly inventory: Inventory;
  readonly links: readonly string[];
  readonly pipeline: Pipeline;
}

/** Inventory and names first: what is wrong there is told before anything is dialled or loaded. @param wary - As for `loadInventory`. */
export async function prepare(session: Session, names: readonly string[], wary = false): Promise<Prepared> {
  const inventory = session.loadInventory(wary);
  const links = linksNamed(inventory, names);
  return { inventory, links, pipeline: await session.io.pipeline() };
}

/** The option of every command that looks whether a link is as wanted. */
export const DNS: OptionSpec = { flags: '--dns', text: 'also look whether the names of the hosts (hostname) lead to the addresses in use' };

/** The option of the commands that a CI runs. */
export const FORMAT: OptionSpec = { flags: '--format <format>', text: 'what stands on stdout: for people, or for a CI', choices: [...FORMATS] };

/** The option of every command that carries out a plan. */
export const ONE_WAY: OptionSpec = { flags: '--one-way', text: 'also do what nothing takes back; the plan marks such steps' };

/** Plan, show, ask, do, show what came of it. @param run - Does all that, and asks with `confirm`. */
export async function carriedOut(session: Session, options: Typed['options'], run: (confirm: Asked['confirm']) => Promise<RunResult>): Promise<Done> {
  const asked = asking(session, options.diff === true);
  const result = await run(asked.confirm);
  await session.progress.pause();
  const done = doneWith(session, result);
  if (asked.unanswered()) {
    saySimulated(session);
    return { ...done, ...notConfirmed(done.document, done.errors) };
  }
  sayOutcomes(session, result.outcomes);
  saySimulated(session);
  return done;
}

/** link and unlink. */
export async function change(session: Session, verb: 'link' | 'unlink', { words, options }: Typed): Promise<Done> {
  const { inventory, links, pipeline } = await prepare(session, words);
  spareMemory(links.length);
  const more = {
    oneWay: options.oneWay === true,
    ...onlyOf(inventory, links, options),
    ...(verb === 'link' ? waitMs(inventory, links, options) : {}),
  };
  return carriedOut(session, options, async (confirm) => pipeline[verb](await session.runOptions(inventory, links, { confirm, ...more })));
}

/** plan and --dry-run: the plans as results, nothing is changed. @param as - In place of the inventory as it was loaded; its addresses count. */
export async function showPlans(session: Session, { words, options }: Typed, as?: Inventory): Promise<Done> {
  const { inventory, links, pipeline } = await prepare(session, words);
  const diff = options.diff === true;
  // The end of a repoint is the one that has moved, and both are told.
  const only = as === undefined ? onlyOf(inventory, links, options) : {};
  const result = await pipeline.plan(await session.runOptions(as ?? inventory, links, { insists: as !== undefined, ...only }));
  await session.progress.pause();
  const texts = result.outcomes.map((outcome) => planText(session, outcome, diff));
  return shownPlans(session, as ?? inventory, result, texts);
}

/** A plan that was made, or why there is none. */
export const planText = ({ paint }: Session, outcome: LinkOutcome, diff: boolean): string =>
  outcome.plan === undefined ? renderOutcome(outcome, paint) : renderPlan(outcome.plan, paint, { diff });

/** Plans that were made, as results. @param texts - Of the outcomes, in their order. */
export function shownPlans(session: Session, inventory: Inventory, result: RunResult, texts: readonly string[]): Done {
  if (texts.length > 0) session.say(texts.join('\n\n'));
  saySimulated(session);
  return doneWith(session, result, inventory);
}
