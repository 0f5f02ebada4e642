/** A session with real shells: what a run of the program relies on. */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ProvisionError } from '../../../src/errors/error.js';
import type { Call, CallRecord } from '../../../src/model/wire.js';
import { beginSession, openSession, type Session } from '../../../src/script/session.js';
import { Room } from './room.js';
import { isInstalled, type LocalShell, SHELLS, startShell } from './shell.js';

const probe = (id: string, ...words: string[]): Call => ({ verb: 'probe', id, words });
const run = (id: string, ...words: string[]): Call => ({ verb: 'run', id, words });
const out = (record: CallRecord | undefined): string => Buffer.from(record?.stdout ?? []).toString('latin1');

async function eventually(holds: () => boolean): Promise<boolean> {
  for (let n = 0; n < 200 && !holds(); n += 1) await new Promise((resolve) => setTimeout(resolve, 25));
  return holds();
}

for (const kind of SHELLS) {
  describe.skipIf(!isInstalled(kind))(`session in ${kind.name}${isInstalled(kind) ? '' : ' (not installed)'}`, () => {
    let room: Room;
    let shell: LocalShell;
    let session: Session;
    /** The private directory, as a child's own output file shows it. */
    const privateDir = async (): Promise<string> => {
      room.stub('where', 'readlink /proc/$$/fd/1');
      return out((await session.run([probe('w', 'where')])).records.get('w')).replace(/\/o[0-9]+\n$/, '');
    };
    beforeEach(async () => {
      room = new Room();
      shell = startShell(kind);
      session = await openSession(shell, { root: room.root, path: room.path });
    });
    afterEach(async () => {
      await session.close();
      room.remove();
    });

    it('a command that reads standard input cannot eat the script, and its environment does not hold the mark', async () => {
      room.stub('eat', 'cat; env; set');
      const result = await session.run([run('a', 'eat'), run('b', 'eat')]);
      expect(result.status).toBe('done');
      expect(out(result.records.get('a'))).not.toMatch(/PV_|pv_|TMPDIR/);
      expect((await session.run([probe('c', 'true')])).status).toBe('done');
    });

    it('output is bounded and counted', async () => {
      room.stub('flood', 'dd if=/dev/zero bs=1000 count=1000 2>/dev/null | tr "\\0" x; echo oops >&2');
      const record = (await session.run([probe('a', 'flood')])).records.get('a');
      expect([record?.stdout.length, record?.stdoutTotal, record?.stderrTotal]).toEqual([65536, 1_000_000, 5]);
    });

    it('builtins and our own functions are not commands, and exit does not end the shell', async () => {
      const result = await session.run(['exit', 'pv_end', 'put', 'cd'].map((word) => probe(word, word)));
      expect([...result.records.values()].map((record) => record.exit)).toEqual([127, 127, 127, 127]);
      expect((await session.run([])).status).toBe('done');
    });

    it('what a process left behind writes later goes into no other record', async () => {
      room.stub('linger', '(sleep 0.2; echo late) &');
      room.stub('wait-a-bit', 'sleep 0.5; echo mine');
      const result = await session.run([run('a', 'linger'), run('b', 'wait-a-bit')]);
      expect(out(result.records.get('b'))).toBe('mine\n');
    });

    it('commands get the umask of the login, not that of the private directory', async () => {
      room.stub('mask', 'umask');
      const own = spawnSync('sh', ['-c', 'umask']).stdout.toString();
      expect(out((await session.run([run('a', 'mask')])).records.get('a'))).toBe(own);
    });

    it('phases are numbered and serialised, and tell of their progress', async () => {
      room.stub('say', 'echo "$1"');
      const seen: string[] = [];
      const one = (word: string) =>
        session.run([run(word, 'say', word)], { onBegin: (id) => seen.push(`begin ${id}`), onRecord: ({ id }) => seen.push(`record ${id}`) });
      const results = await Promise.all(['a', 'b', 'c'].map(one));
      expect(results.map((result) => result.status)).toEqual(['done', 'done', 'done']);
      expect(seen).toEqual(['a', 'b', 'c'].flatMap((word) => [`begin ${word}`, `record ${word}`]));
    });

    it('refuses what cannot be compiled, and goes on', async () => {
      await expect(session.run([run('a', 'echo', '\u001b')])).rejects.toBeInstanceOf(ProvisionError);
      expect((await session.run([probe('a', 'true')])).status).toBe('done');
    });

    it('the private directory is ours alone and gone after the end of input, and a dry run leaves nothing', async () => {
      const before = readdirSync('/tmp').filter((name) => !name.startsWith('.pv-'));
      const dir = await privateDir();
      expect(dir).toMatch(/^\/tmp\/\.pv-[0-9a-f]{32}$/);
      expect(spawnSync('stat', ['-c', '%a', dir]).stdout.toString()).toBe('700\n');
      await session.run([probe('a', 'uname'), { verb: 'look', id: 'b', path: '/etc/none' }]);
      await session.close();
      expect(existsSync(dir)).toBe(false);
      expect(room.strays([])).toEqual([]);
      expect(before.length).toBeGreaterThan(0);
    });

    it.each(['SIGHUP', 'SIGTERM', 'SIGINT'] as const)('the private directory is gone after %s and the phase is cut', async (signal) => {
      const dir = await privateDir();
      room.stub('strike', `kill -${signal.slice(3)} $PPID; sleep 0.1`);
      const result = await session.run([run('a', 'strike'), run('b', 'strike')]);
      expect(result.status).toBe('cut');
      expect(await eventually(() => !existsSync(dir))).toBe(true);
    });

    it('a connection lost in a phase stops it at the next step and cleans up', async () => {
      const dir = await privateDir();
      room.stub('slow', `sleep 0.3; echo "$1" >>"${room.base}/steps"`);
      const result = session.run([run('a', 'slow', 'a'), run('b', 'slow', 'b'), run('c', 'slow', 'c')], { timeoutMs: 150 });
      expect((await result).status).toBe('cut');
      expect(await eventually(() => !existsSync(dir))).toBe(true);
      expect(readFileSync(`${room.base}/steps`, 'latin1')).toBe('a\n');
      expect((await session.run([probe('d', 'true')])).status).toBe('cut');
    });
  });
}

