/** The program as a process: signals, streams, JSON. Needs dist/, which `npm test` builds first. */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';

const MAIN = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const GUIDE = fileURLToPath(new URL('../../inventory/guide.yaml', import.meta.url));
const home = mkdtempSync(join(tmpdir(), 'cli-process-'));
afterAll(() => rmSync(home, { recursive: true, force: true }));

interface Ended {
  readonly pid: number;
  readonly exit: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the program; `signals` are sent when their text is first seen on either stream. */
function provision(args: readonly string[], signals: readonly (readonly [text: string, signal: NodeJS.Signals])[] = []): Promise<Ended> {
  const env = { PATH: process.env.PATH ?? '', HOME: home, XDG_STATE_HOME: home, NO_COLOR: '1' };
  const child = spawn(process.execPath, [MAIN, ...args], { env, cwd: home, stdio: ['ignore', 'pipe', 'pipe'], timeout: 20_000 });
  const waiting = [...signals];
  const seen = { stdout: '', stderr: '' };
  const take = (stream: 'stdout' | 'stderr') => (chunk: Buffer) => {
    seen[stream] += chunk.toString('utf8');
    while (waiting[0] !== undefined && (seen.stdout + seen.stderr).includes(waiting[0][0])) child.kill(waiting.shift()?.[1]);
  };
  child.stdout.on('data', take('stdout'));
  child.stderr.on('data', take('stderr'));
  return new Promise((resolve) => child.on('close', (exit) => resolve({ pid: child.pid ?? 0, exit, ...seen })));
}

const keysLeft = (pid: number): string[] => readdirSync(tmpdir()).filter((n) => n.startsWith(`provision-twin-${pid}-`));

describe.skipIf(!existsSync(MAIN))(`the program as a process${existsSync(MAIN) ? '' : ' (dist/ is missing: npm run build)'}`, () => {
  it.each([
    ['check', 0],
    ['plan', 2],
    ['status', 2],
    ['rehearse', 0],
    ['table mostly-wlan', 0],
    ['facts wlan', 0],
    ['link mostly-wlan', 64],
    ['link nobody', 64],
    ['link mostly-wlan --yes', 0],
    ['no-such-command', 64],
  ] as const)('%s --json gives one JSON document and exit %i', async (line, exit) => {
    const ran = await provision([...line.split(' '), '--json', '--inventory', GUIDE]);
    expect(ran.exit).toBe(exit);
    expect(JSON.parse(ran.stdout)).toMatchObject({ schema: expect.stringMatching(/^provision\/[a-z-]+\/1$/), exit });
  });

  it('a host that does not answer is told with a code and what to do; nothing but the port given is dialled', async () => {
    const path = join(home, 'down.yaml');
    const host = (name: string, address: string): string => `  ${name}: { address: ${address}, ssh: { host: 127.0.0.1, port: 1, user: root } }\n`;
    const ends = '      a: { inner: 10.0.0.1, interface: gre1 }\n      b: { inner: 10.0.0.2, interface: gre1 }\n';
    writeFileSync(path, `hosts:\n${host('a', '203.0.113.1')}${host('b', '203.0.113.2')}links:\n  ab:\n    subnet: 10.0.0.0/30\n    ends:\n${ends}`);
    const ran = await provision(['link', 'ab', '--yes', '--json', '--inventory', path]);
    expect(ran.exit).toBe(1);
    const document = JSON.parse(ran.stdout) as { links: { state: string; errors: { code: string; next: string }[] }[] };
    expect(document.links[0]?.state).toBe('unchanged');
    expect(document.links[0]?.errors.map((e) => e.code)).toEqual(['HOST_DOWN', 'HOST_DOWN']);
    expect(ran.stderr).toMatch(/next +\S/);
    expect(ran.stderr).not.toMatch(/^ +at /m);
  });

  it.each(['SIGINT', 'SIGTERM'] as const)('%s ends a rehearsal with a word on it, and no key is left behind', async (signal) => {
    const ran = await provision(['rehearse', '--inventory', GUIDE], [['planning', signal]]);
    expect(ran.stderr + ran.stdout).toContain('Stopped by the user');
    expect([1, 3, 4]).toContain(ran.exit);
    expect(ran.stdout).not.toContain('Rehearsed on simulated hosts');
    expect(keysLeft(ran.pid)).toEqual([]);
  });

  it('a second Ctrl-C leaves at once, and no key is left behind', async () => {
    const ran = await provision(
      ['demo'],
      [
        ['What was found', 'SIGINT'],
        ['Ctrl-C again', 'SIGINT'],
      ],
    );
    // On a busy machine the demo may be over before the second one arrives: then its own status, or the signal's, is what is left.
    expect([0, 1, 3, 4, null]).toContain(ran.exit);
    expect(keysLeft(ran.pid)).toEqual([]);
  });

  it('no colour where nobody asked for it, and a plan on simulated hosts says that they are', async () => {
    const ran = await provision(['plan', '--inventory', GUIDE]);
    expect(ran.stdout + ran.stderr).not.toContain('\u001b');
    expect(ran.stdout).toContain('Simulated hosts: mostly (NetBSD 1.5.2), wlan (FreeBSD 4.5)');
  });
});
