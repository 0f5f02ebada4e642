import { factsDocument, renderFacts } from '../../report/facts.js';
import { hostNamed } from '../session.js';
import type { CommandSpec } from '../spec.js';

export const facts: CommandSpec = {
  name: 'facts',
  args: [{ usage: '<host>', text: 'a host of the inventory' }],
  summary: 'what a survey of one host finds; --verbose shows every question and answer',
  run: async (session, { words }) => {
    const inventory = session.loadInventory();
    const host = hostNamed(inventory, words[0] ?? '');
    const links = [...inventory.links.values()].filter((l) => l.ends.some((e) => e.host === host)).map((l) => l.name);
    const pipeline = await session.io.pipeline();
    const found = await pipeline.facts({ ...session.runOptions(inventory, links), host });
    await session.progress.pause();
    session.say(found.map((f) => renderFacts(f, session.paint, session.options.verbose)).join('\n\n'));
    return { exit: 0, document: { host, facts: found.map(factsDocument) } };
  },
};
