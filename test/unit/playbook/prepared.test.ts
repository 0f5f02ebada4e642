/** Playbooks as the build has read them: the same as their YAML, or not there. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { hashOf, prepared } from '../../../src/playbook/prepared.js';

const BUILT = 'dist/playbooks.json';
const texts = readdirSync('playbooks', { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.yaml'))
  .map((name) => readFileSync(join('playbooks', name), 'utf8'));

describe('prepared playbooks', () => {
  it.skipIf(!existsSync(BUILT))('hold for each text that the build has seen what its YAML holds', () => {
    const values = JSON.parse(readFileSync(BUILT, 'utf8')) as Record<string, unknown>;
    const seen = texts.filter((text) => Object.hasOwn(values, hashOf(text)));
    for (const text of seen) expect(values[hashOf(text)]).toEqual(parse(text));
  });

  it('are not there for a text that nobody has built, nor without a build', () => {
    for (const text of [...texts, 'name: mine\n', '']) expect(prepared(text)).toBeUndefined();
  });
});
