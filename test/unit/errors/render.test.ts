import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CATALOGUE } from '../../../src/errors/catalogue.js';
import { ProvisionError } from '../../../src/errors/error.js';
import { clean, isClean, renderError, renderErrors } from '../../../src/errors/render.js';

const SOURCE = 'links:\n  a:\n    inner: 10.1.12.36, # comment\n';
const source = (): string => SOURCE;

describe('renderError', () => {
  it('shows what, where with the line and a caret, why, state and next, in this order', () => {
    const error = new ProvisionError('INVENTORY_VALUE', 'That is wrong.', {
      place: { file: 'i.yaml', line: 3, column: 12 },
      why: 'Because.',
      state: 'Nothing was changed.',
      next: 'Write another.',
    });
    expect(renderError(error, { colour: false, source })).toBe(
      [
        'error INVENTORY_VALUE  That is wrong.',
        '  where    i.yaml:3:12',
        '             3 |     inner: 10.1.12.36, # comment',
        '               |            ^^^^^^^^^^',
        '  why      Because.',
        '  state    Nothing was changed.',
        '  next     Write another.',
      ].join('\n'),
    );
  });

  it('shows host, command, exit status and what the host said, and takes the next of the catalogue where none is given', () => {
    const error = new ProvisionError('STEP_FAILED', 'ifconfig failed.', {
      host: 'wlan',
      step: 'inner',
      command: 'ifconfig gre1',
      exitCode: 1,
      stderr: 'no\nway\n',
    });
    expect(renderError(error, { colour: false })).toBe(
      [
        'error STEP_FAILED  ifconfig failed.',
        '  where    wlan, step inner',
        '  command  ifconfig gre1',
        '  exit     1',
        '  it said  no',
        '           way',
        `  next     ${CATALOGUE.STEP_FAILED.next}`,
      ].join('\n'),
    );
  });

  it('leaves the line away where the source is not there, and colours only when asked', () => {
    const error = new ProvisionError('INVENTORY_VALUE', 'Wrong.', { place: { file: 'i.yaml', line: 9, column: 1 } });
    expect(renderError(error, { colour: false, source }).split('\n')[1]).toBe('  where    i.yaml:9:1');
    expect(renderError(error, { colour: true })).toContain('\u001b[');
  });

  it('never shows a stack trace or a raw control character, whatever is in its fields', () => {
    const text = fc.string({ unit: 'binary', maxLength: 200 });
    fc.assert(
      fc.property(text, text, text, fc.nat(3), fc.nat(250), (a, b, line, at, column) => {
        const error = new ProvisionError('STEP_FAILED', a, {
          host: b,
          stderr: a,
          command: b,
          why: a,
          state: b,
          next: a,
          place: { file: b, line: at + 1, column: column + 1 },
          cause: new Error('inner'),
        });
        const shown = renderError(error, { colour: false, source: () => line });
        expect(shown.split('\n').every(isClean)).toBe(true);
        expect(shown).not.toContain('render.test.ts');
      }),
    );
  });

  it('puts the caret under the value in a very long line and shows only a part of the line', () => {
    const line = `${'x'.repeat(500)} value ${'y'.repeat(100_000)}`;
    const shown = renderError(new ProvisionError('INVENTORY_VALUE', 'Wrong.', { place: { file: 'i', line: 1, column: 502 } }), {
      colour: false,
      source: () => line,
    }).split('\n');
    const caret = (shown[3] ?? '').indexOf('^');
    expect((shown[2] ?? '').slice(caret, caret + 5)).toBe('value');
    expect((shown[2] ?? '').length).toBeLessThan(140);
  });

  it('counts several errors at the end', () => {
    const error = new ProvisionError('HOST_DOWN', 'Down.');
    expect(renderErrors([error, error], { colour: false })).toMatch(/\n\n2 errors$/);
    expect(renderErrors([error], { colour: false })).not.toContain('errors');
  });
});

describe('clean', () => {
  it('writes escapes, newlines, C1, direction marks and lone surrogates visibly', () => {
    expect(clean('a\u001b[31m\n\t\0\u009b\u202e\u2066\ud800\u200bz')).toBe('a\\e[31m\\n\\t\\0\\x9b\\u202e\\u2066\\ud800\\u200bz');
  });

  it('leaves letters of any script and emoji alone', () => expect(clean('héé ホスト 🙂 שלום')).toBe('héé ホスト 🙂 שלום'));

  it('is bounded and says how long the text was', () => expect(clean('x'.repeat(1_000_000), { max: 10 })).toBe('xxxxxxxxxx… (1000000 characters)'));

  it('always gives text that is clean', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), fc.integer({ min: 1, max: 50 }), (text, max) => isClean(clean(text, { max }))));
  });
});
