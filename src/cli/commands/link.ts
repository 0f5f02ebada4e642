import { END, WAIT } from '../ends.js';
import { change, ONE_WAY, showPlans } from '../links.js';
import type { CommandSpec } from '../spec.js';

export const link: CommandSpec = {
  name: 'link',
  args: [{ usage: '<link...>', text: 'links of the inventory' }],
  summary: 'set up a link on both ends: look, plan, ask, apply, ping across, keep after a reboot',
  failed: { links: [] },
  options: [
    { flags: '-n, --dry-run', text: 'stop after the plan; exit 2 if there is something to do' },
    { flags: '--diff', text: 'show what files will hold' },
    ONE_WAY,
    END,
    WAIT,
  ],
  examples: ['provision link mostly-wlan --dry-run', 'provision link mostly-wlan --yes', 'provision link mostly-wlan --end mine'],
  run: (session, typed) => (typed.options.dryRun === true ? showPlans(session, typed) : change(session, 'link', typed)),
};
