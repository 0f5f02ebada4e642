/** What routing adds to a plan on systems whose daemons are not simulated: exact words and files, from recordings of the rest. */
import { describe, expect, it } from 'vitest';
import { ProvisionError, ProvisionErrors } from '../../../src/errors/error.js';
import { planLink } from '../../../src/plan/pair.js';
import { protocolsOf, withDaemons } from '../../../src/playbook/compose.js';
import { loadPlaybooks } from '../../../src/playbook/load.js';
import { endInputs, type Input, inputOf } from './fixture.js';
import type { Recording } from './replay.js';

type Answers = Readonly<Record<string, string>>;

/** A golden input with more words of the link and the right host, and with a daemon there. */
function routed(name: string, link: string, host: string, commands: Answers, files: Answers = {}): Input {
  const input = inputOf(name);
  const right = input.hosts.right as Recording;
  const inventory = input.inventory
    .replace('    ends:', `    ${link}\n    ends:`)
    .replace(/(right: \{ [^}]*?) \}/, `$1${host} }`)
    .replace(/(left: \{ address[^}]*?) \}/, '$1, asn: 64512 }');
  const more: Recording = {
    commands: { ...right.commands, ...Object.fromEntries(Object.entries(commands).map(([words, said]) => [words, [0, said, ''] as const])) },
    files: { ...right.files, ...Object.fromEntries(Object.entries(files).map(([path, text]) => [path, [0, text, '-rw-------'] as const])) },
  };
  return { ...input, inventory, hosts: { ...input.hosts, right: more } };
}

/** The plan of the right end alone: the left one has no daemon. */
async function rightEnd(input: Input, goal: 'link' | 'unlink' = 'link') {
  const [left, right] = await endInputs(input);
  return planLink([{ ...left, elsewhere: true }, right], goal);
}

/** Steps from the daemon, as text. */
async function routing(input: Input, goal: 'link' | 'unlink' = 'link'): Promise<string[]> {
  const plan = await rightEnd(input, goal);
  return plan.ends[1].steps.flatMap((s) => {
    if ('words' in s) return /ospf|bgp|bird|vtysh|sleep/.test(s.words.join(' ')) ? [s.words.join(' ')] : [];
    return /ospf|bgp|zebra|bird|frr/.test(s.file.path) ? [`${s.phase} ${s.file.path}\n${s.file.content ?? '(taken away)'}`] : [];
  });
}

const error = async (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'none',
    (e: unknown) => {
      const [first] = e instanceof ProvisionErrors ? e.errors : [e];
      return first instanceof ProvisionError ? `${first.code}: ${first.message}` : String(e);
    },
  );

const OPENBSD = 'netbsd-9-openbsd-7.5';
const OSPFD = {
  'ospfctl show summary': 'Router ID: 10.1.12.38\nUptime: 00:00:12\n',
  'ospfctl show interfaces': 'Interface   Address\n',
  'ospfctl show interfaces gre1': '',
  'ospfctl show neighbor': 'ID\n',
};
const BLOCK = `area 0.0.0.3 {
	interface gre1 {
		hello-interval 10
		router-dead-time 40
		metric 12
	}
}
`;
const RELOAD = ['ospfd -n -f /etc/ospfd.conf', 'ospfctl reload', 'sleep 1'];

