/**
 * Tunnels as an administrator of each system makes them by hand: boot files in the way of its manual, which a reboot turns into a tunnel.
 *
 * Sources: rc.conf(5) and gre(4) of FreeBSD; ifconfig.if(5) of NetBSD; hostname.if(5) of OpenBSD; interfaces(5), systemd.netdev(5), netplan(5),
 * nm-settings-keyfile(5); the guide for NetBSD 1.5 and FreeBSD 4.5.
 */
import type { TwinHost } from '../../src/twin/host.js';

export interface Pair {
  readonly outer: readonly [string, string];
  readonly inner: readonly [string, string];
}

/** Appended to what is there (shared files) or written whole; `mode` of a whole file. */
export type HandFile = readonly [path: string, text: string, mode?: number];

type Recipe = (pair: Pair) => readonly HandFile[];

const MASK = '255.255.255.252';

const freebsd: Recipe = ({ outer: [a, b], inner: [x, y] }) => [
  [
    '/etc/rc.conf',
    `# the tunnel to the other site\ncloned_interfaces="gre1"\nifconfig_gre1="inet ${x} ${y} netmask ${MASK} tunnel ${a} ${b} up"\nifconfig_gre1_descr="hand made"\n`,
  ],
];
const freebsdOld: Recipe = (pair) => [...freebsd(pair), ['/etc/rc.local', `/sbin/ifconfig gre1 tunnel ${pair.outer.join(' ')}\n`]];
const freebsd4: Recipe = ({ outer: [a, b], inner: [x, y] }) => [
  [
    '/usr/local/etc/rc.d/gre.sh',
    `#!/bin/sh\n[ "$1" = "start" ] || exit 0\nkldload if_gre.ko\nifconfig gre1 create\nifconfig gre1 tunnel ${a} ${b}\nifconfig gre1 mtu 1476\nifconfig gre1 inet ${x} ${y} netmask ${MASK}\nifconfig gre1 up\n`,
    0o755,
  ],
];
const netbsd: Recipe = ({ outer: [a, b], inner: [x, y] }) => [
  ['/etc/ifconfig.gre1', `create\ntunnel ${a} ${b}\ninet ${x} ${y} netmask ${MASK} up\n`],
];
const netbsdClone: Recipe = ({ outer: [a, b], inner: [x, y] }) => [
  ['/etc/ifconfig.gre1', `create\ninet ${x} ${y} netmask ${MASK} up\n!/usr/sbin/greconfig -i gre1 -s ${a} -d ${b}\n`],
];
const netbsdStatic: Recipe = ({ outer: [a, b], inner: [x, y] }) => [
  ['/etc/ifconfig.gre1', `inet ${x} ${y} netmask ${MASK} up\n`],
  ['/etc/netstart.local', `/usr/sbin/greconfig -i gre1 -s ${a} -d ${b}\n`],
];
const openbsd3: Recipe = ({ outer: [a, b], inner: [x, y] }) => [
  ['/etc/sysctl.conf', 'net.inet.gre.allow=1\n'],
  ['/etc/hostname.gre1', `inet ${x} ${MASK} NONE\ndest ${y}\ninet alias ${a} 255.255.255.255 NONE\ndest ${b}\n!route delete -host ${b}\n`, 0o640],
];
const openbsd: Recipe = ({ outer: [a, b], inner: [x, y] }) => [
  ['/etc/sysctl.conf', 'net.inet.gre.allow=1\n'],
  ['/etc/hostname.gre1', `# to the other site\ntunnel ${a} ${b}\ninet ${x} ${MASK}\ndest ${y}\nup\n`, 0o640],
];
const ifupdownTunnel: Recipe = ({ outer: [a, b], inner: [x, y] }) => [
  [
    '/etc/network/interfaces',
    `\nauto gre1\niface gre1 inet tunnel\n    address ${x}\n    netmask ${MASK}\n    dstaddr ${y}\n    mode gre\n    endpoint ${b}\n    local ${a}\n    ttl 255\n    mtu 1476\n`,
  ],
];
const ifupdownStatic: Recipe = ({ outer: [a, b], inner: [x, y] }) => [
  [
    '/etc/network/interfaces.d/gre1',
    `auto gre1\niface gre1 inet static\n    address ${x}\n    netmask ${MASK}\n    pointopoint ${y}\n    pre-up ip tunnel add $IFACE mode gre local ${a} remote ${b} ttl 255\n    up ip link set $IFACE mtu 1476 multicast on\n    post-down ip tunnel del $IFACE\n`,
    0o644,
  ],
];
const ifupdownManual: Recipe = ({ outer: [a, b], inner: [x] }) => [
  [
    '/etc/network/interfaces.d/gre1',
    `auto gre1\niface gre1 inet manual\n  pre-up ip link add gre1 type gre remote ${b} local ${a} ttl 255\n  up ip addr add ${x}/30 dev gre1\n  up ip link set gre1 up\n  post-down ip link del gre1\n`,
    0o644,
  ],
];
const networkd: Recipe = ({ outer: [a, b], inner: [x, y] }) => [
  ['/etc/systemd/network/20-site.netdev', `[NetDev]\nName=gre1\nKind=gre\n\n[Tunnel]\nIndependent=yes\nLocal=${a}\nRemote=${b}\nTTL=255\n`, 0o644],
  ['/etc/systemd/network/20-site.network', `[Match]\nName=gre1\n\n[Address]\nAddress=${x}/30\nPeer=${y}/30\n`, 0o644],
];
const netplan: Recipe = ({ outer: [a, b], inner: [x] }) => [
  [
    '/etc/netplan/70-site.yaml',
    `network:\n  version: 2\n  tunnels:\n    gre1:\n      mode: gre\n      local: ${a}\n      remote: ${b}\n      ttl: 255\n      addresses: [${x}/30]\n`,
    0o600,
  ],
];
const keyfile: Recipe = ({ outer: [a, b], inner: [x] }) => [
  [
    '/etc/NetworkManager/system-connections/gre1.nmconnection',
    `[connection]\nid=gre1\nuuid=00000000-0000-4000-8000-000000000001\ntype=ip-tunnel\ninterface-name=gre1\n\n[ip-tunnel]\nlocal=${a}\nmode=2\nremote=${b}\nttl=255\nmtu=1476\n\n[ipv4]\naddress1=${x}/30\nmethod=manual\n\n[ipv6]\nmethod=disabled\n`,
    0o600,
  ],
];

