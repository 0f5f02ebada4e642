import { describe, expect, it } from 'vitest';
import { makeSystem } from '../../../src/twin/families.js';
import { FileTree } from '../../../src/twin/files.js';
import { Internet } from '../../../src/twin/internet.js';
import { IpStack } from '../../../src/twin/stack.js';
import type { CommandResult, SimulatedSystem } from '../../../src/twin/system.js';
import { peer, type Rig } from '../linux/rig.js';

interface Near {
  readonly system: SimulatedSystem;
  readonly far: Rig;
  run(line: string): CommandResult;
  /** Whether a ping through the tunnel is answered. */
  passes(): boolean;
}

/** The near end at 203.0.113.1 with its tunnel; the far one is a Linux. */
function near(kind: string): Near {
  const net = new Internet();
  const far = peer(net);
  const system = makeSystem({ name: 'near', system: kind, addresses: ['203.0.113.1'] }, new IpStack('near', net), new FileTree());
  system.boot();
  const run = (line: string): CommandResult => system.exec(line.split(' '));
  const made: Near = { system, far, run, passes: () => run('ping -n -c 1 10.1.12.37').exit === 0 };
  setUp(made, kind);
  return made;
}

function setUp({ run }: Pick<Near, 'run'>, kind: string): void {
  if (kind.startsWith('OpenBSD')) run('sysctl net.inet.gre.allow=1');
  if (kind === 'FreeBSD 13.2' || kind === 'FreeBSD 6.4') run('kldload if_gre');
  run('ifconfig gre1 create');
  for (const line of ['ifconfig gre1 tunnel 203.0.113.1 203.0.113.2', 'ifconfig gre1 inet 10.1.12.38 10.1.12.37 netmask 255.255.255.252 up'])
    run(line);
}

const write = ({ system }: Near, path: string, lines: readonly string[]): void => system.files.write(path, `${lines.join('\n')}\n`);

const PF_DROPS: readonly (readonly [string, readonly string[]])[] = [
  ['by protocol', ['block in quick proto gre']],
  ['by number and card', ['pass', 'block drop in on egress proto 47 no state']],
  ['by address', ['block in from 203.0.113.2']],
  ['by table and macro', ['far = "<bad>"', 'table <bad> persist { 192.0.2.7, 203.0.113.0/25 }', 'block in quick from $far']],
  ['altogether', ['block in all']],
];

describe.each(['FreeBSD 6.4', 'FreeBSD 13.2', 'OpenBSD 4.8', 'OpenBSD 7.5'])('pf on %s', (kind) => {
  const ready = (): Near => {
    const made = near(kind);
    if (kind.startsWith('FreeBSD')) {
      expect(made.run('pfctl -s rules')).toMatchObject({ exit: 1, stderr: 'pfctl: /dev/pf: No such file or directory\n' });
      expect(made.run('kldload pf').exit).toBe(0);
      expect(made.run('pfctl -e')).toMatchObject({ exit: 0, stderr: 'pf enabled\n' });
    }
    return made;
  };

  it('lets GRE pass as it comes', () => {
    const made = ready();
    expect(made.passes()).toBe(true);
    expect(made.run('pfctl -s info').stdout).toMatch(/^Status: Enabled for 0 days 00:00:0\d +Debug: \w+\n/);
  });

  it.each(PF_DROPS)('throws GRE away %s', (_, lines) => {
    const made = ready();
    // No rule of this set keeps a state of what leaves.
    write(
      made,
      '/etc/pf.conf',
      [
        ...lines.map((l) => l.replace('egress', kind.startsWith('Open') || kind === 'FreeBSD 13.2' ? 'egress' : 'fxp0')),
        'pass out quick no state',
      ].sort((a, b) => Number(/^(block|pass)/.test(a)) - Number(/^(block|pass)/.test(b))),
    );
    expect(made.run('pfctl -f /etc/pf.conf')).toEqual({ exit: 0, stdout: '', stderr: '' });
    expect(made.passes()).toBe(false);
    expect(made.run('pfctl -d').exit).toBe(0);
    expect(made.passes()).toBe(true);
  });

  it('lets answers in to what a rule with state let out', () => {
    const made = ready();
    write(made, '/etc/pf.conf', ['block in', 'pass out keep state']);
    made.run('pfctl -f /etc/pf.conf');
    expect(made.far.run('ping -n -c 1 -W 1 10.1.12.38').exit).toBe(1);
    expect(made.passes()).toBe(true);
  });

  it('goes by its states, whatever rules are loaded, until they are flushed', () => {
    const made = ready();
    write(made, '/etc/pf.conf', ['block in', 'pass out keep state']);
    made.run('pfctl -f /etc/pf.conf');
    expect(made.passes()).toBe(true);
    write(made, '/etc/pf.conf', ['block', 'pass on gre1']);
    made.run('pfctl -f /etc/pf.conf');
    expect(made.passes()).toBe(true);
    expect(made.run('pfctl -F states').stderr).toMatch(/^[1-9]\d* states cleared\n$/);
    expect(made.passes()).toBe(false);
  });

  it('keeps the old rules where a file is wrong', () => {
    const made = ready();
    write(made, '/etc/pf.conf', ['block in proto gre']);
    made.run('pfctl -f /etc/pf.conf');
    write(made, '/etc/bad.conf', ['pass all', 'blok in proto gre']);
    expect(made.run('pfctl -n -f /etc/bad.conf')).toEqual({
      exit: 1,
      stdout: '',
      stderr: '/etc/bad.conf:2: syntax error\npfctl: Syntax error in config file: pf rules not loaded\n',
    });
    expect(made.run('pfctl -s rules').stdout).toBe('block drop in proto gre all\n');
  });
});

