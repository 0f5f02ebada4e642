/**
 * The form of an inventory: which keys there are and what a value looks like. What values mean together is checked in `check-*.ts`.
 *
 * Out: zod schemas for the reader, and a JSON Schema made from the same for editors. Descriptions serve both the editor and our messages.
 */
import { z } from 'zod';
import { lazy } from '../files/lazy.js';
import { ANNOUNCED, areaForm, isSubnet, outerForm, readSubnet, routerIdForm } from './address.js';
import {
  BECOME,
  COMMAND_WORD,
  DIAL,
  DNS_NAME,
  DYNAMIC_INTERFACE,
  type Form,
  HOST_KEY,
  IDENTITY,
  INTERFACE,
  JUMP,
  MODULE,
  NAME,
  ROUTING,
  SCHEDULE,
  TWIN,
  USER,
} from './forms.js';
import type { Problem } from './problems.js';
import { nearest } from './suggest.js';

/** Text checked by a function that says what to write instead; the pattern is for editors only. */
const checked = (find: (text: string) => Problem | undefined, meta: { description: string; examples: string[]; pattern?: string }) =>
  z
    .string()
    .check(({ value, issues }) => {
      const problem = find(value);
      if (problem !== undefined) issues.push({ code: 'custom', message: problem.message, params: { problem }, input: value });
    })
    .meta(meta);

const formed = (form: Form) => checked(form.find, { description: form.description, examples: [...form.examples], pattern: form.pattern.source });

const IPV4 = '^\\d{1,3}(\\.\\d{1,3}){3}$';
const subnetText = (sizes: readonly [number, number], description: string, example: string) =>
  checked(
    (text) => {
      const read = readSubnet(text, sizes);
      return isSubnet(read) ? undefined : read;
    },
    { description, examples: [example], pattern: `${IPV4.slice(0, -1)}/\\d{1,2}$` },
  );

const outerAddress = (description: string, example: string) => checked(outerForm, { description, examples: [example], pattern: IPV4 });
const mtu = lazy(() =>
  z
    .union([z.literal('auto'), z.int().min(576).max(65511)])
    .meta({ description: 'MTU of the tunnel in bytes (576 to 65511), or auto: what both ends can do', examples: ['auto', 1476] }),
);
const ttl = lazy(() =>
  z
    .int()
    .min(1)
    .max(255)
    .meta({ description: 'TTL of the outer packets, 1 to 255', examples: [64] }),
);
const oneOrMore = (form: Form) =>
  z.union([formed(form), z.array(formed(form)).min(1)]).meta({ description: form.description, examples: [...form.examples] });

const flag = (description: string) => z.boolean().meta({ description: `true or false: ${description}`, examples: [true] });

export const sshSchema = lazy(() =>
  z
    .strictObject({
      host: formed(DIAL).optional(),
      port: z
        .int()
        .min(1)
        .max(65535)
        .meta({ description: 'TCP port of sshd, 1 to 65535', examples: [22] })
        .optional(),
      user: formed(USER).optional(),
      identity: oneOrMore(IDENTITY).optional(),
      passphrase: z
        .strictObject({
          command: z
            .array(formed(COMMAND_WORD))
            .min(1)
            .max(50)
            .meta({
              description: 'The command and its words; no shell reads them. It prints the passphrase on one line',
              examples: [['pass', 'show', 'ssh/lab']],
            }),
        })
        .meta({
          description: 'A command that prints the passphrase of an encrypted identity; run when a real host is offered that key',
          examples: [{ command: ['pass', 'show', 'ssh/lab'] }],
        })
        .optional(),
      jump: formed(JUMP).optional(),
      become: z
        .enum(BECOME)
        .meta({ description: 'How to become root after login: none, sudo or doas', examples: ['sudo'] })
        .optional(),
      host_key: oneOrMore(HOST_KEY).optional(),
      legacy: flag('allow the algorithms of 2002 for this host').optional(),
    })
    .meta({ description: 'How to log in. What is absent comes from ~/.ssh/config and the agent', examples: [{ user: 'root' }] }),
);

