/** The table of faults on real kernels: one row is one test, and its name is a claim. */
import { alone, brief, cableOut, expelled, type Fault, keyGone, killed, nothing, powerLoss, refused, routeAway, userEnded } from './kinds.js';
import type { HostName, View } from './way.js';

export interface FaultCase {
  readonly name: string;
  /** How the hosts are before: no tunnel, or the tunnel as the plain view wants it. */
  readonly from: 'absent' | 'linked';
  readonly verb: 'link' | 'unlink';
  readonly view: View;
  /** What a person has changed by hand before the run. */
  readonly drift?: readonly [HostName, string];
  /** The line of the run at which the fault comes. */
  readonly at: RegExp;
  readonly fault: Fault;
  /** `either`: both ends as before or both as wanted. `split`: each end by itself (a loss of power inside the commit window, design.md section 7). */
  readonly end: 'before' | 'wanted' | 'either' | 'split';
  /** Exit of the controller, where it lives to tell. */
  readonly exit?: number;
}

const ARMING = /arming the guard/;
const CHANGING = /pair: changing/;
const CHECKING = /pair: checking/;
const BOOT = /keeping it for the next boot/;
const FILE_H1 = /h1: done \/etc\/network\/interfaces.d/;
const FILE_H2 = /h2: done \/etc\/systemd\/network/;
const step = (host: HostName, words: string): RegExp => new RegExp(`${host}: done ip ${words}`);
const ADDED = step('h1', 'link add');
const POINTED = step('h1', 'link set gre1 type gre');
const DELETED = step('h1', 'link del');
const UP = step('h1', 'link set dev gre1 up');

const link = { from: 'absent', verb: 'link', view: 'plain' } as const;
const repoint = { from: 'linked', verb: 'link', view: 'moved' } as const;
const repair = { from: 'linked', verb: 'link', view: 'plain' } as const;
const unlink = { from: 'linked', verb: 'unlink', view: 'plain' } as const;

const LINK: readonly FaultCase[] = [
  { name: 'link, killed while arming: no change', ...link, at: ARMING, fault: killed, end: 'before' },
  { name: 'link, killed as the first command is sent: no tunnel stays', ...link, at: CHANGING, fault: killed, end: 'before' },
  { name: 'link, killed after the tunnel is made: it is taken away', ...link, at: ADDED, fault: killed, end: 'before' },
  { name: 'link, killed after its address: it is taken away', ...link, at: step('h2', 'addr replace'), fault: killed, end: 'before' },
  { name: 'link, killed after it is up: it is taken away', ...link, at: UP, fault: killed, end: 'before' },
  { name: 'link, killed while pinging across: it is taken away', ...link, at: CHECKING, fault: killed, end: 'before' },
  { name: 'link, killed as boot files are written: all or nothing', ...link, at: BOOT, fault: killed, end: 'either' },
  { name: 'link, killed after the file of h1: all or nothing', ...link, at: FILE_H1, fault: killed, end: 'either' },
  { name: 'link, killed after a file of h2: all or nothing', ...link, at: FILE_H2, fault: killed, end: 'either' },
  { name: 'link, a short loss of the line does no harm', ...link, at: ADDED, fault: brief(cableOut('h1', 'h2')), end: 'wanted', exit: 0 },
  { name: 'link, cable of h1 out at its first step: both go back', ...link, at: ADDED, fault: cableOut('h1'), end: 'before' },
  { name: 'link, both cables out while pinging: both go back', ...link, at: CHECKING, fault: cableOut('h1', 'h2'), end: 'before' },
  // The phase in which both agree may be on its way before the cable is out.
  { name: 'link, cable of h2 out at the boot files: all or nothing', ...link, at: BOOT, fault: cableOut('h2'), end: 'either' },
  { name: 'link, both cables out and the controller gone', ...link, at: UP, fault: alone(cableOut('h1', 'h2')), end: 'before' },
  { name: 'link, h1 loses power at its first step: both go back', ...link, at: ADDED, fault: powerLoss('h1'), end: 'before' },
  { name: 'link, both lose power and the controller is gone', ...link, at: UP, fault: alone(powerLoss('h1', 'h2')), end: 'before' },
  { name: 'link, h1 loses power right after its boot file', ...link, at: FILE_H1, fault: alone(powerLoss('h1')), end: 'split' },
  { name: 'link, h1 takes no new connection: rolled back', ...link, at: UP, fault: refused('h1'), end: 'before', exit: 3 },
  { name: 'link, the key is no longer good on h2: rolled back', ...link, at: UP, fault: keyGone('h2'), end: 'before', exit: 3 },
  { name: 'link, h2 throws us out and lets nobody in: both go back', ...link, at: ADDED, fault: expelled('h2'), end: 'before' },
  { name: 'link, the default route of h1 is moved away', ...link, at: ADDED, fault: routeAway('h1', 'moved'), end: 'before' },
  { name: 'link, the default route of h2 is gone while pinging', ...link, at: CHECKING, fault: routeAway('h2', 'deleted'), end: 'before' },
  {
    name: 'link as sudo user, all of the user is ended: the guards fire',
    ...link,
    view: 'op',
    at: UP,
    fault: userEnded,
    end: 'before',
  },
];

