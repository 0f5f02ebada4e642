/** One journaled run, told again. Reads files only: no inventory, no host. */
import { clean } from '../../errors/clean.js';
import { ProvisionError } from '../../errors/error.js';
import { stateFolder } from '../../report/folders.js';
import { localTime } from '../../report/history.js';
import { type Journal, type Journals, readJournals } from '../../report/journal-read.js';
import { renderRun, showDocument } from '../../report/show.js';
import type { CommandSpec } from '../spec.js';

/** Runs that an error lists at most. */
const FEW = 10;

function listed(runs: readonly Journal[]): string {
  const shown = runs.slice(0, FEW).map((r) => `${r.run} (${clean(r.link, { max: 60 })}, ${localTime(r.time)})`);
  return shown.join(', ') + (runs.length > FEW ? `, or one of ${runs.length - FEW} more: provision history` : '');
}

/** The one run whose id begins so. @throws {ProvisionError} NAME_UNKNOWN with what there is. */
function runNamed({ folder, runs }: Journals, prefix: string): Journal {
  const found = runs.filter((r) => r.run.startsWith(prefix.toLowerCase()));
  const [one] = found;
  if (one !== undefined && found.length === 1) return one;
  if (one !== undefined) {
    throw new ProvisionError('NAME_UNKNOWN', `${found.length} runs begin with ${prefix}.`, { next: `Take one of: ${listed(found)}` });
  }
  const next = runs.length === 0 ? `No run is journaled in ${folder}.` : `Take one of: ${listed(runs)}`;
  throw new ProvisionError('NAME_UNKNOWN', `There is no run ${prefix} in the journals.`, { next });
}

export const show: CommandSpec = {
  name: 'show',
  args: [{ usage: '<run>', text: 'id of a run, or how it begins' }],
  summary: 'one run again: its plan, what became of each step, how it ended; --verbose shows every command and answer',
  examples: ['provision history', 'provision show 3f2a1b0c'],
  quiet: true,
  run: (session, { words }) => {
    const journal = runNamed(readJournals(stateFolder(session.io.env, 'runs')), words[0] ?? '');
    session.say(renderRun(journal, session.paint, session.options.verbose));
    return { exit: 0, document: { run: showDocument(journal) } };
  },
};
