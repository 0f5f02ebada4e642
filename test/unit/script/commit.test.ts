/**
 * The commit in two phases, in the shells that systems have as /bin/sh: staged files wait beside their places; once agreed, a host whose controller is gone asks the
 * other end and finishes or undoes.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ArmCall, Call, SettleCall } from '../../../src/model/wire.js';
import { guardScript } from '../../../src/script/guard.js';
import { openSession, type Session } from '../../../src/script/session.js';
import { Room } from './room.js';
import { isInstalled, type LocalShell, SYSTEM_SHELLS, startShell } from './shell.js';

const STATE = '/tmp/provision.pair';
const KEEP = '/tmp/keep/pair';
const RUN = 'abcdef0123456789';
const isRoot = process.getuid?.() === 0;
const bytes = (text: string): Uint8Array => Buffer.from(text, 'latin1');

const FILES: readonly Call[] = [
  { verb: 'put', id: 'new', mode: '0640', path: '/etc/new', content: bytes('new\n') },
  { verb: 'block', id: 'block', path: '/etc/shared', name: 'pair', content: bytes('ours\n') },
  { verb: 'block', id: 'only', path: '/etc/only', name: 'pair', content: bytes('') },
  { verb: 'remove', id: 'old', path: '/etc/old' },
];
const UNDO: readonly Call[] = [
  { verb: 'remove', id: 'u1', path: '/etc/new' },
  { verb: 'block', id: 'u2', path: '/etc/shared', name: 'pair', content: bytes('') },
  { verb: 'block', id: 'u3', path: '/etc/only', name: 'pair', content: bytes('x\n') },
  { verb: 'put', id: 'u4', mode: '0644', path: '/etc/old', content: bytes('old\n') },
];
const settle: readonly SettleCall[] = [
  { verb: 'settle', id: 'new', run: RUN, how: 'put', path: '/etc/new' },
  { verb: 'settle', id: 'block', run: RUN, how: 'block', path: '/etc/shared' },
  { verb: 'settle', id: 'only', run: RUN, how: 'block', path: '/etc/only' },
  { verb: 'settle', id: 'old', run: RUN, how: 'remove', path: '/etc/old' },
];
const BEFORE = { only: '# BEGIN provision pair\nx\n# END provision pair\n', old: 'old\n', shared: 'theirs\n' };
const AFTER = { new: 'new\n', shared: 'theirs\n# BEGIN provision pair\nours\n# END provision pair\n' };

/** Whether a process runs still; one that has ended and that nobody has asked for yet (Z) does not. */
const runs = (pid: number): boolean => {
  try {
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'latin1'));
  } catch {
    return false;
  }
};