const REPOINT: readonly FaultCase[] = [
  { name: 're-point, killed as the first command is sent', ...repoint, at: CHANGING, fault: killed, end: 'before' },
  { name: 're-point, killed after h1 is moved: both go back', ...repoint, at: POINTED, fault: killed, end: 'before' },
  { name: 're-point, killed while pinging across: both go back', ...repoint, at: CHECKING, fault: killed, end: 'before' },
  { name: 're-point, killed after the file of h1: all or nothing', ...repoint, at: FILE_H1, fault: killed, end: 'either' },
  { name: 're-point, cable of h1 out after it is moved', ...repoint, at: POINTED, fault: cableOut('h1'), end: 'before' },
  { name: 're-point, h1 loses power after it is moved', ...repoint, at: POINTED, fault: powerLoss('h1'), end: 'before' },
  { name: 're-point, the default route of h2 is moved away', ...repoint, at: POINTED, fault: routeAway('h2', 'moved'), end: 'before' },
  { name: 're-point, h1 takes no new connection: rolled back', ...repoint, at: POINTED, fault: refused('h1'), end: 'before', exit: 3 },
  { name: 're-point of the tunnel that carries our SSH', ...repoint, view: 'movedInner', at: CHANGING, fault: nothing, end: 'either' },
  {
    name: 're-point of the tunnel that carries our SSH, cable of h1 out',
    ...repoint,
    view: 'movedInner',
    at: CHANGING,
    fault: cableOut('h1'),
    end: 'before',
  },
  {
    name: 'MTU repair, killed',
    ...repair,
    drift: ['h1', 'ip link set gre1 mtu 1400'],
    at: step('h1', 'link set dev gre1 mtu'),
    fault: killed,
    end: 'before',
  },
  { name: 'inner repair, killed', ...repair, drift: ['h1', 'ip -4 addr flush dev gre1'], at: step('h1', 'addr add'), fault: killed, end: 'before' },
  { name: 'deleted end, killed', ...repair, drift: ['h2', 'ip link del gre1'], at: step('h2', 'link add'), fault: killed, end: 'before' },
];

const UNLINK: readonly FaultCase[] = [
  { name: 'unlink, killed as the first command is sent: the tunnel is there', ...unlink, at: CHANGING, fault: killed, end: 'before' },
  { name: 'unlink, killed after h1 is removed: the tunnel is back', ...unlink, at: DELETED, fault: killed, end: 'before' },
  { name: 'unlink, killed as boot files go: all or nothing', ...unlink, at: BOOT, fault: killed, end: 'either' },
  { name: 'unlink, killed after the file of h1: all or nothing', ...unlink, at: FILE_H1, fault: killed, end: 'either' },
  { name: 'unlink, both cables out: the tunnel is back', ...unlink, at: DELETED, fault: cableOut('h1', 'h2'), end: 'either' },
  { name: 'unlink, h2 loses power: the tunnel is back', ...unlink, at: DELETED, fault: alone(powerLoss('h2')), end: 'before' },
  { name: 'unlink, the default route of h1 is gone', ...unlink, at: DELETED, fault: routeAway('h1', 'deleted'), end: 'either' },
  { name: 'unlink, h1 throws us out and lets nobody in', ...unlink, at: DELETED, fault: expelled('h1'), end: 'either' },
  {
    name: 'unlink of the tunnel that carries our SSH: it is back',
    ...unlink,
    view: 'inner',
    at: CHANGING,
    fault: nothing,
    end: 'before',
  },
];

/** In the order in which most cases begin where the one before has ended; each kind comes early, so that a run that is ended early has met them all. */
export function faultCases(): FaultCase[] {
  const half = 12;
  return [...LINK.slice(0, half), ...REPOINT, ...UNLINK, ...LINK.slice(half)];
}
