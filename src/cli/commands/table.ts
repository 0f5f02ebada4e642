import type { Inventory, Link, LinkEnd } from '../../model/inventory.js';
import { endTable, renderTable } from '../../report/table.js';
import { endNamed } from '../ends.js';
import { linksNamed } from '../session.js';
import type { CommandSpec } from '../spec.js';

/** The ends to show: both, or the one of the host named. @throws NAME_UNKNOWN where the link has no end there. */
function endsToShow(inventory: Inventory, link: Link, host: unknown): readonly LinkEnd[] {
  if (typeof host !== 'string') return link.ends;
  const name = endNamed(inventory, link, host);
  return link.ends.filter((e) => e.host === name);
}

export const table: CommandSpec = {
  name: 'table',
  args: [{ usage: '<link>', text: 'a link of the inventory' }],
  summary: 'the table that both administrators agree on: my end, the other end',
  options: [{ flags: '--end <host>', text: 'only as this host sees it; "mine" where the inventory tells which that is' }],
  quiet: true,
  run: (session, { words, options }) => {
    const inventory = session.loadInventory();
    const [name] = linksNamed(inventory, words);
    const link = name === undefined ? undefined : inventory.links.get(name);
    const tables = link === undefined ? [] : endsToShow(inventory, link, options.end).map((end) => endTable(inventory, link, end));
    session.say(tables.map((t) => renderTable(t, session.paint)).join('\n\n'));
    return { exit: 0, document: { tables } };
  },
};
