/**
 * Runs one part of an inventory through its schema and turns what the schema library finds into problems with places.
 *
 * In: schema, value, path in the document. Out: the typed value, or nothing. An unknown key alone does not hide the part from the
 * checks that follow: it is told and left out, so that the other mistakes are told in the same run.
 */
import { z } from 'zod';
import type { Path, ReadDocument } from './document.js';
import type { Plain } from './plain.js';
import { type Problem, type Problems, show } from './problems.js';
import { nearest } from './suggest.js';

type Issue = z.core.$ZodIssue;

/** The form of one part. `plain`: whether the schema need not be asked. */
export interface PartForm<T extends z.ZodType> {
  readonly schema: () => T;
  readonly plain: Plain;
}

/**
 * Checks a part; returns its typed value, or undefined when it cannot be used. An unknown key that is near to a missing one is told
 * once and read as that one from there on.
 */
export function checkPart<T extends z.ZodType>(
  form: PartForm<T>,
  value: unknown,
  path: Path,
  doc: ReadDocument,
  problems: Problems,
): z.output<T> | undefined {
  // What the schema would give back is what it was given (plain.ts).
  if (form.plain(value)) return value as z.output<T>;
  const schema = form.schema();
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const first = result.error.issues.flatMap((issue) => settle(issue, value));
  const unknown = first.filter((issue) => issue.code === 'unrecognized_keys');
  for (const issue of unknown) report(schema, value, path, issue, doc, problems);
  const mended = unknown.reduce((part, issue) => mend(schema, part, issue), value);
  const again = schema.safeParse(mended);
  if (again.success) return again.data;
  const rest = again.error.issues.flatMap((issue) => settle(issue, mended)).filter((issue) => issue.code !== 'unrecognized_keys');
  for (const issue of rest) report(schema, mended, path, issue, doc, problems);
  return undefined;
}

export const isMap = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);

/** A union fails with the issues of every branch: takes the branch that came furthest into the value. */
function settle(issue: Issue, value: unknown): Issue[] {
  if (issue.code !== 'invalid_union') return [issue];
  const given = at(value, issue.path);
  const keys = isMap(given) ? Object.keys(given) : [];
  const isOtherForm = (i: Issue): boolean => i.path.length === 0 && (i.code === 'invalid_type' || i.code === 'invalid_value');
  const branches = issue.errors.filter((branch) => branch.length > 0 && !branch.some(isOtherForm));
  const misses = (i: Issue): number =>
    i.code === 'unrecognized_keys' ? i.keys.length : Number(i.path.length > 0 && !keys.includes(String(i.path[0])));
  const score = (branch: readonly Issue[]): number => branch.reduce((sum, i) => sum + misses(i), 0);
  const best = [...branches].sort((a, b) => score(a) - score(b))[0];
  if (best === undefined) return [{ code: 'custom', path: issue.path, message: issue.message }];
  return best.flatMap((inner) => settle({ ...inner, path: [...issue.path, ...inner.path] }, value));
}

/** A copy in which the unknown keys of an issue are gone, or stand under the name that was probably meant. */
function mend(schema: z.ZodType, value: unknown, issue: Issue, path: Path = issue.path): unknown {
  if (issue.code !== 'unrecognized_keys' || !isMap(value)) return value;
  const [step, ...rest] = path;
  if (step !== undefined) return { ...value, [step]: mend(schema, value[String(step)], issue, rest) };
  const known = knownKeys(schema, issue.path, value);
  const copy = Object.fromEntries(Object.entries(value).filter(([key]) => !issue.keys.includes(key)));
  for (const key of issue.keys) {
    const meant = nearest(key, known);
    if (meant !== undefined && !Object.hasOwn(copy, meant)) copy[meant] = value[key];
  }
  return copy;
}

function report(schema: z.ZodType, value: unknown, path: Path, issue: Issue, doc: ReadDocument, problems: Problems): void {
  const full = [...path, ...issue.path];
  if (issue.code === 'unrecognized_keys') {
    const known = knownKeys(schema, issue.path, at(value, issue.path));
    for (const key of issue.keys) problems.add(doc.placeOf([...full, key]), unknownKey(key, known, full));
    return;
  }
  const given = at(value, issue.path);
  const name = String(full.at(-1) ?? 'the file');
  if (given === undefined) {
    const owner = full.slice(0, -1);
    problems.add(doc.placeOf(owner), {
      code: 'INVENTORY_KEY',
      message: `${show(owner.at(-1) ?? 'The file')} has no ${show(name)}.`,
      next: `Add ${show(name)}: ${exampleOf(schema, issue.path)}`,
    });
    return;
  }
  problems.add(doc.placeOf(full, 'value'), valueProblem(schema, issue, given, full, doc.textOf(full)));
}

