import { describe, expect, it } from 'vitest';
import { Internet } from '../../../src/twin/internet.js';
import { CREATE, host, PING, peer, tunnel } from './rig.js';

describe('ip link on a simulated Linux', () => {
  it('loads the driver by itself when a tunnel is created, and its three devices appear', () => {
    const h = host('Debian 12');
    expect(h.run('ls -d /sys/class/net/gre0').exit).not.toBe(0);
    expect(h.run(CREATE).exit).toBe(0);
    expect(h.run('ip -br link').stdout).toContain('gretap0@NONE');
    expect(h.run('lsmod').stdout).toMatch(/^ip_gre +19919 {2}0$/m);
  });

  it('says File exists for a taken name and for taken addresses alike, and changes nothing', () => {
    const h = host('Debian 12');
    h.run(CREATE);
    const before = h.run('ip -j link').stdout;
    expect(h.run(CREATE)).toMatchObject({ exit: 2, stderr: 'RTNETLINK answers: File exists\n' });
    expect(h.run(CREATE.replace('gre1', 'gre2'))).toMatchObject({ exit: 2, stderr: 'RTNETLINK answers: File exists\n' });
    expect(h.run('ip -j link').stdout).toBe(before);
  });

  it('takes the MTU from the route: minus 24, and 4 more with a key', () => {
    const h = host('Debian 12');
    h.run(CREATE);
    h.run('ip link add gre4 type gre local 203.0.113.1 remote 203.0.113.2 key 42 ttl 64');
    expect(h.run('ip link show gre1').stdout).toContain('mtu 1476');
    expect(h.run('ip link show gre4').stdout).toContain('mtu 1472');
    h.run('ip link set eth0 mtu 1400');
    h.run('ip link add gre5 type gre local 203.0.113.1 remote 203.0.113.9 ttl 64');
    expect(h.run('ip link show gre5').stdout).toContain('mtu 1376');
  });

  it('has no MULTICAST flag until it is set', () => {
    const h = host('Debian 12');
    h.run(CREATE);
    expect(h.run('ip link show gre1').stdout).toContain('<POINTOPOINT,NOARP>');
    expect(h.run('ip link set gre1 multicast on').exit).toBe(0);
    expect(h.run('ip link show gre1').stdout).toContain('<POINTOPOINT,MULTICAST,NOARP>');
  });

  it('refuses a wrong ttl with 255 and nopmtudisc beside a ttl with 1', () => {
    const h = host('Debian 12');
    expect(h.run(CREATE.replace('ttl 64', 'ttl 300'))).toMatchObject({ exit: 255, stderr: 'Error: argument "300" is wrong: invalid TTL\n' });
    expect(h.run(`${CREATE} nopmtudisc`)).toMatchObject({ exit: 1, stderr: 'ttl != 0 and nopmtudisc are incompatible\n' });
    expect(h.run('ip link show gre1').exit).toBe(1);
  });

  it('leaves gre0 alone: del exits 0 and does nothing, change is refused', () => {
    const h = host('Debian 12');
    h.run('modprobe ip_gre');
    expect(h.run('ip link del gre0').exit).toBe(0);
    expect(h.run('ip link show gre0').exit).toBe(0);
    expect(h.run('ip tunnel change gre0 remote 203.0.113.2').exit).toBe(1);
    expect(h.run('ip tunnel del gre0').stderr).toBe('delete tunnel "gre0" failed: Operation not permitted\n');
  });

  it('changes nothing if one word of a set is wrong', () => {
    const h = host('Debian 12');
    h.run(CREATE);
    expect(h.run('ip link set gre1 up mtu abc').exit).toBe(255);
    expect(h.run('ip link show gre1').stdout).toContain('state DOWN');
  });

  it('says on a host without the driver that the type is unknown, in three tools', () => {
    const h = host('Debian 12 nogre');
    expect(h.run(CREATE)).toMatchObject({ exit: 2, stderr: 'Error: Unknown device type.\n' });
    expect(h.run('ip tunnel add gre1 mode gre local 203.0.113.1 remote 203.0.113.2 ttl 64')).toMatchObject({
      exit: 1,
      stderr: 'add tunnel "gre0" failed: No such device\n',
    });
    expect(h.run('modinfo ip_gre')).toMatchObject({ exit: 1, stderr: 'modinfo: ERROR: Module ip_gre not found.\n' });
    expect(h.run('modprobe -n ip_gre').stderr).toBe('modprobe: FATAL: Module ip_gre not found in directory /lib/modules/6.1.176\n');
    expect(h.run('modprobe -q ip_gre')).toEqual({ exit: 1, stdout: '', stderr: '' });
  });

  it('shows a compiled-in driver as gre0 without a loaded module', () => {
    const h = host('Debian 12 builtin');
    expect(h.run('ip link show gre0').exit).toBe(0);
    expect(h.run('modinfo -n ip_gre').stdout).toBe('(builtin)\n');
    expect(h.run('modprobe -n ip_gre').exit).toBe(0);
    expect(h.run('cat /proc/modules').stdout).not.toContain('ip_gre');
    expect(h.run('cat /sys/module/ip_gre/refcnt').exit).toBe(1);
    expect(h.run('cat /lib/modules/6.1.176/modules.builtin').stdout).toContain('ip_gre.ko');
  });

  it('prints an empty object for every device when asked for a type whose driver is not loaded', () => {
    const h = host('Debian 12');
    expect(h.run('ip -d -j link show type gre').stdout).toBe('[{},{}]\n');
    h.run('modprobe ip_gre');
    expect(JSON.parse(h.run('ip -d -j link show type gre').stdout)).toMatchObject([{ ifname: 'gre0' }]);
  });
});