describe('OpenOSPFD', () => {
  const conf = { '/etc/ospfd.conf': 'router-id 192.0.2.1\narea 0.0.0.0 { interface em0 }\n' };
  const wish = 'ospf: { area: 3, cost: 12 }';
  const there = { '/etc/ospfd.conf': `${conf['/etc/ospfd.conf']}# BEGIN provision pair\n${BLOCK}# END provision pair\n` };
  /** ospfctl.c, show_interface_detail_msg: "cost" ends the line of the router id, "Passive interface" stands where the timers are not counted. */
  const detail = (area = '0.0.0.3', hello = 10, cost = 12, last = '    Hello timer due in 00:00:05\n'): Answers => ({
    ...OSPFD,
    'ospfctl show interfaces': 'Interface   Address            State\ngre1        10.1.12.38/30      P2P\n',
    'ospfctl show interfaces gre1': `
Interface gre1, line protocol is UP
  Internet address 10.1.12.38/30, Area ${area}
  Linkstate unknown
  Router ID 10.1.12.38, network type POINTOPOINT, cost: ${cost}
  Transmit delay is 1 sec(s), state P2P, priority 1
  Timer intervals configured, hello ${hello}, dead 40, wait 40, retransmit 5
${last}  Neighbor count is 1, adjacent neighbor count is 1
`,
  });

  it('the block is written, read by ospfd -n, then loaded, and both go back on failure', async () => {
    const input = routed(OPENBSD, wish, '', OSPFD, conf);
    expect(await routing(input)).toEqual([`live /etc/ospfd.conf\n${BLOCK}`, ...RELOAD]);
    const { undo } = (await rightEnd(input)).ends[1];
    expect(undo.slice(0, 2).map((u) => u.words?.join(' ') ?? u.file)).toEqual([
      { path: '/etc/ospfd.conf', block: 'pair', content: null, before: BLOCK },
      'ospfctl reload',
    ]);
  });

  it('as wanted there is nothing to do, and unlink takes block and interface out', async () => {
    const input = routed(OPENBSD, wish, '', detail(), there);
    expect(await routing(input)).toEqual([]);
    expect(await routing(input, 'unlink')).toEqual(['live /etc/ospfd.conf\n(taken away)', ...RELOAD]);
  });

  it.each([
    ['another area', detail('0.0.0.9')],
    ['another hello', detail('0.0.0.3', 20)],
    ['another cost', detail('0.0.0.3', 10, 10)],
    ['a passive interface', detail('0.0.0.3', 10, 12, '    Passive interface (No Hellos)\n')],
  ])('is loaded again where the daemon has %s than its file', async (_name, seen) => {
    expect(await routing(routed(OPENBSD, wish, '', seen, there))).toEqual(RELOAD);
  });

  it.each([
    ['an interface that was written by hand', '', { '/etc/ospfd.conf': 'area 0.0.0.0 {\n\tinterface gre1 { metric 5 }\n}\n' }, {}],
    ['one on the line of its area', '', { '/etc/ospfd.conf': 'area 0.0.0.0 { interface gre1 }\n' }, {}],
    ['a file that others may read', '', conf, { 'ls -l /etc/ospfd.conf': '-rw-r--r--  1 root  wheel  50 Jan  1 00:00 /etc/ospfd.conf\n' }],
    ['a file that the group may write', '', conf, { 'ls -l /etc/ospfd.conf': '-rw-rw----  1 root  wheel  50 Jan  1 00:00 /etc/ospfd.conf\n' }],
    ['another router id than the running one', ', routerId: 192.0.2.7', conf, {}],
  ])('%s is refused', async (_name, host, file, answers) => {
    expect(await error(rightEnd(routed(OPENBSD, 'ospf: {}', host, { ...OSPFD, ...answers }, file)))).toMatch(/^ROUTING_REFUSED: /);
  });

  it('a comment on the interface, a file of mode 640 and the running router id are none of these', async () => {
    const answers = { ...OSPFD, 'ls -l /etc/ospfd.conf': '-rw-r-----  1 root  wheel  50 Jan  1 00:00 /etc/ospfd.conf\n' };
    const file = { '/etc/ospfd.conf': '# interface gre1 { }\narea 0.0.0.0 { interface gre10 }\n' };
    const [first] = await routing(routed(OPENBSD, wish, ', routerId: 10.1.12.38', answers, file));
    expect(first).toBe(`live /etc/ospfd.conf\nrouter-id 10.1.12.38\n${BLOCK}`);
  });
});

