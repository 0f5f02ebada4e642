import { describe, expect, it } from 'vitest';
import { Internet } from '../../../src/twin/internet.js';
import { host, PING, peer, type Rig, tunnel } from '../linux/rig.js';

interface Pair {
  readonly net: Internet;
  readonly near: Rig;
  readonly far: Rig;
}

function pair(kind = 'Debian 12 iptables'): Pair {
  const net = new Internet();
  const far = peer(net);
  const near = host(kind, net);
  tunnel(near);
  return { net, near, far };
}

const ok = (rig: Rig, line: string): void => expect([line, rig.run(line)]).toEqual([line, expect.objectContaining({ exit: 0, stderr: '' })]);

const input = (policy: string): string[] => [
  'nft add table inet filter',
  `nft add chain inet filter input { type filter hook input priority 0; policy ${policy}; }`,
];
const output = ['nft add table inet filter', 'nft add chain inet filter output { type filter hook output priority 0; }'];

describe('nftables of a simulated Linux', () => {
  it('is empty on a fresh host, and lets everything pass', () => {
    const { near } = pair();
    expect(near.run('nft list ruleset')).toEqual({ exit: 0, stdout: '', stderr: '' });
    expect(near.run(PING).exit).toBe(0);
  });

  it.each([
    ['by protocol of the IP header', 'ip protocol gre drop'],
    ['by number', 'ip protocol 47 drop'],
    ['by meta l4proto', 'meta l4proto { gre, esp } counter drop'],
    ['by address', 'ip saddr 203.0.113.2 drop'],
    ['by net and card', 'iifname "eth0" ip saddr 203.0.113.0/24 ip protocol gre reject'],
    ['but for TCP', 'meta l4proto != tcp drop'],
  ])('throws GRE away %s', (_, rule) => {
    const { near, far } = pair();
    for (const line of input('accept')) ok(near, line);
    ok(near, `nft add rule inet filter input ${rule}`);
    expect(near.run(PING).exit).toBe(1);
    // The request still leaves and is answered: the far end counts it.
    expect(far.run('ip -s link show gre1').stdout).toContain(' 84       1 ');
    ok(near, 'nft flush ruleset');
    expect(near.run(PING).exit).toBe(0);
  });

  it('lists what was added as nft 1.0.6 does, with counts', () => {
    const { near } = pair();
    for (const line of input('drop')) ok(near, line);
    for (const rule of [
      'iif lo accept',
      'ct state established,related accept',
      'ip protocol 47 counter drop',
      'tcp dport { 22, 80 } accept comment "ssh"',
    ])
      ok(near, `nft add rule inet filter input ${rule}`);
    near.run(PING);
    expect(near.run('nft list ruleset').stdout).toBe(
      [
        'table inet filter {',
        '\tchain input {',
        '\t\ttype filter hook input priority filter; policy drop;',
        '\t\tiif "lo" accept',
        '\t\tct state established,related accept',
        '\t\tip protocol gre counter packets 0 bytes 0 drop',
        '\t\ttcp dport { 22, 80 } accept comment "ssh"',
        '\t}',
        '}',
        '',
      ].join('\n'),
    );
  });

  it('lets answers of a flow in that the host began, and nobody else', () => {
    const { net, near, far } = pair();
    for (const line of input('drop')) ok(near, line);
    ok(near, 'nft add rule inet filter input iifname gre1 accept');
    ok(near, 'nft add rule inet filter input ct state established,related accept');
    const back = 'ping -n -c 1 -W 1 10.1.12.38';
    expect(far.run(back).exit).toBe(1);
    expect(near.run(PING).exit).toBe(0);
    expect(far.run(back).exit).toBe(0);
    net.clock = () => Date.now() + 60_000;
    expect(far.run(back).exit).toBe(1);
  });

  it('refuses an outgoing packet of the host with EPERM, and a tunnel counts it as dropped', () => {
    const { near } = pair();
    for (const line of output) ok(near, line);
    ok(near, 'nft add rule inet filter output ip daddr 203.0.113.2 drop');
    expect(near.run('ping -n -c 1 203.0.113.2')).toMatchObject({ exit: 1, stderr: 'ping: sendmsg: Operation not permitted\n' });
    expect(near.run(PING)).toMatchObject({ exit: 1, stderr: '' });
    expect(near.run('ip -s link show gre1').stdout).toMatch(/TX:.*\n +0 +0 +0 +1 /);
  });

  it('loads a file whole or not at all, and says where it is wrong', () => {
    const { near } = pair();
    near.system.files.write(
      '/tmp/bad.nft',
      'table inet filter {\n\tchain input {\n\t\ttype filter hook input priority 0;\n\t\tip protokol gre drop\n\t}\n}\n',
    );
    expect(near.run('nft -f /tmp/bad.nft')).toEqual({
      exit: 1,
      stdout: '',
      stderr: '/tmp/bad.nft:4:6-13: Error: syntax error, unexpected string\n\t\tip protokol gre drop\n\t\t   ^^^^^^^^\n',
    });
    expect(near.run('nft list ruleset').stdout).toBe('');
    expect(near.run('nft list table inet filter').exit).toBe(1);
  });

  it('lists recorded rules as recorded: clamped segments, a set in its order', () => {
    const { near } = pair();
    const nft = (...words: string[]): void => expect(near.system.exec(['nft', ...words])).toEqual({ exit: 0, stdout: '', stderr: '' });
    nft('add', 'table', 'inet', 'p');
    nft('add chain inet p mss { type filter hook forward priority mangle; policy accept; }');
    nft('add rule inet p mss oifname gre1 tcp flags & (syn | rst) == syn counter tcp option maxseg size set rt mtu');
    nft('add rule inet p mss iifname gre1 tcp flags & (syn|rst) == syn counter tcp option maxseg size set 1436');
    nft('add rule inet p mss meta l4proto { tcp, udp, icmp } accept');
    expect(near.run('nft list ruleset').stdout).toBe(
      [
        'table inet p {',
        '\tchain mss {',
        '\t\ttype filter hook forward priority mangle; policy accept;',
        '\t\toifname "gre1" tcp flags syn / syn,rst counter packets 0 bytes 0 tcp option maxseg size set rt mtu',
        '\t\tiifname "gre1" tcp flags syn / syn,rst counter packets 0 bytes 0 tcp option maxseg size set 1436',
        '\t\tmeta l4proto { icmp, tcp, udp } accept',
        '\t}',
        '}',
        '',
      ].join('\n'),
    );
    nft('delete table inet p');
    expect(near.run('nft list table inet p')).toEqual({
      exit: 1,
      stdout: '',
      stderr: 'Error: No such file or directory\nlist table inet p\n                ^\n',
    });
  });

  it('deletes a rule by its handle', () => {
    const { near } = pair();
    for (const line of input('accept')) ok(near, line);
    ok(near, 'nft add rule inet filter input ip protocol gre drop');
    const handle = /gre drop # handle (\d+)/.exec(near.run('nft -a list ruleset').stdout)?.[1];
    ok(near, `nft delete rule inet filter input handle ${handle}`);
    expect(near.run(PING).exit).toBe(0);
  });

  it('loads /etc/nftables.conf at boot where the service is enabled', () => {
    const { near } = pair();
    near.system.files.write(
      '/etc/nftables.conf',
      'flush ruleset\ntable ip x {\n chain y {\n type filter hook prerouting priority raw; policy accept\n ip protocol gre drop # no GRE here\n }\n}\n',
    );
    near.system.boot();
    expect(near.run('nft list ruleset').stdout).toBe('');
    near.system.files.write('/etc/systemd/system/sysinit.target.wants/nftables.service', '');
    expect(near.system.boot()).toEqual([]);
    expect(near.run('nft list ruleset').stdout).toContain('priority raw; policy accept;\n\t\tip protocol gre drop\n');
    tunnel(near);
    expect(near.run(PING).exit).toBe(1);
  });
});

