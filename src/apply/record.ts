/**
 * Records what planning asks of one host, so that plans can be made without it (docs/ci.md).
 *
 * In: a world and a host. Out: every question of every link that the host is an end of, with its answer. Reads only.
 */
import ipaddr from 'ipaddr.js';
import type { Link } from '../model/inventory.js';
import type { Recording } from '../model/recording.js';
import { overhead } from '../plan/carrier.js';
import { identify } from '../survey/identify.js';
import { recorder } from '../survey/recording.js';
import { survey } from '../survey/survey.js';
import { announcedAt } from './announced.js';
import { measureEnd } from './path.js';
import { hostOf, pairOf, type World } from './world.js';

/** The address that SSH goes to, if it lies inside one of these tunnels; of other addresses a plan needs nothing, and a file in git should not tell them. */
function insideTunnel(address: string | undefined, links: readonly Link[]): string | undefined {
  if (address === undefined || !ipaddr.IPv4.isValidFourPartDecimal(address)) return undefined;
  const parsed = ipaddr.IPv4.parse(address);
  return links.some((l) => parsed.match(ipaddr.IPv4.parseCIDR(l.subnet))) ? address : undefined;
}

/** @param now - For the time that the recording bears. */
export async function recordHost(world: World, name: string, now: () => Date, kind: string | undefined): Promise<Recording> {
  const { inventory, playbooks } = world.options;
  const host = hostOf(inventory, name);
  const links = [...inventory.links.values()].filter((l) => l.ends.some((e) => e.host === name));
  const { runner, answers } = recorder(await world.hosts.shell(name));
  await identify(runner, name);
  for (const link of links) {
    const end = pairOf(inventory, link).find((e) => e.host === name);
    if (end === undefined) continue;
    const found = await survey(runner, { end, link, host, reach: true }, playbooks);
    if (link.mtu === 'auto') await measureEnd(runner, overhead(link), found);
    await announcedAt(runner, inventory, { end, link, host, ...found });
  }
  const present = host.address?.kind === 'dynamic' ? host.address.present : undefined;
  const sshAddress = insideTunnel(world.dialled(name), links);
  return {
    host: name,
    // Whole seconds: more would be noise in a diff.
    recorded: now()
      .toISOString()
      .replace(/\.\d+Z$/, 'Z'),
    ...(kind === undefined ? {} : { simulated: kind }),
    ...(present === undefined ? {} : { address: present }),
    ...(sshAddress === undefined ? {} : { sshAddress }),
    answers: answers(),
  };
}
