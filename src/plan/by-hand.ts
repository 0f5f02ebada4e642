/**
 * Whether a boot file is not needed because a person has written by hand what does the same.
 *
 * In: the end's input, a boot file of the playbook. Out: the files that say so, or what is different. Pure. Nothing is guessed: the forms are the playbook's, and
 * a line that a form does not name is a difference. What provision itself wrote is no part of what is looked at.
 */
import type { FileFact } from '../model/facts.js';
import { type Context, foreignText, holds } from '../playbook/condition.js';
import { type LineFormat, linesOf } from '../playbook/lines.js';
import { onceFor } from '../playbook/once.js';
import type { BootFile } from '../playbook/schema.js';
import type { ByHandRule, HandPart } from '../playbook/schema-by-hand.js';
import { fillText, patternOf, placeholders } from '../playbook/template.js';
import { Values } from '../playbook/values.js';
import { lastOnly } from './last.js';
import { mismatches } from './pieces.js';

export interface ByHand {
  /** The files that do the same; absent where none does. */
  readonly same?: readonly string[];
  /** Lines that show that somebody configures this interface by hand. */
  readonly signs: readonly string[];
  /** What is different, of the form that comes nearest. */
  readonly why: string;
}

type Files = ReadonlyMap<string, FileFact>;

interface Selected {
  readonly paths: readonly string[];
  readonly lines: readonly string[];
  readonly wrong: readonly string[];
}

/** The parts of all forms ask for the same paths. */
const meantIn = lastOnly((_files: Files) => new Map<string, readonly FileFact[]>());

/** The files that a path of a part means, of those that were looked at. */
function filesOf(path: string, files: Files): readonly FileFact[] {
  if (!path.includes('*')) return [files.get(path)].filter((f) => f !== undefined);
  const of = meantIn(files);
  const known = of.get(path);
  if (known !== undefined) return known;
  const source = path.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '[^/]*');
  const meant = patternOf(`^${source}$`, Values.NONE);
  const made = [...files.values()].filter((f) => meant.test(f.path)).sort((a, b) => (a.path < b.path ? -1 : 1));
  of.set(path, made);
  return made;
}

const OURS = /^# provision: link /m;

/** What others wrote: without our blocks, and nothing of a file that is ours as a whole. */
function textOf(content: Uint8Array): string {
  const text = foreignText(content);
  return OURS.test(Buffer.from(content).toString('latin1')) ? '' : text;
}

/** Lines of what is in a file, by format: every form and every link of the host asks for them, and recorded hosts with the same file share its bytes. */
const known = new WeakMap<Uint8Array, Map<LineFormat, readonly string[]>>();

function linesIn({ content }: FileFact, format: LineFormat): readonly string[] {
  const of = known.get(content) ?? new Map<LineFormat, readonly string[]>();
  if (of.size === 0) known.set(content, of);
  const lines = of.get(format) ?? linesOf(textOf(content), format);
  of.set(format, lines);
  return lines;
}

const expression = (pattern: string | undefined, values: Values): RegExp | undefined =>
  pattern === undefined ? undefined : patternOf(pattern, values);

function joined(lines: readonly string[], joins: RegExp | undefined): readonly string[] {
  if (joins === undefined) return lines;
  const made: string[] = [];
  for (const line of lines) {
    if (joins.test(line) && made.length > 0) made[made.length - 1] += ` ${line}`;
    else made.push(line);
  }
  return made;
}

function section(lines: readonly string[], from: RegExp | undefined, to: RegExp | undefined): readonly string[] {
  if (from === undefined) return lines;
  let inside = false;
  return lines.filter((line) => {
    inside = from.test(line) || (inside && to?.test(line) !== true);
    return inside;
  });
}

/** What a part takes of the lines of a file. */
interface Cut {
  readonly odd: string | undefined;
  readonly lines: readonly string[];
}

function cut(part: HandPart, all: readonly string[], values: Values): Cut {
  const [has, about, unless, joins, from, to] = [part.has, part.about, part.unless, part.joins, part.from, part.to].map((pattern) =>
    expression(pattern, values),
  );
  const there = has === undefined || all.some((line) => has.test(line));
  const lines = there ? section(joined(all, joins), from, to).filter((line) => about?.test(line) ?? true) : [];
  return { odd: unless === undefined ? undefined : all.find((line) => unless.test(line)), lines };
}

