/**
 * What the commands call. Each is a run over links: look and plan, ask once for all of them, then each link by the stages of pipeline-link.ts.
 *
 * In: options of a run. Out: one outcome per link and the exit status. Before the person has said yes nothing is changed.
 */
import pLimit from 'p-limit';
import { exitOf, outcome } from './apply/outcome.js';
import { planPair, surveyPair } from './apply/pair.js';
import { recordHost } from './apply/record.js';
import { type Held, heldOn, release } from './apply/unlock.js';
import { hostOf, linkOf, pairOf } from './apply/world.js';
import type { Facts } from './model/facts.js';
import type { Check, LinkOutcome } from './model/outcome.js';
import type { PastRun } from './model/past.js';
import type { LinkPlan } from './model/plan.js';
import type { Recording } from './model/recording.js';
import type { Adopted, AdoptRequest } from './pipeline-adopt.js';
import { planOne, planRollback } from './pipeline-link.js';
import { change, eachLink, type RunOptions, type RunResult, verify, withTwin } from './pipeline-run.js';
import type { UpdaterDone, UpdaterOptions } from './pipeline-updater.js';
import { stepCount } from './plan/pair.js';
import { type Identity, identify } from './survey/identify.js';
import { survey } from './survey/survey.js';
import { attachTwin, twinSpecs } from './twin/attach.js';

export type { DiagnoseResult } from './pipeline-diagnose.js';
export type { RebootOptions } from './pipeline-reboot.js';
export { type RunOptions, type RunResult, verify } from './pipeline-run.js';

type Diagnose = typeof import('./pipeline-diagnose.js')['diagnose'];
type RebootProof = typeof import('./pipeline-reboot.js')['rebootProof'];

/** What only a few commands need is loaded by them. */
export const diagnose: Diagnose = async (...given) => (await import('./pipeline-diagnose.js')).diagnose(...given);
export const rebootProof: RebootProof = async (...given) => (await import('./pipeline-reboot.js')).rebootProof(...given);

export interface Unlocked {
  /** Every end that was held. */
  readonly held: readonly Held[];
  /** Somebody said yes. */
  readonly agreed: boolean;
}

/** Survey and plan of every link, changing nothing. */
export function plan(options: RunOptions): Promise<RunResult> {
  return withTwin(options, (world) =>
    eachLink(world, options, async (link, since) => {
      const made = await planOne(world, link, 'link');
      return outcome(link, since, stepCount(made.plan) === 0 ? 'as-wanted' : 'changes-pending', { plan: made.plan });
    }),
  );
}

/** Makes it so: survey, plan, ask, apply, ping across, boot files, read again. */
export function link(options: RunOptions): Promise<RunResult> {
  return withTwin(options, (world) => change(world, options, (name) => planOne(world, name, 'link')));
}

/** Takes the links down on both ends, boot files too. */
export function unlink(options: RunOptions): Promise<RunResult> {
  return withTwin(options, (world) => change(world, options, (name) => planOne(world, name, 'unlink')));
}

/** Goes back to before a run that is over. */
export function rollback(options: RunOptions & { readonly past: PastRun }): Promise<RunResult> {
  const { past } = options;
  // A run on one end is taken back on that end.
  const [mine, other] = past.plan.ends.filter((e) => e.elsewhere !== true);
  const only = mine !== undefined && other === undefined ? { only: new Map([[past.plan.link, mine.host]]) } : {};
  return withTwin({ ...options, ...only, links: [past.plan.link] }, (world) => change(world, world.options, () => planRollback(world, past)));
}

/** Who holds these links on their hosts; after a yes their guards do at once what they would do when their time is over. */
export function unlock(options: RunOptions & { readonly agree: (held: readonly Held[]) => Promise<boolean> }): Promise<Unlocked> {
  return withTwin(options, async (world) => {
    const held = (await Promise.all(options.links.map(async (name) => heldOn(world, name, await surveyPair(world, name, { reach: false }))))).flat();
    const agreed = held.length > 0 && (await options.agree(held));
    return { held: agreed ? await Promise.all(held.map((one) => release(world, one))) : held, agreed };
  });
}

/** Puts the updater of one link on its hosts, or takes it away. */
export function updater(options: RunOptions & { readonly updater: UpdaterOptions }): Promise<readonly UpdaterDone[]> {
  return withTwin(options, async (world) => (await import('./pipeline-updater.js')).updaterOne(world, options.links[0] ?? '', options.updater));
}

/** What system a host is, by logging in once. Changes nothing. @throws ProvisionError why it cannot be told. */
export function identifyHost(options: RunOptions & { readonly host: string }): Promise<Identity> {
  return withTwin(options, async (world) => identify(await world.hosts.shell(options.host), options.host));
}

