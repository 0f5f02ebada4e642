/**
 * The form of an inventory: which keys there are and what a value looks like. What values mean together is checked in `check-*.ts`.
 *
 * Out: zod schemas for the reader, and a JSON Schema made from the same for editors. Descriptions serve both the editor and our messages.
 */
import { z } from 'zod';
import { lazy } from '../files/lazy.js';
import { NAME } from './forms.js';
import { hostSchema, sshSchema } from './schema-host.js';
import { linkSchema } from './schema-link.js';
import { mtu, subnetText, ttl } from './schema-parts.js';

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
