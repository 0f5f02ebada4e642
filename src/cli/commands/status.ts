import { renderStatus } from '../../report/outcome.js';
import { END, onlyOf } from '../ends.js';
import { DNS, doneWith, prepare, saySimulated } from '../links.js';
import type { CommandSpec } from '../spec.js';

export const status: CommandSpec = {
  name: 'status',
  args: [{ usage: '[link...]', text: 'links of the inventory; all if none is named' }],
  summary: 'one line per link; exit 2 where something differs',
  failed: { links: [] },
  options: [DNS, END],
  run: async (session, { words, options }) => {
    const { inventory, links, pipeline } = await prepare(session, words);
    const more = { lastRuns: session.lastRuns(links), dns: options.dns === true, ...onlyOf(inventory, links, options) };
    const result = await pipeline.verify(await session.runOptions(inventory, links, more));
    await session.progress.pause();
    if (result.outcomes.length > 0) session.say(renderStatus(result.outcomes, session.paint));
    saySimulated(session);
    return doneWith(session, result);
  },
};
