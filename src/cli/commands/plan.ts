import { ProvisionError } from '../../errors/error.js';
import { END } from '../ends.js';
import { FORMAT, prepare, shownPlans, showPlans } from '../links.js';
import { ageNotes, sayNotes } from '../offline.js';
import { planRecorded, type Source } from '../portions.js';
import type { Session } from '../session.js';
import type { CommandSpec, Typed } from '../spec.js';
import type { Done } from '../types.js';

const factsDocument = ({ host, file, recorded, simulated }: Source): Record<string, unknown> => ({
  host,
  file,
  recorded,
  ...(simulated === undefined ? {} : { simulated }),
});

/** Plans from recorded facts: no host is dialled, no ssh_config is read; hosts with `twin:` that have none are simulated on loopback. */
async function planOffline(session: Session, { words, options }: Typed): Promise<Done> {
  const prepared = await prepare(session, words, true);
  const { result, texts, sources } = await planRecorded(session, prepared, options);
  await session.progress.pause();
  const done = shownPlans(session, prepared.inventory, result, texts);
  const notes = ageNotes(sources, new Date());
  sayNotes(session, notes);
  const document = { ...done.document, facts: sources.map(factsDocument) };
  return { ...done, document, notes: [...(done.notes ?? []), ...notes] };
}

export const plan: CommandSpec = {
  name: 'plan',
  args: [{ usage: '[link...]', text: 'links of the inventory; all if none is named' }],
  summary: 'show what would be done, change nothing; exit 0 nothing to do, 2 changes pending',
  failed: { links: [] },
  quiet: ({ offline }) => offline === true,
  options: [
    { flags: '--diff', text: 'show what files will hold' },
    { flags: '--offline', text: 'from recorded facts (provision facts HOST --save): no host is reached' },
    { flags: '--facts <dir>', text: 'folder of recorded facts, with --offline (default: facts/ beside the inventory)' },
    END,
    FORMAT,
  ],
  examples: ['provision plan', 'provision plan mostly-wlan --diff', 'provision plan --offline --format markdown'],
  run: (session, typed) => {
    const { offline, facts } = typed.options;
    if (offline === true) return planOffline(session, typed);
    if (facts !== undefined)
      throw new ProvisionError('USAGE', '--facts is for --offline, which was not given.', { next: 'Run: provision plan --offline --facts DIR' });
    return showPlans(session, typed);
  },
};
