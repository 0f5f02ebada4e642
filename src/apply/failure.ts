/**
 * What becomes of a link when something failed: both ends go back to how they were found, and that is checked.
 *
 * In: what was planned, what was attempted on each host, the errors. Out: the outcome, named by what was read afterwards and not by what was meant.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { ProvisionError } from '../errors/error.js';
import type { LinkOutcome } from '../model/outcome.js';
import type { FileChange, LinkPlan, Warning } from '../model/plan.js';
import { sourceId } from '../plan/undo.js';
import { quoteWord } from '../script/quote.js';
import type { Committed } from './commit.js';
import { pairState } from './differences.js';
import { onlyMine } from './elsewhere.js';
import { guardSecondsOf } from './neighbours.js';
import { outcome, reportsOf } from './outcome.js';
import { type Planned, stage, type Two } from './pair.js';
import { rollBack } from './rollback.js';
import { isSplit, standings } from './standing.js';
import type { Applied } from './steps.js';
import { heldOn } from './unlock.js';
import type { World } from './world.js';

/** An undo takes some commands; a host that is slower than this is seen half-way, and told as such. */
const UNDOING_MS = 30_000;
const ASK_AGAIN_MS = 200;

/** What was attempted on each host, over the phases of one link. */
export type Attempts = Map<string, Set<string>>;

export function note(attempts: Attempts, applied: Two<Applied>): void {
  for (const { host, attempted } of applied) {
    const ids = attempts.get(host) ?? new Set<string>();
    for (const step of attempted) ids.add(sourceId(step));
    attempts.set(host, ids);
  }
}

/** Whether nothing is wrong but that a host could not be reached. */
export const outOfReach = (errors: readonly ProvisionError[]): boolean => errors.every((e) => e.code === 'SSH_LOST');

/** Both ends have agreed, and one could not be told that the other is done: it finds out by itself. */
export function unfinished(world: World, { link, since, plan, found }: Planned, errors: readonly ProvisionError[]): LinkOutcome {
  const hosts = errors.flatMap((e) => (e.details.host === undefined ? [] : [e.details.host])).join(' and ');
  const seconds = guardSecondsOf(world, link);
  const alone = onlyMine(found) !== undefined;
  const said = alone
    ? `${hosts} has noted that the change is to be kept, and finishes by itself within ${seconds} s and a little more.`
    : `Both ends have agreed on the change. ${hosts} finishes by itself within ${seconds} s and a little more, or goes back if the other end does not answer.`;
  return outcome(link, since, 'unknown', { plan, errors: reportsOf(errors, said) });
}

/** The undo of an end as a person would type it. */
function byHand(plan: LinkPlan, attempts: Attempts, hosts: ReadonlySet<string>): Warning[] {
  return plan.ends.flatMap((end): Warning[] => {
    const undo = end.undo.filter((u) => attempts.get(end.host)?.has(u.of) === true);
    if (!hosts.has(end.host) || undo.length === 0) return [];
    const commands = undo.flatMap((u) => (u.words === undefined ? [] : [shellText(u.words)]));
    const files = undo.flatMap((u) => (u.file === undefined ? [] : [fileText(u.file)]));
    return [{ code: 'by-hand', host: end.host, text: `What puts ${end.host} right by hand:`, evidence: [...commands, ...files] }];
  });
}

function fileText({ path, block, content }: FileChange): string {
  const what = block === undefined ? path : `the block "${block}" in ${path}`;
  return content === null ? `take away ${what}` : `${what}: as it was before (provision show RUN --verbose has the text)`;
}

const plain = /^[A-Za-z0-9_.:/=@%+,-]+$/;
const shellText = (words: readonly string[]): string => words.map((w) => (plain.test(w) ? w : quoteWord(w))).join(' ');

async function undoingOver(world: World, { link, found }: Planned): Promise<void> {
  for (const until = Date.now() + UNDOING_MS; Date.now() < until; await sleep(ASK_AGAIN_MS)) {
    if (!(await heldOn(world, link, found)).some((h) => h.state === 'undoing')) return;
  }
}

/**
 * Something failed: both ends go back to how they were found, are read again, and only what is seen is reported.
 *
 * @param agreed - How far the commit had come.
 */
export async function afterFailure(
  world: World,
  planned: Planned,
  errors: readonly ProvisionError[],
  attempts: Attempts,
  agreed: Committed['agreed'] = 'no',
): Promise<LinkOutcome> {
  const { link, since, found, plan: before } = planned;
  const alone = onlyMine(found);
  if ([...attempts.values()].every((ids) => ids.size === 0)) {
    return outcome(link, since, 'unchanged', { plan: before, errors: reportsOf(errors, 'Nothing was changed.') });
  }
  try {
    for (const error of errors) if (error.code === 'SSH_LOST' && error.details.host !== undefined) await world.hosts.renew(error.details.host);
    // The host is undoing at this moment: two at the same work would only get in each other's way.
    if (errors.some((e) => e.code === 'GUARD_FIRED')) await undoingOver(world, planned);
    const { left, now } = await stage(world, link, 'undo', () => rollBack(world, before, found, attempts));
    world.options.emit({ type: 'state', link, when: 'after', ends: pairState(now) });
    const warnings = byHand(before, attempts, new Set(left.map((d) => d.host)));
    for (const warning of warnings) world.options.emit({ type: 'warning', link, warning });
    const said =
      left.length === 0
        ? `Rolled back: ${alone === undefined ? 'both ends were read again and are' : `${alone.facts.host} was read again and is`} as before.`
        : `Not all could be taken back: ${left.map((d) => d.text).join('; ')}.`;
    const state = left.length === 0 ? 'rolled-back' : isSplit(standings(world, planned, now)) ? 'split' : 'partly-changed';
    return outcome(link, since, state, { plan: before, errors: reportsOf(errors, said), warnings });
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    const seconds = guardSecondsOf(world, link);
    const back = `goes back by itself within ${seconds} s${agreed === 'no' ? '' : ', or keeps the change where both ends had agreed on it'}`;
    const said = `Not known: the hosts could not be reached to take back what was done (${why}). A host whose guard still stands ${back}.`;
    return outcome(link, since, 'unknown', { plan: before, errors: reportsOf(errors, said) });
  }
}
