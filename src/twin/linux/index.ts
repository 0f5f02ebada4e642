/**
 * The family of simulated Linux systems: Debian 12 with ifupdown, systemd-networkd or NetworkManager, Ubuntu 22.04 with netplan.
 *
 * In: a spec such as `Debian 12 networkd nogre`. Out: a system. Options: `nogre` (no driver anywhere), `builtin` (compiled in),
 * `loaded` (loaded at boot), `frr` or `bird` (routing daemons), `iptables` (Ubuntu has it anyway), and the names of
 * the network cards if they are not eth0 alone (`vec0`, `eth0 eth1`).
 */
import type { FileTree } from '../files.js';
import type { IpStack } from '../stack.js';
import type { SimulatedSystem, SystemFamily, TwinHostSpec } from '../system.js';
import type { Kind, Manager } from './machine.js';
import { LinuxSystem } from './system.js';

const BASES: readonly (readonly [string, Kind['id'], Manager])[] = [
  ['Debian 12 networkd', 'debian', 'networkd'],
  ['Debian 12 NetworkManager', 'debian', 'NetworkManager'],
  ['Debian 12', 'debian', 'ifupdown'],
  ['Linux 6.1', 'debian', 'ifupdown'],
  ['Ubuntu 22.04', 'ubuntu', 'netplan'],
];

/** The kind that a spec names, or undefined if it is not one of ours. */
function kindOf(system: string): Kind | undefined {
  const base = BASES.find(([name]) => system === name || system.startsWith(`${name} `));
  if (base === undefined) return undefined;
  const [name, id, manager] = base;
  const options = system
    .slice(name.length)
    .split(' ')
    .filter((w) => w !== '');
  const [nic, ...moreCards] = options.filter((w) => /^(eth|vec|ens|enp)[a-z0-9]+$/.test(w));
  if (options.some((w) => w !== nic && !moreCards.includes(w) && !['nogre', 'builtin', 'loaded', 'frr', 'bird', 'iptables'].includes(w)))
    return undefined;
  return {
    id,
    manager,
    release: id === 'ubuntu' ? '5.15.0-91-generic' : '6.1.176',
    iproute: id === 'ubuntu' ? '5.15.0' : '6.1.0',
    driver: options.includes('nogre') ? 'missing' : options.includes('builtin') ? 'builtin' : 'module',
    loaded: options.includes('loaded'),
    nic: nic ?? 'eth0',
    moreCards,
    iptables: id === 'ubuntu' || options.includes('iptables'),
    frr: options.includes('frr'),
    bird: options.includes('bird'),
  };
}

export const family: SystemFamily = {
  kinds: [
    'Debian 12',
    'Debian 12 networkd',
    'Debian 12 NetworkManager',
    'Ubuntu 22.04',
    'Linux 6.1',
    'Debian 12 nogre',
    'Debian 12 builtin',
    'Debian 12 loaded',
    'Debian 12 frr',
    'Debian 12 bird',
    'Debian 12 iptables',
  ],
  make: (spec: TwinHostSpec, stack: IpStack, files: FileTree): SimulatedSystem | undefined => {
    const kind = kindOf(spec.system);
    return kind === undefined ? undefined : new LinuxSystem(spec, kind, stack, files);
  },
};
