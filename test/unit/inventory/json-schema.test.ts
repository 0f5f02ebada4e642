/** The published JSON Schema against the files that people begin with. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { starterInventory } from '../../../src/inventory/starter.js';

const at = (path: string): string => fileURLToPath(new URL(`../../../${path}`, import.meta.url));
const validate = new Ajv2020({ allErrors: true, strict: false }).compile(
  JSON.parse(readFileSync(at('schema/inventory.schema.json'), 'utf8')) as object,
);

describe('schema/inventory.schema.json', () => {
  it.each([
    ['the example of the guide', readFileSync(at('inventory/guide.yaml'), 'utf8')],
    ['the starter of init', starterInventory()],
    ['a passphrase command', 'hosts: { a: { ssh: { passphrase: { command: [pass, show] } } } }'],
  ])('takes %s', (_name, text) => {
    expect(validate(parse(text)), JSON.stringify(validate.errors)).toBe(true);
  });

  it.each([
    'hosts: { a: { adress: 203.0.113.1 } }',
    'hosts: { a: { ssh: { passphrase: hunter2 } } }',
    'links: { l: { ends: {} } }',
  ])('refuses %s', (text) => {
    expect(validate(parse(text))).toBe(false);
  });
});
