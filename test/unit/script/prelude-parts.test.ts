/** A script that carries a part of the prelude carries all that it can call. */
import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { PRELUDE_BODY } from '../../../src/script/prelude.js';
import { preludeWith } from '../../../src/script/prelude-parts.js';

const named = (text: string): string[] => [...text.matchAll(/^([a-z_0-9]+) \(\) \{/gm)].map((m) => m[1] ?? '');
const ALL = named(PRELUDE_BODY);
const START = ['pv_start_0000', 'pv_end'];

describe('a part of the prelude', () => {
  it('with every function is the whole of it, less the comments', () => {
    const plain = PRELUDE_BODY.split('\n').filter((line) => !/^\s*#/.test(line) && line !== '');
    const all = preludeWith(PRELUDE_BODY, ALL);
    expect(all.split('\n').filter((line) => line !== '' && !line.startsWith('#'))).toEqual(plain);
  });

  it.each(['try', 'prove', 'put', 'block', 'settle', 'run'])('for %s names no function that is not in it, and is shell', (verb) => {
    const part = preludeWith(PRELUDE_BODY, [verb, ...START]);
    const words = new Set(part.match(/[a-z_0-9]+/g));
    expect(ALL.filter((name) => words.has(name) && !named(part).includes(name))).toEqual([]);
    expect(named(part)).toEqual(expect.arrayContaining([verb, 'p', 'pv', 'pv_clean', ...START]));
    expect(spawnSync('sh', ['-n'], { input: part }).status).toBe(0);
    expect(part.endsWith('\n}\n# end of prelude\n')).toBe(true);
  });

  it('leaves out what nobody calls', () => {
    const part = preludeWith(PRELUDE_BODY, ['try', ...START]);
    expect(named(part)).not.toContain('pv_splice');
    expect(named(part)).not.toContain('pv_arm');
    expect(part.length).toBeLessThan(PRELUDE_BODY.length / 2);
  });
});
