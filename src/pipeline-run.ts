/**
 * What every run over links has in common: its options, the simulated hosts around it, each link by itself, one yes for all of them.
 *
 * In: options, what is to be done with a link. Out: one outcome per link and the exit status. Before the person has said yes nothing is changed.
 */
import pLimit from 'p-limit';
import { verifyOne } from './apply/look.js';
import { exitOf, fail, outcome } from './apply/outcome.js';
import type { Planned } from './apply/pair.js';
import { Turns } from './apply/turns.js';
import { linkOf, type World, type RunOptions as WorldOptions, withWorld } from './apply/world.js';
import { ProvisionError } from './errors/error.js';
import type { LinkOutcome } from './model/outcome.js';
import { inTurn } from './pipeline-link.js';
import { refusesOneWay } from './plan/one-way.js';
import { stepCount } from './plan/pair.js';
import { type AttachedTwin, attachTwin, twinSpecs } from './twin/attach.js';

/** The options of a run; `running`: simulated hosts that stand already and outlive the run. */
export interface RunOptions extends WorldOptions {
  readonly running?: AttachedTwin;
}

export interface RunResult {
  readonly outcomes: readonly LinkOutcome[];
  readonly exitCode: number;
}

export async function withTwin<T>(options: RunOptions, work: (world: World, twin: AttachedTwin | undefined) => Promise<T>): Promise<T> {
  const specs = twinSpecs(options.inventory, options.links, options.twin ?? 'auto', options.hosts).filter(
    (s) => options.recorded?.has(s.name) !== true,
  );
  const attached = options.running ?? (await attachTwin(specs));
  const simulated = attached === undefined ? undefined : { kinds: attached.kinds, endpoints: attached.twin.endpoints, keyFile: attached.keyFile };
  try {
    return await withWorld(options, simulated, (world) => work(world, attached));
  } finally {
    if (options.running === undefined) await attached?.close();
  }
}

/** Says goodbye to hosts as their last links end: thousands that are through need neither memory here nor a shell there. */
function goodbyes({ hosts, options: { inventory } }: World, links: readonly string[]): (link: string) => Promise<void> {
  const endsOf = (link: string): readonly string[] => linkOf(inventory, link).ends.map((end) => end.host);
  const left = new Map<string, number>();
  for (const host of links.flatMap(endsOf)) left.set(host, (left.get(host) ?? 0) + 1);
  return async (link) => {
    for (const host of endsOf(link)) left.set(host, (left.get(host) ?? 0) - 1);
    const through = endsOf(link).filter((host) => left.get(host) === 0);
    await Promise.all(through.map((host) => hosts.leave(host)));
  };
}

/** Each link by itself: one that fails does not decide for the others. No host is needed any more once its last link has ended. */
export async function eachLink(world: World, { links }: RunOptions, work: (link: string, since: number) => Promise<LinkOutcome>): Promise<RunResult> {
  const { concurrency, emit } = world.options;
  const limit = pLimit(concurrency);
  const leave = goodbyes(world, links);
  const outcomes = await Promise.all(
    links.map((link) =>
      limit(async () => {
        const since = Date.now();
        const made = await work(link, since).catch((error: unknown) => fail(link, since, error, 'unchanged'));
        for (const error of made.errors) emit({ type: 'error', link, error });
        emit({ type: 'outcome', outcome: made });
        await leave(link);
        return made;
      }),
    ),
  );
  return { outcomes, exitCode: exitOf(outcomes) };
}

/** Is it true now? Live state, boot files, pings both ways, full-size packets. Changes nothing. */
export function verify(options: RunOptions): Promise<RunResult> {
  return withTwin(options, (world) => eachLink(world, options, (name, since) => verifyOne(world, name, since)));
}

/** Looks and plans, asks, and does what was agreed to. */
export async function change(world: World, options: RunOptions, planFor: (link: string) => Promise<Planned>): Promise<RunResult> {
  const limit = pLimit(options.concurrency);
  const undoable = (made: Planned): Planned | LinkOutcome => {
    const error = refusesOneWay(made.plan, options.oneWay);
    return error === undefined ? made : fail(made.link, made.since, error, 'unchanged', made.plan);
  };
  const planned = await Promise.all(
    options.links.map((link) =>
      limit(() =>
        planFor(link)
          .then(undoable)
          .catch((error: unknown): LinkOutcome => fail(link, Date.now(), error, 'unchanged')),
      ),
    ),
  );
  const pending = planned.filter((p): p is Planned => 'found' in p && stepCount(p.plan) > 0);
  const agreed = pending.length === 0 || ((await options.confirm?.(pending.map((p) => p.plan))) ?? false);
  const made = new Map(planned.map((p) => [p.link, p]));
  const turns = new Turns();
  return eachLink(world, options, async (link) => {
    const one = made.get(link);
    // What was read of its hosts is needed no longer than the link is at work.
    made.delete(link);
    if (one === undefined || !('found' in one)) return one ?? fail(link, Date.now(), new Error('no plan'), 'unchanged');
    if (stepCount(one.plan) > 0 && !agreed) return outcome(link, one.since, 'changes-pending', { plan: one.plan });
    return inTurn(world, turns, one).catch((error: unknown) => {
      const early = error instanceof ProvisionError && error.code === 'INTERRUPTED';
      return fail(link, one.since, error, early ? 'unchanged' : 'unknown', one.plan);
    });
  });
}