/** The whole run against simulated hosts: link, a second run that must be empty, a reboot of both ends, and everything must still be there. */
export async function rehearse(options: RunOptions): Promise<RunResult> {
  const attached = await attachTwin(twinSpecs(options.inventory, options.links, 'all'));
  if (attached === undefined) return { outcomes: [], exitCode: 0 };
  const loud: RunOptions = { ...options, running: attached };
  const quiet: RunOptions = { ...loud, emit: (e) => (e.type === 'command' ? options.emit(e) : undefined) };
  try {
    const first = await link(loud);
    if (first.exitCode !== 0) return first;
    const second = await verify(quiet);
    for (const host of attached.twin.hosts.values()) host.reboot();
    const third = await verify(quiet);
    const outcomes = first.outcomes.map((made) => rehearsed(options, made, second, third));
    return { outcomes, exitCode: exitOf(outcomes) };
  } finally {
    await attached.close();
  }
}

function rehearsed(options: RunOptions, made: LinkOutcome, second: RunResult, third: RunResult): LinkOutcome {
  const look = (result: RunResult, id: string, good: string, bad: string): Check => {
    const found = result.outcomes.find((o) => o.link === made.link);
    const ok = found?.state === 'as-wanted';
    const evidence = found === undefined ? [] : [...found.checks.filter((c) => !c.ok).map((c) => c.text), ...found.errors.map((e) => e.message)];
    return { id, host: made.link, ok, text: ok ? good : bad, ...(ok ? {} : { evidence }) };
  };
  const more = [
    look(second, 'second-run', 'a second run has no step', 'a second run would change something again'),
    look(third, 'reboot', 'after a reboot of both ends the tunnel is back by itself', 'after a reboot of both ends the tunnel is not as wanted'),
  ];
  for (const check of more) options.emit({ type: 'check', link: made.link, check });
  return { ...made, state: more.every((c) => c.ok) ? made.state : 'differs', checks: [...made.checks, ...more] };
}

/** What a survey of one host finds, once for each link it is an end of. */
export async function facts(options: RunOptions & { readonly host: string }): Promise<readonly Facts[]> {
  const { inventory, host, links } = options;
  return withTwin(options, async (world) => {
    const found: Facts[] = [];
    for (const name of links) {
      const made = linkOf(inventory, name);
      const end = pairOf(inventory, made).find((e) => e.host === host);
      if (end !== undefined)
        found.push(
          (await survey(await world.hosts.shell(host), { end, link: made, host: hostOf(inventory, host), reach: false }, options.playbooks)).facts,
        );
    }
    return found;
  });
}

/** Both ends of a link that is not set up yet as they stand, and a plan of it, made where it is asked for. Changes nothing. */
export function proposed(options: RunOptions): Promise<{ readonly facts: readonly Facts[]; readonly plan: () => LinkPlan }> {
  const [name = ''] = options.links;
  return withTwin(options, async (world) => {
    const found = await surveyPair(world, name, { reach: false });
    // Of an end that is another operator's nothing was read.
    const read = found.filter((end) => end.elsewhere !== true);
    return { facts: read.map((end) => end.facts), plan: () => planPair(world, name, found, 'link') };
  });
}

/** What planning asks of these hosts, with their answers. Changes nothing. */
export function record(options: RunOptions & { readonly hosts: readonly string[] }): Promise<readonly Recording[]> {
  const limit = pLimit(options.concurrency);
  return withTwin(options, (world, twin) =>
    Promise.all(options.hosts.map((host) => limit(() => recordHost(world, host, () => new Date(), twin?.kinds.get(host))))),
  );
}

/** A tunnel that was made by hand, as a link of the inventory. Reads the hosts and changes nothing. */
export function adopt(options: RunOptions & { readonly adopt: AdoptRequest }): Promise<Adopted> {
  return withTwin({ ...options, hosts: [...options.inventory.hosts.keys()] }, async (world) =>
    (await import('./pipeline-adopt.js')).adoptOne(world, options.adopt),
  );
}

export interface RunningTwin {
  readonly endpoints: readonly {
    readonly host: string;
    readonly system: string;
    readonly address: string;
    readonly port: number;
    readonly hostKey: string;
    readonly keyFile: string;
    readonly knownHostsFile: string;
  }[];
  close(): Promise<void>;
}

/** Leaves the simulated hosts of the inventory listening on loopback. */
export async function twinUp(options: RunOptions): Promise<RunningTwin> {
  const attached = await attachTwin(twinSpecs(options.inventory, options.links, 'all'));
  if (attached === undefined) return { endpoints: [], close: () => Promise.resolve() };
  const endpoints = [...attached.twin.endpoints].map(([host, e]) => ({
    host,
    system: attached.kinds.get(host) ?? '',
    address: e.address,
    port: e.port,
    hostKey: e.hostKey,
    keyFile: attached.keyFile,
    knownHostsFile: attached.knownHostsFile,
  }));
  return { endpoints, close: () => attached.close() };
}
