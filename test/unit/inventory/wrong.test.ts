/**
 * Every wrong file of test/fixtures/inventory/wrong with the text a person sees for it. The texts are data: a new case is a new
 * file. After a change of wording, `UPDATE_EXPECTED=1 npx vitest run test/unit/inventory/wrong.test.ts` writes them anew; read the
 * difference before you commit it.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ProvisionErrors } from '../../../src/errors/error.js';
import { isClean, renderError } from '../../../src/errors/render.js';
import { loadInventory } from '../../../src/inventory/load.js';

const FOLDER = 'test/fixtures/inventory/wrong';
const files = readdirSync(FOLDER).filter((name) => name.endsWith('.yaml'));

/** What a person sees, without colour and with the file's bare name. */
function seen(name: string): { text: string; errors: ProvisionErrors } {
  const path = join(FOLDER, name);
  try {
    loadInventory(path);
  } catch (error) {
    if (!(error instanceof ProvisionErrors)) throw error;
    const source = (file: string): string => readFileSync(file, 'utf8');
    const text = error.errors.map((e) => renderError(e, { colour: false, source })).join('\n\n');
    return { text: `${text.replaceAll(`${FOLDER}/`, '')}\n`, errors: error };
  }
  throw new Error(`${name} was taken as right`);
}

describe('wrong inventories', () => {
  it('there are at least 45 of them', () => expect(files.length).toBeGreaterThanOrEqual(45));

  it.each(files)('%s is refused with the message expected', (name) => {
    const expected = join(FOLDER, name.replace(/\.yaml$/, '.expected.txt'));
    const { text } = seen(name);
    if (process.env.UPDATE_EXPECTED) writeFileSync(expected, text);
    expect(text).toBe(readFileSync(expected, 'utf8'));
  });

  it.each(files)('%s gets a place inside the file, what to write instead, and nothing a terminal obeys', (name) => {
    const { text, errors } = seen(name);
    expect(text.split('\n').every(isClean)).toBe(true);
    expect(text).not.toContain('    at ');
    expect(errors.exitCode).toBe(65);
    const lines = readFileSync(join(FOLDER, name), 'latin1').split('\n');
    for (const { details } of errors.errors) {
      expect(details.next ?? '').not.toBe('');
      const { line, column } = details.place ?? { line: 0, column: 0 };
      expect(line).toBeGreaterThanOrEqual(1);
      expect(line).toBeLessThanOrEqual(lines.length);
      expect(column).toBeGreaterThanOrEqual(1);
      expect(column).toBeLessThanOrEqual((lines[line - 1] ?? '').length + 1);
    }
  });
});
