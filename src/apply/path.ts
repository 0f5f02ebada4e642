/**
 * Measures the path MTU of a link with `mtu: auto`, where it may decide something.
 *
 * In: both ends as they were surveyed. Out: the same with what each end's way to the other carries. A run that may change something measures always; one that only
 * looks does so where the tunnel stands with less than it would get, because then what was measured when it was made must be told from a change by somebody else.
 */
import type { Known } from '../model/facts.js';
import { overhead } from '../plan/carrier.js';
import { pairMtu } from '../plan/mtu.js';
import type { Surveyed } from '../survey/survey.js';
import { measurePath } from '../verify/path.js';
import { both, endInputs, surveyPair, type Two } from './pair.js';
import { linkOf, type World } from './world.js';

const liveMtu = ({ facts }: Pick<Surveyed, 'facts'>): number | undefined => (facts.live.mtu.known ? (facts.live.mtu.value ?? undefined) : undefined);

/** The size of outer packet that this end sends now is tried before others. */
export function measureEnd(runner: Parameters<typeof measurePath>[0], over: number, { facts, playbook, values }: Surveyed): Promise<Known<number>> {
  const { outerReach: reach } = facts;
  const live = liveMtu({ facts });
  const seen = reach?.full === undefined ? undefined : { ping: reach.ping, full: reach.full };
  return measurePath(runner, playbook, values, live === undefined ? undefined : live + over, seen);
}

/** Looks at both ends, the way between them included. @param reach - Ping and trace the outer addresses too. */
export async function surveyMeasured(world: World, name: string, { reach }: { readonly reach: boolean }): Promise<Two<Surveyed>> {
  return withPath(world, name, await surveyPair(world, name, { reach }));
}

async function withPath(world: World, name: string, found: Two<Surveyed>): Promise<Two<Surveyed>> {
  const link = linkOf(world.options.inventory, name);
  if (link.mtu !== 'auto' || found.some((f) => f.facts.pathMtu !== undefined)) return found;
  const asked = found.some((f) => f.facts.outerReach?.full !== undefined);
  const most = pairMtu(endInputs(world, name, found), 'link').bytes;
  if (!asked && !found.some((f) => (liveMtu(f) ?? most) < most)) return found;
  return both(found, async (end) => {
    if (end.elsewhere === true) return end;
    const pathMtu = await measureEnd(await world.hosts.shell(end.facts.host), overhead(link), end);
    return { ...end, facts: { ...end.facts, pathMtu } };
  });
}
