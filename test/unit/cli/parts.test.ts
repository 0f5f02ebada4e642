/** Parts of the built program are loaded with what V8 made of them before, and without it where that is missing, spoilt, or from another version. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { load, scripts } from '../../../src/cli/parts.js';

describe('parts of the built program', () => {
  let folder: string;
  const part = (name: string, text: string): string => {
    const file = join(folder, name);
    writeFileSync(file, text);
    return file;
  };
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'parts-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('run once, find each other by their path and know where they lie', () => {
    part('count.js', 'globalThis.partsRun = (globalThis.partsRun ?? 0) + 1; exports.run = globalThis.partsRun;');
    const file = part(
      'all.js',
      "module.exports = { one: require('./count.js').run, two: require('./count.js').run, folder: __dirname, file: __filename };",
    );
    expect(load(file)).toEqual({ one: 1, two: 1, folder, file });
    expect(load(file)).toBe(load(file));
  });

  it('that need each other in a circle get what is there already', () => {
    part('left.js', "exports.early = 1; exports.right = require('./right.js').seen;");
    const file = part('right.js', "exports.seen = require('./left.js').early;");
    expect(load(file)).toEqual({ seen: 1 });
  });

  it('take the code that was kept of them', () => {
    const text = 'exports.answer = () => 42;';
    const first = part('first.js', text);
    load(first);
    const kept = scripts.get(first)?.createCachedData();
    const second = part('second.js', text);
    writeFileSync(`${second}.code`, kept ?? '');
    expect((load(second) as { answer(): number }).answer()).toBe(42);
    expect(scripts.get(second)?.cachedDataRejected).toBe(false);
  });

  it.each([
    ['empty', Buffer.alloc(0)],
    ['no code at all', Buffer.from('x'.repeat(500))],
  ])('whose kept code is %s are compiled anew', (_what, code) => {
    const file = part('again.js', 'exports.answer = 42;');
    writeFileSync(`${file}.code`, code);
    expect(load(file)).toEqual({ answer: 42 });
    expect(scripts.get(file)?.cachedDataRejected).toBe(true);
  });

  it('kept code of another text is not taken for that of a longer one', () => {
    const short = part('short.js', 'exports.answer = 1;');
    load(short);
    const long = part('long.js', 'exports.answer = 4321;');
    writeFileSync(`${long}.code`, scripts.get(short)?.createCachedData() ?? '');
    expect(load(long)).toEqual({ answer: 4321 });
  });
});
