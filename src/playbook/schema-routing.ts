/**
 * The schema of a routing playbook: one YAML file that holds what is known of one routing daemon.
 *
 * In: parsed YAML. Out: a typed playbook. Its parts are those of a tunnel driver's playbook and are put behind that one's own (`compose.ts`), so that looking,
 * planning, undo and guard are the same for both. docs/routing.md is the long form.
 */
import { z } from 'zod';
import type { Protocol } from './protocols.js';
import { condition, jsPattern, name } from './schema-condition.js';
import { bootFile, fault, probe, setting, step } from './schema-parts.js';
import type { Named } from './values.js';

const neighbours = z
  .strictObject({
    from: name.describe('The probe that lists all neighbours.'),
    each: jsPattern.describe('Matches one neighbour; groups address and state. Matched again and again over the whole answer.'),
    up: jsPattern.describe('What state is when the neighbour is fully there.'),
  })
  .describe('How neighbours are read. The neighbour of the link is the one whose address is {{inner.peer}}.');

const protocol = z.strictObject({
  refuse: z
    .array(z.strictObject({ when: z.array(condition).min(1), text: z.string(), next: z.string().optional() }))
    .default([])
    .describe('What stands in the way: the plan is refused with this text.'),
  settings: z.record(name, setting).default({}),
  steps: z.array(step).default([]),
  remove: z.array(step).default([]),
  files: z.array(bootFile).default([]).describe('Written at the commit, for the next start of the daemon.'),
  neighbours: neighbours.optional(),
  causes: z
    .record(name, z.strictObject({ code: name, text: z.string() }))
    .default({})
    .describe('What it means for a neighbour where a setting is not as wanted, for `diagnose`.'),
  faults: z.array(fault).default([]),
});

export const routingSchema = z.strictObject({
  schema: z.literal(1),
  kind: z.literal('routing'),
  name,
  title: z.string(),
  places: z
    .record(z.string(), z.record(name, z.string()))
    .describe(
      'By first word of uname -s: values such as paths, as {{NAME.key}} with the name of this playbook. A system that is not here does not have this daemon.',
    ),
  probes: z.record(name, probe),
  present: z.array(condition).min(1).describe('All hold where the daemon is on the host and answers.'),
  ospf: protocol.optional(),
  bgp: protocol.optional(),
});

export type RoutingData = z.infer<typeof routingSchema>;
export type ProtocolRules = z.infer<typeof protocol>;

export interface RoutingPlaybook extends RoutingData {
  readonly file: string;
  readonly builtIn: boolean;
}

/** JSON Schema of a routing playbook, for editors. */
export function routingJsonSchema(): object {
  return z.toJSONSchema(routingSchema, { io: 'input', unrepresentable: 'any' });
}

/** One daemon that speaks one protocol on this end. */
export interface Daemon {
  readonly name: string;
  readonly title: string;
  readonly protocol: Protocol;
  /** Names of what is read back of it. */
  readonly settings: readonly string[];
  readonly neighbours?: ProtocolRules['neighbours'];
  readonly causes: ProtocolRules['causes'];
  readonly refuse: ProtocolRules['refuse'];
  /** The link does not want the protocol any more. */
  readonly leaving?: true;
}

/** A protocol that is asked for and that no daemon, or more than one, could speak. */
export interface Lacking {
  readonly protocol: Protocol;
  /** Names of the daemons that answered and speak it; none: there is no such daemon. */
  readonly several: readonly string[];
  /** Titles of those that are known for this system. */
  readonly known: readonly string[];
}

export interface Daemons {
  readonly chosen: readonly Daemon[];
  readonly lacking: readonly Lacking[];
  /** Ids of steps and files of protocols that the link does not want any more: they are taken away only. */
  readonly leaving: ReadonlySet<string>;
  /** Values such as paths of the daemons' files. */
  readonly values: Named;
}
