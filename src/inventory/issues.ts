/**
 * Runs one part of an inventory through its schema and turns what the schema library finds into problems with places.
 *
 * In: schema, value, path in the document. Out: the typed value, or nothing. An unknown key alone does not hide the part from the
 * checks that follow: it is told and left out, so that the other mistakes are told in the same run.
 */
import { z } from 'zod';
import type { Path, ReadDocument } from './document.js';
import { type Problem, type Problems, show } from './problems.js';
import { nearest } from './suggest.js';

type Issue = z.core.$ZodIssue;

/** Checks a part; returns its typed value, or undefined when it cannot be used. */
export function checkPart<T extends z.ZodType>(
  schema: T,
  value: unknown,
  path: Path,
  doc: ReadDocument,
  problems: Problems,
): z.output<T> | undefined {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issues = result.error.issues.map((issue) => settle(issue, value));
  for (const issue of issues) report(schema, value, path, issue, doc, problems);
  if (issues.some((issue) => issue.code !== 'unrecognized_keys')) return undefined;
  const again = schema.safeParse(without(value, issues));
  return again.success ? again.data : undefined;
}

/** A union fails with the issues of every branch: takes the branch that came furthest into the value. */
function settle(issue: Issue, value: unknown): Issue {
  if (issue.code !== 'invalid_union') return issue;
  const isMap = (v: unknown): boolean => typeof v === 'object' && v !== null && !Array.isArray(v);
  const here = at(value, issue.path);
  const keys = isMap(here) ? Object.keys(here as object) : [];
  const branches = issue.errors.filter(
    (branch) => branch.length > 0 && !branch.some((i) => i.path.length === 0 && (i.code === 'invalid_type' || i.code === 'invalid_value')),
  );
  const score = (branch: readonly Issue[]): number =>
    branch.filter((i) => i.code === 'unrecognized_keys' || !keys.includes(String(i.path[0]))).length;
  const best = [...branches].sort((a, b) => score(a) - score(b))[0]?.[0];
  if (best === undefined) return { ...issue, code: 'invalid_type', expected: 'string' } as Issue;
  return settle({ ...best, path: [...issue.path, ...best.path] } as Issue, value);
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
  problems.add(doc.placeOf(full, 'value'), valueProblem(schema, issue, given, name));
}

function valueProblem(schema: z.ZodType, issue: Issue, given: unknown, name: string): Problem {
  const own: unknown = issue.code === 'custom' ? issue.params?.problem : undefined;
  if (isProblem(own)) return own;
  const said = typeof given === 'string' ? `"${show(given)}"` : show(given);
  const message = `${show(name)} cannot be ${said}.`;
  const description = describe(schema, issue.path)?.description;
  const next = `Write ${description === undefined ? '' : `${lowerFirst(description)}, `}for example ${/^\d+$/.test(name) ? '' : `${show(name)}: `}${exampleOf(schema, issue.path)}`;
  const isText = issue.code === 'invalid_type' && issue.expected === 'string' && (typeof given === 'number' || typeof given === 'boolean');
  return {
    code: 'INVENTORY_VALUE',
    message,
    next,
    ...(isText ? { why: `YAML reads it as a ${typeof given}, and text is needed; quotes make it text.` } : {}),
  };
}

const isProblem = (value: unknown): value is Problem => typeof value === 'object' && value !== null && 'message' in value && 'next' in value;

const lowerFirst = (text: string): string => (/^[A-Z][a-z]/.test(text) ? text.charAt(0).toLowerCase() + text.slice(1) : text);

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

/** A copy without the keys that are not known. */
function without(value: unknown, issues: readonly Issue[], path: Path = []): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const drop = issues.flatMap((issue) => (issue.code === 'unrecognized_keys' && same(issue.path, path) ? issue.keys : []));
  const kept = Object.entries(value).filter(([key]) => !drop.includes(key));
  return Object.fromEntries(
    kept.map(([key, part]) => [key, issues.some((i) => i.path.length > path.length) ? without(part, issues, [...path, key]) : part]),
  );
}

const same = (a: Path, b: Path): boolean => a.length === b.length && a.every((step, i) => String(step) === String(b[i]));

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
  return `{ ${Object.entries(value)
    .map(([key, part]) => `${key}: ${flow(part)}`)
    .join(', ')} }`;
}
