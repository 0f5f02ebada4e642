import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cksum } from '../../../src/script/cksum.js';
import { anyLineMatches } from '../../../src/twin/ere.js';
import { splitWords } from '../../../src/twin/words.js';

const grep = (pattern: string, text: string): boolean => {
  try {
    execFileSync('grep', ['-E', '-q', '-e', pattern], { input: text, env: { LC_ALL: 'C', PATH: process.env.PATH } });
    return true;
  } catch {
    return false;
  }
};

describe('extended regular expressions', () => {
  const text = 'gre1: flags=8011<UP,POINTOPOINT> mtu 1450\n\tinet 10.1.12.37 --> 10.1.12.38 netmask 0xfffffffc \na]b\\c{x}\n';
  it.each([
    '^gre1: flags=[0-9a-fx]+<([A-Z0-9]+,)*UP(,[A-Z0-9]+)*>',
    '^[[:space:]]*inet 10\\.1\\.12\\.37 -->? 10\\.1\\.12\\.38( |$)',
    'mtu 14[^[:alpha:]]{2}$',
    'a[]x]b',
    'b[\\]c',
    'c\\{x\\}$',
    '^no such line$',
    'inet 10.1.12.37 ->',
    '(^| )netmask 0x[f]{7}c *$',
    '^$',
  ])('%s matches as in grep -E', (pattern) => {
    expect(anyLineMatches(pattern, text)).toBe(grep(pattern, text));
  });

  it('refuses what shells do not read the same way', () => {
    expect(() => anyLineMatches('\\d+', '1')).toThrow();
    expect(() => anyLineMatches('[a', 'a')).toThrow();
  });
});

describe('cksum', () => {
  it('is that of cksum(1) for any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        const out = execFileSync('cksum', { input: bytes }).toString();
        expect(String(cksum(bytes))).toBe(out.split(' ')[0]);
      }),
      { numRuns: 15 },
    );
  });
});

describe('single command lines', () => {
  it('gives back any words that were quoted, and refuses what needs a shell', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ minLength: 1, maxLength: 8 }), { minLength: 1, maxLength: 5 }), (words) => {
        const line = words.map((w) => `'${w.replaceAll("'", "'\\''")}'`).join(' ');
        expect(splitWords(line)).toEqual({ words });
      }),
    );
    for (const line of ['a; b', 'a | b', 'a $(b)', 'a > b', 'a `b`', "a 'b", 'a "$b"']) expect(splitWords(line)).toHaveProperty('refused');
  });
});
