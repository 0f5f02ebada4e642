/**
 * A plan as a person reads it.
 *
 * In: a LinkPlan. Out: lines of text: per end each command exactly as an administrator would type it, the files, what is interrupted, what else is
 * touched, what already holds; then MTU, the SSH path, warnings and totals. Marks: + new, ~ changed, - taken away, = already right.
 * Everything that a host or an inventory wrote goes through `clean`.
 */
import { clean } from '../errors/clean.js';
import type { Action, EndPlan, FileStep, LinkPlan, Step, Warning } from '../model/plan.js';
import { unifiedDiff } from './diff.js';
import { type Paint, wrap } from './paint.js';
import { commandLines } from './words.js';

export interface PlanOptions {
  /** Show what the files hold as a unified diff. */
  readonly diff?: boolean;
  /** What holds on one line, warnings without evidence and advice. */
  readonly brief?: boolean;
}

const INDENT = '    ';
const NOTE = '        ';

function mark(action: Action, paint: Paint): string {
  if (action === '+') return paint.green('+');
  return action === '-' ? paint.red('-') : paint.yellow('~');
}

/** `1 step`, `2 steps` */
export const count = (n: number, one: string, many = `${one}s`): string => `${n} ${n === 1 ? one : many}`;

function diffColour(line: string, paint: Paint): string {
  if (line.startsWith('@@')) return paint.cyan(line);
  if (line.startsWith('+')) return paint.green(line);
  return line.startsWith('-') ? paint.red(line) : line;
}

const lineCount = (text: string): number => text.split('\n').length - (text.endsWith('\n') ? 1 : 0);

function fileText(step: FileStep): string {
  const { file } = step;
  const facts: string[] = [];
  if (file.block !== undefined) facts.push(`our block "${clean(file.block)}"`);
  if (file.content === null) facts.push('taken away');
  else facts.push(file.before === null ? 'new' : 'changed', count(lineCount(file.content), 'line'));
  if (file.content !== null && file.mode !== undefined) facts.push(`mode ${clean(file.mode)}`);
  return `${clean(file.path)}  (${facts.join(', ')})`;
}

/** One step: exactly what an administrator would type, or the file. */
export function stepLines(step: Step, paint: Paint, options: PlanOptions): string[] {
  const sign = mark(step.action, paint);
  const lines: string[] = [];
  if ('words' in step) {
    const [first = '', ...more] = commandLines(step.words, paint, INDENT.length + 2);
    lines.push(`${INDENT}${sign} ${first}`, ...more.map((l) => `${INDENT}  ${l}`));
  } else {
    lines.push(...wrap(fileText(step), paint.width, `${INDENT}  `, '').map((l, i) => (i === 0 ? `${INDENT}${sign} ${l}` : l)));
    if (options.diff === true) {
      lines.push(...unifiedDiff(step.file.path, step.file.before, step.file.content).map((l) => NOTE + diffColour(l, paint)));
    }
  }
  if ('file' in step && step.file.check !== undefined && step.file.content !== null) lines.push(...checkNote(step.file.check, step.file.path, paint));
  if (step.interrupts !== undefined) lines.push(...note(`interrupts: ${step.interrupts}`, paint));
  if (step.touches !== undefined) lines.push(...note(`touches more than this link: ${step.touches}`, paint));
  if (step.oneWay !== undefined) lines.push(...note(`one-way, nothing takes it back: ${step.oneWay}`, paint));
  return lines;
}

const checkNote = (check: readonly string[], path: string, paint: Paint): string[] =>
  wrap(clean(`checked before that: ${check.join(' ').replaceAll('{{file}}', path)}`), paint.width, NOTE).map((l) => paint.dim(l));

const note = (text: string, paint: Paint): string[] => wrap(clean(text), paint.width, NOTE).map((l) => paint.yellow(l));

function holdsLines(end: EndPlan, paint: Paint, options: PlanOptions): string[] {
  if (options.brief === true && end.holds.length > 0) {
    const names = end.holds.map((h) => clean(h.attribute)).join(', ');
    return wrap(`right already: ${names}`, paint.width, INDENT, `${INDENT}= `).map((l) => paint.dim(l));
  }
  const wide = Math.max(0, ...end.holds.map((h) => clean(h.attribute).length)) + 2;
  return end.holds.flatMap((h) => {
    const indent = INDENT + ' '.repeat(wide + 2);
    return wrap(clean(h.value), paint.width, indent, `${INDENT}= ${clean(h.attribute).padEnd(wide)}`).map((l) => paint.dim(l));
  });
}

