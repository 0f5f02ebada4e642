/**
 * What system a host is, and which playbooks can fit it.
 *
 * In: a shell on the host. Out: system, release, machine and user; the playbooks of that system and release.
 */
import { ProvisionError } from '../errors/error.js';
import type { Call, PhaseResult, PhaseRunner } from '../model/wire.js';
import { inRange } from '../playbook/release.js';
import type { Playbook } from '../playbook/schema.js';
import { textOf } from './bytes.js';

export interface Identity {
  readonly system: string;
  readonly release: string;
  readonly machine: string;
  readonly uid: number;
}

/** @throws {ProvisionError} SSH_LOST if the connection went away. */
export function needAll(host: string, result: PhaseResult): PhaseResult {
  if (result.status !== 'cut') return result;
  throw new ProvisionError('SSH_LOST', `The connection to ${host} was lost.`, { host, why: result.why });
}

export async function identify(runner: PhaseRunner, host: string): Promise<Identity> {
  const calls: Call[] = [
    { verb: 'probe', id: 'uname', words: ['uname', '-srm'] },
    { verb: 'probe', id: 'id', words: ['id', '-u'] },
  ];
  const { records } = needAll(host, await runner.run(calls));
  const said = textOf(records.get('uname')?.stdout ?? new Uint8Array());
  const [system, release, machine] = said.trim().split(/\s+/);
  if (system === undefined || release === undefined || system === '') {
    throw new ProvisionError('SYSTEM_UNKNOWN', `${host} does not say what system it is.`, {
      host,
      why: `uname -srm answered: ${said.trim() || 'nothing'}`,
      state: 'Nothing was changed.',
    });
  }
  const uid = Number.parseInt(textOf(records.get('id')?.stdout ?? new Uint8Array()).trim(), 10);
  return { system, release, machine: machine ?? '', uid: Number.isNaN(uid) ? -1 : uid };
}

export function candidatesFor(playbooks: readonly Playbook[], kind: string, identity: Identity, host: string): Playbook[] {
  const fits = playbooks.filter((p) => p.kind === kind && p.system === identity.system && inRange(identity.release, p.release));
  if (fits.length > 0) return fits;
  const known = [...new Set(playbooks.map((p) => `${p.system} ${p.release}`.trim()))].join(', ');
  throw new ProvisionError('SYSTEM_UNKNOWN', `No playbook fits ${host}, which is ${identity.system} ${identity.release}.`, {
    host,
    why: `There are playbooks for: ${known}.`,
    state: 'Nothing was changed.',
  });
}