describe('pfctl -s rules', () => {
  const RULES = [
    'block in log quick on { em0 gre1 } proto { gre, 50 } from 203.0.113.2 to any',
    'pass out proto tcp to port { 22 80 }',
    'pass in proto 47 no state',
  ];
  it.each([
    ['FreeBSD 13.2', ' flags S/SA keep state', ' no state', true],
    ['OpenBSD 7.5', ' flags S/SA', ' no state', false],
    ['FreeBSD 6.4', '', '', true],
  ])('prints the rules one by one, with what is implied, on %s', (kind, tcp, none, module) => {
    const made = near(kind);
    if (module) made.run('kldload pf');
    write(made, '/etc/pf.conf', RULES);
    expect(made.run('pfctl -f /etc/pf.conf').exit).toBe(0);
    expect(made.run('pfctl -s rules').stdout.split('\n')).toEqual([
      'block drop in log quick on em0 inet proto gre from 203.0.113.2 to any',
      'block drop in log quick on em0 inet proto esp from 203.0.113.2 to any',
      'block drop in log quick on gre1 inet proto gre from 203.0.113.2 to any',
      'block drop in log quick on gre1 inet proto esp from 203.0.113.2 to any',
      `pass out proto tcp from any to any port = 22${tcp}`,
      `pass out proto tcp from any to any port = 80${tcp}`,
      `pass in proto gre all${none}`,
      '',
    ]);
  });

  it('shows what OpenBSD installs', () => {
    expect(near('OpenBSD 7.5').run('pfctl -s rules').stdout).toBe(
      'block return all\npass all flags S/SA\nblock return in on ! lo0 proto tcp from any to any port 6000:6010\n',
    );
  });

  it('is not in force on OpenBSD 3.0 unless rc.conf.local says so, and has numbers there', () => {
    const made = near('OpenBSD 3.0');
    expect(made.run('pfctl -s info').stdout).toContain('Status: Disabled');
    write(made, '/etc/rc.conf.local', ['pf=YES']);
    write(made, '/etc/pf.conf', ['pass out all', 'block in quick proto gre all']);
    made.system.boot();
    expect(made.run('pfctl -s rules').stdout).toBe('@1 pass out all \n@2 block in quick proto gre all \n');
  });
});