describe('OpenBGPD', () => {
  const BGPD = { 'bgpctl show summary': 'Neighbor\n', 'bgpctl show neighbor': '' };

  it('a neighbour with both AS numbers, and a filter that lets routes pass', async () => {
    const input = routed(OPENBSD, 'bgp: { hold: 30 }', ', asn: 64513', BGPD, { '/etc/bgpd.conf': 'AS 64513\n' });
    expect(await routing(input)).toEqual([
      'live /etc/bgpd.conf\nneighbor 10.1.12.37 {\n\tremote-as 64512\n\tlocal-address 10.1.12.38\n\tholdtime 30\n}\nallow from 10.1.12.37\nallow to 10.1.12.37\n',
      'bgpd -n -f /etc/bgpd.conf',
      'bgpctl reload',
    ]);
  });

  it('another AS number than the inventory says is refused', async () => {
    const input = routed(OPENBSD, 'bgp: {}', ', asn: 64513', BGPD, { '/etc/bgpd.conf': 'AS 65000\n' });
    expect(await error(rightEnd(input))).toMatch(/^ROUTING_REFUSED: /);
  });
});

describe('GNU Zebra', () => {
  it('only files, with the loopback route of the guide, and a warning that the running daemons are not told', async () => {
    const zebra = { 'ls /usr/local/etc/zebra': 'ospfd.conf\nzebra.conf\n' };
    const input = routed('netbsd-1.5.2-freebsd-4.5', 'ospf: {}', ', routerId: 10.0.0.2', zebra);
    expect(await routing(input)).toEqual([
      'boot /usr/local/etc/zebra/zebra.conf\nip route 10.1.12.38/32 127.0.0.1\n',
      `boot /usr/local/etc/zebra/ospfd.conf
interface gre1
 ip ospf network point-to-point
 ip ospf hello-interval 10
 ip ospf dead-interval 40
router ospf
 network 10.1.12.36/30 area 0.0.0.0
 ospf router-id 10.0.0.2
`,
    ]);
    expect((await rightEnd(input)).warnings.map((w) => w.code)).toContain('zebra-not-told');
  });
});

describe('which daemon', () => {
  const frr = {
    'vtysh -c show version': 'FRRouting 10.2 (h) on OpenBSD.\n',
    'vtysh -c show daemons': ' zebra ospfd\n',
    'vtysh -c show running-config ospfd': '!\n',
  };
  const conf = { '/etc/frr/frr.conf': 'frr defaults traditional\n', '/etc/ospfd.conf': '' };
  const both = (host: string): Input => routed(OPENBSD, 'ospf: {}', host, { ...OSPFD, ...frr }, conf);

  it('none is an error, several without a word are another, and the word of the host decides', async () => {
    expect(await error(rightEnd(routed(OPENBSD, 'ospf: {}', '', {})))).toMatch(/^ROUTING_DAEMON_MISSING: OSPF is asked for on right/);
    expect(await error(rightEnd(both('')))).toMatch(/^ROUTING_DAEMON_UNCLEAR: .* frr, openbsd-ospfd/);
    expect(await error(rightEnd(both(', routing: bird')))).toMatch(/^ROUTING_DAEMON_UNCLEAR: .* names bird, which is none of them/);
    expect((await routing(both(', routing: openbsd-ospfd')))[1]).toBe('ospfd -n -f /etc/ospfd.conf');
    expect((await routing(both(', routing: frr')))[0]).toBe('vtysh -c configure terminal -c router ospf');
  });

  it('a host whose link asks for no routing is not asked about daemons', async () => {
    const [, right] = await endInputs(inputOf(OPENBSD));
    expect(Object.keys(right.facts.probes).filter((p) => /frr|bird|ospf|bgp/.test(p))).toEqual([]);
    expect(protocolsOf(right.link)).toEqual([]);
  });

  it('every daemon fits every driver of its system: no name stands for two things', async () => {
    const [, right] = await endInputs(routed(OPENBSD, 'ospf: {}\n    bgp: {}', ', asn: 64513', {}));
    for (const playbook of await loadPlaybooks()) {
      for (const book of playbook.routing ?? []) {
        const made = withDaemons(playbook, [book], right.link, right.host, playbook.system);
        expect(made.daemons?.chosen.map((d) => d.name)).toContain(book.name);
      }
    }
  });
});
