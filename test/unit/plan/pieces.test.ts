/** Lines of a hand-written boot file against the pieces of a playbook: nothing that is not named is passed over, nothing that is needed may be missing. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mismatches, wordMismatches } from '../../../src/plan/pieces.js';
import type { Context } from '../../../src/playbook/condition.js';
import { linesOf } from '../../../src/playbook/lines.js';
import type { Piece } from '../../../src/playbook/schema-by-hand.js';
import { Values } from '../../../src/playbook/values.js';

const context: Context = { release: '1.0', probes: {}, values: new Values({ mtu: '1476', a: '10.0.0.1' }) };
const PIECES: readonly Piece[] = [
  'create',
  { is: 'tunnel (?<words>.*)', words: ['from {{a}}', 'to 10\\.0\\.0\\.2', { is: 'quick', optional: true }] },
  { is: 'mtu {{mtu}}', optional: [{ value: 'mtu', is: '1476' }], anywhere: true },
  { is: 'set (?<words>.*)', many: true, words: ['up', { is: 'loud', optional: true }] },
];
const GOOD = ['create', 'tunnel to 10.0.0.2 from 10.0.0.1', 'set loud', 'set up'];

describe('pieces', () => {
  it('take words in any order, and words that are spread over lines', () => {
    expect(mismatches(PIECES, GOOD, context, true)).toEqual([]);
    expect(mismatches(PIECES, ['mtu 1476', 'create', 'tunnel from 10.0.0.1 quick to 10.0.0.2', 'set up loud'], context, true)).toEqual([]);
  });

  it('say what is missing, what is not expected, and what stands too late', () => {
    expect(mismatches(PIECES, GOOD.slice(1), context, false)).toEqual(['“create” is missing']);
    expect(mismatches(PIECES, [...GOOD, 'descr x'], context, false)).toEqual(['“descr x” is not expected']);
    expect(mismatches(PIECES, ['tunnel to 10.0.0.2 from 10.0.0.1', 'create', 'set up'], context, true)).toEqual(['“create” stands too late']);
    expect(mismatches(PIECES, ['create', 'tunnel to 10.0.0.2 from 10.0.0.9', 'set up'], context, true).join()).toContain('“from” is not expected');
    expect(mismatches(PIECES, ['create', 'tunnel to 10.0.0.2 from 10.0.0.1', 'set loud'], context, true)).toEqual(['“up” is missing']);
    expect(mismatches(PIECES, ['create', ...GOOD], context, false)).toEqual(['“create” is not expected']);
  });

  it('a piece without `optional` is needed, whatever else it says', () => {
    expect(mismatches([{ is: 'a' }], [], context, false)).toHaveLength(1);
    expect(mismatches([{ is: 'mtu {{mtu}}', optional: [{ value: 'mtu', is: '1400' }] }], [], context, false)).toHaveLength(1);
    expect(mismatches([{ is: 'a', when: [{ value: 'mtu', is: '1400' }] }], [], context, false)).toEqual([]);
  });

  it('a value matches itself and nothing else', () => {
    expect(wordMismatches(['{{a}}'], '10.0.0.1', context)).toEqual([]);
    expect(wordMismatches(['{{a}}'], '10x0.0.1', context)).toHaveLength(1);
    expect(wordMismatches(['{{a}}'], '10.0.0.12', context)).toHaveLength(1);
  });

  it('any line more than the form has is a difference', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, maxLength: 20 }), fc.nat(4), (line, at) => {
        const lines = [...GOOD.slice(0, at), line, ...GOOD.slice(at)];
        fc.pre(!/^(set (up|loud)( (up|loud))*|mtu 1476)$/.test(line));
        expect(mismatches(PIECES, lines, context, false)).not.toEqual([]);
      }),
    );
  });
});

describe('lines of a file', () => {
  it('are without comments of their own line, with single blanks, and go on behind a backslash', () => {
    expect(linesOf('# c\n  a \t b \\\n c\r\n\nd # e\n', 'lines')).toEqual(['a b c', 'd # e']);
  });
  it('of an ini file bear the name of their section', () => {
    expect(linesOf('; c\n[A B]\nx = 1\n[C]\ny=\nodd\n', 'ini')).toEqual(['A B.x=1', 'C.y=', '? odd']);
  });
  it('of YAML are paths; what cannot be read equals nothing', () => {
    expect(linesOf('a:\n  b: [1, {c: x}]\n', 'yaml')).toEqual(['a.b[0]=1', 'a.b[1].c=x']);
    expect(linesOf('a: [', 'yaml')).toEqual(['?']);
    expect(
      linesOf(
        `a: &a [x,x]\n${'bcdefghijkl'
          .split('')
          .map((c, i) => `${c}: &${c} [${`*${'abcdefghijk'[i]},`.repeat(9)}*a]`)
          .join('\n')}\n`,
        'yaml',
      ),
    ).toEqual(['?']);
  });
});
