/**
 * The end of a link that somebody else sets up: it has a place in the pair, and nothing is known of it but the table.
 *
 * In: our own end as it was surveyed. Out: a stand-in for the other one. It has no steps, no address and no fact, so that everything that works on a pair
 * dials nobody for it, changes nothing there and finds no difference.
 */
import type { Known } from '../model/facts.js';
import { Values } from '../playbook/values.js';
import type { Surveyed } from '../survey/survey.js';

const UNSEEN: Known<never> = { known: false, why: 'this end is set up by its own operator' };

/** @param mine - Lends its playbook, of which nothing is used. */
export function elsewhere(mine: Surveyed, host: string): Surveyed {
  const unread = { system: '', release: '', machine: '', uid: 0, playbook: '' };
  const live = { exists: UNSEEN, up: UNSEEN, mtu: UNSEEN, outer: UNSEEN, inner: UNSEEN, ttl: UNSEEN, settings: {} };
  const facts = { host, ...unread, driver: { state: 'ready', how: '' } as const, live, probes: {}, files: new Map() };
  return { facts, playbook: mine.playbook, addresses: [], others: new Map(), values: Values.NONE, elsewhere: true };
}

/** Our end, where the other one is somebody else's; undefined where both are ours. */
export function onlyMine(found: readonly [Surveyed, Surveyed]): Surveyed | undefined {
  const [a, b] = found;
  if (a.elsewhere === true) return b;
  return b.elsewhere === true ? a : undefined;
}
