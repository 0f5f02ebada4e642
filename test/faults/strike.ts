/**
 * Lets one fault strike at one call of the wire program.
 *
 * In: a stand and a case. Out: hosts that ask us at every call; whether the fault has struck, and whether the commit window was open then.
 */
import { setImmediate as turn } from 'node:timers/promises';
import type { TwinHost } from '../../src/twin/host.js';
import type { FaultCase, Sent, Side, When } from './cases.js';
import { SIDES, type Stand } from './stand.js';

type OnCall = TwinHost['faults']['onCall'];
type Fate = Awaited<ReturnType<OnCall>>;

/** Verbs by which the ends agree, and what follows on that. Staged files are in nobody's way. */
const COMMITTING = new Set(['agree', 'settle', 'disarm']);

const isJoin = (call: { readonly verb: string; readonly words: readonly string[] }, mode: string): boolean =>
  call.verb === 'join' && call.words.at(-1) === mode;

/** From the first such call on the two ends can't be held together by anything but a second run: what is left may be `split`. */
export const inCommitWindow = (call: { readonly verb: string }): boolean => COMMITTING.has(call.verb);

/** What the hosts were asked from the moment somebody said yes. */
export interface Watched {
  readonly calls: readonly Sent[];
  /** Given to the run as `confirm`: only what is sent after the plan counts. */
  readonly confirm: () => Promise<boolean>;
  struck: boolean;
  /** Whether a call of the commit window had been reached, on either end, when the fault struck. */
  inWindow: boolean;
}

/** The other end is struck in the phase that it is in; a shell that is opened later is not meant. */
interface Pending {
  readonly fate: Fate;
  readonly shells: number;
  readonly fired: number;
}

export function watch(stand: Stand, wanted?: FaultCase): Watched {
  const calls: Sent[] = [];
  const pending = new Map<Side, Pending>();
  let counting = false;
  let window = false;
  let staged = false;
  const watched: Watched = {
    calls,
    struck: false,
    inWindow: false,
    confirm: () => {
      counting = true;
      return Promise.resolve(true);
    },
  };
  const strike = (side: Side): Fate => {
    watched.struck = true;
    watched.inWindow = window;
    return wanted === undefined ? 'go' : befall(stand, wanted, side, pending);
  };
  for (const side of SIDES) {
    let index = -1;
    stand.hosts[side].faults.onCall = async (call, when): Promise<Fate> => {
      if (!counting) return 'go';
      // Both ends get on side by side, so that one can be met in the middle of a phase when the other is struck.
      await turn();
      const waiting = pending.get(side);
      pending.delete(side);
      if (waiting !== undefined && stillIn(stand.hosts[side], waiting)) return waiting.fate;
      if (watched.struck) return 'go';
      if (when === 'before') {
        index += 1;
        const { verb, id } = call;
        calls.push({ side, index, verb, id });
        // What joins after the files are staged comes to agree, on both ends at the same moment.
        window ||= inCommitWindow({ verb }) || (staged && isJoin(call, 'now'));
        staged ||= isJoin(call, 'staged');
      }
      return isHere(wanted, side, index, when) ? strike(side) : 'go';
    };
  }
  return watched;
}

function isHere(wanted: FaultCase | undefined, side: Side, index: number, when: When): boolean {
  return wanted !== undefined && wanted.at.side === side && wanted.at.index === index && wanted.when === when;
}

/** Not a new shell, and not the guard, which nobody sent. */
function stillIn(host: TwinHost, waiting: Pending): boolean {
  return host.connections.shells === waiting.shells && host.guards.fired.length === waiting.fired;
}

const FATES: Readonly<Record<FaultCase['fault'], Fate>> = {
  killed: 'cut',
  cut: 'cut',
  'cut off': 'cut',
  power: 'power',
  refused: 'refuse',
  disk: 'go',
  hang: 'hang',
  // No simulated system reads a clock that matters to a tunnel: it must simply end well.
  clock: 'go',
};

function befall(stand: Stand, wanted: FaultCase, side: Side, pending: Map<Side, Pending>): Fate {
  const { fault } = wanted;
  const other: Side = side === 'left' ? 'right' : 'left';
  const fate = FATES[fault];
  const met = fault === 'killed' || wanted.both ? [side, other] : [side];
  for (const name of met) {
    const host = stand.hosts[name];
    if (fault === 'killed' || fault === 'cut off') host.faults.deaf = true;
    if (fault === 'disk') host.system.files.freeBytes = 0;
  }
  if (met.length === 1 || fate === 'go') return fate;
  const host = stand.hosts[other];
  pending.set(other, { fate: fate === 'power' ? 'cut' : fate, shells: host.connections.shells, fired: host.guards.fired.length });
  if (fate === 'cut' || fate === 'power') host.lose(fate === 'power', `${fault} at a call of ${side}`);
  return fate;
}

/** The run is over: what keeps the controller out, or the disk full, goes on only as long as it is told. */
export function endStrike(stand: Stand, what: 'disk' | 'all'): void {
  for (const side of SIDES) {
    const { faults, system } = stand.hosts[side];
    system.files.freeBytes = Number.POSITIVE_INFINITY;
    faults.onCall = () => 'go';
    if (what === 'all') faults.deaf = false;
  }
}
