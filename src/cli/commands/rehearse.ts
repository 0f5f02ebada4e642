import { clean } from '../../errors/clean.js';
import { renderPlan } from '../../report/plan.js';
import { doneWith, FORMAT, interrupted, ONE_WAY, prepare, sayOutcomes } from '../links.js';
import type { CommandSpec } from '../spec.js';

export const rehearse: CommandSpec = {
  name: 'rehearse',
  args: [{ usage: '[link...]', text: 'links of the inventory; all if none is named' }],
  summary: 'the whole run against simulated hosts: no host is dialled, nothing is changed',
  failed: { links: [] },
  options: [{ flags: '--diff', text: 'show what files will hold' }, ONE_WAY, FORMAT],
  run: async (session, { words, options }) => {
    const { inventory, links, pipeline } = await prepare(session, words, true);
    const confirm = async (plans: readonly Parameters<typeof renderPlan>[0][]): Promise<boolean> => {
      await session.progress.pause();
      for (const plan of plans) session.say(`${renderPlan(plan, session.paint, { diff: options.diff === true })}\n`);
      return true;
    };
    const playbooks = await session.loadPlaybooks(true);
    const result = await pipeline.rehearse(
      await session.runOptions(inventory, links, { twin: 'all', confirm, oneWay: options.oneWay === true, playbooks }),
    );
    await session.progress.pause();
    sayOutcomes(session, result.outcomes);
    if (!interrupted(result)) session.say(`Rehearsed on simulated hosts: ${links.map((l) => clean(l)).join(', ')}. No host was dialled.`);
    return doneWith(session, result, inventory);
  },
};
