import type { Held } from '../../apply/unlock.js';
import { clean } from '../../errors/clean.js';
import { END, onlyOf } from '../ends.js';
import { notConfirmed, prepare, saySimulated } from '../links.js';
import type { Session } from '../session.js';
import type { CommandSpec } from '../spec.js';

const line = (h: Held): string => `${clean(h.link)} on ${clean(h.host)} is held by ${h.holder}`;

function after(h: Held): string {
  if (h.released === true) {
    return `${clean(h.link)} on ${clean(h.host)}: ${h.state === 'agreed' ? 'finished, or taken back where the other end does not answer' : 'taken back'}`;
  }
  return `${clean(h.link)} on ${clean(h.host)}: its guard was gone already`;
}

/** Shows who holds what and asks. Nobody to ask and no --yes is no. */
async function agree(session: Session, held: readonly Held[], unanswered: () => void): Promise<boolean> {
  await session.progress.pause();
  for (const h of held) session.say(line(h));
  const yes = await session.confirms('End this run now? What it has changed is taken back.');
  if (yes === undefined) unanswered();
  return yes === true;
}

export const unlock: CommandSpec = {
  name: 'unlock',
  args: [{ usage: '<link...>', text: 'links of the inventory' }],
  summary: 'end a run that holds a link: its guard takes back at once what it has changed',
  examples: ['provision unlock mostly-wlan'],
  failed: { held: [] },
  options: [END],
  run: async (session, { words, options }) => {
    const { inventory, links, pipeline } = await prepare(session, words);
    let refused = false;
    const asked = (held: readonly Held[]): Promise<boolean> => agree(session, held, () => (refused = true));
    const { held, agreed } = await pipeline.unlock({
      ...(await session.runOptions(inventory, links, onlyOf(inventory, links, options))),
      agree: asked,
    });
    await session.progress.pause();
    if (held.length === 0) session.say(`Nobody holds ${links.map((l) => clean(l)).join(', ')}.`);
    if (agreed) for (const h of held) session.say(after(h));
    if (agreed) session.say(`See how it stands with: provision status ${links.map((l) => clean(l)).join(' ')}`);
    saySimulated(session);
    const document = { held: held.map(({ guard: _, ...told }) => told) };
    if (refused) return notConfirmed(document);
    return { exit: agreed || held.length === 0 ? 0 : 2, document };
  },
};