describe('iptables of a simulated Linux', () => {
  it('is not there where it is not installed', () => {
    expect(pair('Debian 12').near.run('iptables -S').exit).toBe(127);
    expect(pair('Ubuntu 22.04').near.run('iptables -S').stdout).toBe('-P INPUT ACCEPT\n-P FORWARD ACCEPT\n-P OUTPUT ACCEPT\n');
  });

  it('throws GRE away, and is listed by itself and by nft', () => {
    const { near } = pair();
    ok(near, 'iptables -A INPUT -p 47 -i eth0 -s 203.0.113.2 -j DROP');
    expect(near.run(PING).exit).toBe(1);
    expect(near.run('iptables -S INPUT').stdout).toBe('-P INPUT ACCEPT\n-A INPUT -s 203.0.113.2/32 -i eth0 -p gre -j DROP\n');
    const listed = near.run('nft list ruleset').stdout;
    expect(listed).toContain('# Warning: table ip filter is managed by iptables-nft, do not touch!\ntable ip filter {\n');
    expect(listed).toContain('\t\tip saddr 203.0.113.2 iifname "eth0" meta l4proto gre counter packets 1 bytes 108 drop\n');
    ok(near, 'iptables -D INPUT -s 203.0.113.2/32 -i eth0 -p gre -j DROP');
    expect(near.run(PING).exit).toBe(0);
  });

  it('takes the first rule that decides, and the policy at the end', () => {
    const { near } = pair();
    ok(near, 'iptables -P INPUT DROP');
    expect(near.run(PING).exit).toBe(1);
    ok(near, 'iptables -I INPUT -i gre1 -j ACCEPT');
    expect(near.run(PING).exit).toBe(1);
    ok(near, 'iptables -I INPUT 1 -p gre -j ACCEPT');
    expect(near.run(PING).exit).toBe(0);
    expect(near.run('iptables-save').stdout).toContain(
      '*filter\n:INPUT DROP [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n-A INPUT -p gre -j ACCEPT\n-A INPUT -i gre1 -j ACCEPT\nCOMMIT\n',
    );
  });

  it.each([
    'iptables -A NOWHERE -p gre -j DROP',
    'iptables -A INPUT -p grx -j DROP',
    'iptables -D INPUT -p gre -j DROP',
    'iptables',
  ])('refuses `%s`', (line) => {
    expect(pair().near.run(line).exit).toBeGreaterThan(0);
  });
});

