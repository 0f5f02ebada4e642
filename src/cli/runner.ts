/**
 * Runs one command and reports what came of it.
 *
 * In: a command's function and its session. Out: the exit status. Whatever is thrown ends here: known errors with their own status, anything else as
 * BUG with the log file named and no stack trace on the screen (it is in the log).
 */
import { ProvisionError, ProvisionErrors } from '../errors/error.js';
import type { ErrorReport } from '../model/outcome.js';
import { renderErrors } from '../report/errors.js';
import { fileCases } from '../report/findings.js';
import { findingsText } from '../report/formats.js';
import { jsonPieces, schemaName } from '../report/json.js';
import { type Log, logFolder, noLog, openLog } from '../report/log.js';
import { wantsColour } from '../report/paint.js';
import { leave } from './exit.js';
import { Session } from './session.js';
import type { CommonOptions, Done, Io } from './types.js';

export interface Kind {
  /** No log is opened: the command neither reads nor changes a host. */
  readonly quiet?: boolean;
  /** Said at the first Ctrl-C, where that is the usual way to end it. */
  readonly stopText?: string;
  /** Said at the second one, which ends it at once. */
  readonly leftText?: string;
  /** Fields that the document has even where nothing came of it. */
  readonly failed?: Readonly<Record<string, unknown>>;
  /** Of the program, for documents that name it. */
  readonly version?: string;
}

export type Work = (session: Session) => Promise<Done> | Done;

function safeLog(io: Io): Log {
  try {
    return openLog(logFolder(io.env));
  } catch (error) {
    // A read-only home must not stop a run; that there is no log is said.
    io.stderr.write(`note: no log is written: ${error instanceof Error ? error.message : String(error)}\n`);
    return noLog;
  }
}

/** Known errors as they are; anything else is a bug. */
function reportsOf(error: unknown, log: Log): { exit: number; reports: readonly ErrorReport[] } {
  if (error instanceof ProvisionErrors) return { exit: error.exitCode, reports: error.errors.map((e) => e.report()) };
  if (error instanceof ProvisionError) return { exit: error.exitCode, reports: [error.report()] };
  log.write('error', { bug: error });
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  const next = log.file === '' ? 'Please report it.' : `Please report it with ${log.file}`;
  const bug = new ProvisionError('BUG', text, { next });
  return { exit: bug.exitCode, reports: [bug.report()] };
}

/** Characters of a document that are written in one go. */
const WRITTEN_AT_ONCE = 65_536;

function print(session: Session, done: Done, version: string): void {
  const { io, options, command } = session;
  const errors = done.errors ?? [];
  if (errors.length > 0) {
    const colour = wantsColour({ isTTY: io.stderr.isTTY, env: io.env, color: options.color });
    session.tell(renderErrors(errors, colour, io.cwd));
  }
  if (options.format !== 'json' && options.format !== 'text') {
    const cases = done.cases ?? fileCases([], errors, session.inventoryPath);
    io.stdout.write(findingsText(options.format, { command, version, exit: done.exit, cases, notes: done.notes ?? [] }, io.cwd));
  }
  if (!options.json || session.documented) return;
  const document = { schema: schemaName(command), exit: done.exit, errors: done.ownErrors ?? [], ...done.document };
  let text = '';
  for (const piece of jsonPieces(document)) {
    text += piece;
    if (text.length < WRITTEN_AT_ONCE) continue;
    io.stdout.write(text);
    text = '';
  }
  io.stdout.write(`${text}\n`);
}

/** @param command - Names the JSON document too. */
export async function runCommand(command: string, io: Io, options: CommonOptions, work: Work, kind: Kind = {}): Promise<number> {
  const log = kind.quiet === true ? noLog : safeLog(io);
  const session = new Session(command, io, options, log);
  log.write('info', { start: command, options, pid: process.pid });
  const forget = io.onStop(() => {
    if (!session.interrupt()) {
      const left = `A host that was being changed goes back by itself within ${options.guard} s; then run: provision status`;
      session.tell(`\nLeft at once. ${kind.leftText ?? left}`);
      leave(4);
    }
    session.tell(`\n${kind.stopText ?? 'Stopping after what is under way. Press Ctrl-C again to leave at once.'}`);
  });
  let done: Done;
  try {
    done = await work(session);
  } catch (error) {
    const { exit, reports } = reportsOf(error, log);
    done = { exit, document: kind.failed ?? {}, errors: reports, ownErrors: reports };
  }
  await session.progress.pause();
  forget();
  print(session, done, kind.version ?? '0');
  log.write('info', { end: command, exit: done.exit });
  await log.close();
  return done.exit;
}
