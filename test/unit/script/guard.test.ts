/**
 * The guard in every shell that is installed: it fires by itself when the shell is gone, never after disarm, and trusts no folder that is not root's.
 */
import { chownSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ArmCall, Call } from '../../../src/model/wire.js';
import { guardScript } from '../../../src/script/guard.js';
import { openSession, type Session } from '../../../src/script/session.js';
import { Room } from './room.js';
import { isInstalled, type LocalShell, SHELLS, startShell } from './shell.js';

const STATE = '/tmp/provision.pair';
const KEEP = '/tmp/keep/pair';
const RUN = 'abcdef0123456789';
/** Nothing was staged. */
const settle: never[] = [];
const HOLDER = "-n o'root@here since \\n now";
const isRoot = process.getuid?.() === 0;

for (const kind of SHELLS) {
  describe.skipIf(!isInstalled(kind) || !isRoot)(`guard in ${kind.name}`, () => {
    let room: Room;
    let shell: LocalShell;
    let session: Session;

    const arm = (seconds: number, run = RUN, timer: readonly string[] = []): ArmCall => {
      const undo: Call[][] = [
        [
          { verb: 'try', id: 'u1', words: ['no-such-command'] },
          { verb: 'try', id: 'u2', words: ['undo-it', 'a b', "it's"] },
        ],
        [{ verb: 'put', id: 'f1', mode: '0600', path: '/etc/back', content: Buffer.from('as before\n\u00e9', 'latin1') }],
      ];
      const script = guardScript({ undo, settle }, { state: STATE, keep: KEEP, run, root: room.root, path: room.path });
      return { verb: 'arm', id: 'guard', state: STATE, keep: KEEP, run, seconds, holder: HOLDER, script, timer };
    };
    const join = (run = RUN): Call => ({ verb: 'join', id: 'join', state: STATE, keep: KEEP, run, mode: 'now' });
    const fired = (): string => (existsSync(room.at('/tmp/undone')) ? readFileSync(room.at('/tmp/undone'), 'utf8') : '');
    const until = async (what: () => boolean, ms: number): Promise<boolean> => {
      for (const end = Date.now() + ms; Date.now() < end; await sleep(50)) if (what()) return true;
      return what();
    };

    beforeEach(async () => {
      room = new Room();
      room.stub('undo-it', `printf '%s|' "$@" >>'${room.at('/tmp/undone')}'`);
      shell = startShell(kind);
      session = await openSession(shell, { root: room.root, path: room.path });
    });
    afterEach(async () => {
      await session.close();
      await sleep(50);
      room.remove();
    });

    it('undoes by itself after the shell was cut, and only once', async () => {
      const result = await session.run([arm(1)]);
      expect(result.status).toBe('done');
      expect(result.records.get('guard')?.changed).toBe(true);
      await session.run([join(), { verb: 'run', id: 'r', words: ['true'] }]);
      shell.destroy();
      expect(fired()).toBe('');
      expect(await until(() => existsSync(room.at('/etc/back')), 5000)).toBe(true);
      await until(() => existsSync(room.at(`${STATE}/undone.${RUN}`)), 2000);
      expect(fired()).toBe("a b|it's|");
      expect(readFileSync(room.at('/etc/back'), 'latin1')).toBe('as before\n\u00e9');
      expect(readdirSync(room.at(STATE)).filter((n) => /^(armed|undo|timer|undoing)\./.test(n))).toEqual([]);
    });

    it('that fires while a change is under way waits for its end, and what follows is not done any more', async () => {
      room.stub('slow', `sleep 3; echo slow >>'${room.at('/tmp/undone')}'`);
      await session.run([arm(1)]);
      const slow: Call[] = [join(), { verb: 'run', id: 'slow', words: ['slow'] }, { verb: 'run', id: 'next', words: ['undo-it', 'never'] }];
      const result = await session.run(slow);
      expect([result.records.get('slow')?.exit, result.records.get('next')?.exit]).toEqual([0, 125]);
      expect(await until(() => existsSync(room.at(`${STATE}/undone.${RUN}`)), 10_000)).toBe(true);
      expect(fired()).toBe("slow\na b|it's|");
      expect(readdirSync(room.at(STATE)).filter((n) => n.startsWith('busy'))).toEqual([]);
    });

    it('never fires after disarm, and leaves nothing behind', async () => {
      await session.run([arm(1)]);
      const result = await session.run([{ verb: 'disarm', id: 'off', state: STATE, keep: KEEP, run: RUN, cancel: [] }]);
      expect(result.records.get('off')).toMatchObject({ exit: 0, changed: true });
      expect(existsSync(room.at(STATE))).toBe(false);
      await sleep(1500);
      expect(fired()).toBe('');
    });

    it('says so when it has fired before disarm, and when another run holds it', async () => {
      await session.run([arm(1)]);
      const second = await session.run([arm(1, 'ffffffffffffffff')]);
      expect(second.status).toBe('failed');
      expect(second.records.get('guard')?.exit).toBe(7);
      expect(Buffer.from(second.records.get('guard')?.stderr ?? []).toString()).toBe(`${HOLDER}\n`);
      expect(await until(() => existsSync(room.at(`${STATE}/undone.${RUN}`)), 5000)).toBe(true);
      const late = await session.run([{ verb: 'disarm', id: 'off', state: STATE, keep: KEEP, run: RUN, cancel: [] }]);
      expect(late.records.get('off')?.exit).toBe(3);
      expect((await session.run([arm(30)])).status).toBe('done');
      expect((await session.run([{ verb: 'disarm', id: 'off', state: STATE, keep: KEEP, run: RUN, cancel: [] }])).status).toBe('done');
    });

    it('leaves alone what no step was tried on', async () => {
      await session.run([arm(1)]);
      await session.run([join(), { verb: 'probe', id: 'p', words: ['true'] }]);
      expect(await until(() => existsSync(room.at(`${STATE}/undone.${RUN}`)), 5000)).toBe(true);
      expect([fired(), existsSync(room.at('/etc/back'))]).toEqual(['', false]);
    });

    it('once it has fired, no step of its run is done any more', async () => {
      await session.run([arm(1)]);
      room.stub('slow', 'sleep 2');
      room.stub('late', `echo late >>'${room.at('/tmp/late')}'`);
      const file: Call = { verb: 'put', id: 'f', mode: '0644', path: '/etc/late', content: Buffer.from('x\n') };
      const slow = await session.run([join(), { verb: 'run', id: 'r', words: ['slow'] }, { verb: 'run', id: 'l', words: ['late'] }, file]);
      expect([slow.status, slow.records.get('l')?.exit]).toEqual(['failed', 125]);
      const after = await session.run([join(), file]);
      expect([after.status, after.records.get('join')?.exit]).toEqual(['failed', 3]);
      expect([existsSync(room.at('/tmp/late')), existsSync(room.at('/etc/late'))]).toEqual([false, false]);
      expect((await session.run([file])).status).toBe('done');
    });

    it('of two that come at once one gets in, and the other is told who', async () => {
      const other = await openSession(startShell(kind), { root: room.root, path: room.path });
      const both = await Promise.all([session.run([arm(20)]), other.run([arm(20, 'ffffffffffffffff')])]);
      expect(both.map((r) => r.status).sort()).toEqual(['done', 'failed']);
      expect(both.find((r) => r.status === 'failed')?.records.get('guard')?.exit).toBe(7);
      for (const run of [RUN, 'ffffffffffffffff']) await session.run([{ verb: 'disarm', id: 'off', state: STATE, keep: KEEP, run, cancel: [] }]);
      expect(existsSync(room.at(STATE))).toBe(false);
      await other.close();
    });

    it('a guard whose timer was killed holds nobody up', async () => {
      await session.run([arm(20)]);
      process.kill(Number(readFileSync(room.at(`${STATE}/timer.${RUN}`), 'utf8')), 'SIGKILL');
      await sleep(100);
      expect((await session.run([arm(20, 'ffffffffffffffff')])).status).toBe('done');
      await session.run([{ verb: 'disarm', id: 'off', state: STATE, keep: KEEP, run: 'ffffffffffffffff', cancel: [] }]);
    });

    it('a guard whose timer is just being written down holds', async () => {
      await session.run([arm(20)]);
      const file = room.at(`${STATE}/timer.${RUN}`);
      const pid = readFileSync(file, 'utf8');
      writeFileSync(file, '');
      const other = await session.run([arm(20, 'ffffffffffffffff')]);
      expect([other.status, other.records.get('guard')?.exit]).toEqual(['failed', 7]);
      writeFileSync(file, pid);
      await session.run([{ verb: 'disarm', id: 'off', state: STATE, keep: KEEP, run: RUN, cancel: [] }]);
    });

    it('starts and stops the timer by the words it is given', async () => {
      room.stub('timer-tool', `printf '%s ' "$@" >>'${room.at('/tmp/timer')}'`);
      await session.run([arm(9, RUN, ['timer-tool', 'start', '9'])]);
      await session.run([{ verb: 'disarm', id: 'off', state: STATE, keep: KEEP, run: RUN, cancel: ['timer-tool', 'stop'] }]);
      expect(readFileSync(room.at('/tmp/timer'), 'utf8')).toBe('start 9 stop ');
      room.stub('timer-tool', 'exit 5');
      const refused = await session.run([arm(9, RUN, ['timer-tool', 'start'])]);
      expect(refused.records.get('guard')?.exit).toBe(6);
      expect(existsSync(room.at(`${STATE}/armed.${RUN}`))).toBe(false);
    });

    it('refuses a state folder that is a link, that others may enter, or that is not root’s', async () => {
      mkdirSync(room.at('/tmp/elsewhere'));
      symlinkSync(room.at('/tmp/elsewhere'), room.at(STATE));
      expect((await session.run([arm(1)])).records.get('guard')?.exit).toBe(2);
      expect(readdirSync(room.at('/tmp/elsewhere'))).toEqual([]);
      room.reset();
      mkdirSync(room.at(STATE), { mode: 0o755 });
      writeFileSync(room.at(`${STATE}/undo.x`), '');
      expect((await session.run([arm(1)])).records.get('guard')?.exit).toBe(3);
      room.reset();
      mkdirSync(room.at(STATE), { mode: 0o700 });
      chownSync(room.at(STATE), 65534, 65534);
      expect((await session.run([arm(1)])).records.get('guard')?.exit).toBe(3);
    });
  });
}
