import { describe, expect, it } from 'vitest';
import { Internet } from '../../../src/twin/internet.js';
import { host, type Rig } from './rig.js';

const CONF = '/etc/bird/conf.d/pair.conf';
const block = (name = 'pair_ospf', words = 'type ptp;\n            cost 10;\n            hello 10;\n            dead 40;'): string =>
  `protocol ospf v2 ${name} {\n    ipv4 {\n        import all;\n        export none;\n    };\n    area 0.0.0.0 {\n        interface "gre1" {\n            ${words}\n        };\n    };\n}\n`;

function tunnel(rig: Rig, own: string, far: string, inner: readonly [string, string]): void {
  for (const line of [
    `ip link add gre1 type gre local ${own} remote ${far} ttl 64`,
    `ip addr add ${inner[0]} peer ${inner[1]}/30 dev gre1`,
    'ip link set gre1 mtu 1476 up',
  ])
    rig.run(line);
}

interface Pair {
  readonly bird: Rig;
  readonly far: Rig;
}

/** BIRD at 203.0.113.1, FRR at 203.0.113.2, as recorded in the lab. */
function pair(words?: string): Pair {
  const net = new Internet();
  const bird = host('Debian 12 bird', net);
  const far = host('Debian 12 frr', net, '203.0.113.2');
  tunnel(bird, '203.0.113.1', '203.0.113.2', ['10.1.12.42', '10.1.12.41']);
  tunnel(far, '203.0.113.2', '203.0.113.1', ['10.1.12.41', '10.1.12.42']);
  const commands = ['configure terminal', 'interface gre1', 'ip ospf area 0.0.0.0', 'exit', 'router ospf', 'ospf router-id 10.0.0.1'];
  expect(far.system.exec(['vtysh', ...commands.flatMap((c) => ['-c', c])]).exit).toBe(0);
  const conf = bird.system.files.read('/etc/bird/bird.conf') ?? '';
  bird.system.files.write('/etc/bird/bird.conf', `${conf}include "/etc/bird/conf.d/*.conf";\n`, 0o640);
  bird.system.files.write(CONF, block('pair_ospf', words), 0o644);
  return { bird, far };
}

const configure = (rig: Rig): void => expect(rig.run('birdc configure').stdout).toMatch(/Reconfigured\n$|Reconfiguration in progress\n$/);
const rows = (rig: Rig): string[] => rig.run('birdc show ospf neighbors').stdout.split('\n').slice(3, -1);
const frrState = (rig: Rig): string | undefined =>
  /"nbrState":"(\w+)/.exec(rig.system.exec(['vtysh', '-c', 'show ip ospf neighbor json']).stdout)?.[1];

describe('a fresh BIRD', () => {
  it('answers as recorded: protocols, no OSPF, a good file', () => {
    const rig = host('Debian 12 bird');
    expect(rig.run('birdc show protocols').stdout).toMatch(
      /^BIRD 2.0.12 ready.\nName {7}Proto {6}Table {6}State {2}Since {9}Info\ndevice1 {4}Device {5}--- {8}up {5}\d\d:\d\d:\d\d\.\d{3} {2}\ndirect1 {4}Direct {5}--- {8}down {3}/,
    );
    expect(rig.run('birdc show ospf neighbors')).toEqual({ exit: 1, stdout: 'BIRD 2.0.12 ready.\nThere is no OSPF protocol running\n', stderr: '' });
    expect(rig.run('birdc configure check').stdout).toBe('BIRD 2.0.12 ready.\nReading configuration from /etc/bird/bird.conf\nConfiguration OK\n');
    expect(host('Debian 12').run('birdc show protocols').exit).toBe(127);
  });
});

