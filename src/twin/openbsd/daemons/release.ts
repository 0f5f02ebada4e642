/**
 * What differs between the routing daemons of the OpenBSD releases that can be simulated. Read in: usr.sbin/ospfd/parse.y 1.54 (2007), 1.75 (2013) and one of 2020 or
 * later, ospfctl.c 1.40 and 1.57, ospfctl/output.c (2020), bgpd/parse.y of about 2010, early 2019 and 2025, bgpctl.c of about 2011, 1.233 (2019), bgpctl/output.c 1.26
 * (2022), and the dates in the logs of these files: `type p2p` 2019-11-19, a changed router id ends a reload 2019-03-25, sockets by routing domain 2018-07-11,
 * checksums in a summary 2010-09-25, MTU of an interface 2016-12-05.
 */
import type { Release } from '../releases.js';
import type { Dialect } from './lexer.js';

export interface DaemonRelease {
  readonly ospf: Dialect;
  readonly bgp: Dialect;
  /** `area 1`, `type p2p`, options behind each other by line ends alone; a reload that changes the router id is refused. */
  readonly since2019: boolean;
  readonly checksums: boolean;
  readonly showsMtu: boolean;
  readonly ospfSocket: string;
  readonly bgpSocket: string;
  /** AS numbers above 65535 as 1.0. */
  readonly dottedAs: boolean;
}

export function daemonRelease({ driver }: Release): DaemonRelease {
  const [strict, current] = [driver === 'link0', driver === 'current'];
  return {
    ospf: { breaks: '', strict, named: current },
    bgp: { breaks: '<>/', strict, named: current },
    since2019: current,
    checksums: !strict,
    showsMtu: !strict,
    ospfSocket: current ? '/var/run/ospfd.sock.0' : '/var/run/ospfd.sock',
    bgpSocket: strict ? '/var/run/bgpd.sock' : '/var/run/bgpd.sock.0',
    dottedAs: strict,
  };
}
