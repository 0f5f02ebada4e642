/** The short way to a line without secrets gives what the long one gives. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jsonText } from '../../../src/report/json.js';
import { scrub, scrubbedText } from '../../../src/report/scrub.js';

const word = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 6 }),
  fc.constantFrom(
    'password: x',
    'Secret=y',
    '-----BEGIN RSA PRIVATE KEY-----',
    'private_key',
    'privateKey',
    'identityData',
    'token',
    'pass',
    'TOKEN = z',
  ),
);
const { value } = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    word,
    fc.integer(),
    fc.constantFrom(null, undefined, true),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(word, tie('value'), { maxKeys: 3, noNullPrototype: true }),
    fc.array(fc.tuple(word, tie('value')), { maxLength: 2 }).map((pairs) => new Map(pairs)),
    word.map((text) => Buffer.from(text)),
    word.map((text) => new Error(text)),
    fc.date({ noInvalidDate: true }),
  ),
}));

describe('a record for the log', () => {
  it('is the same as its clean copy as text', () => {
    const one = (record: object): void => {
      expect(scrubbedText(record)).toBe(jsonText(scrub(record)));
    };
    fc.assert(fc.property(fc.dictionary(word, value, { noNullPrototype: true }), one), { numRuns: 1000 });
  });

  it('keeps its bounds: long texts and deep values', () => {
    let deep: unknown = 'x';
    for (let i = 0; i < 20; i += 1) deep = { deep };
    for (const record of [{ text: 'x'.repeat(80_000) }, { deep }]) expect(scrubbedText(record)).toBe(jsonText(scrub(record)));
    expect(scrubbedText({ deep })).toContain('…');
  });
});
