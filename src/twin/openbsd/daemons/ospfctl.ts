/** What ospfctl and `ospfd -n` print and how they end (ospfctl.c, ospfctl/output.c, ospfd.c; names of states: ospfd/logmsg.c). In: words. Out: text and exit status. */
import { fail, ok } from '../../freebsd/result.js';
import type { CommandResult } from '../../system.js';
import { type Known, OSPFD_CONF, type Ospfd } from './ospfd.js';
import type { OspfIface } from './ospfd-conf.js';
import { commandOf, daemonWords, ended, type Table, timeframe } from './words.js';

const COMMANDS: Table = {
  reload: {},
  fib: { couple: {}, decouple: {}, reload: {} },
  show: {
    '': {},
    interfaces: { '': {}, detail: {}, NAME: {} },
    database: {
      '': {},
      area: { '': {}, ADDRESS: {} },
      asbr: {},
      external: {},
      network: {},
      router: {},
      'self-originated': {},
      summary: {},
      opaque: {},
    },
    neighbor: { '': {}, detail: {} },
    rib: { '': {}, detail: {} },
    fib: { '': {}, interface: { '': {}, NAME: {} }, ADDRESS: {} },
    summary: {},
  },
  log: { verbose: {}, brief: {} },
};

const STATES: Readonly<Record<Known['state'], string>> = { Down: 'DOWN', Init: 'INIT', ExStart: 'EXSTA', Exchange: 'EXCHG', Full: 'FULL' };

/** Lists are filled at their head (LIST_INSERT_HEAD). */
const shown = (ospfd: Ospfd): readonly OspfIface[] => [...(ospfd.config?.ifaces ?? [])].reverse();

function ifaceState(ospfd: Ospfd, iface: OspfIface): string {
  if (ospfd.upSince(iface) === undefined) return 'DOWN';
  const network = ospfd.network(iface);
  return network === 'loopback' ? 'LOOP' : network === 'point-to-point' ? 'P2P' : 'DR';
}

const seconds = (ospfd: Ospfd, since: number | undefined): number => (since === undefined ? 0 : Math.max(0, Math.floor((ospfd.now - since) / 1000)));

/** Until the next hello; undefined: none is sent. */
function helloDue(ospfd: Ospfd, iface: OspfIface): number | undefined {
  const up = ospfd.upSince(iface);
  const quiet = up === undefined || iface.passive || ospfd.network(iface) === 'loopback';
  return quiet ? undefined : iface.hello - 1 - (seconds(ospfd, up) % iface.hello);
}

function summary(ospfd: Ospfd): string {
  const { config, release } = ospfd;
  if (config === undefined) return '';
  const sum = release.checksums ? ' (Checksum sum 0x0)' : '';
  const lines = [
    `Router ID: ${ospfd.routerId()}`,
    `Uptime: ${timeframe(seconds(ospfd, ospfd.startedAt))}`,
    `RFC1583 compatibility flag is ${config.rfc1583 ? 'enabled' : 'disabled'}`,
    `SPF delay is ${config.spfDelay} msec(s), hold time between two SPFs is ${config.spfHold} msec(s)`,
    `Number of external LSA(s) 0${sum}`,
    `Number of areas attached to this router: ${config.areas.length}`,
  ];
  const areas = [...config.areas].reverse().map((area) => {
    const own = config.ifaces.filter((i) => i.area === area);
    const full = ospfd.neighbours().filter((n) => n.state === 'Full' && own.some((i) => i.name === n.interface));
    return `\nArea ID: ${area}
  Number of interfaces in this area: ${own.length}
  Number of fully adjacent neighbors in this area: ${full.length}
  SPF algorithm executed ${1 + full.length} time(s)
  Number LSA(s) ${1 + full.length}${release.checksums ? ` (Checksum sum 0x${(0x8f41 * (1 + full.length)).toString(16)})` : ''}\n`;
  });
  return `${lines.join('\n')}\n${areas.join('')}\n`;
}

function counts(ospfd: Ospfd, iface: OspfIface): readonly [all: number, adjacent: number] {
  const near = ospfd.neighbours().filter((n) => n.interface === iface.name);
  return [near.length, near.filter((n) => n.state !== 'Down' && n.state !== 'Init').length];
}

const prefixOf = (ospfd: Ospfd, { name, address }: OspfIface): number =>
  ospfd.stack.interfaces.get(name)?.addresses.find((a) => a.local === address)?.prefix ?? 0;

function interfaceRow(ospfd: Ospfd, iface: OspfIface): string {
  const due = helloDue(ospfd, iface);
  const up = timeframe(seconds(ospfd, ospfd.upSince(iface)));
  const [all, adjacent] = counts(ospfd, iface).map((n) => String(n).padStart(3));
  const net = `${iface.address}/${prefixOf(ospfd, iface)}`;
  const timer = due === undefined ? '-' : timeframe(due);
  return `${iface.name.padEnd(11)} ${net.padEnd(18)} ${ifaceState(ospfd, iface).padEnd(6)} ${timer.padEnd(10)} ${link(ospfd, iface).padEnd(10)} ${up} ${all} ${adjacent}\n`;
}

/** Ethernet is active; what a gre interface has there is recalled. */
const link = (ospfd: Ospfd, { name }: OspfIface): string => (ospfd.stack.interfaces.get(name)?.kind === 'physical' ? 'active' : 'unknown');

