import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { ProvisionErrors } from '../../../src/errors/error.js';
import { isClean, renderErrors } from '../../../src/errors/render.js';
import { subnetAround, toText, usable } from '../../../src/inventory/address.js';
import { parseInventory } from '../../../src/inventory/load.js';

/** An area as one may write it, with the form that the model must have. */
const area = fc.nat(0xffffffff).chain((n) => fc.constantFrom<readonly [number | string, string]>([n, toText(n)], [toText(n), toText(n)]));
const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
const ospf = fc
  .record({
    area,
    cost: maybe(fc.integer({ min: 1, max: 65535 })),
    hello: maybe(fc.integer({ min: 1, max: 60 })),
    dead: maybe(fc.integer({ min: 61, max: 65535 })),
  })
  .map(({ area: [written, canonical], ...rest }) => {
    const given = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined));
    return { written: { area: written, ...given }, model: { area: canonical, ...given } };
  });
const bgp = fc.constantFrom({}, { hold: 3 }, { hold: 90 }, { hold: 65535 });

const name = fc.stringMatching(/^[A-Za-z][A-Za-z0-9._-]{0,20}$/);

/** An inventory as one would write it, and what the model must hold of it. */
const inventory = fc
  .record({
    names: fc.uniqueArray(name, { minLength: 2, maxLength: 6 }),
    links: fc.uniqueArray(
      fc.record({
        at: fc.nat(5000),
        prefix: fc.constantFrom(30, 31),
        mtu: fc.oneof(fc.constant('auto' as const), fc.integer({ min: 576, max: 65511 })),
        ttl: fc.integer({ min: 1, max: 255 }),
        ospf: maybe(ospf),
        bgp: maybe(bgp),
      }),
      {
        maxLength: 8,
        selector: (link) => link.at,
      },
    ),
    flow: fc.boolean(),
  })
  .map(({ names, links, flow }) => {
    const hosts = Object.fromEntries(names.map((host, i) => [host, { address: `203.0.113.${i + 1}`, asn: 64512 + i, routerId: `10.0.0.${i + 1}` }]));
    const written = links.map(({ at, prefix, mtu, ttl, ospf: wanted, bgp: peering }, i) => {
      const subnet = subnetAround(10 * 2 ** 24 + at * 4, prefix);
      const [a, b] = usable(subnet);
      const [one, two] = [names[i % names.length] ?? '', names[(i + 1) % names.length] ?? ''];
      const meant = { subnet: subnet.text, mtu, ttl, ospf: wanted?.model, bgp: peering };
      const ends = { [one]: { inner: a, interface: `gre${i}` }, [two]: { inner: b, interface: `gre${i}` } };
      return [`link${i}`, { kind: 'gre', subnet: subnet.text, ends, mtu, ttl, ospf: wanted?.written, bgp: peering }, { ...meant, ends }] as const;
    });
    return {
      text: stringify(
        { hosts, links: Object.fromEntries(written.map(([link, given]) => [link, given] as const)) },
        flow ? { collectionStyle: 'flow' } : {},
      ),
      hosts,
      links: Object.fromEntries(written.map(([link, , meant]) => [link, meant])),
    };
  });

/** Loads a text that may be anything; what is wrong with it, or nothing. */
function errorsOf(text: string): ProvisionErrors | undefined {
  try {
    parseInventory([{ file: 'any.yaml', text }]);
    return undefined;
  } catch (error) {
    if (error instanceof ProvisionErrors) return error;
    throw error;
  }
}

function expectGoodErrors(text: string): void {
  const found = errorsOf(text);
  const lines = text.replace(/^\uFEFF/, '').split('\n');
  for (const { details } of found?.errors ?? []) {
    const place = details.place ?? { line: 0, column: 0 };
    expect(place.line).toBeGreaterThanOrEqual(1);
    expect(place.line).toBeLessThanOrEqual(lines.length);
    expect(place.column).toBeGreaterThanOrEqual(1);
    expect(place.column).toBeLessThanOrEqual((lines[place.line - 1] ?? '').length + 1);
    expect(details.next ?? '').not.toBe('');
  }
  const shown = renderErrors(found?.errors ?? [], { colour: false, source: () => text });
  expect(shown.split('\n').every(isClean)).toBe(true);
}

