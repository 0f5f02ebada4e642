/** Recorded answers are the same whether the quick reader or the schema has read them. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RecordedAnswer } from '../../../src/model/recording.js';
import { sharedBytes, textOf } from '../../../src/survey/bytes.js';
import { parseFacts } from '../../../src/survey/facts-file.js';
import { plainAnswers } from '../../../src/survey/facts-quick.js';

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
const wrong = fc.tuple(good, fc.constantFrom('probe', 'look', 'exit', 'total', 'stdout', 'stderr', 'more'), fc.jsonValue());
const odd = wrong.map(([answer, key, value]) => ({ ...answer, [key]: value }));

describe('plain answers', () => {
  it('are what the schema makes of them', () => {
    const one = (answers: readonly unknown[]): void => {
      const read = plainAnswers(JSON.parse(JSON.stringify(answers)));
      if (read !== undefined) expect(read).toEqual(bySchema(answers));
    };
    fc.assert(fc.property(fc.array(fc.oneof(good, odd), { maxLength: 4 }), one));
  });

  it('are read by the quick reader wherever they are text', () => {
    const one = (answers: readonly unknown[]): void => {
      expect(plainAnswers(answers) !== undefined).toBe(bySchema(answers) !== undefined);
    };
    fc.assert(fc.property(fc.array(good, { maxLength: 4 }), one));
  });

  it.each([[{}], [null], ['x'], [[null]], [[[]]], [[{ look: '/a', exit: 0, stdout: [], stderr: [], ['__proto__']: 1 }]]])('are not %j', (value) => {
    expect(plainAnswers(value)).toBeUndefined();
  });
});

describe('shared bytes', () => {
  it('are those of the text, and give the same text back as any other bytes', () => {
    const one = (text: string): void => {
      expect(sharedBytes(text)).toBe(sharedBytes(text));
      expect(Buffer.from(sharedBytes(text)).equals(Buffer.from(text, 'utf8'))).toBe(true);
      expect(textOf(sharedBytes(text))).toBe(Buffer.from(text, 'utf8').toString('utf8'));
    };
    fc.assert(fc.property(fc.string({ unit: 'binary' }), one));
    one('\ud800');
  });
});
