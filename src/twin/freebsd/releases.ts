/**
 * What differs between the FreeBSD releases that can be simulated. Sources: os-facts.md 0.3, 1, 2, 12, 13.4 and freebsd-src
 * sbin/ifconfig/ifconfig.c as cited beside each trait.
 */
import type { PingDialect } from './ping.js';
import type { RouteDialect } from './route.js';

export interface Release {
  /** As in the inventory: `FreeBSD 4.5`. */
  readonly kind: string;
  /** `uname -r`. */
  readonly name: string;
  readonly machine: 'i386' | 'amd64';
  readonly major: number;
  /** Gre driver: the module of third parties of 2002, the first one in base (to 10), the rewritten one. */
  readonly driver: 'third-party' | 'base' | 'rewritten';
  readonly modulePath: string;
  readonly physical: string;
  /** `ifconfig NAME …` loads if_NAME by itself, whatever the rest says, unless -n (ifmaybeload in main()). */
  readonly autoload: boolean;
  /** What `create` says of an interface that is there. */
  readonly createTwice: 'siocifcreate' | 'host-name' | 'already-exists';
  /** Whether a refused mtu only warns. */
  readonly mtuSilent: boolean;
  readonly selfRoute: boolean;
  readonly groups: boolean;
  readonly description: boolean;
  readonly kldstatQuiet: boolean;
  readonly kldloadExists: string;
  readonly kldList: boolean;
  readonly sysrc: boolean;
  readonly hasService: boolean;
  /** pf came with 5.3. */
  readonly hasPf: boolean;
  readonly ping: PingDialect;
  readonly route: RouteDialect;
}

const GET_OLD = ' recvpipe  sendpipe  ssthresh  rtt,msec    rttvar  hopcount      mtu     expire';
const GET_NEW = ' recvpipe  sendpipe  ssthresh  rtt,msec    mtu        weight    expire';

function pingDialect(major: number, minor: number): PingDialect {
  const late = major > 4 || minor >= 8;
  const valued: Record<string, PingDialect['valued'][string]> = { c: 'count', t: 'deadline', s: 'size', S: 'source', m: 'ttl', i: 'ignored' };
  Object.assign(valued, { l: 'ignored', p: 'ignored', I: 'ignored', T: 'ignored', z: 'ignored' });
  if (major > 6 || (major === 6 && minor >= 2)) valued.W = 'waitMs';
  return {
    valued,
    bare: late ? 'nqvodfrQRaAD' : 'nqvdfrQRaA',
    noReplyExit: 2,
    usageExit: 64,
    sendCall: 'sendto',
    lossDigits: major >= 7 ? 1 : 0,
    deviation: 'stddev',
    wrote: false,
    usage: 'usage: ping [-AaDdfnoQqRrv] [-c count] [-i wait] [-m ttl] [-S src_addr] [-s packetsize] [-t timeout] host\n',
  };
}

/** Known releases; `undefined` for any other text. */
export function releaseOf(kind: string): Release | undefined {
  const match = /^FreeBSD (4\.5|4\.11|5\.5|6\.4|8\.4|9\.3|10\.4|11\.4|12\.4|13\.2|14\.1|15\.0)$/.exec(kind);
  const number = match?.[1];
  if (number === undefined) return undefined;
  const [major = 0, minor = 0] = number.split('.').map(Number);
  return {
    kind,
    name: `${number}-RELEASE`,
    machine: major < 8 ? 'i386' : 'amd64',
    major,
    driver: number === '4.5' ? 'third-party' : major < 11 ? 'base' : 'rewritten',
    modulePath: major < 5 ? '/modules' : '/boot/kernel',
    physical: major < 8 ? 'fxp0' : major < 13 ? 'em0' : 'vtnet0',
    // 4.5: the guide loads the module by hand, so its ifconfig is taken not to.
    autoload: number !== '4.5',
    // freebsd-src ifconfig.c of 2002/03 creates before it looks whether the name is there; later ones look first.
    createTwice: major < 5 ? 'siocifcreate' : major < 11 ? 'host-name' : 'already-exists',
    mtuSilent: major <= 12,
    selfRoute: major >= 8,
    groups: major >= 11,
    description: major >= 8,
    kldstatQuiet: major >= 5,
    kldloadExists: major >= 9 ? 'module already loaded or in kernel' : 'File exists',
    kldList: major >= 10,
    sysrc: major >= 10 || number === '9.3',
    hasService: major >= 8,
    hasPf: major >= 5,
    ping: pingDialect(major, minor),
    route: {
      exists: major >= 8 ? 'route already in table' : 'File exists',
      failureExit: major >= 8 ? 1 : 0,
      getHeading: major >= 8 ? GET_NEW : GET_OLD,
    },
  };
}

export const KINDS = ['4.5', '4.11', '5.5', '6.4', '8.4', '9.3', '10.4', '11.4', '12.4', '13.2', '14.1', '15.0'].map((r) => `FreeBSD ${r}`);
