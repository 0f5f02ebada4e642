/**
 * The schema of a playbook's `evidence:`: what `diagnose` asks beside the survey, and how the answers are read.
 *
 * In: parsed YAML. Out: typed rules. A rule says what was seen in words that every system shares (the way a packet takes, a rule that drops, a key); what
 * follows from it is decided in src/diagnose/, which knows no system.
 */
import { z } from 'zod';
import { conditions, ere, jsPattern, name, words } from './schema-condition.js';

const proof = z.strictObject({ words, pattern: ere });

const way = z.strictObject({
  from: name,
  interface: jsPattern.describe('Group interface.'),
  source: jsPattern.optional().describe('Group source: the address that packets leave with.'),
  gateway: jsPattern.optional().describe('Group gateway.'),
  none: jsPattern.optional().describe('If this matches (standard error too), there is no route.'),
});

const drop = z.strictObject({
  id: name,
  from: name.describe('The probe that lists the rules of a packet filter.'),
  filter: z.string().describe('For people: what it is called.'),
  pattern: jsPattern.describe('What drops. Group rule, where there is one, is the line to show; else the first line of the match.'),
  unless: jsPattern.optional().describe('Rules that let the same through before; then the match counts for nothing.'),
  keepsState: jsPattern
    .optional()
    .describe('If this matches, answers are let in: then the tunnel works as long as this host has sent something itself a short while ago.'),
  enabled: conditions.describe('When these do not hold, the filter does not work and its rules mean nothing.'),
  carries: z.enum(['outer', 'inner', 'routing']).describe('Whether it meets the packets of the tunnel, all those inside it, or those of OSPF alone.'),
  way: z.enum(['in', 'out']),
  told: words.describe('A command that lets the tunnel through again. It is shown and never run: the filter is not ours.'),
});

/** What a mend is made of: steps with proof and undo, for the guard. */
const mend = z.strictObject({
  title: z.string(),
  when: conditions,
  run: z.array(words).min(1),
  proofs: z.array(proof).default([]),
  undo: z.array(words).min(1),
  touches: z.string().optional(),
  keep: z.string().optional().describe('How it outlasts a reboot, for people: the step itself does not.'),
  source: z.string(),
});

export const evidence = z.strictObject({
  probes: z.record(name, z.strictObject({ run: words })).default({}),
  outerInterface: z.string().default('').describe('{{outer.interface}} where the outer address is on no interface.'),
  routes: z.strictObject({ outer: way, inner: way }).describe('The way to the outer and to the inner address of the other end.'),
  settings: z
    .record(
      z.string(),
      z.strictObject({
        code: name.describe('The cause where the setting is not as wanted.'),
        stops: z.enum(['everything', 'routing', 'nothing']),
        text: z.string(),
      }),
    )
    .default({}),
  values: z
    .record(z.string(), z.strictObject({ from: name, pattern: jsPattern }))
    .default({})
    .describe('More {{names}} for mends: group value of an answer. A mend whose values were not read is no mend.'),
  drops: z.array(drop).default([]),
  strict: z
    .array(
      z.strictObject({
        of: z.enum(['outer', 'inner']).describe('The card that the outer packets come in by, or the tunnel itself.'),
        from: name.describe('The answer to show.'),
        when: conditions.describe('When these hold, what comes in by an interface which the way back does not use is dropped.'),
      }),
    )
    .default([]),
  mends: z
    .record(name, z.array(mend).min(1))
    .default({})
    .describe('By the code of the cause; the first whose conditions hold and whose values are known.'),
  capture: z
    .strictObject({ run: words, seen: jsPattern.describe('A line for each packet; group source: where it came from.') })
    .optional()
    .describe('Listens for some seconds for packets of the tunnel from anywhere, before any filter.'),
  source: z.string().describe('Manual pages and sources of the above.'),
});

export type EvidenceRules = z.infer<typeof evidence>;
export type DropRule = EvidenceRules['drops'][number];
export type MendRule = z.infer<typeof mend>;
