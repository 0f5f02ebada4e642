import { clean } from '../../errors/clean.js';
import { ProvisionError } from '../../errors/error.js';
import type { Facts } from '../../model/facts.js';
import type { Inventory } from '../../model/inventory.js';
import { factsDocument, renderFacts } from '../../report/facts.js';
import { pathFrom } from '../../report/findings.js';
import { linksOf } from '../ends.js';
import { factsFolder, writeRecorded } from '../offline.js';
import { hostNamed, type Session } from '../session.js';
import type { CommandSpec } from '../spec.js';
import type { Done } from '../types.js';

/** Hosts that were named; with --save all that are an end of a link where none is. */
function hostsOf(inventory: Inventory, words: readonly string[], saves: boolean): readonly string[] {
  const named = [...new Set(words)].map((word) => hostNamed(inventory, word));
  const alone = saves ? named.find((host) => linksOf(inventory, [host]).length === 0) : undefined;
  if (alone !== undefined) {
    throw new ProvisionError('USAGE', `${alone} is an end of no link, so there is nothing to ask it about.`, {
      next: 'Name a host that is an end of a link.',
    });
  }
  if (named.length > 0) return named;
  if (saves) return [...inventory.hosts.keys()].filter((host) => linksOf(inventory, [host]).length > 0);
  throw new ProvisionError('USAGE', 'A host is missing.', { next: `Name one of: ${[...inventory.hosts.keys()].slice(0, 30).join(', ')}` });
}

async function show(session: Session, inventory: Inventory, hosts: readonly string[]): Promise<Done> {
  const pipeline = await session.io.pipeline();
  const found: Facts[] = [];
  for (const host of hosts) found.push(...(await pipeline.facts({ ...(await session.runOptions(inventory, linksOf(inventory, [host]))), host })));
  await session.progress.pause();
  session.say(found.map((f) => renderFacts(f, session.paint, session.options.verbose)).join('\n\n'));
  return { exit: 0, document: { ...hostsDocument(hosts), facts: found.map(factsDocument) } };
}

const hostsDocument = (hosts: readonly string[]): Record<string, unknown> => (hosts.length === 1 ? { host: hosts[0], hosts } : { hosts });

async function save(session: Session, inventory: Inventory, hosts: readonly string[], folder: string): Promise<Done> {
  const pipeline = await session.io.pipeline();
  const recordings = await pipeline.record({ ...(await session.runOptions(inventory, linksOf(inventory, hosts))), hosts });
  await session.progress.pause();
  const saved = writeRecorded(folder, recordings).map(({ host, file }) => ({ host, file: pathFrom(session.io.cwd, file) }));
  for (const { host, file } of saved)
    session.say(`Saved the facts of ${clean(host)}${session.isSimulated(host) ? ' (simulated)' : ''} in ${clean(file)}`);
  session.say('Next: look at what they hold, keep them in git, and plan from them with: provision plan --offline');
  return { exit: 0, document: { ...hostsDocument(hosts), simulated: Object.fromEntries(session.simulated), facts: [], saved } };
}

export const facts: CommandSpec = {
  name: 'facts',
  args: [{ usage: '[host...]', text: 'hosts of the inventory; with --save all of them if none is named' }],
  summary: 'what a survey of a host finds; --verbose shows every question and answer',
  options: [{ flags: '--save [dir]', text: 'keep the answers for plan --offline, a file for each host (default: facts/ beside the inventory)' }],
  examples: ['provision facts mostly', 'provision facts --save'],
  run: async (session, { words, options }) => {
    const inventory = session.loadInventory();
    const saves = options.save !== undefined;
    const hosts = hostsOf(inventory, words, saves);
    return saves ? save(session, inventory, hosts, factsFolder(session, options.save)) : show(session, inventory, hosts);
  },
};