describe.each(['FreeBSD 4.11', 'FreeBSD 13.2'])('ipfw on %s', (kind) => {
  it('is not there without its module, and denies everything when it comes', () => {
    const made = near(kind);
    expect(made.run('ipfw list')).toMatchObject({ exit: 71, stdout: '' });
    expect(made.passes()).toBe(true);
    expect(made.run('kldload ipfw').exit).toBe(0);
    expect(made.run('ipfw list').stdout).toBe('65535 deny ip from any to any\n');
    expect(made.passes()).toBe(false);
    expect(made.run('ping -n -c 1 203.0.113.2').stderr).toContain('sendto: Permission denied');
  });

  it('takes the first rule that matches, and prints rules by number', () => {
    const made = near(kind);
    made.run('kldload ipfw');
    expect(made.run('ipfw add 1000 allow all from any to any').stdout).toBe('01000 allow ip from any to any\n');
    expect(made.passes()).toBe(true);
    expect(made.run('ipfw add 500 deny 47 from 203.0.113.2 to me in').stdout).toBe('00500 deny gre from 203.0.113.2 to me in\n');
    expect(made.passes()).toBe(false);
    expect(made.run('ipfw list').stdout).toBe(
      '00500 deny gre from 203.0.113.2 to me in\n01000 allow ip from any to any\n65535 deny ip from any to any\n',
    );
    expect(made.run('ipfw show').stdout).toMatch(/^00500 +1 +\d+ deny gre/);
    expect(made.run('ipfw delete 500').exit).toBe(0);
    expect(made.passes()).toBe(true);
    expect(made.run('ipfw add deny grx from any to any').exit).toBe(64);
  });

  it('comes from rc.conf', () => {
    const made = near(kind);
    const conf = made.system.files.read('/etc/rc.conf') ?? '';
    made.system.files.write('/etc/rc.conf', `${conf}firewall_enable="YES"\nfirewall_type="/etc/ipfw.rules"\n`);
    write(made, '/etc/ipfw.rules', ['add 100 deny gre from any to any', 'add 200 allow ip from any to any']);
    made.system.boot();
    setUp(made, kind);
    expect(made.run('ipfw list').stdout).toMatch(/^00100 deny gre from any to any\n00200 allow ip/);
    expect(made.passes()).toBe(false);
  });
});

describe.each(['NetBSD 7.2', 'NetBSD 10.0'])('npf on %s', (kind) => {
  const loaded = (lines: readonly string[]): Near => {
    const made = near(kind);
    expect(made.run('npfctl show').stdout).toBe('# filtering:\tinactive\n# config:\tempty\n\n');
    expect(made.passes()).toBe(true);
    write(made, '/etc/npf.conf', lines);
    expect(made.run('npfctl reload')).toEqual({ exit: 0, stdout: '', stderr: '' });
    expect(made.run('npfctl start').exit).toBe(0);
    return made;
  };
  const group = (...rules: string[]): string[] => [
    '$ext_if = "wm0"',
    'group "external" on $ext_if {',
    ...rules,
    '}',
    'group default {',
    '  pass final all',
    '}',
  ];

  it('throws GRE away by a rule, and shows its number', () => {
    const made = loaded(group('  pass stateful out final all', '  block in final proto gre', '  pass in all'));
    expect(made.passes()).toBe(false);
    expect(made.run('npfctl show').stdout).toBe(
      [
        '# filtering:\tactive',
        '# config:\tloaded',
        '',
        'group "external" on wm0 { # id="1" ',
        '\tpass stateful out final all # id="2" ',
        '\tblock in final proto 47 all # id="3" ',
        '\tpass in all # id="4" ',
        '}',
        '',
        'group default { # id="5" ',
        '\tpass final all # id="6" ',
        '}',
        '',
        '',
      ].join('\n'),
    );
    made.run('npfctl stop');
    expect(made.passes()).toBe(true);
  });

  it('keeps no state of GRE: what a stateful rule lets out gets no answer', () => {
    const made = loaded(group('  pass stateful out final all', '  block in all'));
    expect(made.run('ping -n -c 1 203.0.113.2').exit).toBe(0);
    expect(made.passes()).toBe(false);
  });

  it('lets in what a rule for the far end allows', () => {
    expect(
      loaded(group('  pass out final all', '  block in all', '  pass in final proto 47 from { 203.0.113.2, 192.0.2.1 } to inet4($ext_if)')).passes(),
    ).toBe(true);
  });

  it('refuses a file that it does not understand', () => {
    const made = near(kind);
    write(made, '/etc/npf.conf', ['group default {', '  blok all', '}']);
    expect(made.run('npfctl reload')).toEqual({ exit: 1, stdout: '', stderr: "npfctl: /etc/npf.conf:2: syntax error near 'blok'\n" });
  });
});

describe('older NetBSD', () => {
  it('has no npf', () => {
    expect(near('NetBSD 5.2').run('npfctl show').exit).toBe(127);
  });
});
