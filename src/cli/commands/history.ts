/** The runs that were journaled here. Reads files only: no inventory, no host. */
import { clean } from '../../errors/clean.js';
import { stateFolder } from '../../report/folders.js';
import { renderHistory, runDocument, unreadableText } from '../../report/history.js';
import { readJournals } from '../../report/journal-read.js';
import type { CommandSpec } from '../spec.js';

export const history: CommandSpec = {
  name: 'history',
  args: [{ usage: '[link]', text: 'only runs on this link' }],
  summary: 'the runs that changed something, newest first: when, by whom, how they ended',
  quiet: true,
  run: (session, { words }) => {
    const journals = readJournals(stateFolder(session.io.env, 'runs'));
    const [link] = words;
    const runs = link === undefined ? journals.runs : journals.runs.filter((r) => r.link === link);
    if (runs.length > 0) session.say(renderHistory(runs, session.paint));
    else session.say(`No run${link === undefined ? '' : ` on ${clean(link)}`} is journaled in ${clean(journals.folder)}`);
    const remark = unreadableText(journals);
    if (remark !== undefined) session.tell(remark);
    return { exit: 0, document: { folder: journals.folder, runs: runs.map(runDocument), unreadable: journals.unreadable } };
  },
};
