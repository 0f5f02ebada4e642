/**
 * Waits until the other end of a link answers, where somebody else sets that end up.
 *
 * In: a world, our end as planned and done. Out: the outcome with what the pings showed. Our end is committed by then and stays, answer or not: its proof was
 * its own live state and a new SSH connection, and what the other operator does is not ours to undo for.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { ProvisionError } from '../errors/error.js';
import type { LinkOutcome } from '../model/outcome.js';
import type { Surveyed } from '../survey/survey.js';
import { pingChecks, sizeWarnings } from '../verify/judge.js';
import { type PingEvidence, pingAcross } from '../verify/ping.js';
import { onlyMine } from './elsewhere.js';
import { type Planned, stage } from './pair.js';
import type { World } from './world.js';

/** Between two tries. */
export const PAUSE_MS = 1000;
/** How long it is said nothing after the first word, and at most between two words after that. */
const FIRST_WORD_MS = 10_000;
const MOST_SILENCE_MS = 60_000;

/** PAUSE_MS, or less where Ctrl-C is pressed. */
export async function pause(signal: AbortSignal | undefined): Promise<void> {
  await sleep(PAUSE_MS, undefined, signal === undefined ? {} : { signal }).catch(() => undefined);
}

/** What the pings from our end showed; undefined where our host could not be asked this time. */
export async function pingFromHere(world: World, mine: Surveyed, mtuBytes: number, count = 1): Promise<PingEvidence | undefined> {
  const { facts, playbook, values } = mine;
  try {
    return await pingAcross(await world.hosts.shell(facts.host), facts.host, playbook, values, mtuBytes, count, false);
  } catch (error) {
    if (!(error instanceof ProvisionError)) throw error;
    await world.hosts.renew(facts.host).catch(() => undefined);
    return undefined;
  }
}

interface Waited {
  readonly evidence: PingEvidence | undefined;
  readonly pings: number;
}

/** Pings until one is answered, the time is over or Ctrl-C is pressed. One ping is always sent. */
async function poll(world: World, mine: Surveyed, { link, plan }: Planned, say: (text: string) => void): Promise<Waited> {
  const { waitMs = 0, signal } = world.options;
  const since = Date.now();
  let silence = FIRST_WORD_MS;
  let next = since + silence;
  for (let pings = 1; ; pings += 1) {
    const evidence = await pingFromHere(world, mine, plan.mtu.bytes);
    const now = Date.now();
    if ((evidence?.received ?? 0) > 0 || now - since + PAUSE_MS > waitMs || signal?.aborted === true) return { evidence, pings };
    if (pings === 1) say(`waiting for the other end… (a ping each second, for ${Math.round(waitMs / 1000)} s at most; Ctrl-C ends only the waiting)`);
    else if (now >= next) {
      say(`still waiting for the other end of ${link}: ${pings} pings in ${Math.round((now - since) / 1000)} s, none answered`);
      silence = Math.min(silence * 2, MOST_SILENCE_MS);
      next = now + silence;
    }
    await pause(signal);
  }
}

/** @param made - What came of our end. It is handed back as it is where both ends are ours, or where there is nothing to wait for. */
export async function awaitPeer(world: World, planned: Planned, made: LinkOutcome): Promise<LinkOutcome> {
  const mine = onlyMine(planned.found);
  const { link, plan } = planned;
  if (mine === undefined || plan.goal !== 'link' || made.state !== 'as-wanted') return made;
  const { host } = mine.facts;
  const { emit } = world.options;
  const say = (text: string): void => emit({ type: 'stage', link, stage: 'wait', state: 'start', host, text });
  const { evidence, pings } = await stage(world, link, 'verify', () => poll(world, mine, planned, say));
  const ms = Date.now() - planned.since;
  if (evidence !== undefined && evidence.received > 0) {
    const checks = pingChecks([evidence]);
    for (const check of checks) emit({ type: 'check', link, check });
    const warnings = sizeWarnings([evidence]);
    for (const warning of warnings) emit({ type: 'warning', link, warning });
    return { ...made, checks: [...made.checks, ...checks], warnings: [...made.warnings, ...warnings], ms };
  }
  const peer = plan.ends.find((e) => e.elsewhere === true)?.host ?? 'The other end';
  const warning = {
    code: 'peer-silent',
    host,
    text: `${peer} did not answer through the tunnel (${pings} ${pings === 1 ? 'ping' : 'pings'}). ${host} is set up and stays so.`,
    ...(evidence === undefined ? {} : { evidence: evidence.lines }),
    next: `When its operator has set it up, see with: provision verify ${link} --end ${host}`,
  };
  emit({ type: 'warning', link, warning });
  return { ...made, state: 'waiting', warnings: [...made.warnings, warning], ms };
}
