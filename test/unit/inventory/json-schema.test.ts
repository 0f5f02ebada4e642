/** The published JSON Schema against the files that people begin with. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { starterInventory } from '../../../src/inventory/starter.js';
import { provisionIn } from '../../twin/command.js';

const at = (path: string): string => fileURLToPath(new URL(`../../../${path}`, import.meta.url));
const validate = new Ajv2020({ allErrors: true, strict: false }).compile(
  JSON.parse(readFileSync(at('schema/inventory.schema.json'), 'utf8')) as object,
);

describe('init', () => {
  it('writes the schema where the first line of the starter says it is, and leaves one that is there', async () => {
    const home = mkdtempSync(join(tmpdir(), 'init-'));
    try {
      expect((await provisionIn(home, 'init')).exit).toBe(0);
      const named = /^# yaml-language-server: \$schema=(\S+)$/m.exec(readFileSync(join(home, 'inventory', 'inventory.yaml'), 'utf8'))?.[1] ?? '';
      expect(readFileSync(join(home, 'inventory', named), 'utf8')).toBe(readFileSync(at('schema/inventory.schema.json'), 'utf8'));
      mkdirSync(join(home, 'other'));
      writeFileSync(join(home, 'other', named), '{}');
      expect((await provisionIn(home, 'init', 'other')).exit).toBe(0);
      expect(readFileSync(join(home, 'other', named), 'utf8')).toBe('{}');
      expect((await provisionIn(home, 'check', '-i', join(home, 'inventory'))).exit).toBe(0);
    } finally {
      rmSync(home, { recursive: true, force: true });
    }
  });
});

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