const ADDRESS_EXAMPLE = '203.0.113.7';

/** Like an outer address; what is no address at all may be meant as the word dynamic, or as a name. */
function addressOrWord(text: string): Problem | undefined {
  const problem = outerForm(text);
  if (problem === undefined || !/^[A-Za-z]/.test(text) || text.includes(':')) return problem;
  if (nearest(text, ['dynamic']) !== undefined)
    return { ...problem, message: `${problem.message.replace(/\.$/, '')} and not the word dynamic.`, next: 'Write dynamic.' };
  return { ...problem, next: 'Write its IPv4 address, for example 203.0.113.7, or dynamic. A name for people goes under hostname:.' };
}

const addressSchema = lazy(() =>
  z
    .union([
      z.literal('dynamic'),
      checked(addressOrWord, { description: 'Outer (public) IPv4 address', examples: [ADDRESS_EXAMPLE], pattern: IPV4 }),
      z.strictObject({ dynamic: formed(DYNAMIC_INTERFACE) }),
      z.strictObject({
        inside: outerAddress('The address the host itself has', '192.168.1.2'),
        outside: outerAddress('The address the world sees', ADDRESS_EXAMPLE),
      }),
    ])
    .meta({
      description: 'Outer (public) address: an IPv4 address, dynamic, { dynamic: INTERFACE }, or { inside: A, outside: B } behind a NAT gateway',
      examples: [ADDRESS_EXAMPLE, 'dynamic'],
    }),
);

export const hostSchema = lazy(() =>
  z
    .strictObject({
      hostname: formed(DNS_NAME).optional(),
      address: addressSchema().optional(),
      ssh: sshSchema().optional(),
      module: formed(MODULE).optional(),
      twin: formed(TWIN).optional(),
      announces: z
        .array(subnetText(ANNOUNCED, 'A prefix behind the host', '192.0.2.0/24'))
        .min(1)
        .meta({
          description: 'Prefixes that the host announces over its links, as a list; nothing else of the inventory may overlap them',
          examples: [['192.0.2.0/24']],
        })
        .optional(),
      asn: z
        .int()
        .min(1)
        .max(4294967294)
        .meta({ description: 'Autonomous system number, 1 to 4294967294: BGP needs it', examples: [64512] })
        .optional(),
      routing: formed(ROUTING).optional(),
      routerId: checked(routerIdForm, {
        description: 'Router id of the routing daemon, written as an IPv4 address',
        examples: ['10.0.0.1'],
        pattern: IPV4,
      }).optional(),
      theirs: flag('another operator runs it: it is never dialled, and links to it are set up from the other end alone').optional(),
    })
    .meta({ description: 'One machine', examples: [{ address: ADDRESS_EXAMPLE }] }),
);

const endSchema = lazy(() =>
  z
    .strictObject({
      inner: checked(() => undefined, {
        description: 'Inner address of this end, from the subnet',
        examples: ['10.1.12.37'],
        pattern: IPV4,
      }).optional(),
      interface: formed(INTERFACE),
    })
    .meta({ description: 'One end of the link', examples: [{ inner: '10.1.12.37', interface: 'gre1' }] }),
);

const seconds = (description: string, least: number, example: number) =>
  z
    .int()
    .min(least)
    .max(65535)
    .meta({ description: `${description}, in seconds (${least} to 65535)`, examples: [example] });

const ospfSchema = lazy(() =>
  z
    .strictObject({
      area: z
        .union([z.int().min(0).max(4294967295), checked(areaForm, { description: 'OSPF area', examples: ['0.0.0.0'], pattern: IPV4 })])
        .meta({ description: 'OSPF area, as a number or in dotted form; absent: 0.0.0.0', examples: ['0.0.0.0', 1] })
        .optional(),
      cost: z
        .int()
        .min(1)
        .max(65535)
        .meta({ description: 'OSPF cost of the interface at both ends, 1 to 65535', examples: [10] })
        .optional(),
      hello: seconds('Time between OSPF hellos', 1, 10).optional(),
      dead: seconds('Time without a hello after which the neighbour is gone', 2, 40).optional(),
    })
    .meta({ description: 'OSPF over the tunnel, at both ends', examples: [{ area: '0.0.0.0' }] }),
);