describe('a session that has just begun', () => {
  const fake = (script: string) => startShell({ name: 'fake', argv: ['sh', '-c', script] });
  /** A channel that never answers, and what was written to it. */
  const silent = () => {
    const written: string[] = [];
    let end = (): void => undefined;
    const closed = new Promise<Record<string, never>>((resolve) => {
      end = () => resolve({});
    });
    const output = { [Symbol.asyncIterator]: () => ({ next: () => closed.then(() => ({ done: true as const, value: undefined })) }) };
    const channel = {
      write: (text: string) => void written.push(text),
      output,
      stderr: () => '',
      closed,
      end: () => void written.push('END'),
      destroy: end,
    };
    return { channel, written };
  };

  it('sends its first phase behind the prelude, and the second only when the first is answered', async () => {
    const { channel, written } = silent();
    const session = beginSession(channel);
    const results = Promise.allSettled([session.run([probe('a', 'true')]), session.run([probe('b', 'true')])]);
    await new Promise((resolve) => setImmediate(resolve));
    expect(written.map((text) => /pv_(start|phase)_\d{4}\n$/.exec(text)?.[0])).toEqual(['pv_start_0000\n', 'pv_phase_0001\n']);
    channel.destroy();
    expect((await results).map((r) => (r.status === 'rejected' ? (r.reason as ProvisionError).code : r.status))).toEqual(['SSH_SHELL', 'SSH_SHELL']);
  });

  it('gives each answer to whom it belongs, however late the shell begins', async () => {
    const session = beginSession(fake('sleep 0.2; echo noise; exec sh'));
    const results = await Promise.all([session.run([probe('a', 'echo', 'one')]), session.run([probe('b', 'echo', 'two')])]);
    expect(results.map((r) => out([...r.records.values()][0]))).toEqual(['one\n', 'two\n']);
    await session.close();
  });

  it('runs nothing where the prelude is refused, and says why', async () => {
    const refused = (): Session => beginSession(fake('exec sh'), { path: '/nowhere' });
    await expect(refused().run([run('a', 'true')])).rejects.toThrow('notool: cat is not in /nowhere');
    await expect(refused().ready).rejects.toThrow('notool');
  });

  it('can be left without waiting for the end of the shell, once its phases are over', async () => {
    const { channel, written } = silent();
    await beginSession(channel).leave();
    expect(written.at(-1)).toBe('END');
  });
});

describe('openSession', () => {
  const fake = (script: string) => startShell({ name: 'fake', argv: ['sh', '-c', script] });

  it('says with which status and words a host refused', async () => {
    const error = await openSession(fake('echo "sudo: a password is required" >&2; exit 1')).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ProvisionError);
    expect(error).toMatchObject({ code: 'SSH_SHELL', details: { exitCode: 1, stderr: 'sudo: a password is required\n' } });
  });

  it('takes banners before the hello for noise', async () => {
    const session = await openSession(fake('echo "Welcome to the machine"; printf "no newline"; exec sh'));
    expect((await session.run([probe('a', 'true')])).status).toBe('done');
    await session.close();
  });

  it('does not take an echo of the program for an answer', async () => {
    await expect(openSession(fake('cat'), { helloTimeoutMs: 300 })).rejects.toMatchObject({ code: 'SSH_SHELL' });
  });

  it('names the tool that the host lacks', async () => {
    await expect(openSession(fake('exec sh'), { path: '/nowhere' })).rejects.toThrow('notool: cat is not in /nowhere');
  });
});
