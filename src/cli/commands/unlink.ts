import { END } from '../ends.js';
import { change, ONE_WAY } from '../links.js';
import type { CommandSpec } from '../spec.js';

export const unlink: CommandSpec = {
  name: 'unlink',
  args: [{ usage: '<link...>', text: 'links of the inventory' }],
  summary: 'take a link down on both ends, boot files too',
  failed: { links: [] },
  options: [{ flags: '--diff', text: 'show what files will hold' }, ONE_WAY, END],
  run: (session, typed) => change(session, 'unlink', typed),
};
