/**
 * A program that is cut anywhere by a lost connection does nothing: no command runs, no file changes, nothing is left behind.
 * Commands with the names of the verbs (there are a prove and a look on real systems) and of the pieces of a cut name lie in PATH.
 */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Call } from '../../../src/model/wire.js';
import { compilePhase } from '../../../src/script/compile.js';
import { preludeText } from '../../../src/script/prelude.js';
import { Room } from './room.js';
import { isInstalled, SHELLS } from './shell.js';

const MARK = '0123456789abcdef0123456789abcdef';
/** Every byte in one shell; in the others every run begins at another byte, so that in time all are met. */
const EVERY_BYTE = ['dash'];
const NAMES = ['hit', 'p', 'pv', 'u', 'un', 'uns', 'probe', 'run', 'prove', 'look', 'put', 'block', 'remove', 'PV_MARK'];
const text = (value: string): Uint8Array => Buffer.from(value, 'latin1');
const CALLS: readonly Call[] = [
  { verb: 'probe', id: 'a', words: ['hit'] },
  { verb: 'run', id: 'b', words: ['hit'] },
  { verb: 'prove', id: 'c', pattern: 'x', words: ['hit'] },
  { verb: 'look', id: 'd', path: '/etc/k' },
  { verb: 'put', id: 'e', mode: '0644', path: '/etc/k', content: text('n\n') },
  { verb: 'put', id: 'f', mode: '0644', path: '/etc/n', content: text('\u00e9') },
  { verb: 'block', id: 'g', path: '/etc/k', name: 'n', content: text('n\n') },
  { verb: 'remove', id: 'h', path: '/etc/k' },
];

/** ksh93 spins for ever on some here-documents that end with the input; it does nothing else, and is not the /bin/sh of any system we serve. */
const MAY_HANG = ['ksh93'];
const HANGS_AFTER_MS = 15_000;

/** @returns what the shell wrote; `null` if it had to be killed. */
async function feed(argv: readonly [string, ...string[]], path: string, input: string): Promise<string | null> {
  const [file, ...args] = argv;
  const child = spawn(file, args, { env: { PATH: path }, stdio: ['pipe', 'pipe', 'ignore'] });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString('latin1');
  });
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  let killed = false;
  const timer = setTimeout(() => {
    killed = child.kill('SIGKILL');
  }, HANGS_AFTER_MS);
  await new Promise((resolve) => child.once('close', resolve));
  clearTimeout(timer);
  return killed ? null : output;
}

/** Runs the cuts, eight at a time. @returns those that did something. */
async function harmful(kind: (typeof SHELLS)[number], program: string, lengths: readonly number[], room: Room): Promise<number[]> {
  const bad: number[] = [];
  const mayHang = MAY_HANG.includes(kind.name);
  const queue = [...lengths];
  const worker = async (): Promise<void> => {
    for (let length = queue.pop(); length !== undefined; length = queue.pop()) {
      const output = await feed(kind.argv, room.path, program.slice(0, length));
      const touched = existsSync(join(room.base, 'hits')) || readFileSync(room.at('/etc/k'), 'latin1') !== 'old\n' || existsSync(room.at('/etc/n'));
      if (touched || (output === null ? !mayHang : output.includes('begin'))) bad.push(length);
    }
  };
  await Promise.all(Array.from({ length: 8 }, worker));
  return bad;
}

for (const kind of SHELLS) {
  describe.skipIf(!isInstalled(kind))(`a cut program in ${kind.name}${isInstalled(kind) ? '' : ' (not installed)'}`, () => {
    it('does nothing', { timeout: 240_000 }, async () => {
      const room = new Room();
      for (const name of NAMES) room.stub(name, `echo ${name} >>"${room.base}/hits"`);
      room.set('/etc/k', { content: 'old\n' });
      const dir = Buffer.from(crypto.getRandomValues(new Uint8Array(16))).toString('hex');
      // Each shell of this test has the same directory name, so they are given one by their own number.
      const prelude = preludeText({ mark: MARK, dir, root: room.root, path: room.path }).replace(`PV_SEED='${dir}'`, `PV_SEED='${dir}'$$`);
      const program = prelude + compilePhase(1, MARK, CALLS);
      const step = EVERY_BYTE.includes(kind.name) ? 1 : 41;
      const first = Math.floor(Math.random() * step);
      const lengths: number[] = [];
      for (let at = 0; at < prelude.length; at += at < 60 ? 1 : 509) lengths.push(at);
      for (let at = prelude.length - 20 + first; at < program.length - 1; at += step) lengths.push(at);
      expect(await harmful(kind, program, lengths, room)).toEqual([]);
      // The same program whole does it all: the cuts above were no accident of a broken program.
      expect(await feed(kind.argv, room.path, program)).toContain(`${MARK} end 0001 failed c\n`);
      expect(readFileSync(join(room.base, 'hits'), 'latin1')).toBe('hit\nhit\nhit\n');
      room.remove();
    });
  });
}