function valueProblem(schema: z.ZodType, issue: Issue, given: unknown, full: Path, written: string | undefined): Problem {
  const own: unknown = issue.code === 'custom' ? issue.params?.problem : undefined;
  if (isProblem(own)) return own;
  const name = show(full.findLast((step) => typeof step !== 'number') ?? 'the file');
  const said = Array.isArray(given) && given.length === 0 ? 'an empty list' : typeof given === 'string' ? `"${show(given)}"` : show(written ?? given);
  // Of an item of a list, what the whole list may be: that is what stands behind the key.
  const whole = issue.path.slice(0, issue.path.findLastIndex((step) => typeof step !== 'number') + 1);
  const description = describe(schema, whole)?.description;
  const next = `Write for example ${name}: ${exampleOf(schema, whole)}${description === undefined ? '' : ` (${description})`}`;
  const wantsText = schemasAt(schema, issue.path).some((s) => s instanceof z.ZodString) && (typeof given === 'number' || typeof given === 'boolean');
  const why = wantsText ? `YAML reads it as a ${typeof given}, and text is needed; quotes make it text.` : undefined;
  const quoted = typeof given === 'string' && issue.code === 'invalid_type' && !['object', 'record', 'array'].includes(issue.expected);
  const reason =
    why ?? (quoted ? `It is text, and a ${issue.expected === 'boolean' ? 'plain true or false' : 'plain number'} is needed.` : undefined);
  return { code: 'INVENTORY_VALUE', message: `${name} cannot be ${said}.`, next, ...(reason === undefined ? {} : { why: reason }) };
}

const isProblem = (value: unknown): value is Problem => typeof value === 'object' && value !== null && 'message' in value && 'next' in value;

/** The problem of a key that is not known, with the one that was probably meant. */
export function unknownKey(key: string, known: readonly string[], path: Path): Problem {
  const where = path.length === 0 ? 'at the top of an inventory' : `in ${show(path.map(String).join('.'))}`;
  const meant = nearest(key, known);
  const next = meant === undefined ? `The keys there are: ${known.join(', ')}.` : `Write ${meant}.`;
  return { code: 'INVENTORY_KEY', message: `There is no key ${show(key)} ${where}.`, next };
}

/** The value that a path leads to. */
export function at(value: unknown, path: Path): unknown {
  let here = value;
  for (const step of path) {
    if (typeof here !== 'object' || here === null || !Object.hasOwn(here, step)) return undefined;
    here = (here as Record<PropertyKey, unknown>)[step];
  }
  return here;
}

/** Follows a path through a schema; optional and nullable wrappers are taken off on the way. */
function schemasAt(schema: z.core.$ZodType, path: Path): z.core.$ZodType[] {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable) return [schema, ...schemasAt(schema.unwrap(), path)];
  if (schema instanceof z.ZodUnion) return [...(path.length === 0 ? [schema] : []), ...schema.options.flatMap((option) => schemasAt(option, path))];
  const [step, ...rest] = path;
  if (step === undefined) return [schema];
  if (schema instanceof z.ZodObject) {
    const next: z.core.$ZodType | undefined = Object.hasOwn(schema.shape, step) ? schema.shape[String(step)] : undefined;
    return next === undefined ? [] : schemasAt(next, rest);
  }
  if (schema instanceof z.ZodRecord) return schemasAt(schema.valueType, rest);
  return schema instanceof z.ZodArray ? schemasAt(schema.element, rest) : [];
}

/** Keys a map may have; of a union, those of the branch that shares a key with what was given, else all. */
function knownKeys(schema: z.ZodType, path: Path, given: unknown): string[] {
  const maps = schemasAt(schema, path).filter((s): s is z.ZodObject => s instanceof z.ZodObject);
  const present = typeof given === 'object' && given !== null ? Object.keys(given) : [];
  const fitting = maps.filter((s) => present.some((key) => Object.hasOwn(s.shape, key)));
  return [...new Set((fitting.length > 0 ? fitting : maps).flatMap((s) => Object.keys(s.shape)))];
}

function describe(schema: z.ZodType, path: Path): { description?: string; examples?: unknown[] } | undefined {
  return schemasAt(schema, path)
    .map((s) => z.globalRegistry.get(s) as { description?: string; examples?: unknown[] } | undefined)
    .find((meta) => meta?.description !== undefined);
}

/** An example as one would write it in YAML. */
function exampleOf(schema: z.ZodType, path: Path): string {
  return flow(describe(schema, path)?.examples?.[0] ?? '…');
}

function flow(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value);
  if (Array.isArray(value)) return `[${value.map(flow).join(', ')}]`;
  return `{ ${Object.entries(value)
    .map(([key, part]) => `${key}: ${flow(part)}`)
    .join(', ')} }`;
}
