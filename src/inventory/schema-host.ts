/** The form of a host: which keys there are and what a value looks like. */
import { z } from 'zod';
import { lazy } from '../files/lazy.js';
import { ANNOUNCED, outerForm, routerIdForm } from './address.js';
import { BECOME, COMMAND_WORD, DIAL, DNS_NAME, DYNAMIC_INTERFACE, HOST_KEY, IDENTITY, JUMP, MODULE, ROUTING, TWIN, USER } from './forms.js';
import type { Problem } from './problems.js';
import { checked, flag, formed, IPV4, oneOrMore, outerAddress, subnetText } from './schema-parts.js';
import { nearest } from './suggest.js';

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