describe('the files of BIRD', () => {
  const check = (rig: Rig): string => rig.run('birdc configure check').stdout.split('\n').slice(2).join('\n');

  it.each([
    ['an unknown word', block().replace('type ptp', 'type ptpp'), '8:18 syntax error, unexpected CF_SYM_UNDEFINED'],
    ['junk', 'junk;\n', '1:1 syntax error, unexpected CF_SYM_UNDEFINED'],
  ])('are refused with the place: %s', (_, text, said) => {
    const { bird } = pair();
    configure(bird);
    bird.system.files.write(CONF, text, 0o644);
    expect(check(bird)).toBe(`${CONF}:${said}\n`);
    expect(bird.run('birdc configure').exit).toBe(1);
    expect(bird.run('bird -p')).toEqual({ exit: 1, stdout: '', stderr: `bird: ${CONF}:${said}\n` });
    // The old configuration goes on.
    expect(rows(bird)[0]).toContain('Full/PtP');
    expect(bird.run('systemctl reload bird').exit).toBe(1);
  });

  it('may not define a name twice', () => {
    const { bird } = pair();
    bird.system.files.write('/etc/bird/conf.d/two.conf', block(), 0o644);
    expect(check(bird)).toMatch(/two\.conf:1:\d+ Symbol 'pair_ospf' already defined\n$/);
  });

  it('have to be readable by the daemon, which is not root', () => {
    const { bird } = pair();
    bird.system.files.write(CONF, block(), 0o600);
    expect(bird.run('bird -p').exit).toBe(0);
    expect(check(bird)).toMatch(/Unable to open included file \/etc\/bird\/conf\.d\/pair\.conf: Permission denied\n$/);
  });

  it('may be none behind a pattern, but the folder has to be there', () => {
    const rig = host('Debian 12 bird');
    const conf = rig.system.files.read('/etc/bird/bird.conf') ?? '';
    rig.system.files.write('/etc/bird/bird.conf', `${conf}include "/etc/bird/conf.d/*.conf";\n`, 0o640);
    expect(check(rig)).toMatch(/:10 Unable to match pattern \/etc\/bird\/conf\.d\/\*\.conf: No such file or directory\n$/);
    rig.system.files.addDirectory('/etc/bird/conf.d');
    expect(check(rig)).toBe('Configuration OK\n');
  });
});

