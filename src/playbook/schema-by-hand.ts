/**
 * The schema of what a person may have written by hand in place of our boot file, and that does the same.
 *
 * A form is exact: every line that is looked at must be one of its lines, and every line that it needs must be there. What a form does not name is no part of it,
 * so a word that nobody has thought of is a difference and never passed over.
 */
import { z } from 'zod';
import { type Condition, condition, conditions, jsPattern } from './schema-condition.js';

/** One line, or one group of words in a line. Text alone: needed, once. */
export type Piece =
  | string
  | {
      is: string;
      when?: Condition[] | undefined;
      optional?: boolean | Condition[] | undefined;
      many?: boolean | undefined;
      anywhere?: boolean | undefined;
      words?: Piece[] | undefined;
    };

const whole = jsPattern.describe(
  'A JavaScript regular expression for the whole line (or group of words), blanks made single. {{values}} in it are escaped.',
);

const piece: z.ZodType<Piece> = z.lazy(() =>
  z.union([
    whole,
    z.strictObject({
      is: whole,
      when: z.array(condition).optional().describe('The piece is part of the form only where these hold.'),
      // Not `conditions`: its default, the empty list, always holds and would let every piece be missing.
      optional: z
        .union([z.boolean(), z.array(condition).min(1)])
        .optional()
        .describe('It may be missing: true, or where these hold.'),
      many: z.boolean().optional().describe('It may stand there several times; with `words`, its words may be spread over several lines.'),
      anywhere: z.boolean().optional().describe('In an ordered part: it has no place of its own.'),
      words: z.array(piece).optional().describe('What the group `words` of the pattern must consist of, in any order.'),
    }),
  ]),
);

const path = z
  .string()
  .regex(/^\/([^*]*\/)?[^/]*$/, 'a path; only its last part may hold *')
  .describe('A file. A * in its last part: every such file of the folder, in the order of their names.');

const part = z.strictObject({
  in: z.array(path).min(1),
  format: z
    .enum(['lines', 'ini', 'yaml'])
    .default('lines')
    .describe('lines: as they are, without empty ones and comments; ini: Section.Key=value; yaml: a.b[0]=value.'),
  when: conditions,
  joins: jsPattern.optional().describe('A line that goes on with the line before it.'),
  from: jsPattern.optional().describe('Only what stands from such a line …'),
  to: jsPattern.optional().describe('… to before such a line.'),
  has: jsPattern.optional().describe('Only files with such a line.'),
  about: jsPattern.optional().describe('Only such lines.'),
  unless: jsPattern.optional().describe('Where any of the files has such a line, nothing is taken for the same.'),
  mode: jsPattern.optional().describe('What the permission bits of the files must look like, as ls shows them: -rw-r--r--.'),
  ordered: z.boolean().default(false).describe('The lines must stand in the order of the pieces.'),
  lines: z.array(piece),
});

export const byHand = z
  .strictObject({
    signs: jsPattern
      .optional()
      .describe('Of the lines looked at: what shows that somebody else configures this interface. Absent: each of them does.'),
    foreign: z.string().optional().describe('What is said where there are signs, and what they say is not the same. Absent: they are left alone.'),
    forms: z
      .array(z.strictObject({ when: conditions, parts: z.array(part).min(1) }))
      .min(1)
      .describe('Any of them will do; all parts of one must hold.'),
  })
  .describe('What does the same as this file and was written by hand. Where one of the forms is there the file is as wanted, and is never written.');

export type ByHandRule = z.infer<typeof byHand>;

export type HandPart = z.infer<typeof part>;
