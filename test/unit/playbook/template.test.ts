import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fillPattern, fillText, fillWords, mayMatch, patternOf, placeholders } from '../../../src/playbook/template.js';
import { Values } from '../../../src/playbook/values.js';

const printable = fc.string({ unit: fc.integer({ min: 0x20, max: 0x7e }).map((c) => String.fromCharCode(c)), minLength: 1, maxLength: 20 });
const control = fc.constantFrom('\0', '\n', '\r', '\t', '\u001b', '\u007f', '\u0085', '\u2028', '\u2029');
const of = (named: Readonly<Record<string, string>>): Values => new Values(named);

describe('words', () => {
  it('fills a value into its place and nowhere else, whatever it holds', () => {
    fc.assert(
      fc.property(printable, (value) => {
        const words = ['ifconfig', '{{a}}', 'x{{a}}y'];
        if (value.startsWith('-')) expect(() => fillWords(words, of({ a: value }))).toThrow(/option/);
        else expect(fillWords(words, of({ a: value }))).toEqual(['ifconfig', value, `x${value}y`]);
      }),
    );
  });

  it('refuses a value with a control character in words, text and patterns', () => {
    fc.assert(
      fc.property(printable, control, printable, (before, bad, after) => {
        const values = of({ a: before + bad + after });
        expect(() => fillWords(['{{a}}'], values)).toThrow(/control character|option/);
        expect(() => fillText('{{a}}', values)).toThrow(/control character/);
        expect(() => fillPattern('{{a}}', values)).toThrow(/control character/);
      }),
    );
  });

  it('refuses a name without a value: never an empty word', () => {
    expect(() => fillWords(['{{interfaec}}'], of({ interface: 'gre1' }))).toThrow(/\{\{interfaec\}\}, which has no value/);
  });

  it('does not fill a value a second time', () => {
    expect(fillText('{{a}}', of({ a: '{{b}}', b: 'x' }))).toBe('{{b}}');
    expect(fillText('{{a}}', of({ a: '$&$1' }))).toBe('$&$1');
  });

  it('does not take what every object has for a value', () => {
    for (const name of ['constructor', 'toString', '__proto__']) expect(() => fillText(`{{${name}}}`, of({}))).toThrow(/has no value/);
  });

  it('names the placeholders of a text', () => {
    expect(placeholders('{{a}} b {{ c.d }}')).toEqual(['a', 'c.d']);
  });
});

describe('values over others', () => {
  it('are found first, can hide what is beneath, and change nothing for who has only that', () => {
    const low = of({ a: '1', b: '2' });
    const high = low.with({ b: '3', c: '4' }).with({ a: undefined });
    expect(['a', 'b', 'c', 'd'].map((name) => high.get(name))).toEqual([undefined, '3', '4', undefined]);
    expect([high.has('a'), high.has('b'), low.get('a'), low.get('b'), low.has('c')]).toEqual([false, true, '1', '2', false]);
    expect(() => fillText('{{a}}', high)).toThrow(/has no value/);
    expect(fillText('{{b}}{{c}}', high)).toBe('34');
  });

  it('are none that every object has', () => {
    for (const name of ['constructor', 'toString', '__proto__']) expect([name, of({}).with({}).get(name)]).toEqual([name, undefined]);
  });
});

describe('patterns', () => {
  it('match the value itself and nothing else (JavaScript)', () => {
    fc.assert(
      fc.property(printable, printable, (value, other) => {
        const pattern = new RegExp(`^${fillPattern('{{a}}', of({ a: value }))}$`);
        expect(pattern.test(value)).toBe(true);
        expect(pattern.test(other)).toBe(value === other);
      }),
    );
  });

  it('match the value itself and nothing else (grep -E)', () => {
    fc.assert(
      fc.property(printable, printable, (value, other) => {
        const pattern = `^${fillPattern('{{a}}', of({ a: value }))}$`;
        const grep = (text: string): number | null =>
          spawnSync('grep', ['-E', '-e', pattern], { input: `${text}\n`, env: { LC_ALL: 'C', PATH: process.env.PATH } }).status;
        expect(grep(value)).toBe(0);
        expect(grep(other)).toBe(value === other ? 0 : 1);
      }),
      { numRuns: 60 },
    );
  });
});

describe('a pattern that cannot match', () => {
  const piece = fc.constantFrom(
    '{{a}}',
    '{{b}}',
    '{{b}}?',
    '{{a}}*',
    '{{b}}{0}',
    '{{b}}+',
    'x',
    '.',
    '[{a}]',
    '[(|{{b}}]',
    '\\(',
    '\\{{a}}',
    '(?:x|{{a}})',
    '(?!{{b}})',
    '({{a}})?',
    '|',
  );
  const values = of({ a: '1.2', b: 'x(' });

  it('is one whose value the text does not hold, and never one that would match', () => {
    const one = (pieces: readonly string[], text: string): void => {
      const pattern = pieces.join('');
      try {
        new RegExp(fillPattern(pattern, values));
      } catch {
        return;
      }
      if (patternOf(pattern, values, 'm').test(text)) expect(mayMatch(pattern, values, text)).toBe(true);
    };
    const text = fc.array(fc.constantFrom('1.2', 'x(', 'x', '(', '1x2', ' ', '{', '}', '\n')).map((parts) => parts.join(''));
    fc.assert(fc.property(fc.array(piece, { maxLength: 5 }), text, one), { numRuns: 2000 });
    expect(mayMatch('^a {{a}}( {{a}}x)?$', values, 'a 1.2')).toBe(true);
    expect(mayMatch('^a {{a}} (x|y)$', values, 'a 1.3 x')).toBe(false);
  });

  it('is told of a value that is missing as any other', () => {
    expect(() => mayMatch('{{c}}', values, '')).toThrow(/no value/);
  });
});