describe('the loader', () => {
  it('reads back every valid inventory as it was meant', () => {
    fc.assert(
      fc.property(inventory, ({ text, hosts, links }) => {
        const model = parseInventory([{ file: 'i.yaml', text }]);
        expect([...model.hosts.keys()].sort()).toEqual(Object.keys(hosts).sort());
        for (const [host, { address, asn, routerId }] of Object.entries(hosts)) {
          expect(model.hosts.get(host)).toMatchObject({ address: { kind: 'static', address }, asn, routerId });
        }
        for (const [link, given] of Object.entries(links)) {
          const read = model.links.get(link);
          const { ends, ...rest } = given;
          const { subnet, mtu, ttl, ospf, bgp } = read ?? {};
          expect({ subnet, mtu, ttl, ospf, bgp }).toEqual(rest);
          expect(Object.fromEntries((read?.ends ?? []).map((end) => [end.host, { inner: end.inner, interface: end.interface }]))).toEqual(ends);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('throws nothing but its own errors, each with a place inside the file, whatever the text', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 300 }), expectGoodErrors), { numRuns: 200 });
  });

  it('does so for files that are nearly right: the example with pieces cut out, doubled or put in', () => {
    const guide = readFileSync('inventory/guide.yaml', 'utf8');
    const piece = fc.oneof(
      fc.constantFrom(
        '{',
        '}',
        '[',
        ']',
        ': ',
        '- ',
        '\n',
        '\t',
        '&a ',
        '*a',
        '!!x ',
        '"',
        "'",
        '|',
        '? ',
        '---\n',
        '<<: ',
        '#',
        '\u001b[2J',
        '\u202e',
        '-',
        'null',
      ),
      fc.string({ maxLength: 5 }),
    );
    const change = fc.record({ at: fc.nat(guide.length), cut: fc.nat(30), piece });
    const changed = fc
      .array(change, { minLength: 1, maxLength: 4 })
      .map((changes) => changes.reduce((text, c) => text.slice(0, c.at) + c.piece + text.slice(c.at + c.cut), guide));
    fc.assert(fc.property(changed, expectGoodErrors), { numRuns: 200 });
  });

  it('does so for any value in any place', () => {
    const word = fc.constantFrom(
      'pools',
      'defaults',
      'hosts',
      'links',
      'ssh',
      'address',
      'ends',
      'subnet',
      'pool',
      'inner',
      'interface',
      'mtu',
      'ttl',
      'a',
      'b',
      'inside',
      'dynamic',
      '__proto__',
      'constructor',
      'toString',
    );
    const leaf = fc.oneof(fc.string({ maxLength: 20 }), fc.integer(), fc.constantFrom(null, true, '10.0.0.0/30', '10.0.0.1', 'gre0', 'dynamic', 'a'));
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof(
        { maxDepth: 6 },
        leaf,
        fc.array(tie('tree'), { maxLength: 3 }),
        fc.dictionary(word, tie('tree'), { maxKeys: 4, noNullPrototype: true }),
      ),
    }));
    const top = fc.dictionary(fc.constantFrom('pools', 'defaults', 'hosts', 'links'), fc.dictionary(word, tree, { noNullPrototype: true }), {
      noNullPrototype: true,
    });
    fc.assert(
      fc.property(top, (value) => expectGoodErrors(stringify(value))),
      { numRuns: 200 },
    );
  });

  it('writes any 32-bit number as an address and takes only canonical ones', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 32 - 1 }), (n) => {
        const found = errorsOf(`hosts:\n  a: { address: "${toText(n)}" }\n`);
        const first = Math.floor(n / 2 ** 24);
        expect(found === undefined).toBe(first !== 0 && first !== 127 && first < 224);
      }),
    );
  });
});
