/** Words and file contents of every kind, in every shell: what is sent is what arrives. */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Call } from '../../../src/model/wire.js';
import { openSession, type Session } from '../../../src/script/session.js';
import { Room } from './room.js';
import { isInstalled, SHELLS, startShell } from './shell.js';

const NASTY = [
  "'",
  '"',
  '\\',
  '`',
  '$(touch /tmp/x)',
  // biome-ignore lint/suspicious/noTemplateCurlyInString: shell text
  '${IFS}',
  '*',
  '?',
  '[a-z]',
  '~',
  '-n',
  '--',
  ';',
  '&',
  '|',
  '<',
  '>',
  '#',
  '!',
  '%s',
  '\\n',
  ' ',
  '',
  'a',
  '=',
  '{',
  '}',
];
const asciiWord = fc.oneof(
  fc.constantFrom(...NASTY),
  fc.string({ unit: 'grapheme-ascii', maxLength: 20 }),
  fc.array(fc.constantFrom(...NASTY)).map((all) => all.join('')),
);
const anyWord = fc.oneof(asciiWord, fc.constantFrom('Grüße', '日本', 'naïve $x', '🙂'));
const fileByte = fc.oneof(fc.integer({ min: 1, max: 255 }), fc.constantFrom(10, 13, 32, 37, 45, 92, 9, 48, 55));
const content = fc.array(fileByte, { maxLength: 700 }).map((all) => Uint8Array.from(all));
const BATCH = 40;

for (const kind of SHELLS) {
  describe.skipIf(!isInstalled(kind))(`values in ${kind.name}${isInstalled(kind) ? '' : ' (not installed)'}`, () => {
    const room = new Room();
    let session: Session;
    beforeAll(async () => {
      // yash takes a byte outside ASCII for a character of its locale and stops where there is none.
      session = await openSession(startShell(kind, { LC_ALL: 'C.UTF-8' }), { root: room.root, path: room.path });
      room.stub('words', 'for word do printf "%s\\n" "$word"; done');
    });
    afterAll(async () => {
      await session.close();
      room.remove();
    });

    it('words of every kind arrive as they were sent', async () => {
      const samples = fc.sample(fc.array(kind.name === 'yash' ? asciiWord : anyWord, { maxLength: 6 }), BATCH);
      const calls = samples.map((words, index): Call => ({ verb: 'run', id: `w${index}`, words: ['words', ...words] }));
      const result = await session.run(calls);
      expect(result.status).toBe('done');
      for (const [index, words] of samples.entries()) {
        const got = Buffer.from(result.records.get(`w${index}`)?.stdout ?? []).toString('utf8');
        expect(got, JSON.stringify(words)).toBe(words.map((word) => `${word}\n`).join(''));
      }
    });

    it('file contents hold any byte but NUL', async () => {
      const samples = [...fc.sample(content, BATCH), new Uint8Array(0), Buffer.from('no newline'), Uint8Array.from({ length: 255 }, (_, n) => n + 1)];
      const calls = samples.map((bytes, index): Call => ({ verb: 'put', id: `f${index}`, mode: '0644', path: `/etc/f${index}`, content: bytes }));
      const result = await session.run(calls);
      expect(result.status).toBe('done');
      for (const [index, bytes] of samples.entries()) {
        expect(readFileSync(room.at(`/etc/f${index}`)).equals(bytes)).toBe(true);
      }
    });

    it('a block leaves every byte around it as it was', async () => {
      const samples = fc.sample(fc.tuple(content, content), 15);
      const old = Buffer.from('# BEGIN provision n\nold\n# END provision n\n');
      for (const [index, [head, tail]] of samples.entries()) {
        const before = Buffer.concat([head, Buffer.from('\n'), old, tail]);
        room.set(`/etc/b${index}`, { content: before.toString('latin1') });
      }
      const calls = samples.map(
        (_, index): Call => ({ verb: 'block', id: `b${index}`, path: `/etc/b${index}`, name: 'n', content: Buffer.from('new\n') }),
      );
      const result = await session.run(calls);
      expect(result.status).toBe('done');
      for (const [index, [head, tail]] of samples.entries()) {
        const wanted = Buffer.concat([head, Buffer.from('\n# BEGIN provision n\nnew\n# END provision n\n'), tail]);
        expect(readFileSync(room.at(`/etc/b${index}`)).equals(wanted)).toBe(true);
      }
    });
  });
}
