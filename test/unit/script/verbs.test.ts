/**
 * The verbs of the prelude in every shell that is installed: the contract, and what only a real shell can show.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openSession, type Session } from '../../../src/script/session.js';
import { type ContractCase, contractCases } from './contract.js';
import { Room } from './room.js';
import { isInstalled, type LocalShell, SHELLS, startShell } from './shell.js';

async function check(session: Session, room: Room, one: ContractCase): Promise<void> {
  room.reset();
  for (const [path, state] of Object.entries(one.before)) room.set(path, state);
  const result = await session.run(one.calls);
  expect(result.status).toBe(one.status);
  if (result.status === 'failed') expect(result.id).toBe(one.failedId);
  expect([...result.records.keys()]).toEqual(one.records.map((record) => record.id));
  for (const wanted of one.records) {
    const got = result.records.get(wanted.id);
    expect({ exit: got?.exit, changed: got?.changed, matched: got?.matched, id: got?.id }).toEqual({
      exit: wanted.exit,
      changed: wanted.changed,
      matched: wanted.matched,
      id: wanted.id,
    });
    if (wanted.stdout !== undefined) expect(Buffer.from(got?.stdout ?? []).toString('latin1')).toBe(wanted.stdout);
    if (wanted.stderr !== undefined) expect((got?.stderrTotal ?? 0) === 0 ? 'empty' : 'some').toBe(wanted.stderr);
  }
  for (const [path, state] of Object.entries(one.after)) expect(room.get(path, state)).toEqual(state);
  expect(room.strays(Object.keys({ ...one.before, ...one.after }))).toEqual([]);
}

for (const kind of SHELLS) {
  describe.skipIf(!isInstalled(kind))(`verbs in ${kind.name}${isInstalled(kind) ? '' : ' (not installed)'}`, () => {
    const room = new Room();
    let shell: LocalShell;
    let session: Session;
    beforeAll(async () => {
      shell = startShell(kind);
      session = await openSession(shell, { root: room.root, path: room.path });
    });
    afterAll(async () => {
      await session.close();
      room.remove();
      expect(shell.stderr()).toBe('');
    });
    it.each(contractCases().map((one) => [one.name, one] as const))('%s', (_name, one) => check(session, room, one));
  });
}
