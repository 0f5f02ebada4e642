/** What bgpctl and `bgpd -n` print and how they end (bgpctl.c, bgpctl/output.c, bgpd.c). In: words. Out: text and exit status; a refused reload ends with 0 too. */
import { fail, ok } from '../../freebsd/result.js';
import type { CommandResult } from '../../system.js';
import { BGPD_CONF, type Bgpd } from './bgpd.js';
import type { Peer } from './bgpd-conf.js';
import { commandOf, daemonWords, ended, type Table, timeframe } from './words.js';

const COMMANDS: Table = {
  reload: {},
  show: {
    '': {},
    fib: {},
    interfaces: {},
    neighbor: { '': {}, ADDRESS: {} },
    network: {},
    nexthop: {},
    rib: {},
    tables: {},
    summary: { '': {}, terse: {} },
  },
  fib: { couple: {}, decouple: {} },
  neighbor: { ADDRESS: { up: {}, down: {}, clear: {}, refresh: {} } },
  network: {},
  log: { verbose: {}, brief: {} },
};

const asText = (bgpd: Bgpd, as: number): string => (bgpd.release.dottedAs && as > 65_535 ? `${Math.floor(as / 65_536)}.${as % 65_536}` : String(as));
const age = (bgpd: Bgpd, since: number): string => timeframe((bgpd.now - since) / 1000);

/** Messages of a session: an open and a keepalive each way at its start. */
const counted = (up: boolean): readonly [opens: number, keepalives: number] => (up ? [1, 2] : [0, 0]);

function summaryRow(bgpd: Bgpd, peer: Peer): string {
  const { state, since } = bgpd.session(peer);
  const up = state === 'Established';
  const [opens, keepalives] = counted(up);
  const as = asText(bgpd, peer.remoteAs ?? 0);
  const name = peer.descr ?? peer.address;
  const width = bgpd.release.dottedAs
    ? `${name.slice(0, 20).padEnd(20)} ${as.padStart(8)}`
    : `${name.slice(0, 28 - as.length).padEnd(28 - as.length)} ${as}`;
  const messages = String(opens + keepalives).padStart(10);
  return `${width} ${messages} ${messages} ${'0'.padStart(5)} ${(up ? age(bgpd, since) : 'Never').padEnd(8)} ${up ? '     0' : state}\n`;
}

function summary(bgpd: Bgpd): string {
  const head = `${'Neighbor'.padEnd(20)} ${'AS'.padStart(8)} ${'MsgRcvd'.padStart(10)} ${'MsgSent'.padStart(10)} ${'OutQ'.padStart(5)} Up/Down  State/PrfRcvd\n`;
  return (
    head +
    listed(bgpd)
      .map((p) => summaryRow(bgpd, p))
      .join('')
  );
}

/** Old releases keep their peers in a list that is filled at its head. */
const listed = (bgpd: Bgpd): readonly Peer[] => (bgpd.release.since2019 ? bgpd.config.peers : [...bgpd.config.peers].reverse());

function statistics(bgpd: Bgpd, up: boolean): string {
  const row = (name: string, n: number): string => `  ${name.padEnd(15)} ${String(n).padStart(10)} ${String(n).padStart(10)}\n`;
  const head = `  ${' '.repeat(15)} ${'Sent'.padEnd(10)} ${'Received'.padEnd(10)}\n`;
  const [opens, keepalives] = counted(up);
  const messages = row('Opens', opens) + row('Notifications', 0) + row('Updates', 0) + row('Keepalives', keepalives) + row('Route Refresh', 0);
  const prefixes = bgpd.release.since2019 ? row('Prefixes', 0) : '';
  const refresh = bgpd.release.since2019
    ? `  Route Refresh statistics:\n${head}${row('Request', 0)}${row('Begin-of-RR', 0)}${row('End-of-RR', 0)}`
    : '';
  const updates = `${prefixes}${row('Updates', 0)}${row('Withdraws', 0)}${row('End-of-Rib', 0)}`;
  return `  Message statistics:\n${head}${messages}${row('Total', opens + keepalives)}\n  Update statistics:\n${head}${updates}${refresh.replace(head, '')}`;
}

function neighbour(bgpd: Bgpd, peer: Peer): string {
  const { state, since } = bgpd.session(peer);
  const up = state === 'Established';
  const { since2019 } = bgpd.release;
  const hold = up ? (peer.hold ?? bgpd.config.hold) : 0;
  // Up to 2019 the line of the version stands there without a session too, with 0.0.0.0.
  const version = up || !since2019 ? `  BGP version 4, remote router-id ${up ? bgpd.remoteId(peer) : '0.0.0.0'}\n` : '';
  const read = up ? timeframe(((bgpd.now - since) / 1000) % Math.max(1, hold / 3)) : 'Never';
  const capabilities = up
    ? `  Neighbor capabilities:\n    Multiprotocol extensions: IPv4 unicast\n${since2019 ? '    4-byte AS numbers\n    Route Refresh\n' : '    Route Refresh\n    4-byte AS numbers\n'}`
    : '';
  const ends = up
    ? `  Local host:  ${(bgpd.source(peer) ?? '').padStart(20)}, Local port:  ${'179'.padStart(5)}\n  Remote host: ${peer.address.padStart(20)}, Remote port: ${'21053'.padStart(5)}\n\n`
    : '';
  return `BGP neighbor is ${peer.address}, remote AS ${asText(bgpd, peer.remoteAs ?? 0)}
${peer.descr === undefined ? '' : ` Description: ${peer.descr}\n`}${version}  BGP state = ${state}${peer.down && since2019 ? ', marked down' : ''}${up ? `, up for ${age(bgpd, since)}` : ''}
  Last read ${read}, holdtime ${hold}s, keepalive interval ${Math.floor(hold / 3)}s
${since2019 ? `  Last write ${read}\n` : ''}${capabilities}
${statistics(bgpd, up)}
${ends}`;
}

export function bgpctl(bgpd: Bgpd, words: readonly string[]): CommandResult {
  const command = commandOf(COMMANDS, words);
  if ('exit' in command) return command;
  if (!bgpd.running) return fail(1, `bgpctl: connect: ${bgpd.release.bgpSocket}: No such file or directory\n`);
  const [verb, what = 'summary', which] = command;
  if (verb === 'reload') return ok(`reload request sent.\n${bgpd.reload() ? 'request processed' : 'config file has errors, reload failed'}\n`);
  if (verb === 'show' && what === 'summary' && which === undefined) return ok(summary(bgpd));
  if (verb === 'show' && what === 'neighbor') {
    const chosen = listed(bgpd).filter((p) => which === undefined || p.address === which);
    return ok(which !== undefined && chosen.length === 0 ? 'no such neighbor\n' : chosen.map((p) => neighbour(bgpd, p)).join(''));
  }
  return fail(1, `bgpctl: the simulation does not know ${command.join(' ')}\n`);
}

const USAGE = 'usage: bgpd [-cdnv] [-D macro=value] [-f file]\n';

/** `bgpd -n [-f FILE]`, and the start of the daemon without -n. */
export function bgpdCommand(bgpd: Bgpd, words: readonly string[]): CommandResult {
  const asked = daemonWords(words, BGPD_CONF);
  if (asked === undefined) return fail(1, USAGE);
  if (asked.check) {
    const read = bgpd.read(asked.path);
    return ended('peers' in read ? [] : read, '', 'configuration OK\n');
  }
  return ended(bgpd.running ? ['bgpd already running'] : bgpd.start(), '', '');
}
