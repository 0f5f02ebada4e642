/** Gives links subnets and inner addresses from a pool, and writes them into the inventory. */
import { clean } from '../../errors/clean.js';
import { type Allocation, allocate as allocated } from '../../inventory/allocate.js';
import { draftInventory } from '../../inventory/load.js';
import { replaceText } from '../../inventory/write.js';
import type { CommandSpec } from '../spec.js';

const line = ({ link, pool, subnet, before, ends, file }: Allocation): string => {
  const was = before === undefined ? '' : ` in place of ${clean(before)}`;
  return `${clean(link)}  ${subnet} from ${clean(pool)}${was}: ${ends.map((e) => `${clean(e.host)} ${e.inner}`).join(', ')}  (${clean(file)})`;
};

export const allocate: CommandSpec = {
  name: 'allocate',
  args: [{ usage: '<link...>', text: 'links of the inventory' }],
  summary: 'give links the next free subnet of a pool, and write it into the inventory; comments and layout stay',
  options: [
    { flags: '--pool <name>', text: 'the pool; default: that of the link, else the only one' },
    { flags: '--prefix <length>', text: '30, or 31 where both systems can', choices: ['30', '31'] },
    { flags: '--reassign', text: 'also give another one to a link that shares its subnet with another link' },
    { flags: '-n, --dry-run', text: 'only say what would be written; exit 2 if there is something' },
  ],
  examples: ['provision allocate mostly-wlan --pool consume', 'provision allocate mostly-wlan --reassign --dry-run'],
  quiet: true,
  run: (session, { words, options }) => {
    const drafted = draftInventory(session.inventoryPath);
    const { pool } = options;
    const { allocations, changed } = allocated(drafted, {
      links: words,
      ...(typeof pool === 'string' ? { pool } : {}),
      prefix: options.prefix === '31' ? 31 : 30,
      reassign: options.reassign === true,
    });
    for (const one of allocations) session.say(line(one));
    if (allocations.length === 0) session.say('Nothing to do: each of them has a subnet of its own.');
    const dry = options.dryRun === true;
    const before = new Map(drafted.sources.map(({ file, text }) => [file, text]));
    if (!dry) for (const { file, text } of changed) replaceText(file, before.get(file) ?? '', text);
    return { exit: dry && allocations.length > 0 ? 2 : 0, document: { allocations, written: !dry && allocations.length > 0 } };
  },
};
