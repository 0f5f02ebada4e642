/**
 * The parts that the playbook of a driver and that of a routing daemon have in common: probes, settings, steps, files, faults.
 */
import { z } from 'zod';
import { byHand } from './schema-by-hand.js';
import { ATTRIBUTES, condition, conditions, ere, fullPath, jsPattern, name, words } from './schema-condition.js';

export const field = z.strictObject({
  from: name.describe('The probe whose standard output is read.'),
  pattern: jsPattern.describe('Groups: value; or local, remote; or local, peer, mask or prefix.'),
  unset: jsPattern.optional().describe('If this matches, the attribute was read and is not set.'),
  optional: z.boolean().default(false).describe('No match means: read, and not set. Without it no match means unknown.'),
  values: z.record(z.string(), z.string()).optional().describe('What the group says, in our words.'),
});

const proof = z.strictObject({ words, pattern: ere });

const ownFile = {
  id: name,
  title: z.string(),
  path: fullPath,
  mode: z
    .string()
    .regex(/^0[0-7]{3}$/)
    .default('0644'),
  block: z.boolean().default(false).describe('Only our marked block in a file of others.'),
  shared: z.boolean().default(false).describe("Serves every link of the host: its text names no link, and it is nobody's sign of a link."),
  keep: z.array(condition).default([]).describe('When there are conditions and all hold, unlink leaves it: another link needs it.'),
  when: conditions,
  content: z
    .union([z.string(), z.array(z.strictObject({ when: conditions, text: z.string() })).min(1)])
    .describe('The text; or pieces, of which those whose conditions hold are joined.'),
  check: words.optional().describe('The check that the program itself has for the new file {{file}}, before that takes its place at the commit.'),
  source: z.string(),
};
const liveFile = z.strictObject(ownFile);

export const step = z.strictObject({
  id: name,
  title: z.string(),
  ensures: z.array(z.string()).min(1).describe('Attributes or settings that the step makes true.'),
  when: conditions,
  files: z
    .array(liveFile)
    .default([])
    .describe('Written before the commands (in `remove`: taken away before them), because the program reads them then.'),
  apart: z.boolean().default(false).describe('What it sets does not go with the interface: only its own undo brings it back.'),
  variants: z
    .array(z.strictObject({ when: conditions, run: z.array(words).min(1), interrupts: z.string().optional() }))
    .min(1)
    .describe('The first whose conditions hold gives the commands.'),
  proofs: z.array(proof).default([]).describe('Each must hold after the last command of the step.'),
  spoils: z.array(z.enum(ATTRIBUTES)).default([]).describe('Attributes that the commands destroy on the way; a later step sets them again.'),
  undo: z
    .array(z.strictObject({ when: conditions, run: z.array(words).min(1) }))
    .default([])
    .describe(
      'Brings back what the survey read before ({{before.…}}); the first whose conditions hold. Where the interface was made by the plan only its own undo is used.',
    ),
  stays: z
    .string()
    .optional()
    .describe('Why a rollback leaves what the step did: it serves everybody. A step without it and without an undo is one-way.'),
  interrupts: z.string().optional(),
  touches: z.string().optional().describe('Set where more than this link is touched.'),
  source: z.string().describe('Manual page, source or guide.'),
});

export const bootFile = z.strictObject({ ...ownFile, byHand: byHand.optional() });

export const probe = z.strictObject({
  run: words,
  when: conditions.describe('What the link wants, by values and options: a host is not asked what only other links need to know.'),
  lasting: z
    .boolean()
    .default(false)
    .describe(
      'What it tells stays as it is while the host is up (a version, what is installed): the looks that follow in a run do not ask it again.',
    ),
  section: jsPattern
    .optional()
    .describe('Only the part of the answer that begins where group interface is ours; "not listed" on standard error if there is none.'),
});

export const setting = z.strictObject({
  ...field.shape,
  otherwise: z.string().optional().describe('No match means this value: the default of the program.'),
  want: z.string().nullable().describe('null: not set.'),
  when: conditions,
});

export const fault = z.strictObject({ id: name, when: conditions, text: z.string(), next: z.string().optional(), source: z.string() });
