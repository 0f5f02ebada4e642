/** Prefixes that hosts announce: whatever overlaps what belongs elsewhere is found, and nothing else. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ProvisionErrors } from '../../../src/errors/error.js';
import { type Subnet, subnetAround, toNumber, toText, usable } from '../../../src/inventory/address.js';
import { allocate } from '../../../src/inventory/allocate.js';
import { draftSources, parseInventory } from '../../../src/inventory/load.js';

interface Plan {
  readonly hosts: readonly { readonly outer: number; readonly announces: readonly Subnet[] }[];
  readonly links: readonly Subnet[];
  readonly pools: readonly Subnet[];
}

const flow = (subnets: readonly Subnet[]): string => (subnets.length === 0 ? '' : `, announces: [${subnets.map((s) => s.text).join(', ')}]`);

/** The plan as three files of one folder. */
function filesOf({ hosts, links, pools }: Plan): { file: string; text: string }[] {
  const written = links.map((subnet, i) => {
    const [a, b] = usable(subnet);
    return `  l${i}:\n    subnet: ${subnet.text}\n    ends:\n      h0: { inner: ${a}, interface: gre${i} }\n      h1: { inner: ${b}, interface: gre${i} }\n`;
  });
  return [
    {
      file: 'a.yaml',
      text: `hosts:\n${hosts.map(({ outer, announces }, i) => `  h${i}: { address: ${toText(outer)}${flow(announces)} }\n`).join('')}`,
    },
    { file: 'b.yaml', text: `links:\n${written.join('')}` },
    { file: 'c.yaml', text: `pools:\n${pools.map((pool, i) => `  p${i}: ${pool.text}\n`).join('')}` },
  ];
}

function errorsOf(plan: Plan): ProvisionErrors['errors'] {
  try {
    parseInventory(filesOf(plan));
    return [];
  } catch (error) {
    if (!(error instanceof ProvisionErrors)) throw error;
    return error.errors;
  }
}

const overlap = (a: Subnet, b: Subnet): boolean => a.first <= b.last && b.first <= a.last;
const holds = (a: Subnet, n: number): boolean => a.first <= n && n <= a.last;

/** Whether anything overlaps that may not, each pair looked at. */
function isWrong({ hosts, links, pools }: Plan): boolean {
  return hosts.some(({ announces }, i) =>
    announces.some(
      (prefix, p) =>
        announces.some((other, o) => o !== p && other.text === prefix.text) ||
        hosts.some((host, h) => h !== i && host.announces.some((other) => overlap(other, prefix))) ||
        [...links, ...pools].some((other) => overlap(other, prefix)) ||
        hosts.some(({ outer }, h) => holds(prefix, outer) && (h !== i || (links.length > 0 && h < 2))),
    ),
  );
}

const subnet = (least: number, most: number): fc.Arbitrary<Subnet> =>
  fc.tuple(fc.nat(255), fc.integer({ min: least, max: most })).map(([n, prefix]) => subnetAround(toNumber('10.1.12.0') + n, prefix));
/** Links, pools and outer addresses are good without the prefixes, so that whatever is said is about those. */
const plan: fc.Arbitrary<Plan> = fc.record({
  hosts: fc.uniqueArray(
    fc.record({
      outer: fc.oneof(
        fc.nat(20).map((n) => toNumber('10.1.12.128') + n),
        fc.nat(99).map((n) => toNumber('203.0.113.1') + n),
      ),
      announces: fc.array(subnet(25, 32), { maxLength: 2 }),
    }),
    { minLength: 2, maxLength: 5, selector: (host) => host.outer },
  ),
  links: fc.uniqueArray(
    fc.nat(15).map((n) => subnetAround(toNumber('10.1.12.0') + n * 4, 30)),
    { maxLength: 3, selector: (link) => link.text },
  ),
  pools: fc
    .constantFrom<readonly string[]>([], [], ['10.1.12.0/26'], ['10.1.12.0/27', '10.1.12.160/28'])
    .map((all) => all.map((text) => subnetAround(toNumber(text.split('/')[0] ?? ''), Number(text.split('/')[1])))),
});

describe('announced prefixes', () => {
  it('are held by the model as they are written', () => {
    const { hosts } = parseInventory([
      { file: 'i.yaml', text: 'hosts:\n  a: { address: 203.0.113.1, announces: [10.2.0.0/16, 10.2.3.4/32] }\n  b:\n' },
    ]);
    expect(hosts.get('a')?.announces).toEqual(['10.2.0.0/16', '10.2.3.4/32']);
    expect(hosts.get('b')?.announces).toBeUndefined();
  });

  it('are refused exactly where one overlaps what belongs elsewhere, each at the prefix, across all files', () => {
    let [wrong, right] = [0, 0];
    fc.assert(
      fc.property(plan, (given) => {
        const errors = errorsOf(given);
        expect([isWrong(given), errors.map((e) => e.message)]).toEqual([errors.length > 0, errors.map((e) => e.message)]);
        for (const { code, details } of errors) expect([code, details.place?.file]).toEqual(['INVENTORY_CONFLICT', 'a.yaml']);
        if (errors.length > 0) wrong += 1;
        else right += 1;
      }),
      { numRuns: 1000 },
    );
    // Both kinds were there.
    expect(Math.min(wrong, right)).toBeGreaterThan(100);
  });

  it('that hold thousands of links are one error, which counts them', () => {
    const links = Array.from({ length: 3000 }, (_, i) => subnetAround(toNumber('10.1.0.0') + i * 4, 30));
    const hosts = [toNumber('203.0.113.1'), toNumber('203.0.113.2')].map((outer, i) => ({
      outer,
      announces: i === 0 ? [subnetAround(toNumber('10.0.0.0'), 8)] : [],
    }));
    expect(errorsOf({ hosts, links, pools: [] }).map((e) => e.message)).toEqual([
      '10.0.0.0/8, which h0 announces, overlaps 10.1.0.0/30 of l0 at b.yaml:3:13, and 2999 more links.',
    ]);
  });

  it('are no place for subnets of links: allocate passes over them', () => {
    const hosts = [10, 11].map((n, i) => ({
      outer: toNumber('203.0.113.0') + n,
      announces: i === 0 ? [subnetAround(toNumber('10.1.12.0'), 28)] : [],
    }));
    const files = filesOf({ hosts, links: [], pools: [subnetAround(toNumber('10.1.12.0'), 24)] });
    const links = 'links:\n  new:\n    ends:\n      h0: { interface: gre1 }\n      h1: { interface: gre1 }\n';
    const drafted = draftSources(files.map((f) => (f.file === 'b.yaml' ? { ...f, text: links } : f)));
    expect(allocate(drafted, { links: ['new'], prefix: 30, reassign: false }).allocations).toMatchObject([{ subnet: '10.1.12.16/30' }]);
  });
});
