/**
 * What a journal's lines look like, for reading them back: a file may be torn, old, or somebody else's.
 *
 * In: any value. Out: the header or a line with its types, or that it is none. Unknown keys are let through: a newer version may write more.
 */
import { z } from 'zod';
import { lazy } from '../files/lazy.js';
import type { PairState } from '../model/facts.js';
import type { Check, ErrorReport } from '../model/outcome.js';
import type { LinkPlan, Warning } from '../model/plan.js';
import { STATES } from './outcome.js';

export const JOURNAL_SCHEMA = 'provision/journal/1';

/** A value that has a shape, under the type of the model. JSON holds no undefined, so an optional key is there or absent, as the model has it. */
const shaped = <T>(shape: z.ZodType): z.ZodType<T> => z.custom<T>((value) => shape.safeParse(value).success);

/** Built when a journal is first read: most runs read none. */
export const journalShapes = lazy(() => {
  const text = z.string();
  const texts = z.array(text);
  const maybe = text.optional();
  const time = text.refine((t) => Number.isFinite(Date.parse(t)));

  const stepBase = {
    id: text,
    title: text,
    ensures: texts,
    action: z.enum(['+', '~', '-']),
    phase: z.enum(['live', 'boot']),
    source: text,
    interrupts: maybe,
    touches: maybe,
    oneWay: maybe,
  };
  const file = z.object({ path: text, mode: maybe, block: maybe, content: text.nullable(), before: text.nullable(), check: texts.optional() });
  const step = z.union([
    z.object({ ...stepBase, words: texts, proofs: z.array(z.object({ pattern: text, words: texts })) }),
    z.object({ ...stepBase, file }),
  ]);
  const warning = z.object({ code: text, text, host: maybe, evidence: texts.optional(), next: maybe });
  const end = z.object({
    host: text,
    system: text,
    release: text,
    driver: text,
    playbook: text,
    interface: text,
    steps: z.array(step),
    undo: z.array(z.object({ id: text, of: text, words: texts.optional(), file: file.optional() })),
    holds: z.array(z.object({ attribute: text, value: text })),
    elsewhere: z.literal(true).optional(),
  });
  const goal = z.enum(['link', 'unlink', 'rollback']);
  const plan = z.object({
    link: text,
    goal,
    mtu: z.object({ bytes: z.number(), why: text }),
    ends: z.tuple([end, end]),
    warnings: z.array(warning),
    sshPath: texts,
  });

  const oneCheck = shaped<Check>(z.object({ id: text, host: text, ok: z.boolean(), text, evidence: texts.optional() }));
  const oneWarning = shaped<Warning>(warning);
  const oneError = shaped<ErrorReport>(
    z.object({
      code: text,
      message: text,
      host: maybe,
      step: maybe,
      command: maybe,
      exitCode: z.number().optional(),
      stderr: maybe,
      why: maybe,
      state: maybe,
      next: maybe,
    }),
  );

  const known = z.union([z.object({ known: z.literal(true), value: z.unknown() }), z.object({ known: z.literal(false), why: text })]);
  const live = z.object({ exists: known, up: known, mtu: known, outer: known, inner: known, ttl: known, settings: z.record(text, known) });
  const endState = z.object({ host: text, driver: z.enum(['ready', 'loadable', 'missing']), live, files: z.record(text, text) });

  const headerShape = z.object({
    schema: z.literal(JOURNAL_SCHEMA),
    run: text.regex(/^[0-9a-f]{16}$/),
    link: text,
    goal,
    who: text,
    time,
    pid: z.int().positive(),
    guardSeconds: z.number(),
    simulated: z.record(text, text),
    // A plan that another version wrote in another shape leaves the rest readable.
    plan: shaped<LinkPlan>(plan).nullable().catch(null),
  });

  const lineShape = z.discriminatedUnion('type', [
    z.object({ type: z.literal('stage'), time, stage: text, state: z.enum(['start', 'end']), host: maybe, text: maybe }),
    z.object({ type: z.literal('connected'), time, host: text, address: text, port: z.number(), user: text, fingerprint: text }),
    z.object({
      type: z.literal('step'),
      time,
      host: text,
      step: text,
      state: z.enum(['start', 'done', 'failed']),
      exit: z.number().optional(),
      output: maybe,
      ms: z.number().optional(),
    }),
    z.object({
      type: z.literal('command'),
      time,
      host: text,
      id: text,
      verb: text,
      words: texts,
      exit: z.number(),
      stdout: text,
      stderr: text,
      ms: z.number(),
    }),
    z.object({ type: z.literal('state'), time, when: z.enum(['before', 'after']), ends: shaped<PairState>(z.tuple([endState, endState])) }),
    z.object({ type: z.literal('check'), time, check: oneCheck }),
    z.object({ type: z.literal('warning'), time, warning: oneWarning }),
    z.object({ type: z.literal('error'), time, error: oneError }),
    z.object({ type: z.literal('lost'), time, lines: z.number() }),
    z.object({
      type: z.literal('outcome'),
      time,
      state: z.enum(STATES),
      exit: z.number(),
      checks: z.array(oneCheck),
      warnings: z.array(oneWarning),
      errors: z.array(oneError),
      ms: z.number(),
    }),
  ]);
  return { headerShape, lineShape };
});

type Shapes = ReturnType<typeof journalShapes>;

export type JournalHeader = z.infer<Shapes['headerShape']>;
export type JournalLine = z.infer<Shapes['lineShape']>;
export type LineOf<T extends JournalLine['type']> = Extract<JournalLine, { type: T }>;