/** Every way, with the kinds of simulated host that it is for. */
export const WAYS: readonly (readonly [name: string, kinds: RegExp, recipe: Recipe])[] = [
  ['rc.conf', /^FreeBSD 1[1-5]/, freebsd],
  ['rc.conf and rc.local', /^FreeBSD (4\.11|5|6|8|9|10)/, freebsdOld],
  ['a script in rc.d', /^FreeBSD 4\.5/, freebsd4],
  ['ifconfig.gre1', /^NetBSD ([2-9]|10)/, netbsd],
  ['ifconfig.gre1 with greconfig', /^NetBSD 1\.6/, netbsdClone],
  ['ifconfig.gre1 and netstart.local', /^NetBSD 1\.[45]/, netbsdStatic],
  ['hostname.gre1, outer pair as an alias', /^OpenBSD 3/, openbsd3],
  ['hostname.gre1', /^OpenBSD [4-7]/, openbsd],
  ['interfaces, method tunnel', /^Debian 12( builtin| loaded| frr| bird| iptables)?$/, ifupdownTunnel],
  ['interfaces.d, method static', /^Debian 12$/, ifupdownStatic],
  ['interfaces.d, method manual', /^Debian 12$/, ifupdownManual],
  ['.netdev and .network', /^Debian 12 networkd$/, networkd],
  ['netplan', /^Ubuntu/, netplan],
  ['a keyfile', /NetworkManager$/, keyfile],
];

/** The first way that a kind of host has. */
export function wayFor(kind: string): Recipe {
  const found = WAYS.find(([, kinds]) => kinds.test(kind));
  if (found === undefined) throw new Error(`no way for ${kind}`);
  return found[2];
}

/** Writes the files and boots the host, as its administrator would to see whether it lasts. */
export function makeByHand(host: TwinHost, recipe: Recipe, pair: Pair): void {
  const { files } = host.system;
  for (const [path, text, mode] of recipe(pair)) {
    if (mode === undefined) files.write(path, `${files.read(path) ?? ''}${text}`);
    else files.write(path, text, mode);
  }
  host.reboot();
}

export const LEFT: Pair = { outer: ['203.0.113.1', '203.0.113.2'], inner: ['10.1.12.37', '10.1.12.38'] };
export const RIGHT: Pair = { outer: ['203.0.113.2', '203.0.113.1'], inner: ['10.1.12.38', '10.1.12.37'] };
