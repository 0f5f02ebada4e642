/** Why a link does not work: cause, evidence, mend; with --fix the mend is done under the guard. */
import type { Diagnosis } from '../../model/diagnosis.js';
import { diagnosisDocument, renderDiagnosis } from '../../report/diagnose.js';
import { linkDocument } from '../../report/json.js';
import { distinctErrors } from '../../report/outcome.js';
import { asking, notConfirmed, ONE_WAY, prepare, sayOutcomes, saySimulated } from '../links.js';
import type { CommandSpec } from '../spec.js';

export const diagnose: CommandSpec = {
  name: 'diagnose',
  args: [{ usage: '<link...>', text: 'links of the inventory' }],
  summary: 'why does it not work? causes with evidence, best first; exit 2 where one was found',
  failed: { links: [], mended: [] },
  options: [
    { flags: '--fix', text: 'also mend it: show the plan, ask, do it under the guard; what is not ours (a firewall, a gateway) is only told' },
    { flags: '--diff', text: 'show what files will hold' },
    ONE_WAY,
  ],
  examples: ['provision diagnose mostly-wlan', 'provision diagnose mostly-wlan --fix'],
  run: async (session, { words, options }) => {
    const { inventory, links, pipeline } = await prepare(session, words);
    const asked = asking(session, options.diff === true);
    const fix = options.fix === true;
    const run = await session.runOptions(inventory, links, { confirm: asked.confirm, oneWay: options.oneWay === true });
    const tell = async (found: readonly Diagnosis[]): Promise<void> => {
      await session.progress.pause();
      session.say(found.map((d) => renderDiagnosis(d, session.paint)).join('\n\n'));
    };
    const { diagnoses, outcomes, exitCode } = await pipeline.diagnose({ ...run, fix, tell });
    await session.progress.pause();
    const document = {
      simulated: Object.fromEntries(session.simulated),
      links: diagnoses.map(diagnosisDocument),
      mended: outcomes.map(linkDocument),
    };
    const errors = distinctErrors(outcomes);
    if (!asked.unanswered()) sayOutcomes(session, outcomes);
    saySimulated(session);
    return asked.unanswered() ? notConfirmed(document, errors) : { exit: exitCode, document, errors };
  },
};
