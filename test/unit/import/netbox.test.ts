/** `import netbox`: GRE tunnels with two ends become links; everything else is named. */
import { describe, expect, it } from 'vitest';
import { leftOutText } from '../../../src/import/left-out.js';
import type { Imported } from '../../../src/import/model.js';
import { importNetBox } from '../../../src/import/netbox.js';
import { renderImported } from '../../../src/import/render.js';
import { parseInventory } from '../../../src/inventory/load.js';

const from = (...texts: string[]): Imported => importNetBox(texts.map((text, i) => ({ file: `${i}`, path: `${i}`, text })));
const read = (made: Imported) => parseInventory([{ file: 'i.yaml', text: renderImported(made) }]);
const left = (made: Imported): string[] => made.leftOut.map(leftOutText);

const choice = (value: string) => ({ value, label: value.toUpperCase() });
const end = (tunnel: string, device: string, name: string, id: number, outside: string | null) => ({
  id,
  tunnel: { id: 1, name: tunnel },
  role: choice('peer'),
  termination_type: 'dcim.interface',
  termination_id: id,
  termination: { id, name, device: { id, name: device } },
  outside_ip: outside === null ? null : { id, address: outside },
});
const TUNNELS = {
  count: 4,
  results: [
    { id: 1, name: 'mostly-wlan', status: choice('active'), encapsulation: choice('gre') },
    { id: 2, name: 'crypt', status: choice('active'), encapsulation: choice('ipsec-tunnel') },
    { id: 3, name: 'hub', status: choice('planned'), encapsulation: choice('gre') },
    { id: 4, name: 'bare tunnel', status: choice('planned'), encapsulation: choice('gre') },
  ],
};
const ENDS = [
  end('mostly-wlan', 'mostly', 'gre1', 11, '212.25.240.34/28'),
  end('mostly-wlan', 'wlan', 'Tunnel 100', 12, '217.154.12.2/24'),
  end('crypt', 'mostly', 'ipsec0', 13, '212.25.240.34/28'),
  end('hub', 'a', 'gre1', 14, '203.0.113.1/24'),
  end('bare tunnel', 'c', 'gre1', 15, '203.0.113.3/24'),
  end('bare tunnel', 'd', 'gre1', 16, '203.0.113.4/24'),
];
const ADDRESSES = [
  {
    address: '10.1.12.37/30',
    assigned_object_type: 'dcim.interface',
    assigned_object_id: 11,
    assigned_object: { name: 'gre1', device: { name: 'mostly' } },
  },
  {
    address: '10.1.12.38/30',
    assigned_object_type: 'dcim.interface',
    assigned_object_id: 12,
    assigned_object: { name: 'Tunnel 100', device: { name: 'wlan' } },
  },
  { address: '10.9.9.9/24', assigned_object_type: 'virtualization.vminterface', assigned_object_id: 11, assigned_object: { name: 'x' } },
];