describe('rp_filter of a simulated Linux', () => {
  const twoWays = (near: Rig): void => {
    for (const line of ['ip addr add 198.51.100.9/24 dev eth1', 'ip link set eth1 up', 'ip route add 203.0.113.2/32 via 198.51.100.254 dev eth1'])
      ok(near, line);
  };

  it('drops what comes in by a card that the way back does not use, where it is 1', () => {
    const { near } = pair('Debian 12 eth0 eth1');
    twoWays(near);
    expect(near.run(PING).exit).toBe(0);
    ok(near, 'sysctl -w net.ipv4.conf.eth0.rp_filter=1');
    expect(near.run('cat /proc/sys/net/ipv4/conf/eth0/rp_filter').stdout).toBe('1\n');
    expect(near.run(PING).exit).toBe(1);
    ok(near, 'sysctl -w net.ipv4.conf.all.rp_filter=2');
    expect(near.run(PING).exit).toBe(0);
  });

  it('takes nothing through the tunnel whose source is routed elsewhere', () => {
    const { near } = pair();
    ok(near, 'sysctl -w net.ipv4.conf.all.rp_filter=1');
    expect(near.run(PING).exit).toBe(0);
  });
});

describe('the path of a simulated tunnel', () => {
  it('counts packets of a tunnel whose outer route leads into itself as errors', () => {
    const { near } = pair();
    ok(near, 'ip route add 203.0.113.2/32 dev gre1');
    expect(near.run(PING).exit).toBe(1);
    expect(near.run('ip -s link show gre1').stdout).toMatch(/TX:.*\n +0 +0 +1 +0 +0 +1 /);
  });

  it('teaches the kernel a small path MTU: a ping with DF is refused by itself from the second one on', () => {
    const { net, near } = pair();
    net.pathMtu = 1400;
    expect(near.run('ping -n -M do -s 1472 -c 1 203.0.113.2').stdout).toContain('Frag needed and DF set (mtu = 1400)');
    expect(near.run('ping -n -M do -s 1472 -c 1 203.0.113.2').stderr).toBe('ping: local error: message too long, mtu=1400\n');
    expect(near.run('ip route get 203.0.113.2').stdout).toContain('mtu 1400');
    expect(near.run('ping -n -M do -s 1448 -c 1 10.1.12.37').stdout).toContain('From 10.1.12.38 icmp_seq=1 Frag needed and DF set (mtu = 1376)');
    expect(near.run('ping -n -M do -s 1448 -c 1 10.1.12.37').stderr).toBe('ping: local error: message too long, mtu=1376\n');
    expect(near.run('ping -n -M do -s 1348 -c 1 10.1.12.37').exit).toBe(0);
  });

  it('swallows what is too big in silence where a router says nothing', () => {
    const { net, near } = pair();
    net.pathMtu = 1400;
    net.blackHole = true;
    for (let n = 0; n < 2; n += 1) expect(near.run('ping -n -M do -s 1472 -c 1 -W 1 203.0.113.2').stdout).not.toContain('Frag needed');
    expect(near.run(PING).exit).toBe(0);
    expect(near.run('ping -n -M do -s 1448 -c 1 -W 1 10.1.12.37')).toMatchObject({ exit: 1, stderr: '' });
  });

  it('does not lead through a gateway that forwards no GRE, but for answers', () => {
    const { net, near, far } = pair();
    net.nat('203.0.113.1', '203.0.113.99', []);
    ok(far, 'ip link set gre1 type gre local 203.0.113.2 remote 203.0.113.99 ttl 64');
    const back = 'ping -n -c 1 -W 1 10.1.12.38';
    expect(far.run(back).exit).toBe(1);
    expect(near.run(PING).exit).toBe(0);
    expect(far.run(back).exit).toBe(0);
    net.nat('203.0.113.1', '203.0.113.99', [47]);
    expect(far.run(back).exit).toBe(0);
  });
});
