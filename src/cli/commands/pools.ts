/** What of each pool is used and what is left. */
import { clean } from '../../errors/clean.js';
import { overlaps } from '../../inventory/address.js';
import { linkSubnets } from '../../inventory/allocate.js';
import { draftInventory } from '../../inventory/load.js';
import { poolUse } from '../../inventory/pools.js';
import { hostRanges } from '../../inventory/ranges.js';
import type { CommandSpec } from '../spec.js';

const LEGEND = '. free  + used in part  # used';

export const pools: CommandSpec = {
  name: 'pools',
  summary: 'how much of each pool is used, by which links, and which subnet is the next one free',
  quiet: true,
  run: (session) => {
    const drafted = draftInventory(session.inventoryPath);
    const links = [...linkSubnets(drafted)].map(([link, subnet]) => ({ link, subnet }));
    const taken = [...links.map((l) => l.subnet), ...hostRanges(drafted.draft)];
    const all = [...drafted.draft.pools.values()].map((pool) => {
      const own = links.filter((l) => overlaps(pool.value, l.subnet)).sort((a, b) => a.subnet.first - b.subnet.first);
      return {
        name: pool.name,
        range: pool.value.text,
        ...poolUse(pool.value, taken),
        links: own.map(({ link, subnet }) => ({ link, subnet: subnet.text })),
      };
    });
    for (const { name, range, blocks, used, next, map, links: own } of all) {
      const left = next === undefined ? 'full' : `${blocks - used} left, next ${next}`;
      session.say(`${session.paint.bold(clean(name))}  ${range}  ${used} of ${blocks} /30s used, ${left}`);
      session.say(`  [${map}]`);
      for (const { link, subnet } of own) session.say(`  ${subnet.padEnd(18)} ${clean(link)}`);
    }
    session.say(all.length === 0 ? 'The inventory has no pools.' : session.paint.dim(LEGEND));
    return { exit: 0, document: { pools: all } };
  },
};
