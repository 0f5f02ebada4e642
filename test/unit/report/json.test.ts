/** The documents of --json in pieces: the same text as in one piece, whatever is in it. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jsonPieces, jsonText } from '../../../src/report/json.js';

const whole = (document: Readonly<Record<string, unknown>>): string => [...jsonPieces(document)].join('');

describe('a document in pieces', () => {
  it('is the same text as in one piece', () => {
    const value = fc.oneof(fc.jsonValue(), fc.array(fc.jsonValue()), fc.constant(undefined), fc.string({ unit: 'binary' }));
    fc.assert(
      fc.property(fc.dictionary(fc.string(), value), (document) => {
        expect(whole(document)).toBe(jsonText(document, 2));
      }),
    );
  });

  it('has no piece that holds more than one element of an array', () => {
    const links = Array.from({ length: 100 }, (_, i) => ({ link: `link-${i}`, ends: ['a', 'b'] }));
    expect([...jsonPieces({ links })].filter((piece) => /link-\d+[\s\S]*link-\d+/.test(piece))).toEqual([]);
  });
});
