import { describe, expect, it } from 'vitest';
import { Internet } from '../../../src/twin/internet.js';
import { family } from '../../../src/twin/linux/index.js';
import { host, PING, peer, type Rig, tunnel } from './rig.js';

const STATIC = `auto gre1
iface gre1 inet static
    address 10.1.12.38
    netmask 255.255.255.252
    pointopoint 10.1.12.37
    pre-up ip tunnel add $IFACE mode gre local 203.0.113.1 remote 203.0.113.2 ttl 64
    up ip link set $IFACE mtu 1476 multicast on
    post-down ip tunnel del $IFACE
`;
const TUNNEL = `auto gre1
iface gre1 inet tunnel
    address 10.1.12.38
    netmask 255.255.255.252
    dstaddr 10.1.12.37
    mode gre
    endpoint 203.0.113.2
    local 203.0.113.1
    ttl 64
    mtu 1476
`;
const MANUAL = `auto gre1
iface gre1 inet manual
    pre-up ip link add $IFACE type gre local 203.0.113.1 remote 203.0.113.2 ttl 64 || true
    up ip addr add 10.1.12.38 peer 10.1.12.37/30 dev $IFACE
    up ip link set $IFACE mtu 1476 up
    post-down ip link del $IFACE
`;
const NETDEV = `[NetDev]
Name=gre1
Kind=gre
MTUBytes=1476

[Tunnel]
Independent=yes
Local=203.0.113.1
Remote=203.0.113.2
TTL=64
`;
const NETWORK = `[Match]
Name=gre1

[Link]
Multicast=yes

[Address]
Address=10.1.12.38/30
Peer=10.1.12.37/30
`;
const NETPLAN = `network:
  version: 2
  tunnels:
    gre1:
      mode: gre
      local: 203.0.113.1
      remote: 203.0.113.2
      ttl: 64
      mtu: 1476
      addresses: [10.1.12.38/30]
`;
const KEYFILE = `[connection]
id=gre1
type=ip-tunnel
interface-name=gre1

[ip-tunnel]
mode=2
local=203.0.113.1
remote=203.0.113.2
ttl=64
mtu=1476

[ipv4]
method=manual
address1=10.1.12.38/30

[ipv6]
method=disabled
`;

type Files = readonly (readonly [string, string, number])[];
const KEYPATH = '/etc/NetworkManager/system-connections/gre1.nmconnection';
const NETWORKD: Files = [
  ['/etc/systemd/network/50-gre1.netdev', NETDEV, 0o644],
  ['/etc/systemd/network/50-gre1.network', NETWORK, 0o644],
];
const WAYS: readonly (readonly [string, string, Files])[] = [
  ['a static stanza with hooks', 'Debian 12', [['/etc/network/interfaces.d/gre1', STATIC, 0o644]]],
  ['a tunnel stanza', 'Debian 12', [['/etc/network/interfaces.d/gre1', TUNNEL, 0o644]]],
  ['a manual stanza with commands', 'Debian 12', [['/etc/network/interfaces.d/gre1', MANUAL, 0o644]]],
  ['a .netdev and a .network', 'Debian 12 networkd', NETWORKD],
  ['a keyfile', 'Debian 12 NetworkManager', [[KEYPATH, KEYFILE, 0o600]]],
  ['a netplan file', 'Ubuntu 22.04', [['/etc/netplan/60-gre1.yaml', NETPLAN, 0o600]]],
];

function rebooted(kind: string, files: Files, internet = new Internet()): { h: Rig; console: readonly string[] } {
  const h = host(kind, internet);
  for (const [path, content, mode] of files) h.system.files.write(path, content, mode);
  return { h, console: h.system.boot() };
}

describe('boot of a simulated Linux', () => {
  it('forgets a tunnel made by hand', () => {
    const h = host('Debian 12');
    tunnel(h);
    h.system.boot();
    expect(h.run('ip link show gre1').exit).toBe(1);
    expect(h.run('cat /proc/modules').stdout).not.toContain('ip_gre');
  });

  it.each(WAYS)('brings the tunnel back from %s (%s)', (_, kind, files) => {
    const net = new Internet();
    peer(net);
    const { h, console } = rebooted(kind, files, net);
    expect(console).toEqual([]);
    expect(h.run('ip link show gre1').stdout).toContain('mtu 1476');
    expect(h.run('ip -d link show gre1').stdout).toContain('remote 203.0.113.2 local 203.0.113.1 ttl 64');
    expect(h.run(PING).exit).toBe(0);
  });

  it.each(WAYS)('leaves the tunnel away without a driver: %s (%s)', (_, kind, files) => {
    const { h, console } = rebooted(`${kind} nogre`, files);
    expect(h.run('ip link show gre1').exit).toBe(1);
    expect(console.length).toBeGreaterThan(0);
    expect(h.run('ip -br addr show eth0').stdout).toContain('203.0.113.1/24');
  });

  it.each(family.kinds.map((kind) => [kind]))('gives %s its outer address and default route', (kind) => {
    const h = host(kind);
    expect(h.console).toEqual([]);
    expect(h.run('ip route get 198.51.100.7').stdout).toContain('via 203.0.113.254 dev eth0 src 203.0.113.1');
  });

  it('loads modules and settings from their files, and tells what is missing', () => {
    const { h, console } = rebooted('Debian 12', [
      ['/etc/modules-load.d/gre.conf', 'ip_gre\nno_such\n', 0o644],
      ['/etc/sysctl.d/60.conf', 'net.ipv4.ip_forward = 1\n', 0o644],
    ]);
    expect(h.run('ip link show gre0').exit).toBe(0);
    expect(h.run('sysctl -n net.ipv4.ip_forward').stdout).toBe('1\n');
    expect(console).toEqual(["systemd-modules-load: Failed to find module 'no_such'"]);
  });
});

