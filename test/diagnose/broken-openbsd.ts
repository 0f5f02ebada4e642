/** Set-ups with OpenOSPFD and OpenBGPD that do not work, each with the cause that a diagnosis has to name first: broken by their own files and commands, and by pf. */
import type { Rig } from '../twin/rig.js';
import { type Broken, on } from './broken.js';

type End = 'left' | 'right';

const OSPFD = ['OpenBSD 7.5 ospfd', 'OpenBSD 7.5 ospfd'] as const;
const OLD = ['OpenBSD 4.8 ospfd', 'OpenBSD 6.3 ospfd'] as const;
const MIXED = ['OpenBSD 7.5 ospfd', 'Debian 12 frr'] as const;
const BIRD = ['OpenBSD 7.5 ospfd', 'Debian 12 bird'] as const;
const BIRD_FILE = '/etc/bird/provision-0.0.0.0-gre1.conf';
const OSPF = '    ospf: { area: 0 }';

/** Another line in what we wrote, as a person would change it. @param told - The commands that take it up. */
const changed = (rig: Rig, end: End, path: string, [from, to]: readonly [string, string], told: readonly string[]): void => {
  const { files } = rig.host(end).system;
  const text = files.read(path) ?? '';
  if (!text.includes(from)) throw new Error(`no ${from} in ${text}`);
  files.write(path, text.replace(from, to), files.get(path)?.mode);
  for (const line of told) on(rig.host(end), line);
};

const edited =
  (end: End, from: string, to: string, daemon: 'ospfd' | 'bgpd' = 'ospfd') =>
  (rig: Rig): void =>
    changed(rig, end, `/etc/${daemon}.conf`, [from, to], [`${daemon} -n -f /etc/${daemon}.conf`, `${daemon.replace('d', 'ctl')} reload`, 'sleep 1']);

const bird =
  (from: string, to: string) =>
  (rig: Rig): void =>
    changed(rig, 'right', BIRD_FILE, [from, to], ['birdc configure']);

/** pf begins with these rules, and keeps no state from before. */
const pf =
  (end: End, ...rules: readonly string[]) =>
  (rig: Rig): void => {
    rig.host(end).system.files.write('/etc/pf.conf', `${rules.join('\n')}\n`, 0o600);
    for (const line of ['pfctl -f /etc/pf.conf', 'pfctl -F states']) on(rig.host(end), line);
  };

const right =
  (line: string) =>
  (rig: Rig): void =>
    on(rig.host('right'), line);

export const BROKEN_OPENBSD: readonly Broken[] = [
  { name: 'OSPF: the MTU of one end is another', pair: OSPFD, extra: OSPF, code: 'ospf-mtu', fixes: true, break: right('ifconfig gre1 mtu 1400') },
  { name: 'OSPF: the MTU of one end is another', pair: OLD, extra: OSPF, code: 'ospf-mtu', fixes: true, break: right('ifconfig gre1 mtu 1400') },
  { name: 'OSPF: the MTU of one end is another', pair: MIXED, extra: OSPF, code: 'ospf-mtu', fixes: true, break: right('ip link set gre1 mtu 1400') },
  {
    name: 'OSPF: one end is in another area',
    pair: OSPFD,
    extra: OSPF,
    code: 'ospf-area',
    host: 'right',
    fixes: true,
    break: edited('right', 'area 0.0.0.0', 'area 0.0.0.7'),
  },
  {
    name: 'OSPF: the timers of one end are others',
    pair: OLD,
    extra: OSPF,
    code: 'ospf-timers',
    host: 'left',
    fixes: true,
    break: edited('left', 'hello-interval 10', 'hello-interval 3'),
  },
  {
    name: 'OSPF: one end waits another time',
    pair: MIXED,
    extra: OSPF,
    code: 'ospf-timers',
    host: 'left',
    fixes: true,
    break: edited('left', 'router-dead-time 40', 'router-dead-time 30'),
  },
  {
    name: 'OSPF: one end is passive',
    pair: OSPFD,
    extra: OSPF,
    code: 'ospf-off',
    host: 'left',
    fixes: true,
    break: edited('left', 'router-dead-time 40', 'router-dead-time 40\n\t\tpassive'),
  },
  {
    name: 'OSPF: one end has not the interface',
    pair: MIXED,
    extra: OSPF,
    code: 'ospf-off',
    host: 'left',
    fixes: true,
    break: edited('left', 'area 0.0.0.0 {\n\tinterface gre1 {\n\t\thello-interval 10\n\t\trouter-dead-time 40\n\t}\n}\n', ''),
  },
  {
    name: 'OSPF: the other end is another kind of network',
    pair: MIXED,
    extra: OSPF,
    code: 'ospf-network',
    host: 'right',
    fixes: true,
    break: right(`vtysh -c 'configure terminal' -c 'interface gre1' -c 'ip ospf network broadcast'`),
  },
  {
    name: 'OSPF: the other end copies the TTL',
    pair: MIXED,
    extra: OSPF,
    code: 'ospf-ttl',
    host: 'right',
    fixes: true,
    break: right('ip link set gre1 type gre ttl inherit'),
  },
  { name: 'OSPF: the MTU of one end is another', pair: BIRD, extra: OSPF, code: 'ospf-mtu', fixes: true, break: right('ip link set gre1 mtu 1400') },
  {
    name: 'OSPF: the other end is another kind of network',
    pair: BIRD,
    extra: OSPF,
    code: 'ospf-network',
    host: 'right',
    fixes: true,
    break: bird('type ptp', 'type bcast'),
  },
  {
    name: 'OSPF: the timers of the other end are others',
    pair: BIRD,
    extra: OSPF,
    code: 'ospf-timers',
    host: 'right',
    fixes: true,
    break: bird('hello 10', 'hello 3'),
  },
  {
    name: 'OSPF: one end is in another area',
    pair: BIRD,
    extra: OSPF,
    code: 'ospf-area',
    host: 'left',
    fixes: true,
    break: edited('left', 'area 0.0.0.0', 'area 0.0.0.7'),
  },
  {
    name: 'OSPF: pf drops its protocol',
    pair: OSPFD,
    extra: OSPF,
    code: 'ospf-filter',
    host: 'right',
    break: pf('right', 'pass', 'block drop in quick proto ospf'),
  },
  {
    name: 'OSPF: pf drops its protocol both ways',
    pair: MIXED,
    extra: OSPF,
    code: 'ospf-filter',
    host: 'left',
    break: pf('left', 'pass', 'block drop quick on gre1 proto ospf'),
  },
  {
    name: 'OSPF: pf drops multicast',
    pair: OLD,
    extra: OSPF,
    code: 'ospf-filter',
    host: 'left',
    break: pf('left', 'pass', 'block in quick from any to 224.0.0.0/4'),
  },
  {
    name: 'BGP: one end speaks from another address',
    pair: ['OpenBSD 7.5 bgpd AS64512', 'OpenBSD 7.5 bgpd AS64513'],
    extra: '    bgp: {}',
    code: 'bgp-not-up',
    break: edited('left', 'local-address 10.1.12.37', 'local-address 203.0.113.1', 'bgpd'),
  },
];
