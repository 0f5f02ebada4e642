/** Neighbours are read from what real daemons said (recorded: FRR 8.4.4, BIRD 2.0.12 of Debian 12), and who was lost is told. */
import { describe, expect, it } from 'vitest';
import { loadPlaybooks } from '../../../src/playbook/load.js';
import type { Protocol } from '../../../src/playbook/protocols.js';
import type { Daemon } from '../../../src/playbook/schema-routing.js';
import { lostNeighbours, type NeighbourEvidence, neighbourError, neighboursIn } from '../../../src/verify/neighbour.js';

const books = new Map((await loadPlaybooks()).flatMap((p) => (p.routing ?? []).map((b) => [b.name, b] as const)));
const read = (name: string, protocol: Protocol, answer: string): string[] => {
  const rules = books.get(name)?.[protocol]?.neighbours;
  if (rules === undefined) throw new Error(`${name} has no neighbours of ${protocol}`);
  return neighboursIn(rules, answer).map((n) => `${n.address} ${n.state}${n.up ? ' up' : ''}`);
};

const FRR_8 = `{
  "neighbors":{
    "10.1.12.38":[
      {
        "priority":1,
        "state":"Full\\/-",
        "nbrPriority":1,
        "nbrState":"Full\\/-",
        "converged":"Full",
        "address":"10.1.12.38",
        "ifaceAddress":"10.1.12.38",
        "ifaceName":"gre1:10.1.12.37",
        "retransmitCounter":0
      }
    ],
    "10.0.0.9":[
      {
        "nbrState":"ExStart\\/-",
        "ifaceAddress":"10.1.12.42",
        "ifaceName":"gre2:10.1.12.41"
      }
    ]
  }
}
`;
const BIRD = `BIRD 2.0.12 ready.
provision:
Router ID   \tPri\t     State     \tDTime\tInterface  Router IP
10.1.12.37  \t  1\tFull/PtP  \t35.532\tgre1       10.1.12.37
10.0.0.1    \t  1\tInit/PtP  \t 7.068\tgre2       10.1.12.42
`;
const BIRD_BGP = `BIRD 2.0.12 ready.
Name       Proto      Table      State  Since         Info
kernel1    Kernel     master4    up     12:55:49.847  
  Channel ipv4
    State:          UP
provision_gre1 BGP        ---        up     12:59:53.477  Established   
  BGP state:          Established
    Neighbor address: 10.1.12.37
    Neighbor AS:      64512
    Local AS:         64513
`;
const FRR_BGP = `{
"ipv4Unicast":{
  "routerId":"10.1.12.37",
  "as":64512,
  "peers":{
    "10.1.12.38":{
      "remoteAs":64513,
      "pfxSnt":0,
      "state":"Idle",
      "peerState":"Policy"
    },
    "10.1.12.42":{
      "remoteAs":64514,
      "state":"Established",
      "peerState":"OK"
    }
  },
  "failedPeers":1
}
}
`;
/** os-facts 13.7. */
const OSPFCTL = `ID              Pri State        DeadTime Address         Iface     Uptime
10.1.12.38      1   FULL/P2P     00:00:33 10.1.12.38      gre1      00:12:01
`;

describe('neighbours', () => {
  it.each<[string, Protocol, string, string[]]>([
    ['frr', 'ospf', FRR_8, ['10.1.12.38 Full/- up', '10.1.12.42 ExStart/-']],
    ['frr', 'ospf', '{\n  "neighbors":{\n  }\n}\n', []],
    ['frr', 'bgp', FRR_BGP, ['10.1.12.38 Idle', '10.1.12.42 Established up']],
    ['frr', 'bgp', '{}\n', []],
    ['bird', 'ospf', BIRD, ['10.1.12.37 Full/PtP up', '10.1.12.42 Init/PtP']],
    ['bird', 'ospf', 'BIRD 2.0.12 ready.\nThere is no OSPF protocol running\n', []],
    ['bird', 'bgp', BIRD_BGP, ['10.1.12.37 Established up']],
    ['openbsd-ospfd', 'ospf', OSPFCTL, ['10.1.12.38 FULL/P2P up']],
  ])('%s, %s: %#', (name, protocol, answer, expected) => {
    expect(read(name, protocol, answer)).toEqual(expected);
  });
});

const daemon: Daemon = { name: 'frr', title: 'FRRouting', protocol: 'ospf', settings: [], refuse: [], causes: {} };
const seen = (host: string, own: string | undefined, others: Readonly<Record<string, string>> = {}): NeighbourEvidence => {
  const as = (address: string, state: string) => ({ address, state, up: state === 'Full/-' });
  return {
    host,
    daemon,
    wanted: '10.1.12.38',
    ...(own === undefined ? {} : { own: as('10.1.12.38', own) }),
    others: Object.entries(others).map(([address, state]) => as(address, state)),
    lines: ['what it said'],
  };
};

describe('what follows from them', () => {
  it('two ends that are Full are no error; else it is said what each end shows', () => {
    expect(neighbourError('pair', [seen('a', 'Full/-'), seen('b', 'Full/-')], 65)).toBeUndefined();
    const error = neighbourError('pair', [seen('a', 'Init/-'), seen('b', undefined)], 65);
    expect(error?.code).toBe('NEIGHBOUR_DOWN');
    expect(error?.details.why).toBe('a shows the OSPF neighbour 10.1.12.38 as Init/-; b shows the OSPF neighbour 10.1.12.38 as not seen.');
  });

  it('a neighbour that was up and is not any more is lost; one that was not up, or is new, is none', () => {
    const before = [seen('a', undefined, { '10.9.9.1': 'Full/-', '10.9.9.2': 'Init/-' })];
    expect(lostNeighbours(before, [seen('a', 'Full/-', { '10.9.9.1': 'Full/-', '10.9.9.3': 'Init/-' })])).toBeUndefined();
    const error = lostNeighbours(before, [seen('a', 'Full/-', { '10.9.9.1': 'Init/-' })]);
    expect(error?.code).toBe('NEIGHBOUR_LOST');
    expect(error?.message).toContain('the OSPF neighbour 10.9.9.1 of a was Full/- and is Init/-');
    expect(lostNeighbours(before, [seen('a', 'Full/-')])?.message).toContain('is not seen');
  });
});
