/**
 * Findings as JUnit XML, in the form that Jenkins, GitLab and GitHub's readers share: one suite for the command, one case for each file or link, at most one
 * failure in each.
 *
 * In: findings. Out: an XML document. Characters that XML 1.0 cannot hold are escaped as text before they come here.
 */
import { clean } from '../errors/clean.js';
import type { Case, Finding, Findings } from './findings.js';
import { plainPaint } from './paint.js';
import { renderPlan } from './plan.js';

const ENTITY: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&apos;' };

/** Text as XML holds it, on one line. Non-characters are not XML either, and a runner must not take it for a command. */
const xml = (text: string): string =>
  clean(text, { max: 4000 })
    .replaceAll(/[\ufffe\uffff]/g, '\ufffd')
    .replaceAll(/[&<>"']/g, (char) => ENTITY[char] ?? char)
    .replaceAll('##[', '##&#91;');

const xmlLines = (text: string): string => text.split('\n').map(xml).join('\n');

const attributes = (given: Readonly<Record<string, string | number>>): string =>
  Object.entries(given)
    .map(([name, value]) => ` ${name}="${xml(String(value))}"`)
    .join('');

function textOf({ code, message, why, evidence = [], next, place }: Finding): string {
  return [
    `${code}  ${message}`,
    ...(place === undefined ? [] : [`  where  ${place.file}:${place.line}:${place.column}`]),
    ...(why === undefined ? [] : [`  why    ${why}`]),
    ...evidence.slice(0, 20).map((e) => `         | ${e}`),
    ...(next === undefined ? [] : [`  next   ${next}`]),
  ].join('\n');
}

const seconds = (ms: number): string => (ms / 1000).toFixed(3);
const errorsOf = (one: Case): readonly Finding[] => one.findings.filter((f) => f.level === 'error');

function caseText(one: Case, command: string): string {
  const { outcome } = one;
  const failures = errorsOf(one);
  const [first] = failures;
  const rest = one.findings.filter((f) => f.level !== 'error');
  const plan = outcome?.plan === undefined ? [] : [renderPlan(outcome.plan, plainPaint(), { diff: true })];
  const said = [...plan, ...(outcome?.plan === undefined ? rest.map(textOf) : [])].join('\n\n');
  const head = attributes({
    name: one.name,
    classname: `provision.${command}`,
    ...(one.place === undefined ? {} : { file: one.place.file, line: one.place.line }),
    time: seconds(outcome?.ms ?? 0),
  });
  const more = failures.length > 1 ? ` (and ${failures.length - 1} more)` : '';
  const failure =
    first === undefined
      ? ''
      : `\n      <failure${attributes({ type: first.code, message: `${first.message}${more}` })}>${xmlLines(failures.map(textOf).join('\n\n'))}</failure>`;
  const output = said === '' ? '' : `\n      <system-out>${xmlLines(said)}</system-out>`;
  return failure === '' && output === '' ? `    <testcase${head}/>` : `    <testcase${head}>${failure}${output}\n    </testcase>`;
}

/** The whole document, with a newline at its end. */
export function junitText({ command, cases }: Findings): string {
  const time = seconds(cases.reduce((sum, c) => sum + (c.outcome?.ms ?? 0), 0));
  const counts = { tests: cases.length, failures: cases.filter((c) => errorsOf(c).length > 0).length, errors: 0, skipped: 0, time };
  const suite = cases.map((one) => caseText(one, command)).join('\n');
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites${attributes({ name: 'provision', tests: counts.tests, failures: counts.failures, errors: 0, time })}>`,
    `  <testsuite${attributes({ name: `provision ${command}`, ...counts })}>`,
    ...(suite === '' ? [] : [suite]),
    '  </testsuite>',
    '</testsuites>',
    '',
  ].join('\n');
}
