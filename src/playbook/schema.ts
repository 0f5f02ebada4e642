/**
 * The schema of a playbook: one YAML file that holds what is known of one driver on one family of systems.
 *
 * In: parsed YAML. Out: a typed playbook, or zod's issues with paths. Each key is described here; docs/playbooks.md is the long form.
 * A value of the inventory enters a playbook only through `{{name}}` in a word, a pattern or a file's content.
 */
import { z } from 'zod';
import { condition, conditions, jsPattern, name, regex, words } from './schema-condition.js';
import { evidence } from './schema-evidence.js';
import { bootFile, fault, field, probe, setting, step } from './schema-parts.js';
import type { Daemons, RoutingPlaybook } from './schema-routing.js';

export { ATTRIBUTES, type Condition } from './schema-condition.js';

const unless = z
  .array(z.strictObject({ when: conditions, why: z.string() }))
  .default([])
  .describe('Why it cannot be done where these hold.');

const bootWay = z.strictObject({
  id: name,
  title: z.string(),
  when: conditions,
  files: z.array(bootFile).min(1),
  conflicts: z
    .array(z.strictObject({ when: conditions, text: z.string() }))
    .default([])
    .describe('Signs that somebody else configures this interface at boot.'),
});

const updater = z.strictObject({
  address: z
    .strictObject({ run: words, sed: z.string() })
    .describe('Prints the IPv4 addresses of the interface {{watch}}: a command, and a sed script for its output that leaves one address a line.'),
  cron: z.array(bootFile).min(1).describe('What runs {{home}}/updater on {{schedule}} (five fields).'),
  cronPrograms: z.array(z.string()).default([]).describe('One of these must be there: without it nothing reads what `cron` writes.'),
  service: z
    .array(
      z.strictObject({
        id: name,
        title: z.string(),
        when: conditions,
        files: z.array(bootFile).min(1),
        start: z.array(words).min(1),
        stop: z.array(words).min(1),
      }),
    )
    .default([])
    .describe('What starts `{{program}} updater run {{link}}` at boot; the first whose conditions hold.'),
});

export const playbookSchema = z.strictObject({
  schema: z.literal(1),
  name,
  title: z.string(),
  kind: z.literal('gre'),
  system: z.string().describe('First word of uname -s.'),
  release: z.string().default('').describe('Range over uname -r, for example ">=4.8 <11"; empty: all.'),
  driverName: z.string().describe('For people: how this host makes the tunnel.'),
  interface: z.strictObject({ pattern: regex(''), hint: z.string() }),
  module: z.string().optional().describe('The driver module where the inventory names none.'),
  tools: z.array(name).default([]).describe('Probes that must not end with 127: the commands the steps need.'),
  probes: z.record(name, probe),
  match: conditions,
  driver: z.array(z.strictObject({ when: conditions, state: z.enum(['ready', 'loadable', 'missing']), how: z.string() })).min(1),
  live: z.strictObject({
    interface: z.strictObject({ from: name, present: jsPattern, absent: jsPattern }),
    up: field,
    mtu: field,
    outer: field,
    inner: field,
    subnetReachesPeer: z.boolean().default(false).describe('An inner address without a peer reaches the peer by its prefix.'),
    ttl: field.optional(),
    settings: z.record(z.string(), setting).default({}),
  }),
  addresses: z
    .strictObject({ from: name, section: jsPattern.optional(), pattern: jsPattern })
    .describe('Lists every IPv4 address of the host with its interface.'),
  sample: z
    .strictObject({ from: name, section: jsPattern, scrub: z.array(jsPattern).default([]) })
    .describe('State of all interfaces, compared before and after.'),
  static: z.array(condition).default([]).describe('When there are conditions and all hold, units are compiled in: never created, never destroyed.'),
  mtu: z.strictObject({
    default: z.int().optional().describe('Of a fresh interface, bytes; absent: not known.'),
    maximum: z.array(z.strictObject({ when: conditions, bytes: z.int(), why: z.string() })).default([]),
    usual: z.int().default(1476).describe('What the driver does on a path of 1500 bytes.'),
  }),
  mss: z
    .strictObject({ unless })
    .optional()
    .describe('The MSS of TCP is clamped where a link asks for it (a step does it). Without it: this playbook has no words for that.'),
  udp: z
    .strictObject({
      unless,
      source: z.enum(['fixed', 'varies']).describe('Whether packets leave from port 4754, or from one that the system chooses.'),
      accepts: z.enum(['any', 'fixed']).describe('Whether packets of any source port are taken, or of port 4754 alone.'),
    })
    .optional()
    .describe('GRE in UDP, port 4754 (RFC 8086). Without it: this driver cannot do it.'),
  rebuild: conditions.describe('When these hold the interface is destroyed and made anew instead of changed in place.'),
  steps: z.array(step).min(1),
  boot: z.array(bootWay).min(1).describe('Ways to keep it after a reboot; the first whose conditions hold is taken.'),
  remove: z.array(step).min(1),
  reboot: z
    .strictObject({ run: words, boot: words.describe('Prints something that is another one after each boot.') })
    .optional()
    .describe('How the host is rebooted where somebody asks for it. Without it: not by us.'),
  guard: z
    .strictObject({
      state: z.string().startsWith('/').describe('A folder that a reboot empties; the guard makes one of its own beside it.'),
      keep: z.string().startsWith('/').describe('A folder that outlasts a reboot, for the journal of changes and the names of temporary files.'),
      timers: z
        .array(z.strictObject({ when: conditions, run: words, cancel: words }))
        .default([])
        .describe('What starts and stops the timer, where a detached subshell would be killed with the session; {{seconds}}, {{undo}}, {{run}}.'),
    })
    .describe('How the undo by itself outlives the connection.'),
  ping: z.strictObject({
    run: words,
    df: words,
    hop: words.describe('One echo request with a TTL of 1.'),
    trace: words,
    tooBig: jsPattern.describe("What ping says where a packet with don't-fragment is too long; group mtu: the size that would do, where it is told."),
    received: jsPattern,
    answered: z
      .string()
      .describe('POSIX extended regular expression: a line of the output that says that something came back. The guard asks by it.'),
  }),
  counters: z
    .strictObject({ run: words, received: jsPattern, sent: jsPattern })
    .optional()
    .describe('Packets through the interface, group value: they tell which way packets are lost.'),
  evidence: evidence.optional().describe('What `diagnose` looks at. Without it only what the survey reads is judged.'),
  updater: updater
    .optional()
    .describe('How the updater of the dynamic end reads its address and is started. Without it the host can only be a fixed end.'),
  faults: z.array(fault).default([]),
});

export type PlaybookData = z.infer<typeof playbookSchema>;
export type PlaybookStep = PlaybookData['steps'][number];
export type BootWay = PlaybookData['boot'][number];
export type BootFile = BootWay['files'][number];
/** A file that we write, whole or our block in it, whenever it is written. */
export type OwnFile = PlaybookStep['files'][number];
export type Unless = z.infer<typeof unless>;
export type Field = z.infer<typeof field>;

/** A loaded playbook and where it came from. */
export interface Playbook extends PlaybookData {
  readonly file: string;
  readonly builtIn: boolean;
  /** Routing daemons that a host of this system may have. */
  readonly routing?: readonly RoutingPlaybook[];
  /** What the daemons of this link add, once it is known which they are (`compose.ts`). */
  readonly daemons?: Daemons;
}

/** JSON Schema of a playbook, for editors. */
export function playbookJsonSchema(): object {
  return z.toJSONSchema(playbookSchema, { io: 'input', unrepresentable: 'any' });
}
