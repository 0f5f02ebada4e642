import { END, onlyOf } from '../ends.js';
import { DNS, doneWith, prepare, sayOutcomes, saySimulated } from '../links.js';
import type { CommandSpec } from '../spec.js';

export const verify: CommandSpec = {
  name: 'verify',
  args: [{ usage: '[link...]', text: 'links of the inventory; all if none is named' }],
  summary: 'is it true now? ping both ways, MTU, boot files; exit 2 where something differs',
  failed: { links: [] },
  options: [DNS, END],
  run: async (session, { words, options }) => {
    const { inventory, links, pipeline } = await prepare(session, words);
    const more = { lastRuns: session.lastRuns(links), dns: options.dns === true, ...onlyOf(inventory, links, options) };
    const result = await pipeline.verify(session.runOptions(inventory, links, more));
    await session.progress.pause();
    sayOutcomes(session, result.outcomes);
    saySimulated(session);
    return doneWith(session, result);
  },
};
