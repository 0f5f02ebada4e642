/**
 * Waits until the routing daemons of both ends have become neighbours over a link, and sees to it that nobody else has lost one.
 *
 * In: a world, both ends as they were surveyed. Out: checks for people and, where the time is over, the error. What is waited for is bounded: by the timers of the
 * protocol, and the guards of the hosts are given that much longer.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { firstError, type ProvisionError } from '../errors/error.js';
import type { Link } from '../model/inventory.js';
import { timersOf } from '../playbook/compose.js';
import type { Surveyed } from '../survey/survey.js';
import {
  isUp,
  lostNeighbours,
  type NeighbourEvidence,
  neighbourChecks,
  neighbourError,
  neighboursBefore,
  readNeighbours,
  wantedOf,
} from '../verify/neighbour.js';
import type { Crossing } from './cross.js';
import { both, type Two } from './pair.js';
import { linkOf, type World } from './world.js';

const ASK_AGAIN_MS = 1000;
/** Two hellos until each has seen the other, then the exchange, one retransmission (5 s) allowed for. */
const HELLOS_NEEDED = 2;
const EXCHANGE_SECONDS = 5;
/** An end that tried before the other was there tries again after 5 s (BIRD) to 60 s; the other's own try comes first. */
const BGP_SECONDS = 60;

/** Seconds that neighbours are given; 0 where the link asks for no routing. An end that remembers an old neighbour has to lose that one first (dead). */
export function neighbourSeconds({ ospf, bgp }: Link): number {
  const timers = ospf === undefined ? undefined : timersOf(ospf);
  const wait = timers === undefined ? 0 : timers.dead + timers.hello * HELLOS_NEEDED + EXCHANGE_SECONDS;
  return Math.max(wait, bgp === undefined ? 0 : BGP_SECONDS);
}

/** Neighbours are waited for under the guard, so it is given that time as well. */
export const guardSecondsOf = ({ options }: Pick<World, 'options'>, link: string): number =>
  options.guardSeconds + neighbourSeconds(linkOf(options.inventory, link));

const hasDaemons = (found: Two<Surveyed>): boolean => found.some((f) => f.elsewhere !== true && (f.playbook.daemons?.chosen.length ?? 0) > 0);

/** Neighbours of both ends as they are now; none of an end that is somebody else's or of a daemon that can't be asked. */
async function neighboursNow(world: World, found: Two<Surveyed>): Promise<NeighbourEvidence[]> {
  const read = await both(found, async ({ facts, playbook, values, elsewhere }) =>
    elsewhere === true ? [] : readNeighbours(await world.hosts.shell(facts.host), facts.host, playbook, values),
  );
  return read.flat();
}

const before = (found: Two<Surveyed>): NeighbourEvidence[] =>
  found.flatMap(({ facts, playbook, values }) => neighboursBefore(facts.host, playbook, values, facts.probes));

/** Where the other end is not ours there is nobody to become a neighbour yet. */
const wantsOwn = (found: Two<Surveyed>): boolean => found.every((f) => f.elsewhere !== true);

/** Asks until `done` or the time is over. */
async function poll(
  world: World,
  found: Two<Surveyed>,
  seconds: number,
  done: (now: readonly NeighbourEvidence[]) => boolean,
): Promise<NeighbourEvidence[]> {
  const until = Date.now() + seconds * 1000;
  for (;;) {
    const now = await neighboursNow(world, found);
    if (done(now) || Date.now() + ASK_AGAIN_MS > until || world.options.signal?.aborted === true) return now;
    await sleep(ASK_AGAIN_MS);
  }
}

const asCrossing = (error: unknown): Crossing => ({ checks: [], error: firstError(error) });

/** The neighbours of a link that was just set up. The two ends know each other, and whoever was a neighbour before still is. */
export async function meetNeighbours(world: World, link: string, found: Two<Surveyed>): Promise<Crossing> {
  if (!hasDaemons(found)) return { checks: [] };
  const seconds = neighbourSeconds(linkOf(world.options.inventory, link));
  const was = before(found);
  const own = wantsOwn(found);
  try {
    const now = await poll(world, found, seconds, (n) => (!own || wantedOf(n).every(isUp)) && lostNeighbours(was, n) === undefined);
    const error = lostNeighbours(was, now) ?? (own ? neighbourError(link, now, seconds) : undefined);
    return { checks: own ? neighbourChecks(now) : [], ...(error === undefined ? {} : { error }) };
  } catch (error) {
    return asCrossing(error);
  }
}

/** A link that was taken away: whoever else was a neighbour still is. */
export async function keepNeighbours(world: World, link: string, found: Two<Surveyed>): Promise<ProvisionError | undefined> {
  if (!hasDaemons(found)) return undefined;
  const was = before(found);
  const seconds = neighbourSeconds(linkOf(world.options.inventory, link));
  const now = await poll(world, found, seconds, (n) => lostNeighbours(was, n) === undefined).catch(asCrossing);
  return 'checks' in now ? now.error : lostNeighbours(was, now);
}

/** How they are at this moment. */
export async function seeNeighbours(world: World, found: Two<Surveyed>): Promise<Crossing> {
  if (!hasDaemons(found)) return { checks: [] };
  try {
    return { checks: neighbourChecks(await neighboursNow(world, found)) };
  } catch (error) {
    return asCrossing(error);
  }
}
