/** New hosts and links go behind the last one of their section; the rest of the file stays, byte for byte. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addedHost, addedLink } from '../../../src/inventory/add.js';
import { withEntry } from '../../../src/inventory/edit.js';
import { draftSources, parseInventory } from '../../../src/inventory/load.js';
import { said } from '../said.js';

const BASE = `pools:
  consume: 10.1.12.0/24 # ours
hosts:
  left: { address: 203.0.113.1 } # one
  right: { address: 203.0.113.2 }

# the links
links:
    old:
        subnet: 10.1.12.0/30
        ends:
            left: { inner: 10.1.12.1, interface: gre1 } # last
            right: { inner: 10.1.12.2, interface: gre1 }
# end of the file
`;
const drafted = (...texts: string[]) => draftSources(texts.map((text, i) => ({ file: `part${i}.yaml`, text })));

describe('add host', () => {
  it('one line behind the last host', () => {
    const { source, lines } = addedHost(drafted(BASE), { name: 'third', address: '198.51.100.1', user: 'op' });
    expect(lines).toEqual(['  third: { address: 198.51.100.1, ssh: { user: "op" } }']);
    expect(source.text).toBe(BASE.replace('203.0.113.2 }\n', `203.0.113.2 }\n${lines[0]}\n`));
    expect(parseInventory([source]).hosts.get('third')).toMatchObject({ address: { address: '198.51.100.1' }, ssh: { user: 'op' } });
  });

  it('refuses what would make the inventory bad, or is no name, address or account', () => {
    const add = (name: string, address: string, more = {}) => said(() => addedHost(drafted(BASE), { name, address, ...more }));
    expect(add('left', '198.51.100.1')).toMatch(/^USAGE: There is a host left already/);
    expect(add('third', '203.0.113.1')).toMatch(/^INVENTORY_CONFLICT/);
    expect(add('third', '203.0.113.300')).toMatch(/^INVENTORY_VALUE/);
    expect(add('third', '1.2.3.4, twin: x')).toMatch(/^USAGE: .* is no IPv4 address/);
    expect(add('a: b', '198.51.100.1')).toMatch(/^USAGE/);
    expect(add('third', '198.51.100.1', { user: 'x", become: "sudo' })).toMatch(/^USAGE: .* is no name of an account/);
    expect(add('third', '198.51.100.1', { file: 'other.yaml' })).toMatch(/^USAGE: other.yaml is no file of the inventory/);
  });
});

describe('add link', () => {
  it('the next free subnet and an interface that neither end has, indented as the others', () => {
    const added = addedLink(drafted(BASE), { ends: ['right', 'left'], notInterface: ['gre2'] });
    expect([added.name, added.interface]).toEqual(['right-left', 'gre3']);
    expect(added.source.text.startsWith(BASE.slice(0, BASE.indexOf('# end of the file')))).toBe(true);
    expect(added.source.text.endsWith('# end of the file\n')).toBe(true);
    expect(added.source.text).toContain('\n    right-left:\n');
    expect(parseInventory([added.source]).links.get('right-left')).toMatchObject({
      subnet: '10.1.12.4/30',
      ends: [
        { host: 'right', inner: '10.1.12.5' },
        { host: 'left', inner: '10.1.12.6' },
      ],
    });
  });

  it('makes the section where there is none, in the file of the first end', () => {
    const [pools = '', hosts = ''] = [
      'pools:\n  consume: 10.1.12.0/24',
      'hosts:\n  left: { address: 203.0.113.1 }\n  right: { address: 203.0.113.2 }',
    ];
    const { source } = addedLink(drafted(pools, hosts), { ends: ['left', 'right'], notInterface: [] });
    expect(source.file).toBe('part1.yaml');
    expect(source.text.startsWith(`${hosts}\nlinks:\n  left-right:\n`)).toBe(true);
  });

  it('says what stands in the way', () => {
    const add = (ends: [string, string], more = {}, text = BASE) => said(() => addedLink(drafted(text), { ends, notInterface: [], ...more }));
    expect(add(['left', 'rigth'])).toMatch(/^NAME_UNKNOWN: .*Did you mean right/);
    expect(add(['left', 'nobody'])).toMatch(/provision add host nobody/);
    expect(add(['left', 'right'], { name: 'old' })).toMatch(/^USAGE: There is a link old already/);
    expect(add(['left', 'right'], { pool: 'x' })).toMatch(/^NAME_UNKNOWN: There is no pool x/);
    expect(add(['left', 'right'], { interface: 'gre1' })).toMatch(/^INVENTORY_CONFLICT/);
    expect(add(['left', 'right'], {}, BASE.replace('10.1.12.0/24', '10.1.12.0/30'))).toMatch(/^POOL_FULL/);
    expect(add(['left', 'right'], {}, BASE.replace(/links:[\s\S]*/, 'links: {}\n'))).toMatch(/^INVENTORY_EDIT: .*by hand under links: left-right:/);
  });
});

it('an entry more, whatever the file looks like: taken out again it is the file of before', () => {
  const noise = fc.constantFrom('', '# ü\n', '\n', '  # indented\n', '    \n');
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 5 }),
      fc.array(noise, { minLength: 5, maxLength: 5 }),
      fc.constantFrom('\n', '\r\n'),
      fc.boolean(),
      (indent, [a, b, c, d, e], end, cut) => {
        const pad = ' '.repeat(indent);
        let text = `${a}hosts:\n${pad}one: { address: 203.0.113.1 } # 1\n${b}${pad}two:\n${pad}  address: 203.0.113.2 # 2\n${c}links:\n${d}pools:\n${e}`;
        if (cut) text = text.trimEnd();
        text = text.replaceAll('\n', end);
        for (const section of ['hosts', 'links'] as const) {
          const after = withEntry(text, { section, name: 'new', lines: ['  new:', '    address: 203.0.113.3'] });
          const pattern = /( +)new:\r?\n +address: 203\.0\.113\.3\r?\n/;
          expect(pattern.test(after)).toBe(true);
          expect([text, `${text}${end}`]).toContain(after.replace(pattern, ''));
        }
      },
    ),
    { numRuns: 500 },
  );
});
