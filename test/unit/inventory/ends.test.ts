import { describe, expect, it } from 'vitest';
import { endsOf, withPresent } from '../../../src/inventory/ends.js';
import { loadInventory, parseInventory } from '../../../src/inventory/load.js';
import type { Inventory, Link } from '../../../src/model/inventory.js';

const linkOf = (inventory: Inventory): Link => {
  const [link] = inventory.links.values();
  if (link === undefined) throw new Error('the inventory has no link');
  return link;
};

const withAddress = (address: string): Inventory =>
  parseInventory([
    {
      file: 'i.yaml',
      text: `hosts:
  a: { address: 203.0.113.1 }
  b: { address: ${address} }
links:
  a-b: { subnet: 10.0.0.0/30, ends: { a: { inner: 10.0.0.1, interface: gre0 }, b: { inner: 10.0.0.2, interface: gre7 } } }
`,
    },
  ]);

describe('endsOf', () => {
  it('shows the example of the guide from both sides', () => {
    const inventory = loadInventory('inventory');
    expect(endsOf(linkOf(inventory), inventory)).toEqual([
      {
        link: 'mostly-wlan',
        host: 'mostly',
        peerHost: 'wlan',
        interface: 'gre1',
        outer: { local: '212.25.240.34', remote: '217.154.12.2' },
        inner: { local: '10.1.12.37', peer: '10.1.12.38', prefix: 30 },
      },
      {
        link: 'mostly-wlan',
        host: 'wlan',
        peerHost: 'mostly',
        interface: 'gre1',
        outer: { local: '217.154.12.2', remote: '212.25.240.34' },
        inner: { local: '10.1.12.38', peer: '10.1.12.37', prefix: 30 },
      },
    ]);
  });

  it('gives a host behind a gateway its inside address and its peer the outside one', () => {
    const inventory = withAddress('{ inside: 192.168.1.2, outside: 198.51.100.9 }');
    const [a, b] = endsOf(linkOf(inventory), inventory);
    expect(a.outer).toEqual({ local: '203.0.113.1', remote: '198.51.100.9' });
    expect(b.outer).toEqual({ local: '192.168.1.2', remote: '203.0.113.1' });
  });

  it('takes the present address of a dynamic host at both ends', () => {
    const inventory = withAddress('dynamic');
    const [a, b] = endsOf(linkOf(inventory), withPresent(inventory, new Map([['b', '198.51.100.5']])));
    expect(a.outer.remote).toBe('198.51.100.5');
    expect(b.outer.local).toBe('198.51.100.5');
  });

  it('refuses a dynamic host whose address is not known, by name', () => {
    const inventory = withAddress('{ dynamic: tun0 }');
    expect(() => endsOf(linkOf(inventory), inventory)).toThrowError(
      expect.objectContaining({ code: 'ADDRESS_UNKNOWN', message: expect.stringContaining('of b ') }),
    );
  });

  it('leaves an address that the inventory says as it is', () => {
    const inventory = withAddress('198.51.100.9');
    expect(withPresent(inventory, new Map([['b', '198.51.100.10']]))).toEqual(inventory);
  });
});
