/**
 * What machines of a CI are told: cases (a file, a link) and what was found in each.
 *
 * In: outcomes and errors. Out: the same for every format (github.ts, junit.ts, sarif.ts, markdown.ts), in the order of the inventory.
 */
import { isAbsolute, relative, resolve } from 'node:path';
import { CATALOGUE, type ErrorCode } from '../errors/catalogue.js';
import type { Inventory, Place } from '../model/inventory.js';
import type { ErrorReport, LinkOutcome } from '../model/outcome.js';
import type { Warning } from '../model/plan.js';

export type Format = 'text' | 'json' | 'github' | 'junit' | 'sarif' | 'markdown';
export const FORMATS: readonly Format[] = ['text', 'json', 'github', 'junit', 'sarif', 'markdown'];

export interface Finding {
  readonly level: 'error' | 'warning' | 'notice';
  /** Of the error catalogue, of a warning of a plan, or `difference`. */
  readonly code: string;
  readonly message: string;
  readonly why?: string;
  readonly evidence?: readonly string[];
  readonly next?: string;
  readonly place?: Place;
}

/** One thing that was looked at. */
export interface Case {
  readonly kind: 'file' | 'link';
  readonly name: string;
  readonly place?: Place;
  readonly findings: readonly Finding[];
  readonly outcome?: LinkOutcome;
}

export interface Findings {
  readonly command: string;
  readonly version: string;
  readonly exit: number;
  readonly cases: readonly Case[];
  /** Sentences for people that belong to the whole: what was simulated, how old recorded facts are. */
  readonly notes: readonly string[];
}

const nextOf = (code: string): string | undefined => (Object.hasOwn(CATALOGUE, code) ? CATALOGUE[code as ErrorCode].next : undefined);

function fromError(error: ErrorReport, fallback: Place | undefined): Finding {
  const { code, message, why, stderr, place = fallback, next = nextOf(code) } = error;
  const said = (stderr ?? '').trim();
  return {
    level: 'error',
    code,
    message,
    ...(why === undefined ? {} : { why }),
    ...(said === '' ? {} : { evidence: said.split('\n').slice(0, 8) }),
    ...(next === undefined ? {} : { next }),
    ...(place === undefined ? {} : { place }),
  };
}

function fromWarning({ code, text, evidence, next }: Warning, place: Place | undefined): Finding {
  return {
    level: 'warning',
    code,
    message: text,
    ...(evidence === undefined ? {} : { evidence }),
    ...(next === undefined ? {} : { next }),
    ...(place === undefined ? {} : { place }),
  };
}

/** One case for each link: its errors, what is not as it should be, its warnings. */
export function linkCases(inventory: Inventory, outcomes: readonly LinkOutcome[]): readonly Case[] {
  return outcomes.map((outcome) => {
    const place = inventory.links.get(outcome.link)?.place;
    const placeOf = (host: string | undefined): Place | undefined => (host === undefined ? undefined : inventory.hosts.get(host)?.place) ?? place;
    const planned = outcome.plan?.warnings ?? [];
    const told = new Set(planned.map((w) => `${w.code} ${w.host ?? ''}`));
    const warnings = [...planned, ...outcome.warnings.filter((w) => !told.has(`${w.code} ${w.host ?? ''}`))];
    const differences = outcome.checks
      .filter((c) => !c.ok)
      .map(
        (c): Finding => ({
          level: 'error',
          code: `check-${c.id}`,
          message: c.text,
          ...(c.evidence === undefined ? {} : { evidence: c.evidence }),
          ...(place === undefined ? {} : { place }),
        }),
      );
    const findings = [
      ...outcome.errors.map((e) => fromError(e, placeOf(e.host))),
      ...differences,
      ...warnings.map((w) => fromWarning(w, placeOf(w.host))),
    ];
    return { kind: 'link', name: outcome.link, findings, outcome, ...(place === undefined ? {} : { place }) };
  });
}

/**
 * One case for each file, and those that errors name besides.
 *
 * @param otherwise - The case of errors without a place.
 */
export function fileCases(files: readonly string[], errors: readonly ErrorReport[], otherwise: string): readonly Case[] {
  const found = new Map<string, Finding[]>(files.map((file) => [file, []]));
  for (const error of errors) {
    const file = error.place?.file ?? otherwise;
    const finding = fromError(error, { file, line: 1, column: 1 });
    found.set(file, [...(found.get(file) ?? []), finding]);
  }
  return [...found].map(([file, findings]) => ({ kind: 'file', name: file, findings, place: { file, line: 1, column: 1 } }));
}

/** The path as the root of the checkout has it; absolute where it lies outside. */
export function pathFrom(cwd: string, file: string): string {
  const whole = resolve(cwd, file);
  const way = relative(cwd, whole);
  return way === '' || way === '..' || way.startsWith('../') || isAbsolute(way) ? whole : way;
}

/** All places relative to the working folder. */
export function placed(findings: Findings, cwd: string): Findings {
  const moved = <T extends { readonly place?: Place }>(thing: T): T =>
    thing.place === undefined ? thing : { ...thing, place: { ...thing.place, file: pathFrom(cwd, thing.place.file) } };
  const cases = findings.cases.map((one) => ({
    ...moved(one),
    findings: one.findings.map(moved),
    ...(one.kind === 'file' ? { name: pathFrom(cwd, one.name) } : {}),
  }));
  return { ...findings, cases };
}
