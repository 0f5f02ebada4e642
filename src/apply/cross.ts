/**
 * Whether packets cross a tunnel, and whether there is still a way in to its hosts.
 *
 * In: a world, both ends as surveyed. Out: checks for people, and the error where the tunnel carries nothing or a host lets nobody in any more.
 */
import { firstError, ProvisionError } from '../errors/error.js';
import type { Check } from '../model/outcome.js';
import type { Warning } from '../model/plan.js';
import { wantedProtocols } from '../playbook/compose.js';
import type { Surveyed } from '../survey/survey.js';
import { pingChecks, pingError, sizeWarnings, ttlWarnings } from '../verify/judge.js';
import { type Counted, countPackets, type PingEvidence, pingAcross, whileCounting } from '../verify/ping.js';
import { withLargest } from '../verify/size.js';
import { onlyMine } from './elsewhere.js';
import { both, type Two } from './pair.js';
import { linkOf, type World } from './world.js';

/** The first echo may be lost to ARP or to a slow route; only then is more patience spent. */
const PATIENT_COUNT = 3;

async function pingBoth(world: World, found: Two<Surveyed>, mtuBytes: number, count: number, hop: boolean): Promise<Two<PingEvidence>> {
  return both(found, async ({ facts, playbook, values }) =>
    pingAcross(await world.hosts.shell(facts.host), facts.host, playbook, values, mtuBytes, count, hop),
  );
}

function countBoth(world: World, found: Two<Surveyed>): Promise<Two<Counted | undefined>> {
  return both(found, async ({ facts, playbook, values }) => countPackets(await world.hosts.shell(facts.host), playbook, values));
}

/** Pings again with more patience, and with the counters of both ends read before and after. */
function pingPatiently(world: World, found: Two<Surveyed>, mtuBytes: number, hop: boolean): Promise<Two<PingEvidence>> {
  return whileCounting(
    () => countBoth(world, found),
    () => pingBoth(world, found, mtuBytes, PATIENT_COUNT, hop),
  );
}

/** Ping evidence of both ends, or why one of them can't be asked. */
async function pings(world: World, found: Two<Surveyed>, mtuBytes: number, hop: boolean): Promise<Two<PingEvidence> | ProvisionError> {
  try {
    const evidence = await pingBoth(world, found, mtuBytes, 1, hop);
    return evidence.some((e) => e.received === 0) ? await pingPatiently(world, found, mtuBytes, hop) : evidence;
  } catch (error) {
    return firstError(error);
  }
}

export interface Crossing {
  readonly checks: readonly Check[];
  readonly warnings?: readonly Warning[];
  readonly error?: ProvisionError;
}

/** With the size that does cross, of the ends from which full packets do not. */
function measured(world: World, found: Two<Surveyed>, evidence: Two<PingEvidence>): Promise<Two<PingEvidence>> {
  return both(found, async ({ facts, playbook, values }, i) => withLargest(await world.hosts.shell(facts.host), playbook, values, evidence[i]));
}

/** A routing protocol is to run over the link. */
const hasRouting = ({ options }: World, { values }: Surveyed): boolean =>
  wantedProtocols(linkOf(options.inventory, values.get('link') ?? '')).length > 0;

/** From the one end that is ours. That nobody answers is no error: the other end may not be there yet. */
async function crossFrom(world: World, { facts, playbook, values }: Surveyed, mtuBytes: number): Promise<Crossing> {
  const shell = await world.hosts.shell(facts.host);
  const evidence = [await pingAcross(shell, facts.host, playbook, values, mtuBytes, PATIENT_COUNT, false)];
  return { checks: pingChecks(evidence), warnings: sizeWarnings(evidence) };
}

/**
 * Pings across from both ends; `fresh`: while they run, a new SSH connection to each host is opened.
 *
 * @param search - Nothing is waiting for the answer: where full packets do not cross, look for the largest that does.
 */
export async function crossPair(world: World, found: Two<Surveyed>, mtuBytes: number, fresh: boolean, search = false): Promise<Crossing> {
  const mine = onlyMine(found);
  if (mine !== undefined) return crossFrom(world, mine, mtuBytes);
  const hosts: Two<string> = [found[0].facts.host, found[1].facts.host];
  const confirming: Promise<Crossing> = fresh ? confirmHosts(world, hosts) : Promise.resolve({ checks: [] });
  const routing = hasRouting(world, found[0]);
  // Told only where a routing protocol runs over the link, or where somebody asks how the link is.
  const answered = await pings(world, found, mtuBytes, routing || search);
  const confirmed = await confirming;
  if (answered instanceof ProvisionError) return { checks: [], error: answered };
  const evidence = search ? await measured(world, found, answered) : answered;
  const checks = [...pingChecks(evidence, routing), ...confirmed.checks];
  // A run that changes something has told what is known of the driver in its plan.
  const warnings = [...sizeWarnings(evidence), ...(search ? ttlWarnings(evidence) : [])];
  const pathAnswers = found.some((f) => f.facts.outerReach?.answered !== false);
  const error = pingError(evidence, pathAnswers) ?? confirmed.error;
  return { checks, warnings, ...(error === undefined ? {} : { error }) };
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
