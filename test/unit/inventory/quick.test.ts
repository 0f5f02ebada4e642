/** The quick reader: exactly what the parser gives, or nothing. */
import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { readParsed } from '../../../src/inventory/parsed.js';
import { Problems } from '../../../src/inventory/problems.js';
import { readQuick } from '../../../src/inventory/quick.js';
import { starterInventory } from '../../../src/inventory/starter.js';
import type { Path, Read } from '../../../src/inventory/where.js';

const parsed = (text: string): Read | undefined => readParsed(text, () => ({ file: 'i.yaml', line: 1, column: 1 }), new Problems());

function pathsOf(value: unknown, path: Path = []): readonly Path[] {
  if (typeof value !== 'object' || value === null) return [path];
  return [path, [...path, 'nowhere'], ...Object.entries(value).flatMap(([key, part]) => pathsOf(part, [...path, key]))];
}

/** Values with their order, and what is known of every part and of parts that are not there. */
function known({ value, find }: Read): unknown {
  return [JSON.stringify(value), value, pathsOf(value).map((path) => [path, find(path, 'key'), find(path, 'value')])];
}

/** True where the quick reader read it. */
function agrees(text: string): boolean {
  const quick = readQuick(text);
  if (quick === undefined) return false;
  const slow = parsed(text);
  expect(slow === undefined ? 'the parser refuses it' : known(slow)).toEqual(known(quick));
  return true;
}

/** Mostly plain, so that whole texts are read; odd ones are what the two readers could differ about. */
const rarely = <T>(often: fc.Arbitrary<T>, odd: fc.Arbitrary<T>): fc.Arbitrary<T> =>
  fc.oneof({ weight: 12, arbitrary: often }, { weight: 1, arbitrary: odd });