describe('BIRD and FRR over a tunnel', () => {
  it('become full neighbours, and BIRD tells the net of its end', () => {
    const { bird, far } = pair();
    configure(bird);
    expect(bird.run('birdc show ospf neighbors').stdout).toMatch(
      /^BIRD 2.0.12 ready.\npair_ospf:\nRouter ID {3}\tPri\t {5}State {5}\tDTime\tInterface {2}Router IP\n10\.0\.0\.1 {4}\t {2}1\tFull\/PtP {2}\t37\.627\tgre1 {7}10\.1\.12\.41\n$/,
    );
    expect(bird.run('birdc show protocols').stdout).toMatch(/\npair_ospf {2}OSPF {7}master4 {4}up {5}\S+ {2}Running\n$/);
    expect(frrState(far)).toBe('Full');
    expect(bird.run('ip route').stdout).toContain('10.1.12.40/30 dev gre1 proto bird scope link metric 32 \n');
  });

  it('come back after a boot', () => {
    const { bird } = pair();
    bird.system.boot();
    tunnel(bird, '203.0.113.1', '203.0.113.2', ['10.1.12.42', '10.1.12.41']);
    expect(rows(bird)[0]).toContain('Full/PtP');
  });

  it.each([
    ['another area', (p: Pair) => p.bird.system.files.write(CONF, block().replace('area 0.0.0.0', 'area 1'), 0o644), undefined, undefined],
    ['another hello', (p: Pair) => p.bird.system.files.write(CONF, block('pair_ospf', 'hello 3;\n dead 40;'), 0o644), undefined, undefined],
    ['another dead', (p: Pair) => p.bird.system.files.write(CONF, block('pair_ospf', 'dead 12;'), 0o644), undefined, undefined],
    ['broadcast at BIRD', (p: Pair) => p.bird.system.files.write(CONF, block('pair_ospf', 'type broadcast;'), 0o644), undefined, 'Init'],
    ['a smaller MTU at BIRD', (p: Pair) => p.bird.run('ip link set gre1 mtu 1400'), 'ExStart', 'Exchange'],
    ['a smaller MTU at FRR', (p: Pair) => p.far.run('ip link set gre1 mtu 1400'), 'ExStart', 'ExStart'],
    [
      'GRE dropped at BIRD',
      (p: Pair) =>
        ['nft add table inet x', 'nft add chain inet x i { type filter hook input priority 0; }', 'nft add rule inet x i ip protocol gre drop'].map(
          (l) => p.bird.run(l),
        ),
      undefined,
      'Init',
    ],
    [
      'OSPF dropped behind the tunnel',
      (p: Pair) =>
        [
          'nft add table inet x',
          'nft add chain inet x i { type filter hook input priority 0; }',
          'nft add rule inet x i iifname gre1 ip protocol 89 drop',
        ].map((l) => p.bird.run(l)),
      undefined,
      'Init',
    ],
    [
      'the inner TTL copied at BIRD',
      (p: Pair) => p.bird.run('ip tunnel change gre1 mode gre local 203.0.113.1 remote 203.0.113.2 ttl inherit'),
      'Init',
      undefined,
    ],
    [
      'strict rp_filter and the peer routed elsewhere',
      (p: Pair) => ['sysctl -w net.ipv4.conf.all.rp_filter=1', 'ip route add 10.1.12.41/32 via 203.0.113.254 dev eth0'].map((l) => p.bird.run(l)),
      undefined,
      'Init',
    ],
    ['the peer routed through the tunnel', (p: Pair) => p.bird.run('ip route add 203.0.113.2/32 dev gre1'), 'Init', undefined],
  ])('with %s show what the lab has shown', (_, broken, atBird, atFrr) => {
    const p = pair();
    configure(p.bird);
    broken(p);
    configure(p.bird);
    expect([/\t(\w+)\//.exec(rows(p.bird)[0] ?? '')?.[1], frrState(p.far)]).toEqual([atBird, atFrr]);
    expect(p.bird.run('birdc show protocols').stdout).toContain('Alone');
  });

  it('stays down where it is disabled, and undoes a configuration', () => {
    const { bird } = pair();
    configure(bird);
    expect(bird.run('birdc disable pair_ospf').stdout).toContain('pair_ospf: disabled\n');
    expect(bird.run('birdc show ospf neighbors pair_ospf').stdout).toContain('pair_ospf: is not up\n');
    bird.run('birdc enable pair_ospf');
    bird.system.files.write(CONF, block().replace('cost 10', 'cost 20'), 0o644);
    configure(bird);
    expect(bird.run('birdc show ospf interface').stdout).toContain('\tCost: 20\n');
    expect(bird.system.exec(['birdc', 'show', 'ospf', 'interface', '"gre1"']).stdout).toContain('\tCost: 20\n');
    expect(bird.system.exec(['birdc', 'show', 'ospf', 'interface', '"gre9"']).stdout).not.toContain('Cost');
    expect(bird.run('birdc configure undo').stdout).toBe('BIRD 2.0.12 ready.\nUndo requested\nReconfigured\n');
    expect(bird.run('birdc show ospf interface').stdout).toContain('\tCost: 10\n');
    bird.run('systemctl stop bird');
    expect(bird.run('birdc show protocols').stderr).toContain('Unable to connect to server control socket');
  });
});

describe('BGP of BIRD', () => {
  const bgp = (as: number): string =>
    `protocol bgp pair_bgp {\n    local 10.1.12.42 as 64514;\n    neighbor 10.1.12.41 as ${as};\n    hold time 30;\n    ipv4 {\n        import all;\n        export none;\n    };\n}\n`;
  it('stands where both name each other', () => {
    const { bird, far } = pair();
    far.system.exec([
      'vtysh',
      ...['configure terminal', 'router bgp 64512', 'no bgp ebgp-requires-policy', 'neighbor 10.1.12.42 remote-as 64514'].flatMap((c) => ['-c', c]),
    ]);
    bird.system.files.write(CONF, bgp(64512), 0o644);
    configure(bird);
    expect(bird.run('birdc show protocols pair_bgp').stdout).toMatch(/pair_bgp {3}BGP {8}--- {8}up {5}\S+ {2}Established {3}\n$/);
    expect(bird.run('birdc show protocols all pair_bgp').stdout).toContain(
      '\n  BGP state:          Established\n    Neighbor address: 10.1.12.41\n    Neighbor AS:      64512\n    Local AS:         64514\n',
    );
    bird.system.files.write(CONF, bgp(64598), 0o644);
    configure(bird);
    expect(bird.run('birdc show protocols pair_bgp').stdout).toContain(' start ');
  });
});