const TYPES = { 'point-to-point': 'POINTOPOINT', broadcast: 'BROADCAST', loopback: 'POINTOPOINT' };

function interfaceDetail(ospfd: Ospfd, iface: OspfIface): string {
  const on = ospfd.stack.interfaces.get(iface.name);
  const due = helloDue(ospfd, iface);
  const state = ifaceState(ospfd, iface);
  const [id, address] = state === 'DR' ? [ospfd.routerId(), iface.address] : ['0.0.0.0', '0.0.0.0'];
  const [all, adjacent] = counts(ospfd, iface);
  const mtu = ospfd.release.showsMtu ? `, mtu ${on?.mtu ?? 0}` : '';
  const timer = iface.passive
    ? 'Passive interface (No Hellos)'
    : due === undefined
      ? 'Hello timer not running'
      : `Hello timer due in ${timeframe(due)}+500msec`;
  return `
Interface ${iface.name}, line protocol is ${on?.up === true ? 'UP' : 'DOWN'}
  Internet address ${iface.address}/${prefixOf(ospfd, iface)}, Area ${iface.area}
  Linkstate ${link(ospfd, iface)}${mtu}
  Router ID ${ospfd.routerId()}, network type ${TYPES[ospfd.network(iface)]}, cost: ${iface.metric}
  Transmit delay is ${iface.delay} sec(s), state ${state}, priority ${iface.priority}
  Designated Router (ID) ${id}, interface address ${address}
  Backup Designated Router (ID) 0.0.0.0, interface address 0.0.0.0
  Timer intervals configured, hello ${iface.hello}, dead ${iface.dead}, wait ${iface.dead}, retransmit ${iface.rxmt}
    ${timer}
    Uptime ${timeframe(seconds(ospfd, ospfd.upSince(iface)))}
  Neighbor count is ${all}, adjacent neighbor count is ${adjacent}
`;
}

function interfaces(ospfd: Ospfd, what: string | undefined): CommandResult {
  const list = shown(ospfd);
  if (what === undefined) {
    const head = `${'Interface'.padEnd(11)} ${'Address'.padEnd(18)} ${'State'.padEnd(6)} ${'HelloTimer'.padEnd(10)} ${'Linkstate'.padEnd(10)} ${'Uptime'.padEnd(8)}  nc  ac\n`;
    return ok(`${head}${list.map((i) => interfaceRow(ospfd, i)).join('')}\n`);
  }
  if (what !== 'detail' && !ospfd.stack.interfaces.has(what)) return fail(1, `ospfctl: no such interface ${what}\n`);
  const chosen = what === 'detail' ? list : list.filter((i) => i.name === what);
  return ok(`${chosen.map((i) => interfaceDetail(ospfd, i)).join('')}\n`);
}

function neighbourRow(ospfd: Ospfd, iface: OspfIface, n: Known): string {
  const age = seconds(ospfd, n.since);
  // A neighbour that is down shows for how long.
  const timer = n.state === 'Down' ? age : iface.dead - (age % iface.hello);
  const state = `${STATES[n.state]}/${ifaceState(ospfd, iface)}`;
  const up = n.state === 'Full' && age > 0 ? timeframe(age) : '-';
  return `${n.routerId.padEnd(15)} 1   ${state.padEnd(12)} ${timeframe(timer).padEnd(9)}${n.address.padEnd(15)} ${n.interface.padEnd(9)} ${up}\n`;
}

function neighbours(ospfd: Ospfd): string {
  const known = ospfd.neighbours();
  const rows = shown(ospfd).flatMap((i) => known.filter((n) => n.interface === i.name).map((n) => neighbourRow(ospfd, i, n)));
  const head = `${'ID'.padEnd(15)} Pri ${'State'.padEnd(12)} DeadTime ${'Address'.padEnd(15)} ${'Iface'.padEnd(9)} Uptime\n`;
  return `${head}${rows.join('')}\n`;
}

export function ospfctl(ospfd: Ospfd, words: readonly string[]): CommandResult {
  const command = commandOf(COMMANDS, words);
  if ('exit' in command) return command;
  if (!ospfd.running) return fail(1, `ospfctl: connect: ${ospfd.release.ospfSocket}: No such file or directory\n`);
  const [verb, what = 'summary', which] = command;
  if (verb === 'reload') {
    // A file with errors is told to syslog alone.
    ospfd.ask();
    return ok('reload request sent.\n');
  }
  if (verb === 'show' && what === 'summary') return ok(summary(ospfd));
  if (verb === 'show' && what === 'interfaces') return interfaces(ospfd, which);
  if (verb === 'show' && what === 'neighbor' && which === undefined) return ok(neighbours(ospfd));
  return fail(1, `ospfctl: the simulation does not know ${command.join(' ')}\n`);
}

const USAGE = 'usage: ospfd [-cdnv] [-D macro=value] [-f file] [-s socket]\n';

/** `ospfd -n [-f FILE]`, and the start of the daemon without -n. */
export function ospfdCommand(ospfd: Ospfd, words: readonly string[]): CommandResult {
  const asked = daemonWords(words, OSPFD_CONF);
  if (asked === undefined) return fail(1, USAGE);
  const warning = ospfd.warning();
  if (asked.check) {
    const read = ospfd.read(asked.path, true);
    return ended('areas' in read ? [] : read, warning, 'configuration OK\n');
  }
  return ended(ospfd.running ? ['ospfd already running'] : ospfd.start(), warning, '');
}