/** What a part looks at, its own lines aside. */
const lookOf = onceFor(({ in: paths, format, joins, from, to, has, about, unless, mode }: HandPart): string =>
  JSON.stringify([paths, format, joins, from, to, has, about, unless, mode]),
);

/** Most forms of a file look at the same and differ in the lines that they want. */
const taken = lastOnly((_context: Context) => new Map<string, Selected>());

function selected(part: HandPart, files: Files, context: Context): Selected {
  const of = taken(context);
  const look = lookOf(part);
  const known = of.get(look);
  if (known !== undefined) return known;
  const made = select(part, files, context.values);
  of.set(look, made);
  return made;
}

function select(part: HandPart, files: Files, values: Values): Selected {
  const there = part.in.flatMap((path) => filesOf(fillText(path, values), files)).filter((file) => file.state !== 'absent');
  if (there.length === 0) return { paths: [], lines: [], wrong: [] };
  const mode = expression(part.mode, values);
  const found: { paths: string[]; lines: string[]; wrong: string[] } = { paths: [], lines: [], wrong: [] };
  for (const file of there) {
    if (file.state !== 'file') {
      found.wrong.push(`${file.path} is ${file.state === 'symlink' ? 'a symbolic link' : 'not read'}`);
      continue;
    }
    const { odd, lines } = cut(part, linesIn(file, part.format), values);
    if (odd !== undefined) found.wrong.push(`“${odd}” in ${file.path} may speak of it too`);
    if (lines.length === 0) continue;
    if (mode !== undefined && !mode.test(file.mode ?? '')) found.wrong.push(`${file.path} has the mode ${file.mode ?? 'unknown'}`);
    found.paths.push(file.path);
    found.lines.push(...lines);
  }
  return found;
}

/** What was found for one end: it is asked when the files are planned, and when it is told what stands by hand. */
const judged = lastOnly((_context: Context) => new Map<BootFile, ByHand | undefined>());

/** @param judge - Whether it does the same is asked too. @returns undefined where the playbook knows no form for this file. */
export function byHand(file: BootFile, files: Files, context: Context, judge = true): ByHand | undefined {
  if (!judge) return compare(file, files, context, judge);
  const of = judged(context);
  if (!of.has(file)) of.set(file, compare(file, files, context, judge));
  return of.get(file);
}

/** One part for each way of looking, and the values that it needs. */
const looksOf = onceFor((rule: ByHandRule): readonly { readonly part: HandPart; readonly names: readonly string[] }[] => {
  const parts = new Map(rule.forms.flatMap((form) => form.parts.map((part) => [lookOf(part), part] as const)));
  return [...parts].map(([look, part]) => ({ part, names: placeholders(look) }));
});

/** No part of any form, whether it applies here or not, has anything to look at: so it is on nearly all hosts. */
const isBare = (rule: ByHandRule, files: Files, context: Context): boolean =>
  looksOf(rule).every(({ part, names }) => names.every((name) => context.values.has(name)) && selected(part, files, context).paths.length === 0);

function compare(file: BootFile, files: Files, context: Context, judge: boolean): ByHand | undefined {
  const rule = file.byHand;
  if (rule === undefined) return undefined;
  if (isBare(rule, files, context)) return { signs: [], why: '' };
  const { values } = context;
  const sign = expression(rule.signs, values);
  const signs = new Set<string>();
  const misses: (readonly string[])[] = [];
  for (const form of rule.forms.filter((f) => holds(f.when, context))) {
    const parts = form.parts.filter((p) => holds(p.when, context)).map((part) => ({ part, got: selected(part, files, context) }));
    for (const { got } of parts) for (const line of got.lines) if (sign?.test(line) ?? true) signs.add(line);
    const paths = [...new Set(parts.flatMap((p) => p.got.paths))];
    if (!judge || paths.length === 0) continue;
    const wrong = parts.flatMap(({ part, got }) => [...got.wrong, ...mismatches(part.lines, got.lines, context, part.ordered)]);
    // The forms are those of plain GRE.
    if (wrong.length === 0 && values.get('carrier') === 'ip') return { same: paths, signs: [...signs], why: '' };
    misses.push(wrong);
  }
  const near = misses.sort((a, b) => a.length - b.length)[0] ?? [];
  return { signs: [...signs], why: near.slice(0, MOST_SHOWN).join('; ') };
}

const MOST_SHOWN = 4;
