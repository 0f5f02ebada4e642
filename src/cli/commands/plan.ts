import { END } from '../ends.js';
import { showPlans } from '../links.js';
import type { CommandSpec } from '../spec.js';

export const plan: CommandSpec = {
  name: 'plan',
  args: [{ usage: '[link...]', text: 'links of the inventory; all if none is named' }],
  summary: 'show what would be done, change nothing; exit 0 nothing to do, 2 changes pending',
  failed: { links: [] },
  options: [{ flags: '--diff', text: 'show what files will hold' }, END],
  examples: ['provision plan', 'provision plan mostly-wlan --diff'],
  run: (session, typed) => showPlans(session, typed),
};
