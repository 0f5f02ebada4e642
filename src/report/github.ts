/**
 * Findings as workflow commands of GitHub Actions: each becomes a mark at its line of the pull request.
 *
 * In: findings. Out: lines of `::error file=…::…`. What a file or a host wrote cannot end its own field or begin another command.
 */
import { clean } from '../errors/clean.js';
import type { Case, Finding, Findings } from './findings.js';
import { count, totals } from './plan.js';

const data = (text: string): string => text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
const property = (text: string): string => data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');

/** What a runner would take for a command at the start of a line, or (the old form) anywhere in it. */
export const harmless = (text: string): string => text.replaceAll(/^([^\S\n]*):(?=:)/gm, '$1: ').replaceAll('##[', '## [');

function bodyOf({ message, why, evidence = [], next }: Finding): string {
  const lines = [message, ...(why === undefined ? [] : [`Why: ${why}`]), ...evidence.slice(0, 8).map((e) => `| ${e}`)];
  return [...lines, ...(next === undefined ? [] : [`Next: ${next}`])].map((line) => clean(line, { max: 1000 })).join('\n');
}

function command(level: Finding['level'], properties: Readonly<Record<string, string | number | undefined>>, text: string): string {
  const given = Object.entries(properties).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}=${property(clean(String(value), { max: 300 }))}`],
  );
  return `::${level} ${given.join(',')}::${data(text)}`;
}

function lines(one: Case): string[] {
  const of = one.kind === 'link' ? `${one.name}: ` : '';
  const found = one.findings.map((finding) => {
    const { place } = finding;
    const where = place === undefined ? {} : { file: place.file, line: place.line, col: place.column };
    return command(finding.level, { ...where, title: `${of}${finding.code}` }, bodyOf(finding));
  });
  const { outcome } = one;
  if (outcome?.plan === undefined || outcome.state !== 'changes-pending') return found;
  const where = one.place === undefined ? {} : { file: one.place.file, line: one.place.line, col: one.place.column };
  return [...found, command('notice', { ...where, title: `${of}changes pending` }, totals(outcome.plan))];
}

/** Text for stdout, with a newline at its end; empty where nothing was found. */
export function githubText(findings: Findings): string {
  const all = findings.cases.flatMap(lines);
  const bad = findings.cases.filter((c) => c.findings.some((f) => f.level === 'error')).length;
  const kind = findings.cases.every((c) => c.kind === 'link') ? 'link' : 'file';
  const total = `provision ${findings.command}: ${count(findings.cases.length, kind)}, ${bad} with errors, exit ${findings.exit}`;
  return `${[...all, total].join('\n')}\n`;
}