for (const kind of SYSTEM_SHELLS) {
  describe.skipIf(!isInstalled(kind) || !isRoot)(`commit in ${kind.name}`, () => {
    let room: Room;
    let shell: LocalShell;
    let session: Session;

    const arm = (seconds: number, ask: boolean): ArmCall => {
      const script = {
        undo: UNDO.map((c) => [c]),
        settle,
        ...(ask ? { ask: { verb: 'prove', id: 'ask', pattern: 'yes', words: ['peer'] } as const } : {}),
      };
      const made = guardScript(script, { state: STATE, keep: KEEP, run: RUN, root: room.root, path: room.path });
      return { verb: 'arm', id: 'guard', state: STATE, keep: KEEP, run: RUN, seconds, holder: 'me', script: made, timer: [] };
    };
    const join = (mode: 'now' | 'staged'): Call => ({ verb: 'join', id: 'join', state: STATE, keep: KEEP, run: RUN, mode });
    const staged = (): readonly Call[] => [join('staged'), ...FILES, { verb: 'agree', id: 'agree', seconds: 1 }];
    const off: Call = { verb: 'disarm', id: 'off', state: STATE, keep: KEEP, run: RUN, cancel: [] };
    const etc = (): Record<string, string> =>
      Object.fromEntries(
        readdirSync(room.at('/etc'))
          .sort()
          .map((n) => [n, readFileSync(room.at(`/etc/${n}`), 'latin1')]),
      );
    const over = async (): Promise<void> => {
      for (let i = 0; i < 400 && !existsSync(room.at(`${STATE}/undone.${RUN}`)); i += 1) await sleep(50);
      expect(existsSync(room.at(`${STATE}/undone.${RUN}`))).toBe(true);
    };

    const early: Call = { verb: 'release', id: 'early', state: STATE, run: RUN, cancel: [] };
    /** The controller is gone. What the guard then does is the same text in /bin/sh everywhere, so one shell waits for it and the others end it early. */
    const leftAlone = async (): Promise<void> => {
      shell.destroy();
      if (kind.name === 'dash') return over();
      const other = await openSession(startShell(kind), { root: room.root, path: room.path });
      expect((await other.run([early])).status).toBe('done');
      await other.close();
    };

    beforeEach(async () => {
      room = new Room();
      for (const [name, content] of Object.entries(BEFORE)) writeFileSync(room.at(`/etc/${name}`), content);
      shell = startShell(kind);
      session = await openSession(shell, { root: room.root, path: room.path });
    });
    afterEach(async () => {
      await session.close();
      await sleep(50);
      room.remove();
    });

    it('staged, nothing is in its place; settled, all of it is, and nothing else is left', async () => {
      await session.run([arm(6, true)]);
      expect((await session.run(staged())).status).toBe('done');
      expect(etc()).toMatchObject(BEFORE);
      expect(existsSync(room.at('/etc/new'))).toBe(false);
      const done = await session.run([join('now'), ...settle, off]);
      expect(done.status).toBe('done');
      expect([...done.records.values()].map((r) => r.changed)).toEqual([undefined, true, true, true, true, true]);
      expect(etc()).toEqual(AFTER);
      expect(existsSync(room.at(STATE))).toBe(false);
      expect(readdirSync(room.at(KEEP))).toEqual(['journal']);
    });

    it('disarmed instead of settled, nothing was changed and nothing is left beside the files', async () => {
      await session.run([arm(6, true)]);
      await session.run(staged());
      expect((await session.run([off])).status).toBe('done');
      expect(etc()).toEqual(BEFORE);
    });

    it.each([
      ['answers, it finishes the commit', 'echo yes', AFTER],
      ['does not answer, it undoes', 'echo no; exit 1', BEFORE],
    ])('agreed and left alone, the host asks the other end: if that %s', async (_what, peer, wanted) => {
      room.stub('peer', peer);
      await session.run([arm(6, true)]);
      await session.run(staged());
      await leftAlone();
      expect(etc()).toEqual(wanted);
    });

    it('agreed, left alone, and no question that tells: it finishes the commit', async () => {
      await session.run([arm(6, false)]);
      await session.run(staged());
      await leftAlone();
      expect(etc()).toEqual(AFTER);
    });

    it('half settled and left alone, the host does the rest', async () => {
      room.stub('peer', 'echo yes');
      await session.run([arm(6, true)]);
      await session.run(staged());
      await session.run([join('now'), ...settle.slice(0, 2)]);
      await leftAlone();
      expect(etc()).toEqual(AFTER);
    });

    it('not agreed, it undoes without asking, and what was staged is gone', async () => {
      room.stub('peer', 'echo yes');
      await session.run([arm(6, true)]);
      await session.run(staged().slice(0, -1));
      shell.destroy();
      await over();
      expect(etc()).toEqual(BEFORE);
    });

    it('tells who holds the guard, and ends it early: what was changed is taken back, and the timer is gone', async () => {
      await session.run([arm(6, true)]);
      const timer = Number(readFileSync(room.at(`${STATE}/timer.${RUN}`), 'utf8'));
      await session.run([join('now'), ...FILES]);
      const held = await session.run([{ verb: 'held', id: 'held', state: STATE }]);
      expect(Buffer.from(held.records.get('held')?.stdout ?? []).toString()).toBe(`armed.${RUN}\nme\n`);
      expect((await session.run([early])).records.get('early')).toMatchObject({ exit: 0, changed: true });
      expect(etc()).toMatchObject({ only: BEFORE.only, old: BEFORE.old });
      expect([existsSync(room.at('/etc/new')), existsSync(room.at(STATE))]).toEqual([false, false]);
      for (let i = 0; i < 100 && runs(timer); i += 1) await sleep(50);
      expect(runs(timer)).toBe(false);
      expect((await session.run([{ verb: 'held', id: 'held', state: STATE }])).records.get('held')?.stdoutTotal).toBe(0);
      expect((await session.run([early])).records.get('early')?.exit).toBe(3);
    });

    it('agreed and ended early, it asks the other end at once', async () => {
      room.stub('peer', 'echo yes');
      await session.run([arm(6, true)]);
      await session.run(staged());
      expect((await session.run([early])).status).toBe('done');
      expect(etc()).toEqual(AFTER);
    });

    it('once the guard has fired nobody can agree or settle', async () => {
      await session.run([arm(1, true)]);
      await over();
      expect((await session.run([join('staged')])).records.get('join')?.exit).toBe(3);
      expect((await session.run([{ verb: 'agree', id: 'agree', seconds: 1 }])).records.get('agree')?.exit).toBe(125);
    });

    it('what a loss of power has left is taken away by the next run, and each change stands in the journal of the host', async () => {
      await session.run([arm(6, true)]);
      await session.run(staged());
      // The power is gone: so is the state folder, and with it the guard.
      process.kill(Number(readFileSync(room.at(`${STATE}/timer.${RUN}`), 'utf8')), 'SIGKILL');
      await sleep(50);
      const journal = readFileSync(room.at(`${KEEP}/journal`), 'utf8').split('\n');
      expect(journal.slice(0, 3)).toEqual([`${RUN} armed me`, `${RUN} put /etc/new`, `${RUN} block /etc/shared`]);
      expect(Object.keys(etc()).some((n) => n.includes('.pv-'))).toBe(true);
      await session.run([arm(6, true)]);
      expect(etc()).toEqual(BEFORE);
      await session.run([off]);
    });
  });
}
