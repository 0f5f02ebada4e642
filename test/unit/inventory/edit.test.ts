/** Values are set in a file that a person has laid out, and nothing else of it changes. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { EditRefused, type Setting, withSettings } from '../../../src/inventory/edit.js';

const subnet: Setting = { map: ['links', 'a'], key: 'subnet', value: '10.1.12.40/30', before: 'ends' };
const inner = (host: string, value: string): Setting => ({ map: ['links', 'a', 'ends', host], key: 'inner', value, before: 'interface' });

describe('withSettings', () => {
  it.each<[string, string, string]>([
    [
      'a new key before ends, and before the comment of ends',
      'links:\n  a:\n    # who\n    ends: {}\n',
      'links:\n  a:\n    subnet: 10.1.12.40/30\n    # who\n    ends: {}\n',
    ],
    [
      'a value that is there, its comment and its quotes',
      "links:\n  a:\n    subnet: '10.1.12.0/30' # ours\n",
      'links:\n  a:\n    subnet: 10.1.12.40/30 # ours\n',
    ],
    [
      'a key without a value',
      'links:\n  a:\n    subnet:   # to come\n    ends: {}\n',
      'links:\n  a:\n    subnet: 10.1.12.40/30   # to come\n    ends: {}\n',
    ],
    ['a flow map', 'links: { a: { ends: {} } }', 'links: { a: { subnet: 10.1.12.40/30, ends: {} } }'],
    ['an empty flow map', 'links: { a: {} }\n', 'links: { a: { subnet: 10.1.12.40/30 } }\n'],
    ['line ends of Windows', 'links:\r\n  a:\r\n    ends: {}\r\n', 'links:\r\n  a:\r\n    subnet: 10.1.12.40/30\r\n    ends: {}\r\n'],
    [
      'no newline at the end, and a byte order mark',
      '\uFEFFlinks:\n  a:\n    ends: {}',
      '\uFEFFlinks:\n  a:\n    subnet: 10.1.12.40/30\n    ends: {}',
    ],
  ])('%s', (_what, before, after) => {
    expect(withSettings(before, [subnet])).toBe(after);
  });

  it.each<[string, string]>([
    ['a map that others share by an alias', 'base: &b { ends: {} }\nlinks:\n  a: *b\n'],
    ['a value that others share', 'links:\n  a:\n    subnet: &s 10.1.12.0/30\ny: *s\n'],
    ['a list in its place', 'links:\n  a:\n    subnet: [1]\n'],
    ['a map that an alias elsewhere repeats', 'links:\n  a: &m {}\nz: *m\n'],
  ])('refuses %s', (_what, text) => {
    expect(() => withSettings(text, [subnet])).toThrow(EditRefused);
  });

  it('keeps every comment and every other byte of 500 generated files', () => {
    const comment = fc.constantFrom('', ' # ours', '   # 10.1.12.40/30 is not this', ' # ü: "x" {y}');
    const blank = fc.constantFrom('', '\n', '# between\n', '\n\n  # indented\n');
    const eol = fc.constantFrom('\n', '\r\n');
    const link = fc.record({
      flow: fc.boolean(),
      given: fc.boolean(),
      quote: fc.constantFrom('', "'", '"'),
      one: comment,
      two: comment,
      gap: blank,
      indent: fc.integer({ min: 1, max: 6 }),
      mtu: fc.boolean(),
    });
    const linkText = (
      name: string,
      l: { flow: boolean; given: boolean; quote: string; one: string; two: string; gap: string; indent: number; mtu: boolean },
    ): string => {
      const pad = ' '.repeat(2 + l.indent);
      const value = `${l.quote}10.1.12.0/30${l.quote}`;
      const ends = l.flow
        ? `${pad}ends: { left: { interface: gre1 }, right: { inner: 10.1.12.2, interface: gre1 } }${l.two}\n`
        : `${pad}ends:${l.two}\n${pad}  left:\n${pad}    interface: gre1\n${pad}  right: { inner: "10.1.12.2",   interface: gre1 }\n`;
      return `  ${name}:${l.one}\n${l.mtu ? `${pad}mtu: 1400${l.one}\n` : ''}${l.given ? `${pad}subnet:  ${value}${l.two}\n` : ''}${ends}${l.gap}`;
    };
    let files = 0;
    fc.assert(
      fc.property(fc.array(link, { minLength: 1, maxLength: 6 }), fc.nat(), blank, eol, fc.boolean(), (links, pick, head, end, cut) => {
        const at = pick % links.length;
        let text = `${head}hosts: {}\nlinks:\n${links.map((l, i) => linkText(`l${i}`, l)).join('')}`;
        if (cut) text = text.replace(/\n+$/, '');
        text = text.replaceAll('\n', end);
        const map = ['links', `l${at}`];
        const settings: Setting[] = [
          { map, key: 'subnet', value: '10.9.9.4/30', before: 'ends' },
          { map: [...map, 'ends', 'left'], key: 'inner', value: '10.9.9.5', before: 'interface' },
          { map: [...map, 'ends', 'right'], key: 'inner', value: '10.9.9.6', before: 'interface' },
        ];
        const after = withSettings(text, settings);
        const wanted = parse(text) as { links: Record<string, { subnet: string; ends: Record<string, { inner: string }> }> };
        Object.assign(wanted.links[`l${at}`] ?? {}, { subnet: '10.9.9.4/30' });
        Object.assign(wanted.links[`l${at}`]?.ends.left ?? {}, { inner: '10.9.9.5' });
        Object.assign(wanted.links[`l${at}`]?.ends.right ?? {}, { inner: '10.9.9.6' });
        expect(parse(after)).toEqual(wanted);
        // Taking the new text out again leaves the old file, byte for byte.
        const given = links[at]?.given === true;
        const quote = links[at]?.quote ?? '';
        let back = after.replace(given ? '10.9.9.4/30' : /[ ]*subnet: 10\.9\.9\.4\/30\r?\n/, given ? `${quote}10.1.12.0/30${quote}` : '');
        back = back.replace(links[at]?.flow === true ? 'inner: 10.9.9.5, ' : /[ ]*inner: 10\.9\.9\.5\r?\n/, '');
        back = back.replace('10.9.9.6', links[at]?.flow === true ? '10.1.12.2' : '"10.1.12.2"');
        expect(back).toBe(text);
        files += 1;
      }),
      { numRuns: 500 },
    );
    expect(files).toBeGreaterThanOrEqual(500);
  });

  it('sets several values of one link at once', () => {
    const text = 'links:\n  a:\n    ends:\n      left: { interface: gre1 }\n      right:\n        interface: gre1\n';
    expect(withSettings(text, [subnet, inner('left', '10.1.12.41'), inner('right', '10.1.12.42')])).toBe(
      'links:\n  a:\n    subnet: 10.1.12.40/30\n    ends:\n      left: { inner: 10.1.12.41, interface: gre1 }\n      right:\n        inner: 10.1.12.42\n        interface: gre1\n',
    );
  });
});
