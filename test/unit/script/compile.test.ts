/** What may become shell text, and what is refused before anything is sent. */
import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ProvisionError } from '../../../src/errors/error.js';
import type { Call } from '../../../src/model/wire.js';
import { cksum } from '../../../src/script/cksum.js';
import { compilePhase } from '../../../src/script/compile.js';
import { PRELUDE_BODY, preludeText } from '../../../src/script/prelude.js';
import { quoteWord } from '../../../src/script/quote.js';

const MARK = '0123456789abcdef0123456789abcdef';
const SEED = 'fedcba9876543210fedcba9876543210';
const bytes = (text: string): Uint8Array => Buffer.from(text, 'latin1');
const run = (...words: string[]): Call => ({ verb: 'run', id: 'a', words });
const put = (content: string, more: Partial<Extract<Call, { verb: 'put' }>> = {}): Call => ({
  verb: 'put',
  id: 'a',
  mode: '0644',
  path: '/etc/x',
  content: bytes(content),
  ...more,
});
const block = (content: string, name = 'b'): Call => ({ verb: 'block', id: 'a', path: '/etc/x', name, content: bytes(content) });

describe('quoteWord', () => {
  it.each([
    ['', "''"],
    ["it's", "'it'\\''s'"],
    ['$(reboot)`x`\\', "'$(reboot)`x`\\'"],
    ['-rf', "'-rf'"],
    ['Grüße', "'Grüße'"],
  ])('quotes %j', (word, quoted) => expect(quoteWord(word)).toBe(quoted));

  it.each(['\n', '\0', '\u001b[2J', '\u007f', '\u0085', '\u202e', '\ud800', '\u2028', '\u200b'])('refuses %j', (word) => {
    expect(() => quoteWord(`a${word}`)).toThrow(ProvisionError);
  });

  it('names the character it refuses and never prints it', () => {
    expect(() => quoteWord('a\u001b')).toThrow('U+001B at position 2');
  });
});

describe('compilePhase', () => {
  it('writes the program of docs/wire.md', () => {
    const calls: Call[] = [
      { verb: 'probe', id: 'u', words: ['uname', '-sr'] },
      { verb: 'prove', id: 'p', pattern: '^gre1:', words: ['ifconfig', 'gre1'] },
      { verb: 'put', id: 'f', mode: '0644', path: '/etc/x', content: bytes('up\n') },
      { verb: 'put', id: 'g', mode: '0600', path: '/etc/y', content: bytes('-100%\\\u00e9') },
    ];
    expect(compilePhase(7, MARK, calls)).toBe(
      [
        'pv_phase_0007 () {',
        "probe 'u' 'uname' '-sr'",
        "prove 'p' '^gre1:' 'ifconfig' 'gre1'",
        `put 'f' '0644' '/etc/x' 3 ${cksum(bytes('up\n'))} plain <<'PV_${MARK}'`,
        'up',
        `PV_${MARK}`,
        `put 'g' '0600' '/etc/y' 7 ${cksum(bytes('-100%\\\u00e9'))} octal <<'PV_${MARK}'`,
        '\\055100%%\\\\\\351',
        `PV_${MARK}`,
        'pv_end 0007',
        '}',
        'pv_phase_0007',
        '',
      ].join('\n'),
    );
  });

  it.each<[string, Call]>([
    ['no command', run()],
    ['an empty command', run('')],
    ['a command that is an option', run('-c', 'x')],
    ['a word with a newline', run('echo', 'a\nreboot')],
    ['a pattern with a newline', { verb: 'prove', id: 'a', pattern: 'a\nb', words: ['x'] }],
    ['a path that is not full', put('x', { path: 'etc/x' })],
    ['a path that climbs', put('x', { path: '/etc/../x' })],
    ['a path that is a directory', put('x', { path: '/etc/' })],
    ['a mode with a set-uid bit', put('x', { mode: '4755' })],
    ['a mode that is words', put('x', { mode: 'u+s' })],
    ['a NUL byte', put('a\0b')],
    ['a block name with a slash', block('x\n', 'a/b')],
    ['a block that holds its own end', block('x\n# END provision b\ny\n')],
    ['an id with a blank', { verb: 'look', id: 'a b', path: '/etc/x' }],
  ])('refuses %s', (_name, call) => expect(() => compilePhase(1, MARK, [call])).toThrow(ProvisionError));

  it('refuses an id used twice, a wrong mark and a number out of range', () => {
    expect(() => compilePhase(1, MARK, [run('x'), run('y')])).toThrow('used twice');
    expect(() => compilePhase(1, "'; reboot", [])).toThrow('mark');
    for (const number of [0, 10000, 1.5, Number.NaN]) expect(() => compilePhase(number, MARK, [])).toThrow('between');
  });

  it('writes nothing outside printable ASCII, tab and newline for any content of a file', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 600 }), (content) => {
        const text = compilePhase(1, MARK, [{ ...put(''), verb: 'put', mode: '0644', path: '/x', content: content.map((byte) => byte || 1) }]);
        expect(text).toMatch(/^[\t\n\x20-\x7e]*$/);
      }),
    );
  });

  it('never lets content end its own here-document', () => {
    const text = compilePhase(1, MARK, [put(`a\nPV_${MARK}\nreboot\n`)]);
    expect(text.split('\n').filter((line) => line === `PV_${MARK}`)).toHaveLength(1);
    expect(text).not.toContain('\nreboot\n');
  });
});

describe('prelude', () => {
  it('is the file as it is, behind a header of assignments', () => {
    const text = preludeText({ mark: MARK, dir: SEED });
    expect(text).toContain(`\n${PRELUDE_BODY}pv_start_0000\n`);
    expect(PRELUDE_BODY.endsWith('\n# end of prelude\n')).toBe(true);
    expect(PRELUDE_BODY).toMatch(/^[\n\x20-\x7e]*$/);
  });

  it('refuses a mark that is no random number, and one that the directory would show', () => {
    expect(() => preludeText({ mark: 'x', dir: SEED })).toThrow(ProvisionError);
    expect(() => preludeText({ mark: MARK, dir: MARK })).toThrow(ProvisionError);
  });
});

describe('cksum', () => {
  it('gives what cksum(1) gives', () => {
    for (const text of ['', 'a', '123456789', 'x'.repeat(70000)]) {
      expect(`${cksum(bytes(text))} ${text.length}`).toBe(execFileSync('cksum', { input: text }).toString().trim());
    }
  });
});