describe('a simulated tunnel', () => {
  it('carries a ping both ways and answers for its own address at once', () => {
    const net = new Internet();
    const far = peer(net);
    const h = host('Debian 12', net);
    tunnel(h);
    expect(h.run(PING).exit).toBe(0);
    expect(far.run('ping -n -c 1 -W 1 10.1.12.38').exit).toBe(0);
    expect(h.run('ping -n -c 1 -W 1 10.1.12.38').exit).toBe(0);
  });

  it('is one-way dead when the outer addresses do not mirror each other', () => {
    const net = new Internet();
    peer(net);
    const h = host('Debian 12', net);
    tunnel(h);
    h.run('ip link set gre1 type gre remote 203.0.113.77');
    expect(h.run(PING).exit).toBe(1);
  });

  it('keeps address, route and UP when it is re-pointed, and works at once', () => {
    const net = new Internet();
    peer(net);
    const h = host('Debian 12', net);
    tunnel(h);
    h.run('ip link set gre1 type gre local 203.0.113.1 remote 203.0.113.77 ttl 64');
    const addresses = h.run('ip -4 addr show gre1').stdout;
    expect(h.run('ip link set gre1 type gre remote 203.0.113.2').exit).toBe(0);
    expect(h.run('ip -4 addr show gre1').stdout).toBe(addresses);
    expect(h.run('ip route get 10.1.12.37').stdout).toContain('dev gre1 src 10.1.12.38');
    expect(h.run(PING).exit).toBe(0);
  });

  it('copies the inner TTL when no ttl was given: a hello with TTL 1 dies on the way', () => {
    const net = new Internet();
    peer(net);
    const h = host('Debian 12', net);
    tunnel(h);
    h.run('ip link set gre1 type gre ttl inherit');
    expect(h.run(`${PING} -t 1`).exit).toBe(1);
    expect(h.run('ip -d link show gre1').stdout).toContain('ttl inherit');
    h.run('ip link set gre1 type gre ttl 64');
    expect(h.run(`${PING} -t 1`).exit).toBe(0);
  });

  it('sets do-not-fragment on the outer packet: a narrower path swallows big packets', () => {
    const net = new Internet();
    peer(net);
    const h = host('Debian 12', net);
    tunnel(h);
    net.pathMtu = 1400;
    expect(h.run(`${PING} -s 1448`).exit).toBe(1);
    expect(h.run(`${PING} -s 1348`).exit).toBe(0);
  });

  it('lets nothing through where protocol 47 is filtered, while the outer address still answers', () => {
    const net = new Internet();
    peer(net);
    const h = host('Debian 12', net);
    tunnel(h);
    net.filters = [{ protocol: 47 }];
    expect(h.run(PING).exit).toBe(1);
    expect(h.run('ping -n -c 1 -W 1 203.0.113.2').exit).toBe(0);
  });
});

