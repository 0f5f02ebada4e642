/** The form of a link: which keys there are and what a value looks like. */
import { z } from 'zod';
import { lazy } from '../files/lazy.js';
import { areaForm } from './address.js';
import { INTERFACE, NAME, SCHEDULE } from './forms.js';
import { checked, flag, formed, IPV4, mtu, subnetText, ttl } from './schema-parts.js';

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

const absent = lazy(() => flag('it is not wanted any more: `link` takes away what it has set up of it, and leaves the tunnel'));

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
      absent: absent().optional(),
    })
    .meta({ description: 'OSPF over the tunnel, at both ends', examples: [{ area: '0.0.0.0' }] }),
);

const bgpSchema = lazy(() =>
  z
    .strictObject({ hold: seconds('BGP hold time', 3, 90).optional(), absent: absent().optional() })
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