const bgpSchema = lazy(() =>
  z
    .strictObject({ hold: seconds('BGP hold time', 3, 90).optional() })
    .meta({ description: 'BGP between the inner addresses; both hosts need asn:', examples: [{ hold: 90 }] }),
);

export const linkSchema = lazy(() =>
  z
    .strictObject({
      kind: z
        .literal('gre')
        .meta({ description: 'Kind of tunnel: gre, the only one there is', examples: ['gre'] })
        .optional(),
      subnet: subnetText([30, 31], 'Inner subnet, a /30 or /31', '10.1.12.36/30').optional(),
      pool: formed(NAME)
        .meta({ description: 'Name of the pool that the subnet lies in', examples: ['consume'] })
        .optional(),
      ends: z.record(z.string(), endSchema()).meta({
        description: 'The two ends, by host name',
        examples: [{ mostly: { inner: '10.1.12.37', interface: 'gre1' } }],
        minProperties: 2,
        maxProperties: 2,
      }),
      mtu: mtu().optional(),
      ttl: ttl().optional(),
      updater: z
        .strictObject({
          schedule: formed(SCHEDULE).optional(),
          via: formed(NAME)
            .meta({ description: 'A third host, whose address stays, where two ends that both move tell where they are', examples: ['mostly'] })
            .optional(),
          allow_address: flag('a request may name another address than the one it comes from').optional(),
          metrics: z
            .int()
            .min(1)
            .max(65535)
            .meta({ description: 'TCP port on 127.0.0.1 of the Prometheus page, 1 to 65535', examples: [9101] })
            .optional(),
        })
        .meta({ description: 'The updater of an end whose address changes', examples: [{ schedule: '* * * * *' }] })
        .optional(),
      encap: z
        .literal('udp')
        .meta({ description: 'udp: GRE in UDP port 4754 (RFC 8086), where gateways or firewalls let no protocol 47 through', examples: ['udp'] })
        .optional(),
      multicast: flag('the interface carries multicast (OSPF hellos); false leaves that as it is').optional(),
      mss: flag('clamp the MSS of TCP connections that are forwarded through the tunnel to what its MTU carries').optional(),
      ospf: ospfSchema().optional(),
      bgp: bgpSchema().optional(),
      loopback_route: flag('route the inner address of this end to 127.0.0.1, where a system needs it').optional(),
    })
    .meta({ description: 'A tunnel between two hosts', examples: [{ kind: 'gre' }] }),
);

export const poolSchema = lazy(() => subnetText([8, 30], 'A range that subnets of links are taken from', '10.1.12.0/24'));

export const defaultsSchema = lazy(() =>
  z
    .strictObject({ ssh: sshSchema().optional(), mtu: mtu().optional(), ttl: ttl().optional() })
    .meta({ description: 'Values for every host and link that does not give its own', examples: [{ ssh: { user: 'root' } }] }),
);

const named = <T extends z.ZodType>(schema: T, description: string) =>
  z
    .record(z.string().regex(NAME.pattern), schema)
    .nullish()
    .meta({ description, examples: [{}] });

export const inventorySchema = lazy(() =>
  z
    .strictObject({
      pools: named(poolSchema(), 'Ranges for inner subnets, by name'),
      defaults: defaultsSchema().nullish(),
      hosts: named(hostSchema().nullable(), 'Machines, by name'),
      links: named(linkSchema(), 'Tunnels, by name'),
    })
    .meta({ title: 'Inventory of provision', description: 'Hosts and the tunnels between them' }),
);

const SCHEMA_ID = 'urn:provision:inventory:1';

/** JSON Schema (draft 2020-12) of an inventory file, for editors. */
export function inventoryJsonSchema(): object {
  const schema = z.toJSONSchema(inventorySchema(), { target: 'draft-2020-12', io: 'input' });
  return { $schema: 'https://json-schema.org/draft/2020-12/schema', $id: SCHEMA_ID, ...schema };
}