describe('ip addr and ip route on a simulated Linux', () => {
  it('refuses an address twice, and replace takes it', () => {
    const h = host('Debian 12');
    tunnel(h);
    expect(h.run('ip addr add 10.1.12.38 peer 10.1.12.37/30 dev gre1')).toMatchObject({ exit: 2, stderr: 'RTNETLINK answers: File exists\n' });
    expect(h.run('ip addr replace 10.1.12.38 peer 10.1.12.37/30 dev gre1').exit).toBe(0);
    expect(h.run('ip addr del 10.1.12.38 peer 10.1.12.37/30 dev gre1').exit).toBe(0);
    expect(h.run('ip addr del 10.1.12.38 peer 10.1.12.37/30 dev gre1').stderr).toBe('RTNETLINK answers: Cannot assign requested address\n');
  });

  it('routes the whole prefix of the peer through the tunnel, only while it is up', () => {
    const h = host('Debian 12');
    tunnel(h);
    expect(h.run('ip route show').stdout).toContain('10.1.12.36/30 dev gre1 proto kernel scope link src 10.1.12.38 \n');
    h.run('ip link set gre1 down');
    expect(h.run('ip route get 10.1.12.37').stdout).toContain('via 203.0.113.254 dev eth0');
    expect(h.run('ip route get 10.1.12.38').stdout).toBe('local 10.1.12.38 dev lo src 10.1.12.38 uid 0 \n    cache <local> \n');
  });

  it('adds, refuses twice, replaces and deletes a route', () => {
    const h = host('Debian 12');
    const add = 'ip route add 198.51.100.0/24 via 203.0.113.9';
    expect(h.run(add).exit).toBe(0);
    expect(h.run(add).stderr).toBe('RTNETLINK answers: File exists\n');
    expect(h.run(add.replace('add', 'replace')).exit).toBe(0);
    expect(h.run('ip route del 198.51.100.0/24').exit).toBe(0);
    expect(h.run('ip route del 198.51.100.0/24').stderr).toBe('RTNETLINK answers: No such process\n');
  });

  it('is not reachable any more once its outer address is taken away', () => {
    const net = new Internet();
    const far = peer(net);
    const h = host('Debian 12', net);
    expect(far.run('ping -n -c 1 -W 1 203.0.113.1').exit).toBe(0);
    h.run('ip addr del 203.0.113.1/24 dev eth0');
    expect(far.run('ping -n -c 1 -W 1 203.0.113.1').exit).toBe(1);
  });
});

describe('ping, sysctl and unknown commands', () => {
  it('prints the source after from, and exits 2 for an interface that is not there', () => {
    const net = new Internet();
    peer(net);
    const h = host('Debian 12', net);
    tunnel(h);
    expect(h.run(`${PING} -I 10.1.12.38`).stdout).toMatch(/^PING 10\.1\.12\.37 \(10\.1\.12\.37\) from 10\.1\.12\.38 : 56\(84\) bytes of data\.\n/);
    expect(h.run(`${PING} -I gre9`).exit).toBe(2);
  });

  it('waits for all answers when a deadline is given, and fails if they do not come', () => {
    const h = host('Debian 12');
    const silent = h.run('ping -n -c 2 -w 4 203.0.113.99');
    expect(silent.stdout).toContain('4 packets transmitted, 0 received, 100% packet loss');
    expect(silent.exit).toBe(1);
  });

  it('reads and writes settings, and knows those of a tunnel only while it is there', () => {
    const h = host('Debian 12');
    expect(h.run('sysctl -n net.ipv4.ip_forward').stdout).toBe('0\n');
    expect(h.run('sysctl -w net.ipv4.ip_forward=1').stdout).toBe('net.ipv4.ip_forward = 1\n');
    expect(h.run('sysctl -n net.ipv4.conf.gre1.rp_filter')).toMatchObject({
      exit: 1,
      stderr: 'sysctl: cannot stat /proc/sys/net/ipv4/conf/gre1/rp_filter: No such file or directory\n',
    });
    h.run(CREATE);
    expect(h.run('sysctl -n net.ipv4.conf.gre1.rp_filter').stdout).toBe('0\n');
  });

  it('answers 127 for a program that this kind of host does not have', () => {
    expect(host('Debian 12').run('nmcli -t -f RUNNING general')).toEqual({ exit: 127, stdout: '', stderr: 'sh: 1: nmcli: not found\n' });
    expect(host('Debian 12').run('/sbin/ifconfig gre1').exit).toBe(127);
  });
});
