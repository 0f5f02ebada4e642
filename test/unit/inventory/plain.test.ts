/** Parts that are taken without the schema: exactly those that the schema takes, as they stand. */
import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { z } from 'zod';
import { SECTIONS } from '../../../src/inventory/merge.js';
import {
  type Plain,
  plainBgp,
  plainDefaults,
  plainEnd,
  plainHost,
  plainLink,
  plainOspf,
  plainPassphrase,
  plainPool,
  plainSsh,
  plainUpdater,
} from '../../../src/inventory/plain.js';
import { defaultsSchema, inventorySchema, poolSchema } from '../../../src/inventory/schema.js';
import { hostSchema, sshSchema } from '../../../src/inventory/schema-host.js';
import { linkSchema } from '../../../src/inventory/schema-link.js';
import { starterInventory } from '../../../src/inventory/starter.js';

const link = linkSchema();
const PARTS: Readonly<Record<string, readonly [Plain, z.ZodType]>> = {
  host: [plainHost, hostSchema()],
  link: [plainLink, link],
  pool: [plainPool, poolSchema()],
  defaults: [plainDefaults, defaultsSchema()],
};

/** True where it was taken without the schema. */
function agrees([plain, schema]: readonly [Plain, z.ZodType], value: unknown): boolean {
  const read = schema.safeParse(value);
  expect(plain(value)).toBe(read.success);
  if (read.success) expect(read.data).toEqual(value);
  return read.success;
}

/** Good for some key or other, or nearly; every key gets all of them. */
const TEXTS = [
  ...['dynamic', 'auto', 'gre', 'udp', 'none', 'sudo', 'doas', 'root', 'frr', 'gre1', 'Gre1', 'mostly', 'a b', '-x', '', '\u0000', 'ü', 'if_gre.ko'],
  ...[
    '203.0.113.7',
    '10.1.12.37',
    '127.0.0.1',
    '010.1.1.1',
    '0.0.0.0',
    '1.2.3',
    '10.1.12.36/30',
    '10.1.12.37/30',
    '10.1.12.36/31',
    '10.0.0.0/8',
    '0.0.0.0/0',
  ],
  ...['10.0.0.1/32', '::1', '0', '1', '~/.ssh/key', '*/5 * * * *', '* * * * * *', '61', 'admin@gate:22', 'gate:0', 'NetBSD 1.5.2', 'x'.repeat(300)],
  ...[`SHA256:${'A'.repeat(43)}`, `ssh-ed25519 AAAA${'B'.repeat(64)}`, 'ssh-foo AAAA'],
];
const NUMBERS = [
  0,
  -0,
  1,
  2,
  3,
  22,
  255,
  256,
  575,
  576,
  1476,
  65511,
  65512,
  65535,
  65536,
  4294967294,
  4294967295,
  4294967296,
  -1,
  1.5,
  2 ** 53,
  1e300,
];
const single = fc.oneof(fc.constantFrom(...TEXTS), fc.constantFrom(...NUMBERS), fc.boolean(), fc.constant(null));
const KEYS = [plainHost, plainLink, plainSsh, plainEnd, plainUpdater, plainOspf, plainBgp, plainPassphrase].flatMap((p) => p.keys);
const INNER_KEYS = [...KEYS, 'dynamic', 'inside', 'outside', 'nonsense', 'mostly', 'constructor'];
/** Keys that hold a map, and one that does not. */
const HOLDERS = ['address', 'ssh', 'updater', 'ospf', 'bgp', 'ends', 'hostname'];
const flat = fc.dictionary(fc.constantFrom(...INNER_KEYS), fc.oneof(single, fc.array(single, { maxLength: 3 })), {
  maxKeys: 3,
  noNullPrototype: true,
});
const anything = fc.oneof(
  single,
  fc.array(single, { maxLength: 3 }),
  flat,
  fc.dictionary(fc.constantFrom('left', 'right'), flat, { maxKeys: 2, noNullPrototype: true }),
);

