/**
 * One journaled run as a person reads it: the plan as it was shown, what became of each step, what the hosts answered where it failed, how it ended.
 *
 * In: a journal. Out: text and the JSON form. The file may be old, torn or made by somebody else: everything goes through `clean`.
 */
import { clean } from '../errors/clean.js';
import type { ErrorReport } from '../model/outcome.js';
import type { EndPlan, Step } from '../model/plan.js';
import { renderErrors } from './errors.js';
import { localTime, runDocument } from './history.js';
import type { Journal } from './journal-read.js';
import type { LineOf } from './journal-shape.js';
import { planDocument } from './json.js';
import { checkLines, duration, renderOutcome } from './outcome.js';
import { type Paint, wrap } from './paint.js';
import { count, renderPlan } from './plan.js';
import { commandLine } from './words.js';

type Command = LineOf<'command'>;

/** Lines of an answer that are shown without --verbose. */
const FEW_LINES = 12;

const linesOf = <T extends Journal['lines'][number]['type']>(journal: Journal, type: T): LineOf<T>[] =>
  journal.lines.filter((l): l is LineOf<T> => l.type === type);

function said(text: string, sign: string, paint: Paint, all: boolean): string[] {
  const lines = text === '' ? [] : text.replace(/\n$/, '').split('\n');
  const shown = all ? lines : lines.slice(0, FEW_LINES);
  const more = lines.length - shown.length;
  return [
    ...shown.map((l) => paint.dim(`        ${sign} ${clean(l, { max: 300 })}`)),
    ...(more > 0 ? [`        … and ${count(more, 'line')} more`] : []),
  ];
}

/** A command with its exit status and its answer: `|` before standard output, `!` before standard error. */
function commandText(command: Command, paint: Paint, all: boolean): string[] {
  // The words of what is no command (put, arm …) begin with the verb already.
  const verb = command.verb === 'run' || command.words[0] === command.verb ? '' : `${clean(command.verb)} `;
  return [
    `      ${paint.dim(verb)}${commandLine(command.words)}  ${paint.dim(`exit ${command.exit}, ${duration(command.ms)}`)}`,
    ...said(command.stdout, '|', paint, all),
    ...said(command.stderr, '!', paint, all),
  ];
}

const what = (step: Step): string => ('words' in step ? commandLine(step.words) : clean(step.file.path));

/** The last that was heard of a step, and the answers of the host where that was no success. */
function stepText(journal: Journal, host: string, step: Step, paint: Paint): string[] {
  const last = linesOf(journal, 'step').findLast((l) => l.host === host && l.step === step.id);
  if (last === undefined) return [`    ${paint.dim('not run'.padEnd(7))} ${what(step)}`];
  if (last.state === 'done')
    return [`    ${paint.green('done'.padEnd(7))} ${what(step)}${last.ms === undefined ? '' : paint.dim(`  ${duration(last.ms)}`)}`];
  const answers = linesOf(journal, 'command').filter((c) => c.host === host && (c.id === step.id || c.id.startsWith(`${step.id}.proof`)));
  const word = last.state === 'failed' ? paint.red('FAILED'.padEnd(7)) : paint.yellow('begun'.padEnd(7));
  const end = last.state === 'failed' ? '' : '  (how it ended is not known)';
  return [`    ${word} ${what(step)}${end}`, ...answers.flatMap((c) => commandText(c, paint, false))];
}

/** What was run to take the steps of an end back. */
function undoText(journal: Journal, end: EndPlan, paint: Paint): string[] {
  const began = journal.lines.findIndex((l) => l.type === 'stage' && l.stage === 'undo' && l.state === 'start');
  if (began === -1) return [];
  const ids = new Set(end.undo.map((u) => u.id));
  const ran = journal.lines.slice(began).filter((l): l is Command => l.type === 'command' && l.host === end.host && ids.has(l.id));
  return ran.length === 0 ? [] : [`    ${paint.dim('taken back with')}`, ...ran.flatMap((c) => commandText(c, paint, false))];
}

/** A guard that was refused stands in no step. */
function guardText(journal: Journal, end: EndPlan, paint: Paint): string[] {
  const bad = linesOf(journal, 'command').filter((c) => c.host === end.host && (c.verb === 'arm' || c.verb === 'disarm') && c.exit !== 0);
  return bad.length === 0 ? [] : [`    ${paint.red('guard')}`, ...bad.flatMap((c) => commandText(c, paint, false))];
}

