/**
 * What differs between the OpenBSD releases that can be simulated. Sources: os-facts.md 5, 12; OpenBSD sys/net/if_gre.c 1.3 (2000),
 * 1.42 (2007) and later, sbin/ifconfig/ifconfig.c 1.27 (2000); docs/twin-openbsd3.md for the oldest one.
 */
import type { PingDialect } from '../freebsd/ping.js';
import type { RouteDialect } from '../freebsd/route.js';
import type { PfDialect } from '../pf/rule.js';

export interface Release {
  /** `uname -r`. */
  readonly name: string;
  readonly machine: 'i386' | 'amd64';
  /** static: the units are compiled in and ifconfig's addresses are the outer pair too. */
  readonly driver: 'static' | 'link0' | 'early-2018' | 'current';
  readonly defaultMtu: number;
  /** With net.inet.gre.allow=0 the old drivers refuse a packet (EACCES); the new ones throw it away in silence. */
  readonly refusesLoudly: boolean;
  readonly selfRoute: boolean;
  /** sysctl needs -w to set. */
  readonly needsW: boolean;
  readonly ping: PingDialect;
  readonly route: RouteDialect;
  readonly pf: PfDialect;
  /** /etc/pf.conf as installed, without its comments (recalled). */
  readonly pfConf: string;
}

const PF_CONF_30 = '#\t$OpenBSD: pf.conf,v 1.2 2001/06/26 22:58:31 smart Exp $\n#\n# pass all packets in and out\npass in all\npass out all\n';
const PF_CONF_48 = 'set skip on lo\n\npass\t\t# to establish keep-state\n\nblock in on ! lo0 proto tcp to port 6000:6010\n';
const PF_CONF =
  'set skip on lo\n\nblock return\t# block stateless traffic\npass\t\t# establish keep-state\n\nblock return in on ! lo0 proto tcp to port 6000:6010\n';

const GET_HEADING = '     use       mtu    expire';

function pingDialect(recent: boolean): PingDialect {
  return {
    valued: { c: 'count', w: 'waitSeconds', s: 'size', I: 'source', t: 'ttl', i: 'ignored', l: 'ignored', p: 'ignored', T: 'ignored', V: 'ignored' },
    bare: 'nqvdfDEeHLRr',
    noReplyExit: 1,
    usageExit: 1,
    sendCall: recent ? 'sendmsg' : 'sendto',
    lossDigits: 1,
    deviation: 'std-dev',
    wrote: true,
    usage: 'usage: ping [-DdEefHLnqRv] [-c count] [-I sourceaddr] [-i interval] [-s packetsize] [-t ttl] [-w maxwait] host\n',
  };
}

/** Known releases; `undefined` for any other text. */
export function releaseOf(number: string): Release | undefined {
  const drivers: Readonly<Record<string, Release['driver']>> = { '3.0': 'static', '4.8': 'link0', '6.3': 'early-2018', '7.5': 'current' };
  const driver = Object.hasOwn(drivers, number) ? drivers[number] : undefined;
  if (driver === undefined) return undefined;
  const old = driver === 'static' || driver === 'link0';
  return {
    name: number,
    machine: old ? 'i386' : 'amd64',
    driver,
    defaultMtu: driver === 'static' ? 1450 : 1476,
    refusesLoudly: old,
    selfRoute: !old,
    needsW: driver === 'static',
    // That 4.8 still printed an ordinary `keep state` is recalled.
    pf: { numbered: driver === 'static', statefulByDefault: driver !== 'static', printsKeepState: old, scrubOption: driver !== 'static' },
    pfConf: driver === 'static' ? PF_CONF_30 : old ? PF_CONF_48 : PF_CONF,
    ping: pingDialect(!old),
    route: { exists: 'File exists', failureExit: driver === 'static' ? 0 : 1, getHeading: GET_HEADING },
  };
}

export const KINDS = ['OpenBSD 3.0', 'OpenBSD 4.8', 'OpenBSD 6.3', 'OpenBSD 7.5', 'OpenBSD 7.5 ospfd', 'OpenBSD 7.5 bgpd AS64512'];
