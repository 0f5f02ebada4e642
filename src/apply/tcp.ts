/**
 * Whether TCP with full segments gets through a tunnel.
 *
 * In: a world, both ends as surveyed. Out: a check, or a warning with the reason why it could not be tried.
 * How: an SSH connection to the inner address of one end, through the sshd of the other as a jump host (direct-tcpip, RFC 4254 7.2). Its host key is the one that the host
 * has shown before, so nobody else can answer. Nothing is needed on the hosts; where sshd forwards nothing, or does not listen on that address, it is not known.
 */
import { ProvisionError } from '../errors/error.js';
import type { Check } from '../model/outcome.js';
import { openSession } from '../script/session.js';
import { connect } from '../ssh/connect.js';
import type { SshTarget } from '../ssh/endpoint.js';
import { TimedOut } from '../ssh/failure.js';
import type { Surveyed } from '../survey/survey.js';
import type { Crossing } from './cross.js';
import type { Two } from './pair.js';
import type { World } from './world.js';

/** Several full segments of any MTU. */
const BYTES = 8192;

interface Way {
  readonly target: SshTarget;
  readonly from: string;
  readonly address: string;
}

async function wayOf(world: World, from: string, to: Surveyed): Promise<Way> {
  const [near, far] = [await world.hosts.identity(from), await world.hosts.identity(to.facts.host)];
  const address = to.values.get('inner.local') ?? '';
  const jumps = [...near.target.jumps, { ...near.target, jumps: [] }];
  return { from, address, target: { ...far.target, address, jumps, knownHosts: [], strict: 'yes', pinned: [far.hostKey] } };
}

/** @returns Whether all bytes went there and came back. @throws {ProvisionError} why there is no connection to send them over. */
async function sends({ target }: Way, signal: AbortSignal | undefined): Promise<boolean> {
  const connection = await connect(target, signal);
  try {
    const session = await openSession(await connection.openShell(), { helloTimeoutMs: target.connectTimeoutMs });
    const text = 'x'.repeat(BYTES);
    const { records } = await session.run([{ verb: 'probe', id: 'tcp', words: ['echo', text] }], { timeoutMs: target.connectTimeoutMs });
    return (
      Buffer.from(records.get('tcp')?.stdout ?? [])
        .toString('latin1')
        .trim() === text
    );
  } finally {
    await connection.close();
  }
}

function check({ from, target, address }: Way, ok: boolean): Check {
  const what = ok ? `TCP carries ${BYTES} bytes each way in full segments` : 'a TCP connection opens, and what fills segments does not arrive';
  return { id: 'tcp', host: from, ok, text: `${from} to ${address}: ${what} (SSH, port ${target.port})` };
}

/** Tried from one end; from the other one where that can't be tried. */
export async function tcpThrough(world: World, found: Two<Surveyed>): Promise<Crossing> {
  if (found.some((f) => f.elsewhere === true)) return { checks: [] };
  const reasons: string[] = [];
  for (const [near, far] of [found, [found[1], found[0]]] as const) {
    const way = await wayOf(world, near.facts.host, far);
    try {
      return { checks: [check(way, await sends(way, world.options.signal))] };
    } catch (error) {
      if (!(error instanceof ProvisionError) || error.code === 'INTERRUPTED') throw error;
      const stalled = error instanceof TimedOut && error.stage !== 'tcp' && error.details.host === far.facts.host;
      // The prelude fills several segments as well.
      if (stalled || error.code === 'SSH_SHELL' || error.code === 'SSH_LOST') return { checks: [check(way, false)] };
      reasons.push([error.message, error.details.why].filter((t) => t !== undefined).join(' '));
    }
  }
  const warning = { code: 'tcp-not-tried', text: 'TCP through the tunnel could not be tried.', evidence: reasons };
  return { checks: [], warnings: [warning] };
}
