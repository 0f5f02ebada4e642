/**
 * check, rehearse and plan --offline on a branch that somebody else wrote: no command of the inventory's is run, no ssh_config is read, no socket but the
 * twin's on loopback is opened. The program runs as a process with a hook that writes down and refuses all of that. Needs dist/, which `npm test` builds first.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { provisionIn } from './command.js';
import { pairLink } from './pair.js';

const MAIN = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const WATCH = new URL('watch.mjs', import.meta.url).href;
const root = mkdtempSync(join(tmpdir(), 'strange-'));
const home = join(root, 'home');
const branch = join(root, 'branch');
const marks = join(root, 'marks');
afterAll(() => rmSync(root, { recursive: true, force: true }));

interface Ended {
  readonly exit: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** What was tried and is forbidden. */
  readonly tried: string;
}

function provision(line: string, loopback: 'let' | 'refuse' = 'let'): Promise<Ended> {
  const watched = join(root, `watched-${Math.random().toString(36).slice(2)}`);
  const env = {
    PATH: process.env.PATH ?? '',
    HOME: home,
    XDG_STATE_HOME: join(root, 'state'),
    NO_COLOR: '1',
    SSH_AUTH_SOCK: join(home, 'agent.sock'),
    WATCH_FILE: watched,
    WATCH_LOOPBACK: loopback,
    WATCH_PRIVATE: [join(home, '.ssh'), '/etc/ssh', join(root, 'private')].join(':'),
  };
  const child = spawn(process.execPath, ['--import', WATCH, MAIN, ...line.split(' ')], {
    env,
    cwd: branch,
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 30_000,
  });
  const seen = { stdout: '', stderr: '' };
  child.stdout.on('data', (d: Buffer) => {
    seen.stdout += d.toString('utf8');
  });
  child.stderr.on('data', (d: Buffer) => {
    seen.stderr += d.toString('utf8');
  });
  return new Promise((resolve) =>
    child.on('close', (exit) => resolve({ exit, ...seen, tried: existsSync(watched) ? readFileSync(watched, 'utf8') : '' })),
  );
}

const touch = (name: string): string => join(marks, name);
/** Every setting that could make a real run dial, ask or run something. */
const ssh = `{ host: evil.example.net, port: 2222, user: root, identity: ${home}/.ssh/key, jump: gate.example.net, passphrase: { command: [touch, ${touch('passphrase')}] } }`;
const inventory = (twin: readonly [string, string]): string => `hosts:
  left: { hostname: left.example.net, address: 203.0.113.1${twin[0]}, ssh: ${ssh} }
  right: { hostname: right.example.net, address: 203.0.113.2${twin[1]}, ssh: ${ssh} }
${pairLink()}`;
const REAL = ['', ''] as const;
const SIMULATED = [', twin: "NetBSD 1.5.2"', ', twin: "FreeBSD 4.5"'] as const;
const write = (twin: readonly [string, string]): void => writeFileSync(join(branch, 'inventory', 'i.yaml'), inventory(twin));

describe.skipIf(!existsSync(MAIN))(`on somebody else's branch${existsSync(MAIN) ? '' : ' (dist/ is missing: npm run build)'}`, () => {
  beforeAll(async () => {
    for (const folder of [join(home, '.ssh'), join(branch, 'inventory'), marks, join(root, 'private')]) mkdirSync(folder, { recursive: true });
    writeFileSync(
      join(home, '.ssh', 'config'),
      `Match exec "touch ${touch('match')}"\n  ProxyCommand touch ${touch('proxy')}\nHost *\n  ProxyCommand touch ${touch('proxy')}\n`,
    );
    writeFileSync(join(home, '.ssh', 'key'), '-----BEGIN OPENSSH PRIVATE KEY-----\nhunter2\n', { mode: 0o600 });
    writeFileSync(join(root, 'private', 'secret.yaml'), 'hunter2: 1\n');
    write(SIMULATED);
    // The recording of a real host: what a simulated one has answered, without the mark of a simulation.
    expect((await provision('facts --save')).exit).toBe(0);
    for (const name of ['left', 'right']) {
      const file = join(branch, 'facts', `${name}.json`);
      writeFileSync(file, readFileSync(file, 'utf8').replace(/ {2}"simulated": .*\n/, ''));
    }
  });

  it('the watch is awake: a plain plan of real hosts is caught', async () => {
    write(REAL);
    const ran = await provision('plan');
    expect(ran.exit).not.toBe(0);
    expect(ran.tried).not.toBe('');
  });

  it.each([
    ['check', 0, 'refuse'],
    ['rehearse', 0, 'let'],
    ['plan --offline', 2, 'refuse'],
  ] as const)('%s of real hosts runs nothing and reads no ssh_config; only a rehearsal opens sockets, on loopback', async (line, exit, loopback) => {
    write(REAL);
    const ran = await provision(line, loopback);
    expect([ran.exit, ran.tried], ran.stderr).toEqual([exit, '']);
    if (line.startsWith('plan')) expect(ran.stdout).toContain('ifconfig gre1 tunnel 203.0.113.2 203.0.113.1');
    for (const mark of ['match', 'proxy', 'passphrase']) expect(existsSync(touch(mark))).toBe(false);
  });

  it('simulated hosts need none of it either, and the passphrase command is not run for them', async () => {
    write(SIMULATED);
    for (const [line, exit] of [
      ['plan --offline --facts nowhere', 2],
      ['link pair --yes', 0],
    ] as const) {
      const ran = await provision(line);
      expect([ran.exit, ran.tried], ran.stderr).toEqual([exit, '']);
    }
    expect(existsSync(touch('passphrase'))).toBe(false);
  });
});

const bomb = `a: &a [${'x,'.repeat(50)}]\n${[...'bcdefgh'].map((c, i) => `${c}: &${c} [${`*${'abcdefgh'[i]},`.repeat(50)}]`).join('\n')}\nhosts: *h\n`;

describe('a file of somebody else that means harm is an error of all three commands, at once and without a word of what it leads to', () => {
  const folder = join(root, 'harm');
  const file = join(folder, 'x.yaml');
  beforeAll(() => {
    mkdirSync(folder);
    mkdirSync(join(root, 'private'), { recursive: true });
    writeFileSync(join(root, 'private', 'secret.yaml'), 'hunter2: 1\n');
  });
  afterEach(() => rmSync(file));

  it.each([
    ['a symbolic link to a private file', () => symlinkSync(join(root, 'private', 'secret.yaml'), file)],
    ['a symbolic link to an endless device', () => symlinkSync('/dev/zero', file)],
    ['aliases that unfold to billions', () => writeFileSync(file, bomb)],
    ['a file of 20 MiB', () => writeFileSync(file, `# ${'x'.repeat(20 * 2 ** 20)}\n`)],
    ['thousands of levels', () => writeFileSync(file, '['.repeat(4000))],
  ])('%s', async (_name, make) => {
    make();
    for (const words of [['check'], ['rehearse'], ['plan', '--offline']]) {
      const ran = await provisionIn(folder, ...words, '-i', folder);
      expect(ran.exit).toBe(65);
      expect(ran.out + ran.err).not.toContain('hunter2');
    }
  });
});
