/**
 * A diagnosis as text and as a document.
 *
 * In: a diagnosis. Out: lines with the cause first, what was seen, and what mends it; or plain data (docs/json.md).
 */
import { clean } from '../errors/clean.js';
import type { Cause, Diagnosis, Mend, Seen } from '../model/diagnosis.js';
import { type Paint, wrap } from './paint.js';
import { commandLine } from './words.js';

function seenLines(seen: Seen, paint: Paint): string[] {
  const head = `       ${clean(seen.host)}: ${clean(seen.command, { max: 200 })}`;
  return [paint.dim(head), ...seen.lines.map((l) => paint.dim(`       | ${clean(l, { max: 200 })}`))];
}

function mendLines(mend: Mend, link: string): string[] {
  if (mend.kind === 'link') return [`         provision diagnose ${clean(link)} --fix`];
  if (mend.kind === 'told') return mend.commands.map((c) => `         ${clean(c.host)}# ${commandLine(c.words)}`);
  const steps = mend.steps.map((s) => `         ${clean(mend.host)}# ${commandLine(s.words)}`);
  const keep = mend.keep === undefined ? [] : [`         ${clean(mend.keep)}`];
  return [...steps, `         or: provision diagnose ${clean(link)} --fix`, ...keep];
}

function causeLines(cause: Cause, link: string, first: boolean, paint: Paint): string[] {
  const word = first ? paint.red('CAUSE') : paint.yellow('also ');
  const sure = cause.confidence === 'certain' ? '' : ` (${cause.confidence})`;
  const text = wrap(`${clean(cause.text, { max: 600 })}${sure}`, paint.width, '        ');
  const next = wrap(clean(cause.next, { max: 600 }), paint.width, '        ', 'mend: ');
  return [
    `  ${word} ${paint.bold(clean(cause.code))}`,
    ...text.map((l) => `        ${l.trimStart()}`),
    ...cause.evidence.flatMap((s) => seenLines(s, paint)),
    ...next.map((l, i) => (i === 0 ? `       ${l.trimStart()}` : l)),
    ...mendLines(cause.mend, link),
  ];
}

/** Cause, evidence and mend of each; or that nothing is wrong. */
export function renderDiagnosis({ link, causes, fine }: Diagnosis, paint: Paint): string {
  if (causes.length === 0) {
    return [
      `${paint.green('ok     ')} ${paint.bold(clean(link))}  nothing wrong here`,
      ...fine.map((f) => `  ${paint.green('ok  ')} ${clean(f)}`),
    ].join('\n');
  }
  return [
    `${paint.red('wrong  ')} ${paint.bold(clean(link))}  ${causes.length === 1 ? 'one cause' : `${causes.length} causes, best first`}`,
    ...causes.flatMap((c, i) => causeLines(c, link, i === 0, paint)),
  ].join('\n');
}

function mendDocument(mend: Mend): Record<string, unknown> {
  if (mend.kind === 'link') return { kind: 'link', commands: [] };
  if (mend.kind === 'told') return { kind: 'told', commands: mend.commands };
  const commands = mend.steps.map((s) => ({ host: mend.host, words: s.words }));
  return { kind: 'steps', commands, undo: mend.undo.map((u) => ({ host: mend.host, words: u.words ?? [] })), keep: mend.keep ?? null };
}

export function diagnosisDocument({ link, causes, fine, errors, ms }: Diagnosis): Record<string, unknown> {
  const shown = causes.map(({ code, confidence, host, text, evidence, next, mend }) => ({
    code,
    confidence,
    host: host ?? null,
    text,
    evidence,
    next,
    mend: mendDocument(mend),
  }));
  return { link, wrong: causes.length > 0, causes: shown, fine, errors, ms: Math.round(ms) };
}