describe('JSON of the REST API', () => {
  it('becomes hosts with their outside addresses and a link that check takes', () => {
    const made = from(JSON.stringify(TUNNELS), JSON.stringify({ results: ENDS }), JSON.stringify(ADDRESSES));
    const { hosts, links } = read(made);
    expect(hosts.get('mostly')?.address).toEqual({ kind: 'static', address: '212.25.240.34' });
    expect(links.get('mostly-wlan')).toMatchObject({
      subnet: '10.1.12.36/30',
      ends: [
        { host: 'mostly', inner: '10.1.12.37' },
        { host: 'wlan', inner: '10.1.12.38', interface: 'tunnel100' },
      ],
    });
    expect(made.renamed).toEqual(expect.arrayContaining([{ from: 'Tunnel 100', to: 'tunnel100' }]));
    for (const said of [
      /^tunnel crypt: encapsulation ipsec-tunnel; only gre/,
      /^tunnel hub: it has 1 termination;/,
      /^tunnel bare tunnel: subnet and inner addresses \(/,
    ]) {
      expect(left(made)).toEqual(expect.arrayContaining([expect.stringMatching(said)]));
    }
  });

  it('in one object is the same, and a link without inner addresses stands there as a comment to be completed', () => {
    const made = from(JSON.stringify({ tunnels: TUNNELS, tunnel_terminations: ENDS, ip_addresses: ADDRESSES }));
    expect([...read(made).links.keys()]).toEqual(['mostly-wlan']);
    expect(renderImported(made)).toMatch(/# {1}bare-tunnel: # status in NetBox: planned\n#/);
  });
});

describe('CSV', () => {
  const tunnels = 'Name,Group,Status,Encapsulation,Tenant,Terminations\nmostly-wlan,,Active,GRE,,2\n"other, one",,Active,IP-in-IP,,2\n';
  it('of the tables has all that is needed, inner addresses too', () => {
    const ends =
      'ID,Tunnel,Role,Host,Tunnel interface,IP Addresses,Outside IP\n1,mostly-wlan,Peer,mostly,gre1,"10.1.12.37/30,2001:db8::1/64",212.25.240.34/28\n2,mostly-wlan,Peer,wlan,gre1,10.1.12.38/30,217.154.12.2/24\n';
    const made = from(tunnels, ends);
    expect(read(made).links.get('mostly-wlan')?.subnet).toBe('10.1.12.36/30');
    expect(left(made)).toEqual([expect.stringMatching(/^tunnel other, one: encapsulation IP-in-IP/)]);
  });

  it('in the form of the import is read too; without the tunnels nothing says that they are GRE', () => {
    const ends = 'tunnel,role,device,virtual_machine,termination,outside_ip\r\nt,peer,a,,gre1,203.0.113.1/24\r\nt,peer,,b,gre1,203.0.113.2/24\r\n';
    expect(left(from(ends))).toEqual([expect.stringMatching(/^tunnel t: its encapsulation is not in the export/)]);
    const made = from('name,status,encapsulation\nt,active,gre\n', ends);
    expect(made.hosts.map((h) => [h.name, h.address])).toEqual([
      ['a', '203.0.113.1'],
      ['b', '203.0.113.2'],
    ]);
  });

  it('of something else is an error that names its columns', () => {
    expect(() => from('a,b\n1,2\n')).toThrow(expect.objectContaining({ code: 'IMPORT_SYNTAX', message: expect.stringContaining('a, b') }));
    expect(() => from('{"a":')).toThrow(expect.objectContaining({ code: 'IMPORT_SYNTAX' }));
    expect(() => from('[{"__proto__":{"name":"x"}}]')).toThrow(expect.objectContaining({ code: 'IMPORT_SYNTAX' }));
  });
});

it('a host with two outside addresses, an address of two hosts, and a second tunnel of one pair are named', () => {
  const tunnels = ['t1', 't2', 't3', 't4'].map((name) => ({ name, encapsulation: 'gre', status: 'active' }));
  const ends = [
    end('t1', 'a', 'gre1', 1, '203.0.113.1/24'),
    end('t1', 'b', 'gre1', 2, '203.0.113.2/24'),
    end('t2', 'a', 'gre2', 3, '203.0.113.9/24'),
    end('t2', 'b', 'gre2', 4, '203.0.113.2/24'),
    end('t3', 'a', 'gre3', 5, '203.0.113.1/24'),
    end('t3', 'c', 'gre3', 6, '203.0.113.2/24'),
    end('t4', 'a', 'gre4', 7, '203.0.113.1/24'),
    end('t4', 'b', 'gre4', 8, '203.0.113.2/24'),
  ];
  const made = from(JSON.stringify({ tunnels, ends }));
  expect(made.links.map((l) => l.name)).toEqual(['t1']);
  for (const said of [
    /^tunnel t2: a has the outside IP 203\.0\.113\.1 in another tunnel/,
    /^tunnel t3: c and b have the same outside IP/,
    /^tunnel t4: a and b is the link t1 already/,
  ]) {
    expect(left(made)).toEqual(expect.arrayContaining([expect.stringMatching(said)]));
  }
});