function endText(journal: Journal, end: EndPlan, paint: Paint): string[] {
  return [
    `  ${paint.bold(clean(end.host))}`,
    ...guardText(journal, end, paint),
    ...end.steps.flatMap((s) => stepText(journal, end.host, s, paint)),
    ...undoText(journal, end, paint),
  ];
}

/** Errors as they were told. A place names a file of that day: what stands in it now says nothing. */
function errorsOf(journal: Journal): ErrorReport[] {
  const errors = journal.outcome?.errors ?? linesOf(journal, 'error').map((l) => l.error);
  return errors.map(({ place: _place, ...rest }) => rest);
}

const checksOf = (journal: Journal) => journal.outcome?.checks ?? linesOf(journal, 'check').map((l) => l.check);

function heading(journal: Journal, paint: Paint): string[] {
  const simulated = Object.entries(journal.simulated).map(([host, kind]) => `${clean(host)} (${clean(kind)})`);
  const by = `by ${clean(journal.who)}, process ${journal.pid}, guard ${journal.guardSeconds} s`;
  return [
    `${paint.bold(`run ${journal.run}`)}  ${clean(journal.link)}  ${journal.goal}  ${localTime(journal.time)}`,
    ...wrap(by, paint.width, '  '),
    ...(simulated.length === 0 ? [] : wrap(`Simulated hosts: ${simulated.join(', ')}.`, paint.width, '  ')),
    ...(journal.unread === 0 ? [] : [`  ${paint.yellow('warning')} ${count(journal.unread, 'line')} of this journal could not be read or written.`]),
  ];
}

/** The end of a run, or what is known of one that has none. */
function ending(journal: Journal, paint: Paint): string[] {
  const { outcome, link, plan } = journal;
  if (outcome !== undefined) {
    const { state, checks, warnings, errors, ms } = outcome;
    return [renderOutcome({ link, state, checks, warnings, errors, ms, ...(plan === null ? {} : { plan }) }, paint)];
  }
  const after = journal.alive
    ? `Process ${journal.pid} may still be at work on it.`
    : `A host whose guard stood goes back by itself within ${journal.guardSeconds} s. See how it stands with: provision status`;
  return [
    ...checksOf(journal).flatMap((c) => checkLines(c, paint)),
    `${paint.yellow('OPEN'.padEnd(7))} ${paint.bold(clean(link))}  unfinished: the journal ends here`,
    ...wrap(after, paint.width, '        '),
  ];
}

function everyCommand(journal: Journal, paint: Paint): string[] {
  const hosts = [...new Set(linesOf(journal, 'command').map((c) => c.host))];
  return hosts.flatMap((host) => [
    `  ${paint.bold(clean(host))}`,
    ...linesOf(journal, 'command')
      .filter((c) => c.host === host)
      .flatMap((c) => commandText(c, paint, true)),
  ]);
}

/** The whole run as text. `verbose`: every command with its answer too. */
export function renderRun(journal: Journal, paint: Paint, verbose: boolean): string {
  const { plan } = journal;
  const errors = errorsOf(journal);
  // What a colourless paint leaves as it is has no colour.
  const colour = paint.red('x') !== 'x';
  return [
    ...heading(journal, paint),
    '',
    ...(plan === null ? ['  The plan of this run cannot be read.', ''] : [renderPlan(plan, paint), '']),
    ...(plan === null
      ? []
      : [paint.bold('What was done'), ...plan.ends.filter((e) => e.elsewhere !== true).flatMap((e) => endText(journal, e, paint)), '']),
    ...(verbose ? [paint.bold('Every command and its answer'), ...everyCommand(journal, paint), ''] : []),
    ...ending(journal, paint),
    ...(errors.length === 0 ? [] : ['', renderErrors(errors, colour)]),
  ].join('\n');
}

/** A run in `show --json`. */
export function showDocument(journal: Journal): Record<string, unknown> {
  const { plan, outcome, guardSeconds } = journal;
  const plain = <T extends Journal['lines'][number]['type']>(type: T) => linesOf(journal, type).map(({ type: _type, ...rest }) => rest);
  return {
    ...runDocument(journal),
    guardSeconds,
    ...planDocument(plan ?? undefined),
    warnings: outcome?.warnings ?? [...(plan?.warnings ?? []), ...linesOf(journal, 'warning').map((l) => l.warning)],
    stages: plain('stage'),
    steps: plain('step'),
    checks: checksOf(journal),
    errors: errorsOf(journal),
    commands: plain('command'),
  };
}
