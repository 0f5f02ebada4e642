import { existsSync, readFileSync, statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addSigner, judgeSigner, readSigners, readTime, signerLine } from '../../../src/offer/allowed.js';
import { openSigner, type Signer } from '../../../src/offer/signer.js';
import { Keys } from './keys.js';

const keys = new Keys();
let key: Signer;
let line = '';
let other = '';
beforeAll(async () => {
  const path = keys.make('ed25519');
  key = await openSigner(path, undefined);
  line = keys.publicLine(path);
  other = keys.publicLine(keys.make('ed25519', 'other'));
});
afterAll(() => keys.close());

const NOW = Date.now();
const TEXT = Buffer.from('text\n');
const day = (days: number): string => new Date(NOW + days * 86_400_000).toISOString().slice(0, 10).replaceAll('-', '');

/** Lines as people write them, and whether they let the key sign. THEKEY stands for the key. */
const LINES: readonly (readonly [text: string, allowed: boolean])[] = [
  ['mostly THEKEY', true],
  ['mostly,other THEKEY', true],
  ['mostly THEKEY a comment with spaces', true],
  ['"mostly,x" THEKEY', true],
  ['mostly namespaces="provision-offer" THEKEY', true],
  ['mostly namespaces="git,provision-*" THEKEY', true],
  ['mostly namespaces="git" THEKEY', false],
  ['mostly namespaces="*,!provision-offer" THEKEY', false],
  ['mostly valid-after="20200101" THEKEY', true],
  ['mostly valid-after="TOMORROW2" THEKEY', false],
  ['mostly valid-before="TOMORROW2" THEKEY', true],
  ['mostly valid-before="20200101" THEKEY', false],
  ['mostly namespaces="provision-offer",valid-after="20200101",valid-before="TOMORROW2" THEKEY', true],
  ['mostly namespaces="provision-offer",valid-before="20200101" THEKEY', false],
  ['mostly cert-authority THEKEY', false],
  ['# mostly THEKEY', false],
  ['mostly ANOTHER', false],
  ['mostly namespaces="git" THEKEY\nmostly THEKEY', true],
  ['mostly\tTHEKEY', true],
];

describe('allowed_signers', () => {
  it.each(LINES)('%s: as ssh-keygen judges it', (text, allowed) => {
    const file = `${text.replaceAll('TOMORROW2', day(2)).replaceAll('THEKEY', line).replaceAll('ANOTHER', other)}\n`;
    expect(judgeSigner(file, key, NOW).state === 'allowed').toBe(allowed);
    expect(keys.verifies(file, 'mostly', TEXT, keys.sign(join(keys.folder, 'ed25519'), TEXT))).toBe(allowed);
  });

  it('a line that names the key and does not allow it is refused with its reason, never asked about', () => {
    expect(judgeSigner(`mostly namespaces="git" ${line}\n`, key, NOW)).toEqual({
      state: 'refused',
      why: [expect.stringContaining('line 1: its namespaces')],
    });
    expect(judgeSigner(`mostly wonder="x" ${line}\n`, key, NOW)).toEqual({ state: 'refused', why: ['line 1: its option wonder is not known here'] });
    expect(judgeSigner(`mostly valid-before="never" ${line}\n`, key, NOW)).toEqual({
      state: 'refused',
      why: ['line 1: its valid-before is no time'],
    });
    expect(judgeSigner('', key, NOW)).toEqual({ state: 'unknown' });
  });

  it('reads times here and in UTC, and no others', () => {
    expect(readTime('20261126Z')).toBe(Date.UTC(2026, 10, 26));
    expect(readTime('202611260930Z')).toBe(Date.UTC(2026, 10, 26, 9, 30));
    expect(readTime('20261126093015')).toBe(new Date(2026, 10, 26, 9, 30, 15).getTime());
    for (const bad of ['', '2026', '20261301', '20260230Z', '2026-11-26', '202611262530Z']) expect(readTime(bad), bad).toBeUndefined();
  });

  it('a key that is added is one that ssh-keygen takes, for offers only; what stood there stays', () => {
    const file = join(keys.folder, 'signers');
    addSigner(file, signerLine('mostly', key));
    expect(statSync(file).mode & 0o777).toBe(0o600);
    addSigner(file, `someone ${other}`);
    const text = readSigners(file);
    expect(text.split('\n')).toEqual([`mostly namespaces="provision-offer" ${line}`, `someone ${other}`, '']);
    const path = join(keys.folder, 'ed25519');
    expect(keys.verifies(text, 'mostly', TEXT, keys.sign(path, TEXT))).toBe(true);
    const link = join(keys.folder, 'link');
    symlinkSync(file, link);
    addSigner(link, '# more');
    expect([readFileSync(file, 'utf8').endsWith('# more\n'), existsSync(`${file}.${process.pid}`)]).toEqual([true, false]);
  });
});