/** `mostly  SYSTEM RELEASE, how it makes the tunnel (playbook NAME)` */
export function endHeading(end: Pick<EndPlan, 'host' | 'system' | 'release' | 'driver' | 'playbook'>, paint: Paint): string[] {
  const host = clean(end.host);
  const text = `${clean(end.system)} ${clean(end.release)}, ${clean(end.driver)} (playbook ${clean(end.playbook)})`;
  const [first = '', ...more] = wrap(text, paint.width, INDENT, '');
  // The first line is shorter by the host's name, so the text is wrapped as if it stood there.
  const fits = 2 + host.length + 2 + first.length <= paint.width;
  return fits ? [`  ${paint.bold(host)}  ${first}`, ...more] : [`  ${paint.bold(host)}`, ...wrap(text, paint.width, INDENT)];
}

function endLines(end: EndPlan, paint: Paint, options: PlanOptions): string[] {
  if (end.elsewhere === true) return [`  ${paint.bold(clean(end.host))}  ${paint.dim('set up by its own operator; not looked at')}`];
  const live = end.steps.filter((s) => s.phase === 'live');
  const boot = end.steps.filter((s) => s.phase === 'boot');
  return [
    ...endHeading(end, paint),
    ...holdsLines(end, paint, options),
    ...live.flatMap((s) => stepLines(s, paint, options)),
    ...(boot.length === 0 ? [] : [`${INDENT}${paint.dim('for the next boot')}`]),
    ...boot.flatMap((s) => stepLines(s, paint, options)),
    ...(end.steps.length === 0 ? [`${INDENT}${paint.dim('nothing to do')}`] : []),
  ];
}

/** A warning with what was seen and what to do. */
export function warningLines(warning: Warning, paint: Paint): string[] {
  const named = warning.host === undefined || warning.text.includes(warning.host);
  const where = named ? '' : `${clean(warning.host ?? '')}: `;
  const text = `warning ${clean(warning.code)}  ${where}${clean(warning.text)}`;
  const [first = '', ...more] = wrap(text, paint.width, INDENT, '  ');
  return [
    first.replace('warning', paint.yellow('warning')),
    ...more,
    ...(warning.evidence ?? []).map((e) => paint.dim(`      | ${clean(e, { max: 300 })}`)),
    ...(warning.next === undefined ? [] : wrap(`next: ${clean(warning.next)}`, paint.width, '      ')),
  ];
}

function sshText(plan: LinkPlan): string {
  if (plan.sshPath.length === 0) return 'SSH: no connection of ours runs through this tunnel.';
  const hosts = plan.sshPath.map((h) => clean(h)).join(' and ');
  return `SSH: the connection to ${hosts} runs through this tunnel, so these steps may cut it. Have another way in at hand.`;
}

/** `12 steps: 9 to add, 2 to change, 1 to remove (mostly 4, wlan 8)` */
export function totals(plan: LinkPlan): string {
  const all = plan.ends.flatMap((e) => e.steps);
  if (all.length === 0) return 'Nothing to do: 0 steps.';
  const of = (a: Action): number => all.filter((s) => s.action === a).length;
  const parts = [`${of('+')} to add`, `${of('~')} to change`, `${of('-')} to remove`].filter((p) => !p.startsWith('0'));
  const ends = plan.ends
    .filter((e) => e.elsewhere !== true)
    .map((e) => `${clean(e.host)} ${e.steps.length}`)
    .join(', ');
  return `${count(all.length, 'step')}: ${parts.join(', ')} (${ends}).`;
}

/** Steps that a failed run would leave behind. */
function oneWayText(plan: LinkPlan): string[] {
  const n = plan.ends.flatMap((e) => e.steps).filter((s) => s.oneWay !== undefined).length;
  return n === 0 ? [] : [`${n} of these steps ${n === 1 ? 'is' : 'are'} one-way: done only with --one-way, and not taken back if the run fails.`];
}

function briefly({ code, host, text }: Warning): Warning {
  return { code, text, ...(host === undefined ? {} : { host }) };
}

const HEADING: Readonly<Record<LinkPlan['goal'], string>> = { link: '', unlink: '  (to be taken down)', rollback: '  (to go back to before a run)' };

/** The whole plan as text, without a newline at the end. */
export function renderPlan(plan: LinkPlan, paint: Paint, options: PlanOptions = {}): string {
  const goal = HEADING[plan.goal];
  const touched = plan.ends.some((e) => e.steps.length > 0);
  return [
    `${paint.bold(clean(plan.link))}${goal}`,
    ...plan.ends.flatMap((e) => [...endLines(e, paint, options), '']),
    ...(plan.goal === 'link' ? wrap(`MTU ${plan.mtu.bytes}: ${clean(plan.mtu.why)}`, paint.width, INDENT, '  ') : []),
    ...(touched ? wrap(sshText(plan), paint.width, INDENT, '  ') : []),
    ...oneWayText(plan).flatMap((t) => wrap(t, paint.width, INDENT, '  ').map((l) => paint.yellow(l))),
    ...plan.warnings.flatMap((w) => warningLines(options.brief === true ? briefly(w) : w, paint)),
    `  ${totals(plan)}`,
  ].join('\n');
}
