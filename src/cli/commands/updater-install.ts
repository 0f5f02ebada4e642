/** Puts the updater of a link on its two hosts, or takes it away. */
import { clean } from '../../errors/clean.js';
import type { UpdaterDone } from '../../pipeline-updater.js';
import { renderUpdater } from '../../report/updater.js';
import { notConfirmed, prepare, saySimulated } from '../links.js';
import { hostNamed, type Session } from '../session.js';
import type { CommandSpec, OptionSpec, Typed } from '../spec.js';
import type { Done } from '../types.js';

const END: OptionSpec = { flags: '--end <host>', text: 'the host whose address changes, where both could be meant' };
const DIFF: OptionSpec = { flags: '--diff', text: 'show what files will hold' };
const DRY_RUN: OptionSpec = { flags: '-n, --dry-run', text: 'stop after the plan; exit 2 if there is something to do' };
const PROGRAM = '/usr/local/bin/provision';

type Goal = 'install' | 'uninstall';

function startOf({ options }: Typed): 'none' | 'cron' | 'service' {
  if (options.service === true) return 'service';
  return options.cron === true ? 'cron' : 'none';
}

/** Shows the plan and asks. A dry run is a no that nobody has to say. */
function asking(
  session: Session,
  { options }: Typed,
  unanswered: () => void,
): Parameters<Awaited<ReturnType<typeof prepare>>['pipeline']['updater']>[0]['updater']['agree'] {
  return async (plan) => {
    await session.progress.pause();
    session.say(`${renderUpdater(plan, session.paint, { diff: options.diff === true })}\n`);
    if (options.dryRun === true) return false;
    const yes = await session.confirms(`Do this on ${clean(plan.dynamic.host)} and ${clean(plan.fixed.host)}?`);
    if (yes === undefined) unanswered();
    return yes === true;
  };
}

function seenText({ plan, seen }: UpdaterDone): string[] {
  if (seen === undefined) return [];
  const own = plan.config?.outer.local ?? '';
  const place = seen === own ? clean(seen) : `${clean(seen)}, where it has ${clean(own)} itself: there is a gateway`;
  return [`${clean(plan.fixed.host)} answers by the new key, and sees ${clean(plan.dynamic.host)} at ${place}.`];
}

/** What came of it, and what to do next. */
function lastLines(goal: Goal, start: string, done: UpdaterDone): string[] {
  if (done.state === 'as-wanted') return [`The updater of ${clean(done.plan.link)} on ${clean(done.plan.dynamic.host)} is as wanted: nothing to do.`];
  return [...seenText(done), nextText(goal, start, done)];
}

function nextText(goal: Goal, start: string, { plan }: UpdaterDone): string {
  const host = clean(plan.dynamic.host);
  if (goal === 'uninstall') return `The updater of ${clean(plan.link)} is gone from ${host} and ${clean(plan.fixed.host)}.`;
  if (start === 'none')
    return `Installed. Start it on ${host}: run again with --cron or --service, or there: provision updater run ${clean(plan.link)}`;
  return `Installed; ${host} runs it ${start === 'cron' ? 'by cron' : 'as a service'}.`;
}

function documentOf({ state, plan }: UpdaterDone): object {
  const { dynamic, fixed } = plan;
  const titles = (steps: typeof fixed.steps): object[] =>
    steps.map((s) => ({ action: s.action, title: s.title, ...('file' in s ? { path: s.file.path } : { words: s.words }) }));
  return {
    state,
    dynamic: { host: dynamic.host, steps: titles([...dynamic.first, ...dynamic.last]) },
    fixed: { host: fixed.host, account: fixed.account, steps: titles(fixed.steps) },
  };
}

async function carried(session: Session, goal: Goal, typed: Typed): Promise<Done> {
  const { inventory, links, pipeline } = await prepare(session, typed.words);
  const link = links[0] ?? '';
  const { end, program } = typed.options;
  const ends = inventory.links.get(link)?.ends.map((e) => e.host) ?? [];
  const named = typeof end === 'string' ? { end: hostNamed(inventory, end, ends) } : {};
  let refused = false;
  const start = startOf(typed);
  const updater = {
    goal,
    start,
    program: typeof program === 'string' ? program : PROGRAM,
    ...named,
    dryRun: typed.options.dryRun === true,
    agree: asking(session, typed, () => (refused = true)),
  };
  const all = await pipeline.updater({ ...(await session.runOptions(inventory, [link])), updater });
  await session.progress.pause();
  for (const done of all) if (done.state !== 'pending') for (const line of lastLines(goal, start, done)) session.say(line);
  saySimulated(session);
  const pending = all.some((done) => done.state === 'pending');
  const state = pending ? 'pending' : all.every((done) => done.state === 'as-wanted') ? 'as-wanted' : 'done';
  const document = { link, state, updaters: all.map(documentOf) };
  return refused ? notConfirmed(document) : { exit: pending ? 2 : 0, document };
}

const ARGS = [{ usage: '<link>', text: 'a link of the inventory' }];

export const updaterInstall: CommandSpec = {
  name: 'updater install',
  args: ARGS,
  summary: 'let the end whose address changes tell the other end by itself: a key for this alone, the receiver, the updater',
  options: [
    { flags: '--cron', text: 'run the sh form by cron; nothing but the base system is needed there' },
    { flags: '--service', text: 'run `provision updater run` as a service; provision must be installed there' },
    { flags: '--program <path>', text: `where provision is on that host (${PROGRAM})` },
    END,
    DRY_RUN,
    DIFF,
  ],
  examples: ['provision updater install mostly-wlan --dry-run', 'provision updater install mostly-wlan --cron'],
  run: (session, typed) => carried(session, 'install', typed),
};

export const updaterUninstall: CommandSpec = {
  name: 'updater uninstall',
  args: ARGS,
  summary: 'take the updater of a link away from both hosts, the key first',
  options: [END, DRY_RUN, DIFF],
  examples: ['provision updater uninstall mostly-wlan'],
  run: (session, typed) => carried(session, 'uninstall', typed),
};
