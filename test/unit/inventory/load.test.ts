import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ProvisionErrors } from '../../../src/errors/error.js';
import { loadInventory, parseInventory } from '../../../src/inventory/load.js';
import { inventoryJsonSchema } from '../../../src/inventory/schema.js';
import { starterInventory } from '../../../src/inventory/starter.js';
import type { Inventory } from '../../../src/model/inventory.js';

const plain = (inventory: Inventory): object => ({
  hosts: Object.fromEntries(inventory.hosts),
  links: Object.fromEntries(inventory.links),
  files: inventory.files,
});

/** Everything the loader complains about, as `CODE file:line message`. */
function complaints(load: () => unknown): string[] {
  try {
    load();
  } catch (error) {
    if (!(error instanceof ProvisionErrors)) throw error;
    return error.errors.map((e) => `${e.code} ${e.details.place?.file.split('/').pop()}:${e.details.place?.line} ${e.message}`);
  }
  return [];
}

describe('right inventories', () => {
  const folder = 'test/fixtures/inventory/right';
  it.each(readdirSync(folder).filter((name) => name.endsWith('.yaml')))('%s gives the model expected', (name) => {
    const expected = join(folder, name.replace(/\.yaml$/, '.expected.json'));
    const text = `${JSON.stringify(plain(loadInventory(join(folder, name))), null, 2)}\n`;
    if (process.env.UPDATE_EXPECTED) writeFileSync(expected, text);
    expect(text).toBe(readFileSync(expected, 'utf8'));
  });

  it('the example of the guide simulates both hosts and logs in as root', () => {
    const { hosts } = loadInventory('inventory/guide.yaml');
    expect([...hosts.values()].map((h) => [h.name, h.twin, h.ssh.user])).toEqual([
      ['mostly', 'NetBSD 1.5.2', 'root'],
      ['wlan', 'FreeBSD 4.5', 'root'],
    ]);
  });

  it('the starter is valid as it stands and names its schema in the first line', () => {
    const text = starterInventory();
    expect(text.split('\n')[0]).toBe('# yaml-language-server: $schema=./inventory.schema.json');
    expect([...parseInventory([{ file: 'starter.yaml', text }]).links.keys()]).toEqual(['left-right']);
  });

  it('a file with a byte order mark and CRLF is read like any other', () => {
    const text = '\uFEFFhosts:\r\n  a: { address: 203.0.113.1 }\r\n';
    expect(parseInventory([{ file: 'a.yaml', text }]).hosts.get('a')?.place).toEqual({ file: 'a.yaml', line: 2, column: 3 });
  });
});

describe('a folder', () => {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'inventory-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));
  const put = (name: string, text: string | Buffer): void => writeFileSync(join(folder, name), text);

  it('is merged in name order, yaml and yml, and other files are left alone', () => {
    put('b.yml', 'hosts:\n  second: {}\n');
    put('a.yaml', 'hosts:\n  first: {}\n');
    put('notes.txt', 'not: [yaml');
    put('.hidden.yaml', 'not: [yaml');
    const inventory = loadInventory(folder);
    expect([...inventory.hosts.keys()]).toEqual(['first', 'second']);
    expect(inventory.files.map((f) => f.slice(folder.length + 1))).toEqual(['a.yaml', 'b.yml']);
  });

  it('lets a link in one file join hosts of others, with defaults of a third', () => {
    put('1.yaml', 'defaults: { ttl: 7 }\n');
    put('2.yaml', 'hosts:\n  a: { address: 203.0.113.1 }\n  b: { address: 203.0.113.2 }\n');
    put(
      '3.yaml',
      'links:\n  a-b: { subnet: 10.0.0.0/31, ends: { a: { inner: 10.0.0.0, interface: gre0 }, b: { inner: 10.0.0.1, interface: gre0 } } }\n',
    );
    expect(loadInventory(folder).links.get('a-b')).toMatchObject({ ttl: 7, prefix: 31 });
  });

  it('refuses a host or a default that two files give, and names both places', () => {
    put('a.yaml', 'defaults: { mtu: 1400 }\nhosts:\n  same: {}\n');
    put('b.yaml', 'defaults: { mtu: 1450 }\nhosts:\n  same: {}\n');
    expect(complaints(() => loadInventory(folder))).toEqual([
      expect.stringMatching(/^INVENTORY_CONFLICT b\.yaml:1 defaults\.mtu is given in two files; the other is at .*a\.yaml:1:13\.$/),
      expect.stringMatching(/^INVENTORY_CONFLICT b\.yaml:3 hosts\.same is given in two files; the other is at .*a\.yaml:3:3\.$/),
    ]);
  });

  it('tells the mistakes of all files at once', () => {
    put('a.yaml', 'hosts:\n  a: { adress: 203.0.113.1 }\n');
    put('b.yaml', 'hosts:\n  b: { address: 203.0.113 }\n');
    expect(complaints(() => loadInventory(folder)).map((c) => c.slice(0, 22))).toEqual(['INVENTORY_KEY a.yaml:2', 'INVENTORY_VALUE b.yaml']);
  });

  it('that is empty, that has no YAML, and that is not there are three different errors', () => {
    expect(complaints(() => loadInventory(folder))[0]).toContain('is an empty folder');
    put('notes.txt', 'hello');
    expect(complaints(() => loadInventory(folder))[0]).toContain('without *.yaml or *.yml files');
    expect(complaints(() => loadInventory(join(folder, 'none')))[0]).toMatch(/^INVENTORY_READ none:1 .*is not there\.$/);
  });

  it.skipIf(process.getuid?.() === 0)('that holds a file we may not read says so', () => {
    put('a.yaml', 'hosts: {}\n');
    chmodSync(join(folder, 'a.yaml'), 0);
    expect(complaints(() => loadInventory(folder))[0]).toContain('may not be read');
  });

  it('that holds a folder named like a file says so', () => {
    mkdirSync(join(folder, 'a.yaml'));
    expect(complaints(() => loadInventory(folder))[0]).toContain('is a folder');
  });

  it('refuses a file of more than 1 MiB, a line of a megabyte and a hundred thousand brackets, without hanging', () => {
    put('a.yaml', 'x'.repeat(1024 * 1024 + 1));
    put('b.yaml', `hosts: { a: { hostname: ${'x'.repeat(1_000_000)} } }\n`);
    put('c.yaml', '[\n'.repeat(100_000));
    const found = complaints(() => loadInventory(folder));
    expect(found.some((c) => c.startsWith('INVENTORY_READ a.yaml'))).toBe(true);
    expect(found.some((c) => c.startsWith('INVENTORY_SYNTAX b.yaml:1 The line has'))).toBe(true);
    expect(found.some((c) => c.startsWith('INVENTORY_SYNTAX c.yaml'))).toBe(true);
  });
});

describe('the JSON Schema', () => {
  const text = JSON.stringify(inventoryJsonSchema());
  it('names its draft and its id, and knows every key of the inventory', () => {
    expect(inventoryJsonSchema()).toMatchObject({
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      $id: expect.stringContaining('inventory'),
    });
    for (const key of [
      'pools',
      'defaults',
      'hosts',
      'links',
      'hostname',
      'address',
      'twin',
      'host_key',
      'legacy',
      'subnet',
      'loopback_route',
      'interface',
    ]) {
      expect(text).toContain(`"${key}":`);
    }
  });

  it('describes the values and gives examples, and refuses unknown keys', () => {
    expect(text).toContain('"description":"Inner subnet, a /30 or /31"');
    expect(text).toContain('"examples":["10.1.12.36/30"]');
    expect(text).toContain('"additionalProperties":false');
  });
});