describe('boot files that do not work', () => {
  it('never creates a netdev that is neither independent nor named by a network', () => {
    const { h } = rebooted('Debian 12 networkd', [['/etc/systemd/network/50-gre1.netdev', NETDEV.replace('Independent=yes\n', ''), 0o644]]);
    expect(h.run('ip link show gre1').exit).toBe(1);
  });

  it('ignores a keyfile that others may read', () => {
    const { h, console } = rebooted('Debian 12 NetworkManager', [[KEYPATH, KEYFILE, 0o644]]);
    expect(h.run('ip link show gre1').exit).toBe(1);
    expect(console.join('\n')).toContain('File permissions (100644) are insecure');
  });

  it('does not read a file with a dot by source-directory', () => {
    const { h } = rebooted('Debian 12', [
      ['/etc/network/interfaces', 'auto lo\niface lo inet loopback\nsource-directory /etc/network/interfaces.d\n', 0o644],
      ['/etc/network/interfaces.d/gre1.cfg', TUNNEL, 0o644],
    ]);
    expect(h.run('ip link show gre1').exit).toBe(1);
  });

  it('stops at the first failing command of a stanza and leaves the interface unconfigured', () => {
    const { h, console } = rebooted('Debian 12', [['/etc/network/interfaces.d/gre1', STATIC.replace('ttl 64', 'ttl 999'), 0o644]]);
    expect(h.run('ip link show gre1').exit).toBe(1);
    expect(console.at(-1)).toBe('networking: ifup: failed to bring up gre1');
    expect(h.run('ifquery --state gre1').exit).toBe(1);
  });

  it('writes no unit at all when one netplan file is broken', () => {
    const { h, console } = rebooted('Ubuntu 22.04', [['/etc/netplan/60-gre1.yaml', 'network: [', 0o600]]);
    expect(console[0]).toContain('/etc/netplan/60-gre1.yaml');
    expect(h.run('netplan generate').exit).toBe(1);
  });
});

describe('who owns the network', () => {
  const answers = (kind: string): Record<string, unknown> => {
    const h = host(kind);
    return {
      netplan: h.run('ls /etc/netplan').exit === 0 && h.run('command -v netplan').exit === 0,
      networkd: h.run('systemctl is-active systemd-networkd').stdout,
      nm: h.run('nmcli -t -f RUNNING general').stdout,
      ifupdown: h.run('test -f /etc/network/interfaces').exit === 0 && h.run('ifup -V').exit === 0,
    };
  };
  it.each([
    ['Debian 12', { netplan: false, networkd: 'inactive\n', nm: '', ifupdown: true }],
    ['Debian 12 networkd', { netplan: false, networkd: 'active\n', nm: '', ifupdown: false }],
    ['Debian 12 NetworkManager', { netplan: false, networkd: 'inactive\n', nm: 'running\n', ifupdown: false }],
    ['Ubuntu 22.04', { netplan: true, networkd: 'active\n', nm: '', ifupdown: false }],
  ])('comes out right on %s', (kind, expected) => {
    expect(answers(kind)).toEqual(expected);
  });

  it('makes a new netdev on networkctl reload and leaves a standing one as it is', () => {
    const h = host('Debian 12 networkd');
    for (const [path, content, mode] of NETWORKD) h.system.files.write(path, content, mode);
    expect(h.run('networkctl reload').exit).toBe(0);
    h.system.files.write('/etc/systemd/network/50-gre1.netdev', NETDEV.replace('203.0.113.2', '203.0.113.9'));
    h.run('networkctl reload');
    expect(h.run('ip tunnel show gre1').stdout).toContain('remote 203.0.113.2');
    h.run('networkctl delete gre1');
    h.run('networkctl reload');
    expect(h.run('ip tunnel show gre1').stdout).toContain('remote 203.0.113.9');
  });

  it('loads, starts and deletes a connection with nmcli', () => {
    const h = host('Debian 12 NetworkManager');
    h.system.files.write(KEYPATH, KEYFILE, 0o600);
    expect(h.run('nmcli connection up gre1')).toMatchObject({ exit: 10, stderr: "Error: unknown connection 'gre1'.\n" });
    expect(h.run(`nmcli connection load ${KEYPATH}`)).toEqual({ exit: 0, stdout: '', stderr: '' });
    expect(h.run('nmcli connection up gre1').stdout).toMatch(/^Connection successfully activated/);
    expect(h.run('ip -br addr show gre1').stdout).toContain('10.1.12.38/30');
    expect(h.run('nmcli connection delete gre1').exit).toBe(0);
    expect(h.run('ip link show gre1').exit).toBe(1);
    expect(h.system.files.get(KEYPATH)).toBeUndefined();
  });

  it('takes a stanza up and down with ifup and ifdown, each once', () => {
    const h = host('Debian 12');
    h.system.files.write('/etc/network/interfaces.d/gre1', TUNNEL);
    expect(h.run('ifup gre1').exit).toBe(0);
    expect(h.run('ifup gre1')).toMatchObject({ exit: 0, stderr: 'ifup: interface gre1 already configured\n' });
    expect(h.run('ifdown gre1').exit).toBe(0);
    expect(h.run('ip link show gre1').exit).toBe(1);
    expect(h.run('ifup gre7')).toMatchObject({ exit: 1, stderr: 'ifup: unknown interface gre7\n' });
  });

  it('refuses kinds and options that it does not know', () => {
    const made = family.make(
      { name: 'x', system: 'Debian 12 nosuch', addresses: [] },
      host('Debian 12').system.stack,
      host('Debian 12').system.files,
    );
    expect(made).toBeUndefined();
  });
});
