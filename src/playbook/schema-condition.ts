/**
 * The small words of a playbook's schema: names, commands, patterns and conditions.
 */
import { z } from 'zod';

export const name = z.string().regex(/^[a-z][a-zA-Z0-9-]*$/, 'a name: letters, digits and -, beginning with a small letter');
export const words = z.array(z.string().min(1)).min(1).describe('A command as a list of words; never shell.');

export const regex = (flags: string) =>
  z.string().refine((text) => {
    try {
      new RegExp(text.replaceAll(/\{\{[^}]*\}\}/g, 'x'), flags);
      return true;
    } catch {
      return false;
    }
  }, 'not a regular expression');

/** Of a file: from the root, or a place of the playbook's own. */
export const fullPath = z.string().regex(/^(\/|\{\{)/, 'a full path');
export const jsPattern = regex('m').describe('A JavaScript regular expression, multi-line, with named groups.');
export const ere = regex('').describe('A POSIX extended regular expression, as grep -E takes it on the host; {{values}} in it are escaped.');

export const ATTRIBUTES = ['driver', 'interface', 'outer', 'inner', 'mtu', 'ttl', 'up'] as const;

export type Condition =
  | { probe: string; exit?: number | undefined; exitNot?: number | undefined; matches?: string | undefined; lacks?: string | undefined }
  | { file: string; matches?: string | undefined; lacks?: string | undefined }
  | { release: string }
  | { driver: 'ready' | 'loadable' | 'missing' }
  | { creating: boolean }
  | { exists: boolean }
  | { up: boolean }
  | { has: 'outer' | 'inner' }
  | { differs: string }
  | { option: 'loopbackRoute' | 'multicast' | 'mss' }
  | { value: string; is: string }
  | { given: string }
  | { wantMtu: { not?: number | undefined; above?: number | undefined } }
  | { liveMtu: { is?: number | undefined; above?: number | undefined } }
  | { not: Condition }
  | { any: Condition[] }
  | { all: Condition[] };

export const condition: z.ZodType<Condition> = z.lazy(() =>
  z.union([
    z.strictObject({
      probe: name,
      exit: z.int().optional(),
      exitNot: z.int().optional(),
      matches: jsPattern.optional(),
      lacks: jsPattern.optional(),
    }),
    z.strictObject({ file: fullPath, matches: jsPattern.optional(), lacks: jsPattern.optional() }),
    z.strictObject({ release: z.string() }),
    z.strictObject({ driver: z.enum(['ready', 'loadable', 'missing']) }),
    z.strictObject({ creating: z.boolean() }),
    z.strictObject({ exists: z.boolean() }),
    z.strictObject({ up: z.boolean() }),
    z.strictObject({ has: z.enum(['outer', 'inner']) }),
    z.strictObject({ differs: z.string() }),
    z.strictObject({ option: z.enum(['loopbackRoute', 'multicast', 'mss']) }),
    z.strictObject({ value: z.string(), is: z.string() }),
    z.strictObject({ given: z.string() }),
    z.strictObject({ wantMtu: z.strictObject({ not: z.int().optional(), above: z.int().optional() }) }),
    z.strictObject({ liveMtu: z.strictObject({ is: z.int().optional(), above: z.int().optional() }) }),
    z.strictObject({ not: condition }),
    z.strictObject({ any: z.array(condition).min(1) }),
    z.strictObject({ all: z.array(condition).min(1) }),
  ]),
);
export const conditions = z.array(condition).default([]).describe('All must hold; an empty list always holds.');
