/** Subnets from pools: never twice, always inside, always the same; and what stands in the way is told. */
import { chmodSync, lstatSync, mkdtempSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { subnetAround, toNumber } from '../../../src/inventory/address.js';
import { type Allocated, allocate, type Wish } from '../../../src/inventory/allocate.js';
import { draftSources, parseInventory } from '../../../src/inventory/load.js';
import { freeBlock, poolUse } from '../../../src/inventory/pools.js';
import { replaceText } from '../../../src/inventory/write.js';
import { said } from '../said.js';

const link = (name: string, subnet = ''): string => {
  const start = subnet === '' ? 0 : toNumber(subnet.split('/')[0] ?? '');
  const inner = (n: number): string => (subnet === '' ? '' : `inner: 10.1.${Math.floor(((start + n) % 65536) / 256)}.${(start + n) % 256}, `);
  return `  ${name}:\n${subnet === '' ? '' : `    subnet: ${subnet}\n`}    ends:\n      left: { ${inner(1)}interface: ${name} }\n      right: { ${inner(2)}interface: ${name} }\n`;
};
const HOSTS = 'hosts:\n  left: { address: 203.0.113.1 }\n  right: { address: 203.0.113.2 }\n';
const fileOf = (links: string, pools = 'pools:\n  consume: 10.1.12.0/24\n'): string => `${pools}${HOSTS}links:\n${links}`;
const run = (text: string | readonly string[], wish: Partial<Wish> & Pick<Wish, 'links'>): Allocated => {
  const sources = [text].flat().map((t, i) => ({ file: `part${i}.yaml`, text: t }));
  return allocate(draftSources(sources), { prefix: 30, reassign: false, ...wish });
};

describe('allocate', () => {
  it('takes the first free /30, writes it, and the inventory is good', () => {
    const { allocations, changed } = run(fileOf(link('a', '10.1.12.0/30') + link('b')), { links: ['b'] });
    expect(allocations).toEqual([
      {
        link: 'b',
        pool: 'consume',
        subnet: '10.1.12.4/30',
        ends: [
          { host: 'left', inner: '10.1.12.5' },
          { host: 'right', inner: '10.1.12.6' },
        ],
        file: 'part0.yaml',
      },
    ]);
    expect(parseInventory(changed).links.get('b')).toMatchObject({ subnet: '10.1.12.4/30' });
  });

  it('gives two links two subnets in the order of the inventory, and changes only their file', () => {
    const wish = { links: ['c', 'b'] };
    const parts = [fileOf(link('a', '10.1.12.0/30')), `links:\n${link('b')}${link('c')}`];
    const { allocations, changed } = run(parts, wish);
    expect(allocations.map((a) => [a.link, a.subnet])).toEqual([
      ['b', '10.1.12.4/30'],
      ['c', '10.1.12.8/30'],
    ]);
    expect(changed.map((c) => c.file)).toEqual(['part1.yaml']);
    expect(run(parts, wish)).toEqual({ allocations, changed });
  });

  it('a /31 where asked for', () => {
    const { allocations } = run(fileOf(link('a', '10.1.12.0/30') + link('b')), { links: ['b'], prefix: 31 });
    expect(allocations[0]).toMatchObject({ subnet: '10.1.12.4/31', ends: [{ inner: '10.1.12.4' }, { inner: '10.1.12.5' }] });
  });

  it('the same subnet on two branches: a clear conflict, and --reassign mends it', () => {
    const merged = fileOf(link('a', '10.1.12.0/30') + link('b', '10.1.12.0/30'));
    expect(said(() => parseInventory([{ file: 'x.yaml', text: merged }]))).toMatch(/10\.1\.12\.0\/30 of b overlaps 10\.1\.12\.0\/30 of a/);
    expect(said(() => run(merged, { links: ['b'] }))).toBe(
      'INVENTORY_CONFLICT: b has 10.1.12.0/30, and so has a. Give it another with: provision allocate b --reassign',
    );
    const { allocations, changed } = run(merged, { links: ['b'], reassign: true });
    expect(allocations).toMatchObject([{ subnet: '10.1.12.4/30', before: '10.1.12.0/30' }]);
    expect([...parseInventory(changed).links.values()].map((l) => l.subnet)).toEqual(['10.1.12.0/30', '10.1.12.4/30']);
    expect(
      run(
        changed.map((c) => c.text),
        { links: ['a', 'b'], reassign: true },
      ),
    ).toEqual({ allocations: [], changed: [] });
  });

  it('says what stands in the way', () => {
    const two = 'pools:\n  one: 10.1.12.0/24\n  two: 10.2.0.0/24\n';
    expect(said(() => run(fileOf(link('a')), { links: ['b'] }))).toMatch(/^NAME_UNKNOWN: There is no link b/);
    expect(said(() => run(fileOf(link('a')), { links: ['a'], pool: 'consum' }))).toMatch(
      /^NAME_UNKNOWN: There is no pool consum .*Did you mean consume/,
    );
    expect(said(() => run(fileOf(link('a'), ''), { links: ['a'] }))).toMatch(/has no pool/);
    expect(said(() => run(fileOf(link('a'), two), { links: ['a'] }))).toMatch(/There are 2 pools.*--pool: one, two/);
    expect(said(() => run(fileOf(link('a', '10.1.12.0/30') + link('b'), 'pools:\n  p: 10.1.12.0/30\n'), { links: ['b'] }))).toMatch(
      /^POOL_FULL: The pool p, 10\.1\.12\.0\/30/,
    );
    expect(said(() => run(fileOf(link('a').replace('interface', 'inner: 10.1.12.1, interface')), { links: ['a'] }))).toMatch(
      /has an inner address and no subnet/,
    );
    const shared = fileOf(link('a'))
      .replace('right: { interface: a }', 'right: &r { interface: a }')
      .replace('left: { interface: a }', 'left: { interface: a }');
    expect(
      said(() =>
        run(`${shared}  z:\n    subnet: 10.1.12.8/30\n    ends: { left: { inner: 10.1.12.9, interface: z }, right: *r }\n`, { links: ['a'] }),
      ),
    ).toMatch(/^INVENTORY_/);
  });

  it('no two subnets overlap, all lie in their pools, no end is a network or broadcast address, and again the same', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 24, max: 28 }),
        fc.uniqueArray(fc.integer({ min: 0, max: 63 }), { maxLength: 20 }),
        fc.integer({ min: 1, max: 12 }),
        fc.constantFrom<30 | 31>(30, 31),
        (size, used, wanted, prefix) => {
          const given = used.map((n, i) => link(`g${i}`, `10.1.12.${n * 4}/30`));
          const names = Array.from({ length: wanted }, (_, i) => `n${i}`);
          const text = fileOf(given.join('') + names.map((n) => link(n)).join(''), `pools:\n  consume: 10.1.12.0/${size}\n`);
          const pool = subnetAround(toNumber('10.1.12.0'), size);
          let made: Allocated;
          try {
            made = run(text, { links: names, prefix });
          } catch (error) {
            expect((error as { code: string }).code).toBe('POOL_FULL');
            return;
          }
          const blocks = [
            ...used.map((n) => subnetAround(toNumber(`10.1.12.${n * 4}`), 30)),
            ...made.allocations.map((a) => subnetAround(toNumber(a.subnet.split('/')[0] ?? ''), prefix)),
          ];
          const order = [...blocks].sort((a, b) => a.first - b.first);
          for (const [i, block] of order.entries()) expect(block.first).toBeGreaterThan(order[i - 1]?.last ?? -1);
          for (const a of made.allocations) {
            const block = subnetAround(toNumber(a.subnet.split('/')[0] ?? ''), prefix);
            expect(block.first >= pool.first && block.last <= pool.last).toBe(true);
            const ends = a.ends.map((e) => toNumber(e.inner));
            expect(ends).toEqual(prefix === 30 ? [block.first + 1, block.last - 1] : [block.first, block.last]);
          }
          expect(run(text, { links: [...names].reverse(), prefix })).toEqual(made);
        },
      ),
      { numRuns: 100 },
    );
  });

  it('gives many links at once what it gives them one by one, also where they had others, from pools that overlap', () => {
    const wanted = fc.record({ at: fc.option(fc.nat(12)), pool: fc.constantFrom('a', 'b', 'wide'), half: fc.boolean() });
    fc.assert(
      fc.property(fc.array(wanted, { minLength: 1, maxLength: 10 }), fc.constantFrom<30 | 31>(30, 31), (links, prefix) => {
        const subnetOf = ({ at, half }: (typeof links)[number]): string => (at === null ? '' : `10.1.12.${at * 4}/${half ? 31 : 30}`);
        const text = links.map((l, i) => link(`n${i}`, subnetOf(l)).replace(':\n', `:\n    pool: ${l.pool}\n`)).join('');
        const draft = draftSources([{ file: 'i.yaml', text: fileOf(text, 'pools:\n  a: 10.1.12.0/26\n  b: 10.1.13.0/26\n  wide: 10.1.12.0/23\n') }]);
        const pools = { a: [12, 26], b: [13, 26], wide: [12, 23] } as const;
        // The plain way: each link anew, against whatever all others have by then.
        const has = new Map(
          links.map((l, i) => [`n${i}`, l.at === null ? undefined : subnetAround(toNumber('10.1.12.0') + l.at * 4, l.half ? 31 : 30)]),
        );
        const expected: string[] = [];
        for (const [i, { pool }] of links.entries()) {
          const name = `n${i}`;
          const others = [...has].flatMap(([other, subnet]) => (other === name || subnet === undefined ? [] : [subnet]));
          const own = has.get(name);
          if (own !== undefined && !others.some((o) => o.first <= own.last && own.first <= o.last)) continue;
          const block = freeBlock(subnetAround(toNumber(`10.1.${pools[pool][0]}.0`), pools[pool][1]), others, prefix);
          has.set(name, block);
          expected.push(`${name} ${block?.text}`);
        }
        let made: readonly string[] | undefined;
        try {
          made = allocate(draft, { links: links.map((_, i) => `n${i}`), prefix, reassign: true }).allocations.map((a) => `${a.link} ${a.subnet}`);
        } catch (error) {
          // Subnets outside of their pools and pools that overlap are errors of the inventory, found when it is read again.
          expect((error as { code: string }).code).toMatch(/^INVENTORY_/);
          return;
        }
        expect(made).toEqual(expected);
      }),
    );
  });
});

