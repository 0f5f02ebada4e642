/** Goes back to before the last run that has changed a link, as its journal here tells it. */
import { clean } from '../../errors/clean.js';
import { ProvisionError } from '../../errors/error.js';
import type { PastRun } from '../../model/past.js';
import { stateFolder } from '../../report/folders.js';
import { localTime } from '../../report/history.js';
import { type Journal, readJournals } from '../../report/journal-read.js';
import { lastChange, pastRun } from '../../report/past.js';
import { carriedOut, prepare } from '../links.js';
import type { Session } from '../session.js';
import type { CommandSpec } from '../spec.js';

function impossible(link: string, why: string): ProvisionError {
  return new ProvisionError('ROLLBACK_IMPOSSIBLE', `${link} cannot go back.`, { why, state: 'Nothing was changed.' });
}

function pastOf(session: Session, link: string): { journal: Journal; past: PastRun } {
  const { runs, folder } = readJournals(stateFolder(session.io.env, 'runs'));
  const journal = lastChange(runs, link);
  if (journal === undefined) throw impossible(link, `No run that has changed it is journaled in ${clean(folder)}.`);
  if (journal.alive) throw impossible(link, `Run ${journal.run} may still be at work on it (process ${journal.pid}).`);
  const past = pastRun(journal);
  if (past === undefined) throw impossible(link, `The journal of run ${journal.run} does not hold all of its plan.`);
  return { journal, past };
}

export const rollback: CommandSpec = {
  name: 'rollback',
  args: [{ usage: '<link>', text: 'a link of the inventory' }],
  summary: 'go back to before the last run that has changed a link; both ends must be as that run has left them',
  failed: { links: [] },
  options: [{ flags: '--diff', text: 'show what files will hold' }],
  examples: ['provision history mostly-wlan', 'provision rollback mostly-wlan'],
  run: async (session, { words, options }) => {
    const { inventory, links, pipeline } = await prepare(session, words);
    const { journal, past } = pastOf(session, links[0] ?? '');
    session.tell(`Going back to before run ${journal.run} (${journal.goal}, ${localTime(journal.time)}, by ${clean(journal.who)}).`);
    return carriedOut(session, options, async (confirm) => pipeline.rollback({ ...(await session.runOptions(inventory, links, { confirm })), past }));
  },
};
