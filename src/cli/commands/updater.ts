/** The commands on the end whose address changes: `updater run`, `updater once`, `updater status`. docs/updater.md says what they do. */
import { resolve } from 'node:path';
import { clean } from '../../errors/clean.js';
import type { Note, Wanted } from '../../updater.js';
import type { Session } from '../session.js';
import type { CommandSpec, OptionSpec, Typed } from '../spec.js';

const CONFIG: OptionSpec = {
  flags: '--config <file>',
  text: 'settings of one link; may be given again (default: all in /var/lib/provision and /var/db/provision)',
  many: true,
};
const METRICS: OptionSpec = { flags: '--metrics <port>', text: 'Prometheus text page on this port of 127.0.0.1', between: [1, 65_535] };
const LINKS = { usage: '[link...]', text: 'links that have an updater on this host (default: all)' };

function wanted(session: Session, { words, options }: Typed): Wanted {
  const files = (options.config ?? []) as readonly string[];
  return { files: files.map((file) => resolve(session.io.cwd, file)), links: words };
}

/** A line for people, and the whole of it in the log. Whoever collects lines of standard error puts the time before each. */
const noteTo =
  (session: Session) =>
  (note: Note): void => {
    session.log.write(note.level, { command: session.command, ...note });
    const line = clean(note.link === '' ? note.text : `${note.link}: ${note.text}`);
    const { red, yellow } = session.errPaint;
    session.tell(note.level === 'error' ? red(line) : note.level === 'warn' ? yellow(line) : line);
  };

const stopped = (signal: AbortSignal): Promise<void> =>
  new Promise((done) => {
    if (signal.aborted) done();
    signal.addEventListener('abort', () => done(), { once: true });
  });

export const updaterRun: CommandSpec = {
  name: 'updater run',
  args: [LINKS],
  summary: 'keep this end at its present address and tell the other end, until it is stopped',
  stopText: 'Stopping after what is under way.',
  leftText: 'See how it stands with: provision updater status',
  failed: { links: [] },
  options: [CONFIG, METRICS],
  examples: ['provision updater run', 'provision updater run mostly-wlan --metrics 9101'],
  run: async (session, typed) => {
    const { Daemon } = await import('../../updater-daemon.js');
    const { standingDocument } = await import('../../updater.js');
    const port = typed.options.metrics;
    const daemon = new Daemon({ ...wanted(session, typed), note: noteTo(session), ...(typeof port === 'number' ? { metricsPort: port } : {}) });
    await daemon.start();
    const forget = session.io.onReload?.(() => void daemon.reload());
    await stopped(session.signal);
    forget?.();
    const links = daemon.standings.map(standingDocument);
    await daemon.stop();
    return { exit: 0, document: { links } };
  },
};

/** 4 where an end is changed and the other is not, or where that is not known. */
const EXIT = { 'as-wanted': 0, waiting: 1, unchanged: 1, half: 4, stopped: 4 } as const;

export const updaterOnce: CommandSpec = {
  name: 'updater once',
  args: [LINKS],
  summary: 'look at the address once and do what has to be done, for a scheduler of your own',
  stopText: 'Stopping after what is under way.',
  leftText: 'See how it stands with: provision updater status',
  failed: { links: [] },
  options: [CONFIG],
  examples: ['provision updater once mostly-wlan'],
  run: async (session, typed) => {
    const { findConfigs, once } = await import('../../updater.js');
    const done = await once(findConfigs(wanted(session, typed)), { note: noteTo(session) }, session.signal);
    for (const { link, outcome } of done) if (outcome.state === 'as-wanted') session.say(`ok    ${clean(link)}  as wanted`);
    const links = done.map(({ link, outcome }) => ({ link, state: outcome.state, errors: outcome.error === undefined ? [] : [outcome.error] }));
    return { exit: Math.max(...done.map(({ outcome }) => EXIT[outcome.state])), document: { links }, errors: links.flatMap((l) => l.errors) };
  },
};

export const updaterStatus: CommandSpec = {
  name: 'updater status',
  args: [LINKS],
  summary: 'what the updaters of this host use, have told and have still to do; exit 2 if something is',
  quiet: true,
  failed: { links: [] },
  options: [CONFIG],
  run: async (session, typed) => {
    const { findConfigs, isAsWanted, standingDocument, standingLines, standingOf } = await import('../../updater.js');
    const standings = findConfigs(wanted(session, typed)).map(standingOf);
    session.say(standings.flatMap(standingLines).join('\n'));
    return { exit: standings.every(isAsWanted) ? 0 : 2, document: { links: standings.map(standingDocument) } };
  },
};