const plainWord = fc.oneof(
  fc.stringMatching(/^[A-Za-z0-9_/.~][A-Za-z._/@-]{0,12}$/),
  fc.constantFrom(
    '10.1.12.36/30',
    '203.0.113.7',
    '~/.ssh/id_ed25519',
    'auto',
    'true',
    'null',
    '~',
    '0',
    '22',
    '1476',
    'FreeBSD 4.9',
    'SHA256:abc+/=',
  ),
);
const oddWord = fc.oneof(
  fc.stringMatching(/^[A-Za-z0-9_/.~+-][A-Za-z0-9._/@:# {},-]{0,12}$/),
  fc.stringMatching(/^[0-9.+-][0-9a-fx.eE+_-]{0,6}$/),
  fc.constantFrom(
    '1.5',
    '0x1f',
    '0o17',
    '1e3',
    'a:b',
    'a#b',
    'a: b',
    'a #b',
    'a:',
    '.inf',
    '.NaN',
    '010',
    '1.',
    '-1',
    '+1',
    '99999999999999999999',
    '---',
    '...',
  ),
  fc.string({ unit: 'binary', maxLength: 6 }).map((s) => s.replaceAll(/[\0-\x1f\x7f]/g, '')),
);
const word = rarely(plainWord, oddWord);
const value = fc.oneof(
  { weight: 4, arbitrary: word },
  word.map((w) => `"${w}"`),
  word.map((w) => `'${w}'`),
);
const key = rarely(
  fc.stringMatching(/^[A-Za-z][A-Za-z0-9._/@-]{2,8}$/),
  fc.oneof(
    fc.stringMatching(/^[A-Za-z0-9_/.~"'&*!|>%@-]{1,3}$/),
    fc.constantFrom('hosts', 'ssh', 'passphrase', '<<', '...', '1', 'null', 'toString', 'a b', '"a"'),
  ),
);
const comment = rarely(fc.constantFrom('', '', '', ' # the far end', ' #', '  ', ' # a: b'), fc.constant('#'));

/** A part on one line. */
const { flow } = fc.letrec<{ flow: string }>((tie) => ({
  flow: fc.oneof(
    { depthSize: 'small' },
    { weight: 3, arbitrary: value },
    fc.constantFrom('', '{}', '[]', '{ }', '""', "''"),
    fc.array(fc.tuple(key, tie('flow')), { maxLength: 4 }).map((pairs) => `{ ${pairs.map(([k, v]) => `${k}: ${v}`).join(', ')} }`),
    fc.array(tie('flow'), { maxLength: 3 }).map((items) => `[${items.join(', ')}]`),
  ),
}));

type Lines = readonly string[];
const nothing: fc.Arbitrary<Lines> = fc.constantFrom([], [], [], [''], ['   '], ['# note'], ['      # note']);

/** A list of lines. */
const items: fc.Arbitrary<Lines> = fc
  .tuple(
    fc.array(fc.tuple(flow, comment, nothing), { minLength: 1, maxLength: 3 }),
    rarely(fc.constantFrom(1, 2, 4), fc.constant(0)),
    rarely(fc.constantFrom('- ', '-   '), fc.constantFrom('-', '- - ', '- a: ', '? ')),
  )
  .map(([all, by, dash]) => all.flatMap(([v, c, after]) => [`${' '.repeat(by)}${dash}${v}${c}`, ...after]));

/** A map of lines. */
const { lines } = fc.letrec<{ lines: Lines }>((tie) => ({
  lines: fc
    .array(
      fc.oneof(
        fc.tuple(key, flow, comment, nothing).map(([k, v, c, more]): Lines => [`${k}: ${v}${c}`, ...more]),
        fc.tuple(key, comment, nothing, items).map(([k, c, more, below]): Lines => [`${k}:${c}`, ...more, ...below]),
        fc
          .tuple(key, comment, nothing, tie('lines'), fc.constantFrom(1, 2, 2, 4))
          .map(([k, c, more, below, by]): Lines => [`${k}:${c}`, ...more, ...below.map((line) => `${' '.repeat(by)}${line}`)]),
      ),
      { minLength: 1, maxLength: 4, depthIdentifier: 'lines', size: 'small' },
    )
    .map((parts) => parts.flat()),
}));
const text = fc.tuple(lines, fc.constantFrom('\n', '')).map(([all, end]) => all.join('\n') + end);

/** What somebody may do to a text by mistake. */
const mutation = fc.record({
  at: fc.nat(),
  drop: fc.constantFrom(0, 0, 1, 2, 5),
  put: fc.constantFrom(
    '',
    ' ',
    '  ',
    '\n',
    '\n  ',
    '\t',
    '\r\n',
    ':',
    ': ',
    ',',
    '#',
    ' #',
    '- ',
    '? ',
    '&a ',
    '*a',
    '!!str ',
    '"',
    "'",
    '\\',
    '{',
    '}',
    '[',
    ']',
    '|',
    '>',
    '%',
    '---\n',
    '...\n',
    '<<: ',
    'é',
  ),
});
const mutated = fc.tuple(text, fc.array(mutation, { minLength: 1, maxLength: 3 })).map(([whole, all]) =>
  all.reduce((t, { at, drop, put }) => {
    const cut = at % (t.length + 1);
    return t.slice(0, cut) + put + t.slice(cut + drop);
  }, whole),
);

const RUNS = 3000;

describe('the quick reader', () => {
  it('reads the inventories that come with the program', () => {
    for (const file of readdirSync('inventory').filter((f) => f.endsWith('.yaml'))) {
      expect([file, agrees(readFileSync(`inventory/${file}`, 'utf8'))]).toEqual([file, true]);
    }
    expect(agrees(starterInventory())).toBe(true);
  });

  it('reads what the yaml library writes of plain values', () => {
    const plain = fc.dictionary(
      fc.stringMatching(/^[a-z][a-z0-9-]{0,8}$/),
      fc.dictionary(fc.stringMatching(/^[a-z]{3,8}$/), fc.oneof(fc.ipV4(), fc.nat(), fc.boolean()), { minKeys: 1 }),
      {
        minKeys: 1,
      },
    );
    const skip = /^(true|null|constructor|password|passphrase|passwd|secret|token|pwd)$/m;
    fc.assert(
      fc.property(plain, (map) => {
        fc.pre(!skip.test(JSON.stringify(map).replaceAll(/\W/g, '\n')));
        const written = stringify(map);
        expect([written, agrees(written)]).toEqual([written, true]);
      }),
    );
  });

  it('gives exactly what the parser gives, or nothing', () => {
    let read = 0;
    fc.assert(
      fc.property(text, (t) => {
        if (agrees(t)) read += 1;
      }),
      { numRuns: RUNS },
    );
    // A reader that read nothing would agree with everything.
    expect(read).toBeGreaterThan(RUNS / 10);
  });

  it('gives exactly what the parser gives, or nothing, for texts with mistakes', () => {
    fc.assert(
      fc.property(mutated, (t) => void agrees(t)),
      { numRuns: RUNS },
    );
  });

  it.each([
    ['an empty file', ''],
    ['a comment alone', '# nothing\n'],
    ['a map in a list of lines', 'a:\n  - b: c\n'],
    ['a list that is not indented', 'a:\n- b\n'],
    ['a list in a list', 'a:\n  - - b\n'],
    ['a list with an empty item', 'a:\n  - b\n  -\n'],
    ['a value over two lines', 'a: b\n  c\n'],
    ['brackets over two lines', 'a: { b: c,\n  d: e }\n'],
    ['a block of text', 'a: |\n  b\n'],
    ['an anchor', 'a: &x b\nc: *x\n'],
    ['a tag', 'a: !!str b\n'],
    ['a merge key', 'a: { b: c }\n<<: { d: e }\n'],
    ['a key given twice', 'a: b\na: c\n'],
    ['a key given twice in brackets', 'a: { b: c, b: d }\n'],
    ['a tab', 'a:\tb\n'],
    ['ends of lines of another system', 'a: b\r\n'],
    ['a number that is not whole', 'a: 1.5\n'],
    ['a key that is a number', '1: a\n'],
    ['a key that every object has', 'constructor: a\n__proto__: b\n'],
    ['escapes', 'a: "\\n"\n'],
    ['a second document', 'a: b\n---\nc: d\n'],
    ['what may be a secret', 'passphrase: x\n'],
    ['indentation that fits nothing', 'a:\n    b: c\n  d: e\n'],
    ['a colon too many', 'a: b: c\n'],
  ])('leaves %s to the parser', (_name, t) => {
    expect(readQuick(t)).toBeUndefined();
  });
});
