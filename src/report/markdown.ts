/**
 * Findings as Markdown, for the summary of a pull request: totals on top, what changes on which end, the exact commands folded away below each link.
 *
 * In: findings. Out: GitHub-flavoured Markdown below the size that GitHub takes. Whatever a file or a host wrote stands in code, where it can neither end its
 * fence nor call a person by name.
 */
import { clean } from '../errors/clean.js';
import type { EndPlan, LinkPlan, Step } from '../model/plan.js';
import { unifiedDiff } from './diff.js';
import type { Case, Finding, Findings } from './findings.js';
import { count, totals } from './plan.js';
import { commandLine } from './words.js';

/** GitHub takes 65,536 characters. Counted in bytes, which are never fewer. */
const MOST = 65_000;
/** Part of it for the table on top. */
const MOST_TABLE = 20_000;
/** Characters of one note: with hundreds of hosts it is cut. */
const MOST_NOTE = 4000;

/** A run of backticks longer than any in the text. */
function ticks(content: string, least: number): string {
  const longest = Math.max(0, ...[...content.matchAll(/`+/g)].map((m) => m[0].length));
  return '`'.repeat(Math.max(least, longest + 1));
}

/** Text in a line, as code. */
function code(text: string, max = 200): string {
  const safe = clean(text, { max });
  const fence = ticks(safe, 1);
  const edge = safe.startsWith('`') || safe.endsWith('`') ? ' ' : '';
  return safe === '' ? '' : `${fence}${edge}${safe}${edge}${fence}`;
}

const HTML: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const html = (text: string): string => clean(text, { max: 200 }).replaceAll(/[&<>"]/g, (char) => HTML[char] ?? char);

/** The same inside a table, where a bar would end the cell even in code. */
const cell = (text: string): string => code(text).replaceAll('|', '\\|');

function fenced(lines: readonly string[], language: string): string[] {
  const fence = ticks(lines.join('\n'), 3);
  return [`${fence}${language}`, ...lines, fence, ''];
}

/** Lines of text of any origin, as a block of code. */
const said = (lines: readonly string[]): string[] =>
  fenced(
    lines.map((l) => clean(l, { max: 500 })),
    'text',
  );

function notes(step: Step): string[] {
  const { interrupts, touches, oneWay } = step;
  return [
    ...(interrupts === undefined ? [] : [`# interrupts: ${interrupts}`]),
    ...(touches === undefined ? [] : [`# touches more than this link: ${touches}`]),
    ...(oneWay === undefined ? [] : [`# one-way, nothing takes it back: ${oneWay}`]),
  ].map((line) => clean(line, { max: 500 }));
}

function endLines(end: EndPlan): string[] {
  const head = `**${code(end.host)}** ${code(`${end.system} ${end.release}, ${end.driver} (playbook ${end.playbook})`)}`;
  if (end.steps.length === 0) return [head, '', 'Nothing to do.', ''];
  const commands = end.steps.flatMap((s) => ('words' in s ? [commandLine(s.words), ...notes(s)] : []));
  const files = end.steps.flatMap((s) => ('file' in s ? [s] : []));
  const shown = files.flatMap((s) => {
    const block = s.file.block === undefined ? [] : [`# our block ${clean(s.file.block)}`];
    return [...block, ...unifiedDiff(s.file.path, s.file.before, s.file.content), ...notes(s)];
  });
  return [
    head,
    '',
    ...(commands.length === 0 ? [] : fenced(commands, 'sh')),
    ...(shown.length === 0 ? [] : ['For the next boot:', '', ...fenced(shown, 'diff')]),
  ];
}

function findingLines({ level, code: name, message, why, evidence = [], next, place }: Finding): string[] {
  return said([
    `${level} ${name}  ${message}`,
    ...(place === undefined ? [] : [`  where  ${place.file}:${place.line}:${place.column}`]),
    ...(why === undefined ? [] : [`  why    ${why}`]),
    ...evidence.slice(0, 8).map((e) => `         | ${e}`),
    ...(next === undefined ? [] : [`  next   ${next}`]),
  ]);
}

const touched = (plan: LinkPlan | undefined): string =>
  plan === undefined
    ? ''
    : plan.ends
        .filter((e) => e.steps.length > 0)
        .map((e) => `${cell(e.host)} ${e.steps.length}`)
        .join(', ');

const STATE: Readonly<Record<string, string>> = { 'as-wanted': 'as wanted', 'changes-pending': 'changes pending', differs: 'differs' };

function stateText(one: Case): string {
  if (one.findings.some((f) => f.level === 'error')) return '❌ errors';
  return one.outcome === undefined ? 'ok' : (STATE[one.outcome.state] ?? 'failed');
}

function tableLines(cases: readonly Case[]): string[] {
  const links = cases.some((c) => c.kind === 'link');
  const head = links ? ['| link | state | steps on |', '| --- | --- | --- |'] : ['| file | state |', '| --- | --- |'];
  const rows: string[] = [];
  let size = 0;
  for (const one of cases) {
    const row = links ? `| ${cell(one.name)} | ${stateText(one)} | ${touched(one.outcome?.plan)} |` : `| ${cell(one.name)} | ${stateText(one)} |`;
    size += Buffer.byteLength(row) + 1;
    if (size > MOST_TABLE) return [...head, ...rows, '', `… and ${cases.length - rows.length} more.`, ''];
    rows.push(row);
  }
  return [...head, ...rows, ''];
}

/** What is folded away below a case; empty where there is nothing to tell. */
function details(one: Case): string[] {
  const plan = one.outcome?.plan;
  const steps = plan === undefined ? 0 : plan.ends.reduce((n, e) => n + e.steps.length, 0);
  if (steps === 0 && one.findings.length === 0) return [];
  const title = plan === undefined || steps === 0 ? count(one.findings.length, 'finding') : totals(plan);
  const open = one.findings.some((f) => f.level === 'error') ? '<details open>' : '<details>';
  return [
    open,
    `<summary><code>${html(one.name)}</code>: ${html(title)}</summary>`,
    '',
    ...one.findings.flatMap(findingLines),
    ...(plan === undefined || steps === 0 ? [] : plan.ends.flatMap(endLines)),
    '</details>',
    '',
  ];
}

function headline({ command, cases }: Findings): string {
  const links = cases.some((c) => c.kind === 'link');
  const errors = cases.filter((c) => c.findings.some((f) => f.level === 'error')).length;
  const steps = cases.reduce((n, c) => n + (c.outcome?.plan?.ends.reduce((m, e) => m + e.steps.length, 0) ?? 0), 0);
  const parts = [count(cases.length, links ? 'link' : 'file'), ...(links && command === 'plan' ? [count(steps, 'step')] : [])];
  return `## provision ${command}: ${[...parts, errors === 0 ? 'no errors' : `${errors} with errors`].join(', ')}`;
}

/** The whole text, with a newline at its end; never longer than GitHub takes. */
export function markdownText(findings: Findings): string {
  const head = [headline(findings), '', ...findings.notes.flatMap((n) => [code(n, MOST_NOTE), '']), ...tableLines(findings.cases)];
  let text = `${head.join('\n')}\n`;
  const folded = findings.cases.map((one) => details(one).join('\n')).filter((t) => t !== '');
  let left = folded.length;
  for (const part of folded) {
    if (Buffer.byteLength(text) + Buffer.byteLength(part) + 1 > MOST) break;
    text += `${part}\n`;
    left -= 1;
  }
  if (left > 0)
    text += `_Cut here: the details of ${left} more ${left === 1 ? 'entry do' : 'entries do'} not fit. See them with \`provision ${findings.command}\`._\n`;
  return text;
}