describe('pools', () => {
  const pool = subnetAround(toNumber('10.1.12.0'), 24);
  const taken = (...texts: string[]) => texts.map((t) => subnetAround(toNumber(t.split('/')[0] ?? ''), Number(t.split('/')[1])));

  it('counts blocks, and draws them', () => {
    expect(poolUse(pool, taken('10.1.12.0/30', '10.1.12.8/31', '10.1.12.10/31', '192.0.2.0/24'))).toEqual({
      blocks: 64,
      used: 2,
      next: '10.1.12.4/30',
      map: `#.#${'.'.repeat(61)}`,
    });
    const wide = subnetAround(toNumber('10.0.0.0'), 16);
    expect(poolUse(wide, taken('10.0.0.0/22', '10.0.4.0/30'))).toMatchObject({ blocks: 16_384, used: 257, map: `#+${'.'.repeat(62)}` });
    expect(poolUse(pool, taken('10.0.0.0/8'))).toMatchObject({ used: 64, map: '#'.repeat(64) });
    expect(freeBlock(pool, taken('10.0.0.0/8'), 30)).toBeUndefined();
  });

  it('passes over addresses of hosts inside the pool', () => {
    expect(freeBlock(pool, [{ first: toNumber('10.1.12.2'), last: toNumber('10.1.12.2') }], 30)?.text).toBe('10.1.12.4/30');
  });
});

describe('replaceText', () => {
  it('keeps the mode and a link, leaves no other file, and refuses a file that has changed meanwhile', () => {
    const folder = mkdtempSync(join(tmpdir(), 'provision-edit-'));
    const real = join(folder, 'real.yaml');
    const file = join(folder, 'link.yaml');
    writeFileSync(real, 'a: 1\n');
    chmodSync(real, 0o664);
    symlinkSync('real.yaml', file);
    replaceText(file, 'a: 1\n', 'a: 2\n');
    expect([readFileSync(real, 'utf8'), statSync(real).mode & 0o777, lstatSync(file).isSymbolicLink()]).toEqual(['a: 2\n', 0o664, true]);
    expect(said(() => replaceText(file, 'a: 1\n', 'a: 3\n'))).toMatch(/^INVENTORY_EDIT: .*was not written/);
    expect([readFileSync(real, 'utf8'), readdirSync(folder).sort()]).toEqual(['a: 2\n', ['link.yaml', 'real.yaml']]);
  });
});