describe('what is taken without the schema', () => {
  it('has the keys of the schema, no more and no fewer', () => {
    const { updater, ospf, bgp, ends } = link.shape;
    const pairs: readonly (readonly [{ readonly keys: readonly string[] }, Readonly<Record<string, unknown>>])[] = [
      [plainHost, hostSchema().shape],
      [plainSsh, sshSchema().shape],
      [plainPassphrase, sshSchema().shape.passphrase.unwrap().shape],
      [plainLink, link.shape],
      [plainEnd, ends.valueType.shape],
      [plainUpdater, updater.unwrap().shape],
      [plainOspf, ospf.unwrap().shape],
      [plainBgp, bgp.unwrap().shape],
      [plainDefaults, defaultsSchema().shape],
    ];
    for (const [plain, shape] of pairs) expect(plain.keys).toEqual(Object.keys(shape));
    expect(SECTIONS).toEqual(Object.keys(inventorySchema().shape));
  });

  it('is what the schema takes, for each key with each value', () => {
    for (const [plain, schema] of Object.values(PARTS)) {
      for (const value of [...TEXTS, ...NUMBERS, true, null, [], {}]) agrees([plain, schema], value);
    }
    const needed: Readonly<Record<string, object>> = { link: { ends: {} }, host: {}, defaults: {} };
    for (const [name, base] of Object.entries(needed)) {
      const part = PARTS[name];
      if (part === undefined) throw new Error(name);
      for (const key of INNER_KEYS) {
        for (const value of [...TEXTS, ...NUMBERS, true, null]) {
          agrees(part, { ...base, [key]: value });
          agrees(part, { ...base, [key]: [value] });
          if (!HOLDERS.includes(key)) continue;
          for (const inner of INNER_KEYS) agrees(part, { ...base, [key]: { [inner]: value } });
          for (const inner of plainEnd.keys) agrees(part, { ...base, [key]: { mostly: { interface: 'gre1', [inner]: value } } });
        }
      }
    }
  });

  it('is what the schema takes, for made-up parts', () => {
    const part = fc.constantFrom(...Object.values(PARTS));
    const value = fc.dictionary(fc.constantFrom(...INNER_KEYS), anything, { maxKeys: 4, noNullPrototype: true });
    fc.assert(
      fc.property(part, value, (one, given) => {
        agrees(one, given);
        agrees(one, { ends: {}, ...given });
      }),
      { numRuns: 3000 },
    );
  });

  it('takes whole parts with every key', () => {
    const ssh = {
      ...{ host: '10.0.0.1', port: 22, user: 'root', identity: ['~/.ssh/key'], passphrase: { command: ['pass', 'show', 'x'] }, jump: 'none' },
      ...{ become: 'sudo', host_key: `SHA256:${'A'.repeat(43)}`, legacy: true },
    };
    const host = {
      ...{ hostname: 'a.example.net', address: { inside: '10.0.0.1', outside: '203.0.113.7' }, ssh, module: 'if_gre.ko', twin: 'NetBSD 1.5.2' },
      ...{ announces: ['192.0.2.0/24'], asn: 64512, routing: 'frr', routerId: '10.0.0.1', theirs: false },
    };
    const both = {
      ...{
        kind: 'gre',
        subnet: '10.1.12.36/30',
        pool: 'consume',
        mtu: 1476,
        ttl: 64,
        encap: 'udp',
        multicast: false,
        mss: true,
        loopback_route: true,
      },
      ends: { mostly: { inner: '10.1.12.37', interface: 'gre1' }, wlan: { interface: 'gre1' } },
      updater: { schedule: '*/5 * * * *', via: 'mostly', allow_address: true, metrics: 9101 },
      ospf: { area: '0.0.0.1', cost: 10, hello: 1, dead: 4 },
      bgp: { hold: 90 },
    };
    expect(Object.keys(host).length + Object.keys(ssh).length + Object.keys(both).length).toBe(
      plainHost.keys.length + plainSsh.keys.length + plainLink.keys.length,
    );
    expect([plainHost(host), plainSsh(ssh), plainLink(both), plainDefaults({ ssh, mtu: 'auto', ttl: 255 })]).toEqual([true, true, true, true]);
    agrees([plainHost, hostSchema()], host);
    agrees([plainLink, link], both);
  });

  it('leaves what is no plain map to the schema', () => {
    const odd: unknown[] = [new Map(), new Date(), Object.create({ interface: 'gre1' }), JSON.parse('{"__proto__": {"interface": "gre1"}}')];
    for (const value of odd) {
      expect(plainHost(value)).toBe(false);
      expect(plainLink({ ends: value })).toBe(false);
    }
  });

  it('takes the example and the starter: a usual inventory needs no schema', () => {
    const folder = new URL('../../../inventory/', import.meta.url);
    const texts = [starterInventory(), ...readdirSync(folder).map((file) => readFileSync(new URL(file, folder), 'utf8'))];
    for (const text of texts) {
      const { hosts, links } = parse(text) as { hosts: Record<string, unknown>; links: Record<string, unknown> };
      for (const host of Object.values(hosts)) expect(plainHost(host)).toBe(true);
      for (const one of Object.values(links)) expect(plainLink(one)).toBe(true);
    }
  });
});
