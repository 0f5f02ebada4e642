/**
 * The JSON documents (docs/json.md).
 *
 * In: outcomes and errors. Out: one document per run, pure JSON whatever happened. What a terminal could obey is written as \uXXXX: the same value
 * for a program, harmless for a person who looks.
 */
import type { ErrorReport, LinkOutcome } from '../model/outcome.js';
import type { EndPlan, LinkPlan, Step } from '../model/plan.js';

/** DEL, C1, soft hyphen, zero-width, separators, direction marks, BOM and both halves of tag characters; C0 and lone halves are escaped by JSON itself. */
const UNSAFE = /[\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|\udb40[\udc00-\udc7f]/g;

/** JSON text that is safe to print. */
export function jsonText(value: unknown, indent?: number): string {
  const spell = (found: string): string =>
    found
      .split('')
      .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
      .join('');
  return (JSON.stringify(value, null, indent) ?? 'null').replace(UNSAFE, spell);
}

/** Text of a value that stands deeper in a document: no string of JSON has a line end in it. */
const indented = (value: unknown, by: string): string => jsonText(value, 2).replaceAll('\n', `\n${by}`);

/** `jsonText(document, 2)` piece by piece, with a piece for each element of its arrays: the document of many links is longer than a string can be. */
export function* jsonPieces(document: Readonly<Record<string, unknown>>): Generator<string> {
  let before = '{';
  for (const [key, value] of Object.entries(document)) {
    if (value === undefined) continue;
    yield `${before}\n  ${jsonText(key)}: `;
    before = ',';
    if (!Array.isArray(value) || value.length === 0) {
      yield indented(value, '  ');
      continue;
    }
    for (const [at, one] of value.entries()) yield `${at === 0 ? '[' : ','}\n    ${indented(one, '    ')}`;
    yield '\n  ]';
  }
  yield before === '{' ? '{}' : '\n}';
}

export interface JsonDocument {
  readonly schema: string;
  readonly exit: number;
  readonly errors: readonly ErrorReport[];
  readonly [key: string]: unknown;
}

/** Version of every document's shape; a change that breaks a reader gives another number. */
export const schemaName = (command: string): string => `provision/${command.replaceAll(' ', '-')}/1`;

function stepDocument(step: Step): Record<string, unknown> {
  const { id, ensures, title, action, phase, interrupts, touches, oneWay, source } = step;
  const base = {
    id,
    ensures,
    title,
    action,
    phase,
    ...(interrupts === undefined ? {} : { interrupts }),
    ...(touches === undefined ? {} : { touches }),
    ...(oneWay === undefined ? {} : { oneWay }),
    source,
  };
  if ('words' in step) return { ...base, words: step.words, proofs: step.proofs };
  return { ...base, file: { ...step.file, mode: step.file.mode ?? null, block: step.file.block ?? null } };
}

function endDocument(end: EndPlan): Record<string, unknown> {
  const { host, system, release, driver, playbook, holds } = end;
  const elsewhere = end.elsewhere === true ? { elsewhere: true } : {};
  return {
    host,
    system,
    release,
    driver,
    playbook,
    interface: end.interface,
    steps: end.steps.map(stepDocument),
    undo: end.undo,
    holds,
    ...elsewhere,
  };
}

/** `{mtu, sshPath, ends}` of a plan; without a plan `mtu` is null and there are no ends. */
export function planDocument(plan: LinkPlan | undefined): Record<string, unknown> {
  if (plan === undefined) return { mtu: null, sshPath: [], ends: [] };
  return { goal: plan.goal, mtu: plan.mtu, sshPath: plan.sshPath, ends: plan.ends.map(endDocument) };
}

export function linkDocument(outcome: LinkOutcome): Record<string, unknown> {
  const { link, state, checks, errors, ms } = outcome;
  const planned = outcome.plan?.warnings ?? [];
  const keys = new Set(planned.map((w) => `${w.code} ${w.host ?? ''}`));
  const warnings = [...planned, ...outcome.warnings.filter((w) => !keys.has(`${w.code} ${w.host ?? ''}`))];
  return { link, state, ...planDocument(outcome.plan), warnings, checks, errors, ms: Math.round(ms) };
}

/** The document of a command that works on links. `errors` at the top are those that belong to no link. */
export function linksDocument(command: string, exit: number, outcomes: readonly LinkOutcome[], errors: readonly ErrorReport[] = []): JsonDocument {
  return { schema: schemaName(command), exit, errors, links: outcomes.map(linkDocument) };
}
