/** Recorded answers are the same whether the quick reader or the schema has read them. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RecordedAnswer } from '../../../src/model/recording.js';
import { jsonText } from '../../../src/report/json.js';
import { parseFacts } from '../../../src/survey/facts-file.js';
import { plainAnswer, plainFacts } from '../../../src/survey/facts-quick.js';

/** The quick reader leaves this one to the schema, and with it the whole file. */
const ODD = { look: '/odd', exit: 0, stdout: { base64: 'AA==' }, stderr: [] };

/** What the schema gives; undefined where it refuses. */
function bySchema(answers: readonly unknown[]): readonly RecordedAnswer[] | undefined {
  const text = JSON.stringify({ schema: 'provision/recorded-facts/1', host: 'a', recorded: '2026-01-01T00:00:00Z', answers: [...answers, ODD] });
  try {
    return parseFacts(text, 'a.json', 'a').answers.slice(0, -1);
  } catch {
    return undefined;
  }
}

const lines = fc.array(fc.string({ unit: 'binary', maxLength: 8 }), { maxLength: 3 });
const asked = fc.oneof(
  fc.record({ probe: fc.array(fc.string({ minLength: 1, maxLength: 5 }), { minLength: 1, maxLength: 3 }) }),
  fc.record({ look: fc.string({ maxLength: 5 }).map((s) => `/${s}`) }),
);
const said = fc.record({ exit: fc.nat(255), stdout: lines, stderr: lines, total: fc.nat() }, { requiredKeys: ['exit', 'stdout', 'stderr'] });
const good = fc.tuple(asked, said).map(([a, s]) => ({ ...a, ...s }));
const good1 = { look: '/a', exit: 0, stdout: ['x'], stderr: [] };
const wrong = fc.tuple(good, fc.constantFrom('probe', 'look', 'exit', 'total', 'stdout', 'stderr', 'more'), fc.jsonValue());
const odd = wrong.map(([answer, key, value]) => ({ ...answer, [key]: value }));

/** As `provision facts --save` writes it. */
const written = (answers: readonly unknown[], more: object = {}): string =>
  `${jsonText({ schema: 'provision/recorded-facts/1', host: 'a', recorded: '2026-01-01T00:00:00Z', ...more, answers }, 2)}\n`;

const plainAnswers = (answers: readonly unknown[]): (RecordedAnswer | undefined)[] => answers.map(plainAnswer);

describe('plain answers', () => {
  it('are what the schema makes of them', () => {
    const one = (answers: readonly unknown[]): void => {
      const read = plainAnswers(JSON.parse(JSON.stringify(answers)));
      if (!read.includes(undefined)) expect(read).toEqual(bySchema(answers));
    };
    fc.assert(fc.property(fc.array(fc.oneof(good, odd), { maxLength: 4 }), one));
  });

  it('are read by the quick reader wherever they are text', () => {
    const one = (answers: readonly unknown[]): void => {
      expect(plainAnswers(answers).includes(undefined)).toBe(bySchema(answers) === undefined);
    };
    fc.assert(fc.property(fc.array(good, { maxLength: 4 }), one));
  });

  it.each([{}, null, 'x', [null], [[]], { look: '/a', exit: 0, stdout: [], stderr: [], ['__proto__']: 1 }])('are not %j', (value) => {
    expect(plainAnswer(value)).toBeUndefined();
  });
});

describe('a file of recorded facts', () => {
  it('that provision has written is read quickly, each answer as it stands there', () => {
    const one = (answers: readonly unknown[]): void => {
      const text = written(answers);
      expect(plainFacts(text)?.answers).toEqual(bySchema(answers));
      expect(parseFacts(text, 'a.json', 'a').answers).toEqual(bySchema(answers));
    };
    fc.assert(fc.property(fc.array(good, { minLength: 1, maxLength: 4 }), one));
  });

  it('means nothing else to the quick reader than to a parser of JSON, wherever somebody has put a hand to it', () => {
    const bits = [
      '\n    },\n    {',
      '\n  "answers": [\n    {',
      '\n    }\n  ]\n}\n',
      '"',
      '{',
      '}',
      ',',
      '[',
      ']',
      '\n',
      '"answers":',
      '"exit": 1',
      '\\',
    ];
    const edit = fc.tuple(fc.nat(), fc.nat(6), fc.oneof(fc.constantFrom(...bits), fc.string({ maxLength: 3 })));
    const one = (answers: readonly unknown[], edits: readonly (readonly [number, number, string])[]): void => {
      const text = edits.reduce((made, [at, gone, put]) => {
        const place = at % (made.length + 1);
        return made.slice(0, place) + put + made.slice(place + gone);
      }, written(answers));
      const quick = plainFacts(text);
      if (quick?.head === undefined) return;
      const whole = JSON.parse(text) as { answers: readonly unknown[] };
      expect(quick.head).toEqual({ ...whole, answers: [] });
      expect(quick.answers).toEqual(whole.answers.map(plainAnswer));
    };
    fc.assert(fc.property(fc.array(good, { minLength: 1, maxLength: 3 }), fc.array(edit, { minLength: 1, maxLength: 3 }), one), { numRuns: 2000 });
  });

  it.each([
    ['of another host', written([good1], { host: 'b' }), 'It was recorded on another host, b.'],
    ['of another form', written([good1], { schema: 'provision/recorded-facts/2' }), 'It has the form provision/recorded-facts/2; this version reads'],
    ['with a key that nobody knows', written([good1], { more: 1 }), 'It does not follow its form at the top.'],
    ['with a time that is none', written([good1], { recorded: 'today' }), 'It does not follow its form at recorded.'],
    ['that is no JSON', written([good1]).slice(3), 'The file is not a JSON document.'],
  ])('%s is refused with the reason', (_name, text, why) => {
    expect(() => parseFacts(text, 'a.json', 'a')).toThrow(
      expect.objectContaining({
        code: 'FACTS_INVALID',
        details: expect.objectContaining({ why: expect.stringContaining(why) as string }) as object,
      }) as Error,
    );
  });
});
