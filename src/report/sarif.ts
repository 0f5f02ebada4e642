/**
 * Findings as SARIF 2.1.0, for code scanning.
 *
 * In: findings. Out: one log with one run. Rules are the error catalogue, and the warnings that were found; a fingerprint holds still while lines above it move.
 */
import { createHash } from 'node:crypto';
import { isAbsolute } from 'node:path';
import { pathToFileURL } from 'node:url';
import { CATALOGUE } from '../errors/catalogue.js';
import { clean } from '../errors/clean.js';
import type { Place } from '../model/inventory.js';
import type { Case, Finding, Findings } from './findings.js';
import { jsonText } from './json.js';

const SCHEMA = 'https://json.schemastore.org/sarif-2.1.0.json';
/** What a run of code scanning is told apart by: the same finding of another command is another one. */
const FINGERPRINT = 'provisionFinding/v1';

interface Rule {
  readonly id: string;
  readonly shortDescription: { readonly text: string };
  readonly help?: { readonly text: string };
  readonly defaultConfiguration: { readonly level: 'error' | 'warning' };
}

const text = (value: string): string => clean(value, { max: 2000 });

function rulesFor(found: readonly Finding[]): readonly Rule[] {
  const known = Object.entries(CATALOGUE).map(
    ([id, { when, next }]): Rule => ({ id, shortDescription: { text: when }, help: { text: next }, defaultConfiguration: { level: 'error' } }),
  );
  const ids = new Set(known.map((r) => r.id));
  const others = found.filter((f) => !ids.has(f.code)).map((f) => [f.code, f.level] as const);
  const more = [...new Map(others)]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([code, level]): Rule => {
      const said = level === 'error' ? 'Something that was looked at is not as it should be.' : 'A warning of a plan.';
      return { id: text(code), shortDescription: { text: said }, defaultConfiguration: { level: level === 'error' ? 'error' : 'warning' } };
    });
  return [...known, ...more];
}

/** A path as a relative reference, each part escaped; one outside the working folder as a file URL. */
function artifact(file: string): Record<string, string> {
  if (isAbsolute(file)) return { uri: pathToFileURL(file).href };
  return { uri: file.split('/').map(encodeURIComponent).join('/'), uriBaseId: '%SRCROOT%' };
}

/** Lone halves of characters end encodeURIComponent; no real path has them. */
const whole = (file: string): string => file.replaceAll(/\p{Surrogate}/gu, '\ufffd');

function location(place: Place, one: Case): Record<string, unknown> {
  return {
    physicalLocation: { artifactLocation: artifact(whole(place.file)), region: { startLine: place.line, startColumn: place.column } },
    ...(one.kind === 'link' ? { logicalLocations: [{ name: text(one.name), kind: 'resource' }] } : {}),
  };
}

/** Without lines and columns, which move while the finding stays. */
const still = (message: string): string => message.replaceAll(/:\d+:\d+/g, ':');

function fingerprint(command: string, one: Case, finding: Finding, seen: Map<string, number>): string {
  const parts = [command, finding.code, one.kind, one.name, finding.place?.file ?? '', still(finding.message)];
  const hash = createHash('sha256').update(parts.join('\0')).digest('hex').slice(0, 32);
  const nth = (seen.get(hash) ?? 0) + 1;
  seen.set(hash, nth);
  return `${hash}:${nth}`;
}

function messageOf({ message, why, evidence = [], next }: Finding): string {
  return [message, ...(why === undefined ? [] : [`Why: ${why}`]), ...evidence.slice(0, 8), ...(next === undefined ? [] : [`Next: ${next}`])]
    .map(text)
    .join('\n');
}

/** The whole document, with a newline at its end. */
export function sarifText({ command, version, exit, cases }: Findings): string {
  const found = cases.flatMap((one) => one.findings.filter((f) => f.level !== 'notice').map((finding) => ({ one, finding })));
  const rules = rulesFor(found.map((f) => f.finding));
  const index = new Map(rules.map((r, i) => [r.id, i]));
  const seen = new Map<string, number>();
  const results = found.map(({ one, finding }) => ({
    ruleId: text(finding.code),
    ruleIndex: index.get(text(finding.code)) ?? -1,
    level: finding.level,
    message: { text: messageOf(finding) },
    locations: finding.place === undefined ? [] : [location(finding.place, one)],
    partialFingerprints: { [FINGERPRINT]: fingerprint(command, one, finding, seen) },
  }));
  const broken = found.some(({ finding }) => finding.code === 'BUG' || finding.code === 'USAGE');
  const run = {
    tool: { driver: { name: 'provision', version, rules } },
    automationDetails: { id: `provision/${command}/` },
    invocations: [{ executionSuccessful: !broken, exitCode: exit }],
    columnKind: 'utf16CodeUnits',
    results,
  };
  // No runner may take a line of it for a command (github.ts).
  return `${jsonText({ $schema: SCHEMA, version: '2.1.0', runs: [run] }, 2).replaceAll('##[', '##\\u005b')}\n`;
}
