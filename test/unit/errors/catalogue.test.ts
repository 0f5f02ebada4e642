import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { generated } from '../../../src/cli/generated.js';
import { CATALOGUE } from '../../../src/errors/catalogue.js';

const at = (path: string): string => fileURLToPath(new URL(`../../../${path}`, import.meta.url));

describe('files made from code', () => {
  it.each(Object.entries(generated()))('%s is as the code makes it (else: npm run build && node scripts/generate.mjs)', (path, text) => {
    expect(readFileSync(at(path), 'utf8')).toBe(text);
  });

  it('lists every error code in docs/errors.md', () => {
    const text = generated()['docs/errors.md'] ?? '';
    for (const code of Object.keys(CATALOGUE)) expect(text).toContain(`| \`${code}\` |`);
  });

  it('names the schema that the header of the guide inventory points to', () => {
    const header = readFileSync(at('inventory/guide.yaml'), 'utf8').split('\n')[0];
    expect(header).toBe('# yaml-language-server: $schema=../schema/inventory.schema.json');
    expect(Object.keys(generated())).toContain('schema/inventory.schema.json');
  });
});

describe('error codes', () => {
  it.each(Object.entries(CATALOGUE))('%s says when and what to do, in whole sentences', (_code, entry) => {
    expect(entry.when).toMatch(/^.{10,}\.$/);
    expect(entry.next.length).toBeGreaterThan(10);
  });
});
