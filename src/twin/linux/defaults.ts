/** The files that a fresh simulated Linux has: os-release and the network files of its own manager. */

import { toNumber } from '../interface.js';
import { FRESH as BIRD_FRESH } from './bird/bird.js';
import { FRESH as FRR_FRESH } from './frr/frr.js';
import type { Kind, Machine } from './machine.js';
import { masked, toAddress } from './result.js';

const DEBIAN = `PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"
NAME="Debian GNU/Linux"
VERSION_ID="12"
VERSION="12 (bookworm)"
VERSION_CODENAME=bookworm
ID=debian
`;
/** As Debian's package has it. */
const NFTABLES = `#!/usr/sbin/nft -f

flush ruleset

table inet filter {
	chain input {
		type filter hook input priority filter;
	}
	chain forward {
		type filter hook forward priority filter;
	}
	chain output {
		type filter hook output priority filter;
	}
}
`;
const UBUNTU = `PRETTY_NAME="Ubuntu 22.04.3 LTS"
NAME="Ubuntu"
VERSION_ID="22.04"
VERSION="22.04.3 LTS (Jammy Jellyfish)"
VERSION_CODENAME=jammy
ID=ubuntu
ID_LIKE=debian
`;

/** Hosts stand in a /24 each, behind the router with the last address of it. */
const gatewayOf = (address: string): string => toAddress(toNumber(masked(address, 24)) + 254);

const folders: Readonly<Record<string, readonly string[]>> = {
  ifupdown: ['/etc/network', '/etc/network/interfaces.d', '/etc/network/if-up.d'],
  networkd: ['/etc/systemd/network'],
  NetworkManager: ['/etc/NetworkManager', '/etc/NetworkManager/system-connections'],
  netplan: ['/etc/netplan', '/etc/systemd/network', '/run/systemd/network'],
};

function interfacesFile(nic: string, addresses: readonly string[]): string {
  const [first, ...more] = addresses;
  const head = '# The loopback network interface\nauto lo\niface lo inet loopback\n';
  if (first === undefined) return `source /etc/network/interfaces.d/*\n\n${head}`;
  const extra = more.map((a) => `    up ip addr add ${a}/24 dev ${nic}\n`).join('');
  return `source /etc/network/interfaces.d/*\n\n${head}\n# The primary network interface\nauto ${nic}\niface ${nic} inet static\n    address ${first}/24\n    gateway ${gatewayOf(first)}\n${extra}`;
}

function networkdFile(nic: string, addresses: readonly string[]): string {
  const gateway = addresses[0] === undefined ? '' : `Gateway=${gatewayOf(addresses[0])}\n`;
  return `[Match]\nName=${nic}\n\n[Network]\n${addresses.map((a) => `Address=${a}/24\n`).join('')}${gateway}`;
}

function keyfile(nic: string, addresses: readonly string[]): string {
  const gateway = addresses[0] === undefined ? '' : `gateway=${gatewayOf(addresses[0])}\n`;
  const lines = addresses.map((a, n) => `address${n + 1}=${a}/24\n`).join('');
  return `[connection]\nid=${nic}\ntype=ethernet\ninterface-name=${nic}\n\n[ipv4]\nmethod=manual\n${lines}${gateway}\n[ipv6]\nmethod=link-local\n`;
}

function netplanFile(nic: string, addresses: readonly string[]): string {
  const route = addresses[0] === undefined ? '' : `      routes:\n        - to: default\n          via: ${gatewayOf(addresses[0])}\n`;
  const list = addresses.map((a) => `${a}/24`).join(', ');
  return `network:\n  version: 2\n  renderer: networkd\n  ethernets:\n    ${nic}:\n      addresses: [${list}]\n${route}`;
}

/** Where the manager of this kind of host keeps the addresses of the network card. */
export function ownFile({ manager, nic }: Pick<Kind, 'manager' | 'nic'>): string {
  switch (manager) {
    case 'ifupdown':
      return '/etc/network/interfaces';
    case 'networkd':
      return `/etc/systemd/network/10-${nic}.network`;
    case 'NetworkManager':
      return `/etc/NetworkManager/system-connections/${nic}.nmconnection`;
    case 'netplan':
      return '/etc/netplan/00-installer-config.yaml';
  }
}

/** Writes what is not there yet; files that a test put there first stay. */
export function writeDefaults(m: Machine): void {
  const { files, kind, spec } = m;
  // Debian and Ubuntu install cron unless somebody asks for less.
  files.addDirectory('/etc/cron.d');
  files.addDirectory('/usr/sbin');
  const put = (path: string, content: string, mode = 0o644): void => {
    if (files.get(path) === undefined) files.write(path, content, mode);
  };
  for (const folder of [
    '/etc/modules-load.d',
    '/etc/sysctl.d',
    '/etc/systemd',
    '/etc/systemd/system',
    '/etc/udev',
    '/etc/udev/rules.d',
    '/run',
    '/proc',
    '/sys',
    '/bin',
    '/usr/bin',
  ])
    files.addDirectory(folder);
  for (const folder of folders[kind.manager] ?? []) files.addDirectory(folder);
  put('/usr/sbin/cron', '', 0o755);
  put('/etc/os-release', kind.id === 'ubuntu' ? UBUNTU : DEBIAN);
  put('/etc/hostname', `${spec.name}\n`);
  put('/etc/modules', '# /etc/modules: kernel modules to load at boot time.\n');
  put('/etc/sysctl.conf', '# /etc/sysctl.conf - Configuration file for setting system variables\n');
  if (kind.frr) {
    files.addDirectory('/etc/frr');
    put('/etc/frr/daemons', 'bgpd=yes\nospfd=yes\nvtysh_enable=yes\n', 0o640);
    put('/etc/frr/frr.conf', FRR_FRESH, 0o640);
    put('/etc/frr/vtysh.conf', 'service integrated-vtysh-config\n', 0o640);
  }
  if (kind.bird) {
    files.addDirectory('/etc/bird');
    put('/etc/bird/bird.conf', BIRD_FRESH, 0o640);
  }
  put('/etc/nftables.conf', NFTABLES, 0o755);
  if (kind.loaded) put('/etc/modules-load.d/gre.conf', 'ip_gre\n');
  const { nic, manager } = kind;
  const path = ownFile(kind);
  if (manager === 'ifupdown') put(path, interfacesFile(nic, spec.addresses));
  if (manager === 'networkd') put(path, networkdFile(nic, spec.addresses));
  if (manager === 'NetworkManager') put(path, keyfile(nic, spec.addresses), 0o600);
  if (manager === 'netplan') put(path, netplanFile(nic, spec.addresses), 0o600);
}
