import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openEnvelope } from '../../../src/offer/envelope.js';
import { halfText, readHalf } from '../../../src/offer/half.js';
import { refusal } from '../said.js';
import { half } from './keys.js';

const read = (text: string): string => refusal(() => readHalf(Buffer.from(text), 'x'));
const TEXT = halfText(half()).toString();

describe('half a table', () => {
  it('is read as it was written, whatever the names are', () => {
    const name = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,20}$/);
    const word = fc.oneof(name, fc.constantFrom('true', 'null', '1e3', '0x10', 'yes', '12', '1.5', '0o7', 'NaN'));
    fc.assert(
      fc.property(word, word, fc.option(fc.integer({ min: 576, max: 65_511 })), fc.integer({ min: 0, max: 0x3fff_ffff }), (link, host, mtu, n) => {
        const at = (k: number): string => [24, 16, 8, 0].map((s) => ((n * 4 + k) / 2 ** s) & 255).join('.');
        fc.pre(!/^(0|127|22[4-9]|2[3-5]\d)\./.test(at(0)));
        const made = half({ link, mtu: mtu ?? 'auto', subnet: `${at(0)}/30`, mine: { ...half().mine, host, inner: at(1) }, yours: { inner: at(2) } });
        expect(readHalf(halfText(made), 'x')).toEqual(made);
      }),
    );
  });

  it('has only my half: of the other end nothing but the inner address, and no key of an inventory that is nobody else’s business', () => {
    expect(TEXT.split('\n').flatMap((l) => /^ *([a-z]+):/.exec(l)?.[1] ?? [])).toEqual(
      'schema offer link made expires kind subnet mtu ttl mine host hostname outer inner interface yours inner'.split(' '),
    );
  });

  it.each([
    ['an unknown key', TEXT.replace('ttl: 64', 'ttl: 64\nssh: { user: root }'), 'no key ssh'],
    ['a key inside', TEXT.replace('  interface: gre1', '  interface: gre1\n  module: /x'), 'no key module'],
    ['a command in a name', TEXT.replace('host: mostly', 'host: "$(reboot)"'), 'mine.host'],
    ['a path in the name of the link', TEXT.replace('link: mostly-wlan', 'link: ../../etc/cron.d/x'), 'link'],
    ['an option as interface', TEXT.replace('interface: gre1', 'interface: --all'), 'mine.interface'],
    ['a terminal escape', TEXT.replace('host: mostly', 'host: "mostly\u001b[2J"'), 'control or invisible'],
    ['a terminal escape as YAML writes it', TEXT.replace('host: mostly', 'host: "mostly\\e[2J"'), 'mine.host'],
    ['a direction mark', TEXT.replace('# Signed', '# \u202eSigned'), 'control or invisible'],
    ['a loopback address', TEXT.replace('212.25.240.34', '127.0.0.1'), 'mine.outer'],
    ['an inner address outside the subnet', TEXT.replace('inner: 10.1.12.38', 'inner: 10.1.12.39'), 'two addresses of the subnet'],
    ['the same inner address twice', TEXT.replace('inner: 10.1.12.38', 'inner: 10.1.12.37'), 'two addresses of the subnet'],
    ['a /29', TEXT.replace('36/30', '32/29'), 'subnet'],
    ['a time without end', TEXT.replace('2026-12-03', '2036-12-03'), 'within 90 days'],
    ['an expiry before it was made', TEXT.replace('2026-12-03', '2026-11-03'), 'within 90 days'],
    ['another version', TEXT.replace('offer/1', 'offer/2'), 'another version'],
    ['two documents', `${TEXT}---\na: 1\n`, 'more than one document'],
    ['a tag', TEXT.replace('ttl: 64', 'ttl: !!js/function "x"'), 'tag'],
    ['a key twice', `${TEXT}ttl: 1\n`, 'ttl'],
    ['a list', '- a\n', 'half of a table'],
    ['nothing', '', 'half of a table'],
    ['__proto__', TEXT.replace('ttl: 64', 'ttl: 64\n__proto__: { x: 1 }'), '__proto__'],
    [
      'aliases without end',
      `a: &a [1,1]\n${'bcdefghij'
        .split('')
        .map((c, i) => `${c}: &${c} [${`*${'abcdefghi'[i]},`.repeat(9)}1]`)
        .join('\n')}\n`,
      '',
    ],
    ['brackets without end', '['.repeat(4000), ''],
    ['a long line', `a: ${'x'.repeat(5000)}`, '4096 is the most'],
  ])('%s is refused with its reason', (_, text, said) => {
    const why = read(text);
    expect(why).toMatch(/^OFFER_INVALID /);
    expect(why).toContain(said);
    expect(why).not.toMatch(/[\u0000-\u001f\u202e]/);
  });

  it('what is no UTF-8 is refused', () => {
    expect(refusal(() => readHalf(Buffer.from([0x61, 0xff]), 'x'))).toContain('not UTF-8');
  });

  it('any text at all is read or refused, and nothing else is thrown', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 40 }), (text) => void read(text)));
  });
});

describe('the file that travels', () => {
  it('is refused by its size before anything in it is looked at, and without a signature', () => {
    expect(refusal(() => openEnvelope(Buffer.alloc(16 * 1024 + 1, 'a')))).toContain('longer than 16 KiB');
    expect(refusal(() => openEnvelope(Buffer.from('a'), Buffer.alloc(20_000)))).toContain('longer than 16 KiB');
    expect(refusal(() => openEnvelope(Buffer.from(TEXT)))).toContain('no signature');
  });

  it('is cut apart byte for byte, with the signature below or in a file beside it', () => {
    const signature = '-----BEGIN SSH SIGNATURE-----\nAAAA\n-----END SSH SIGNATURE-----\n';
    const below = openEnvelope(Buffer.from(TEXT + signature));
    const beside = openEnvelope(Buffer.from(TEXT), Buffer.from(signature));
    for (const found of [below, beside]) expect([found.text.toString(), found.signature]).toEqual([TEXT, signature]);
  });
});
