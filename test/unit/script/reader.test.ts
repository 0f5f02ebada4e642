/** The reader against chunks cut anywhere and against hosts that lie. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RecordReader, type WireEvent } from '../../../src/script/reader.js';

const MARK = '0123456789abcdef0123456789abcdef';
const bytes = (text: string): Uint8Array => Buffer.from(text, 'latin1');

function readAll(stream: Uint8Array, cuts: readonly number[] = []): WireEvent[] {
  const reader = new RecordReader(MARK);
  const at = [0, ...[...cuts].map((cut) => cut % (stream.length + 1)).sort((a, b) => a - b), stream.length];
  return at.slice(1).flatMap((end, index) => reader.feed(stream.subarray(at[index], end)));
}

const record = (out: string, err: string, id = 'a.1'): string =>
  `${MARK} record ${id} probe 0 ${out.length} ${err.length} ${out.length} ${err.length} -\n${out}${err}\n`;
const hello = `${MARK} hello 1\n`;

describe('reader', () => {
  it('gives the same events however the stream is cut', () => {
    const output = fc.string({ unit: fc.constantFrom('a', '\n', '\u00ff', '\0', ' ', MARK, `${MARK} end 0001 done -\n`), maxLength: 12 });
    fc.assert(
      fc.property(fc.array(fc.tuple(output, output), { maxLength: 4 }), fc.array(fc.nat(5000), { maxLength: 30 }), (pairs, cuts) => {
        const stream = bytes(`Welcome\nno newline${hello}${pairs.map(([out, err]) => record(out, err)).join('')}${MARK} end 0001 done -\n`);
        const whole = readAll(stream);
        expect(whole.map((event) => event.type)).toEqual(['hello', ...pairs.map(() => 'record'), 'end']);
        expect(readAll(stream, cuts)).toEqual(whole);
      }),
    );
  });

  it('gives the same events when every byte comes alone', () => {
    const stream = bytes(`x${hello}${record('out\n', 'err')}${MARK} end 0001 failed a.1\n`);
    expect(readAll(stream, [...stream.keys()])).toEqual(readAll(stream));
  });

  it('takes forged lines in the output of a command as data', () => {
    const forged = `\n${MARK} record b run 0 0 0 0 0 -\n\n${MARK} end 0001 done -\n`;
    const events = readAll(bytes(hello + record(forged, forged)));
    expect(events.map((event) => event.type)).toEqual(['hello', 'record']);
    const last = events[1];
    if (last?.type !== 'record') throw new Error('no record');
    expect(Buffer.from(last.record.stdout).toString()).toBe(forged);
    expect(Buffer.from(last.record.stderr).toString()).toBe(forged);
  });

  it('keeps bounded noise for messages and finds the mark behind a line without end', () => {
    const reader = new RecordReader(MARK);
    for (let n = 0; n < 300; n += 1) reader.feed(bytes('banner '.repeat(100)));
    expect(reader.feed(bytes(hello))).toEqual([{ type: 'hello', version: 1 }]);
    expect(reader.noise.length).toBeLessThanOrEqual(4096);
    expect(reader.noise.startsWith('banner ')).toBe(true);
  });

  it.each([
    ['a length beyond the limit', `${MARK} record a probe 0 65537 0 65537 0 -\n`],
    ['a length of many digits', `${MARK} record a probe 0 99999999999999999999 0 1 0 -\n`],
    ['a negative length', `${MARK} record a probe 0 -1 0 1 0 -\n`],
    ['less sent than there was', `${MARK} record a probe 0 1 0 2 0 -\n`],
    ['an unknown verb', `${MARK} record a reboot 0 0 0 0 0 -\n`],
    ['a flag that does not fit the verb', `${MARK} record a put 0 0 0 0 0 matched\n`],
    ['a line without the mark', 'hello 1\n'],
    ['a line of another mark', `${MARK.replace('0', 'f')} begin a\n`],
    ['an endless line', `${MARK} begin ${'a'.repeat(2000)}`],
    ['a body that is longer than it says', `${MARK} record a probe 0 1 0 1 0 -\nxy\n`],
    ['an escape sequence as id', `${MARK} begin \u001b[2J\n`],
  ])('stops at %s', (_name, text) => {
    expect(readAll(bytes(hello + text)).at(-1)?.type).toBe('broken');
  });

  it('reads nothing more after a violation', () => {
    const reader = new RecordReader(MARK);
    reader.feed(bytes(`${hello}nonsense\n`));
    expect(reader.feed(bytes(`${MARK} begin a\n`))).toEqual([]);
  });

  it('never throws, whatever comes', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (garbage) => readAll(Buffer.concat([bytes(`${hello}${MARK} `), garbage])).length > 0));
  });
});
