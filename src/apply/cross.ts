/**
 * Whether packets cross a tunnel, and whether there is still a way in to its hosts.
 *
 * In: a world, both ends as surveyed. Out: checks for people, and the error where the tunnel carries nothing or a host lets nobody in any more.
 */
import { ProvisionError, ProvisionErrors } from '../errors/error.js';
import type { Check } from '../model/outcome.js';
import type { Surveyed } from '../survey/survey.js';
import { pingChecks, pingError } from '../verify/judge.js';
import { type Counted, countPackets, type PingEvidence, pingAcross, withCounts } from '../verify/ping.js';
import { onlyMine } from './elsewhere.js';
import { both, type Two } from './pair.js';
import type { World } from './world.js';

/** The first echo may be lost to ARP or to a slow route; only then is more patience spent. */
const PATIENT_COUNT = 3;

async function pingBoth(world: World, found: Two<Surveyed>, mtuBytes: number, count: number): Promise<Two<PingEvidence>> {
  return both(found, async ({ facts, playbook, values }) =>
    pingAcross(await world.hosts.shell(facts.host), facts.host, playbook, values, mtuBytes, count),
  );
}

function countBoth(world: World, found: Two<Surveyed>): Promise<Two<Counted | undefined>> {
  return both(found, async ({ facts, playbook, values }) => countPackets(await world.hosts.shell(facts.host), playbook, values));
}

/** Pings again with more patience, and with the counters of both ends read before and after. */
async function pingPatiently(world: World, found: Two<Surveyed>, mtuBytes: number): Promise<Two<PingEvidence>> {
  const before = await countBoth(world, found);
  const evidence = await pingBoth(world, found, mtuBytes, PATIENT_COUNT);
  const after = await countBoth(world, found);
  return [withCounts(evidence[0], before[0], after[0]), withCounts(evidence[1], before[1], after[1])];
}

/** Ping evidence of both ends, or why one of them can't be asked. */
async function pings(world: World, found: Two<Surveyed>, mtuBytes: number): Promise<Two<PingEvidence> | ProvisionError> {
  try {
    const evidence = await pingBoth(world, found, mtuBytes, 1);
    return evidence.some((e) => e.received === 0) ? await pingPatiently(world, found, mtuBytes) : evidence;
  } catch (error) {
    const first = error instanceof ProvisionErrors ? error.errors[0] : error;
    if (first instanceof ProvisionError) return first;
    throw error;
  }
}

export interface Crossing {
  readonly checks: readonly Check[];
  readonly error?: ProvisionError;
}

/** From the one end that is ours. That nobody answers is no error: the other end may not be there yet. */
async function crossFrom(world: World, { facts, playbook, values }: Surveyed, mtuBytes: number): Promise<Crossing> {
  const shell = await world.hosts.shell(facts.host);
  return { checks: pingChecks([await pingAcross(shell, facts.host, playbook, values, mtuBytes, PATIENT_COUNT)]) };
}

/** Pings across from both ends; `fresh`: while they run, a new SSH connection to each host is opened. */
export async function crossPair(world: World, found: Two<Surveyed>, mtuBytes: number, fresh: boolean): Promise<Crossing> {
  const mine = onlyMine(found);
  if (mine !== undefined) return crossFrom(world, mine, mtuBytes);
  const hosts: Two<string> = [found[0].facts.host, found[1].facts.host];
  const confirming: Promise<Crossing> = fresh ? confirmHosts(world, hosts) : Promise.resolve({ checks: [] });
  const evidence = await pings(world, found, mtuBytes);
  const confirmed = await confirming;
  if (evidence instanceof ProvisionError) return { checks: [], error: evidence };
  const checks = [...pingChecks(evidence), ...confirmed.checks];
  const pathAnswers = found.some((f) => f.facts.outerReach?.answered !== false);
  const error = pingError(evidence, pathAnswers) ?? confirmed.error;
  return { checks, ...(error === undefined ? {} : { error }) };
}

/** A new SSH connection to each of these hosts: the way in must stand before the guards go. */
export async function confirmHosts(world: World, hosts: readonly string[]): Promise<Crossing> {
  const confirmed = await Promise.all(hosts.map((h) => confirmHost(world, h)));
  const error = confirmed.find((c) => c.error !== undefined)?.error;
  return { checks: confirmed.flatMap((c) => (c.check === undefined ? [] : [c.check])), ...(error === undefined ? {} : { error }) };
}

async function confirmHost(world: World, host: string): Promise<{ check?: Check; error?: ProvisionError }> {
  try {
    await world.hosts.confirm(host);
    return { check: { id: 'fresh-ssh', host, ok: true, text: `${host}: a new SSH connection was opened` } };
  } catch (cause) {
    // A login that was cut short by Ctrl-C says nothing about the host.
    if (world.options.signal?.aborted === true) return { error: new ProvisionError('INTERRUPTED', 'Stopped by the user.') };
    const why = cause instanceof Error ? cause.message : String(cause);
    const error = new ProvisionError('CONFIRM_FAILED', `After the change no new SSH connection to ${host} could be opened.`, { host, why, cause });
    return { check: { id: 'fresh-ssh', host, ok: false, text: `${host}: no new SSH connection could be opened`, evidence: [why] }, error };
  }
}
