import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { configText } from '../../../src/address/config.js';
import { readState } from '../../../src/address/state.js';
import type { UpdaterConfig } from '../../../src/model/updater.js';
import { filledPart } from '../../../src/script/move.js';
import { findConfigs, once } from '../../../src/updater.js';
import { Daemon } from '../../../src/updater-daemon.js';
import { holdLink } from '../../../src/updater-lock.js';
import { realMachine } from '../../../src/updater-machine.js';
import { serveMetrics } from '../../../src/updater-metrics.js';
import { Room } from '../script/room.js';
import { freePort, hasSshd, me, Rig } from '../ssh/rig.js';
import { CONFIG, NAT } from './world.js';

const MAIN = fileURLToPath(new URL('../../../dist/cli/main.js', import.meta.url));
const none = new AbortController().signal;

describe('a shell of this host', () => {
  const room = new Room();
  const machine = realMachine(CONFIG, { root: room.root, path: room.path });
  afterAll(() => room.remove());

  it('carries out a move: steps, proofs and boot files', async () => {
    room.stub('set', `echo "$1 $2" >${JSON.stringify(room.base)}/pair`);
    room.stub('show', `cat ${JSON.stringify(room.base)}/pair`);
    const [was, now] = [CONFIG.outer, { ...CONFIG.outer, local: '198.51.100.7' }];
    expect((await machine.change(filledPart(CONFIG.move, 'point', was, now))).status).toBe('done');
    expect((await machine.change(filledPart(CONFIG.move, 'boot', now, now))).status).toBe('done');
    expect(readFileSync(room.at('/etc/gre1'), 'utf8')).toBe('local 198.51.100.7 remote 212.25.240.34\n');
    expect((await machine.change(filledPart(CONFIG.move, 'point', was, was).slice(1))).status).toBe('failed');
  });

  it('says which step failed and what the host wrote', async () => {
    room.stub('set', 'echo no such interface >&2; exit 3');
    const result = await machine.change(filledPart(CONFIG.move, 'point', CONFIG.outer, CONFIG.outer));
    expect(result).toMatchObject({ status: 'failed', id: 'point.1' });
    expect(Buffer.from(result.records.get('point.1')?.stderr ?? []).toString()).toBe('no such interface\n');
  });

  it('has an address of loopback and none of an interface that is not there', () => {
    expect(machine.addresses('lo')[0]).toBe('127.0.0.1');
    expect(machine.addresses('none0')).toEqual([]);
  });

  it('wakes at once from a sleep that is aborted', async () => {
    const nap = new AbortController();
    const slept = machine.sleep(60_000, nap.signal);
    nap.abort();
    await slept;
  });
});

describe.skipIf(!hasSshd)('over a real sshd', () => {
  const rig = new Rig();
  let port = 0;
  let config: UpdaterConfig;
  const folder = join(rig.dir, 'mostly-wlan');
  const file = join(folder, 'updater.json');
  const log = join(rig.dir, 'requests');
  const answer = (text: string): string =>
    rig.write('receiver', `#!/bin/sh\necho "$SSH_ORIGINAL_COMMAND from $SSH_CONNECTION" >>${log}\nset -- $SSH_ORIGINAL_COMMAND\n${text}\n`, 0o700);
  const requests = (): string[] => (existsSync(log) ? readFileSync(log, 'utf8').trim().split('\n') : []);

  beforeAll(async () => {
    const key = rig.key('updater.key');
    rig.key('host');
    port = await rig.sshd('fixed', ['updater.key'], ['host'], [`ForceCommand ${answer('exit 1')}`]);
    config = {
      ...NAT,
      fixed: { address: '127.0.0.1', port, user: me, hostKeys: [rig.publicKey('host')], key },
      move: { ...NAT.move, across: { verb: 'prove', id: 'across', pattern: 'yes', words: ['echo', 'no'] } },
    };
    mkdirSync(folder, { mode: 0o700 });
  });
  const running: Daemon[] = [];
  const children: ChildProcess[] = [];
  afterEach(async () => {
    await Promise.all(running.splice(0).map((daemon) => daemon.stop()));
    for (const child of children.splice(0)) child.kill('SIGKILL');
    for (const path of [log, join(folder, 'updater.state')]) rmSync(path, { force: true });
  });
  afterAll(() => rig.stop());

  it('asks one request from the address given, and gets exit status and text', async () => {
    answer('n=$4; set -- $SSH_CONNECTION; echo "provision 1 done $n $1 confirmed"');
    const said = await realMachine(config).ask('provision 1 move 7', '127.0.0.3', none);
    expect(said).toEqual({ exit: 0, text: 'provision 1 done 7 127.0.0.3 confirmed\n' });
    expect(requests()).toHaveLength(1);
  });

  it('hands on an exit status that is not 0, and refuses a flood', async () => {
    answer('echo "provision 1 busy 3"; exit 1');
    expect(await realMachine(config).ask('provision 1 move 7', undefined, none)).toEqual({ exit: 1, text: 'provision 1 busy 3\n' });
    answer('while :; do echo a lot of words; done');
    await expect(realMachine(config).ask('provision 1 move 7', undefined, none)).rejects.toThrow('more than 4096 bytes');
  });

  it('does not speak to a host with another key', async () => {
    rig.key('other');
    const wrong = { ...config, fixed: { ...config.fixed, hostKeys: [rig.publicKey('other')] } };
    await expect(realMachine(wrong).ask('provision 1 move 7', undefined, none)).rejects.toMatchObject({ code: 'HOST_KEY_CHANGED' });
    expect(requests()).toEqual([]);
  });

  it('leaves a request that is given up at once', async () => {
    answer('sleep 20');
    const stop = new AbortController();
    const since = Date.now();
    const asked = realMachine(config).ask('provision 1 move 7', undefined, stop.signal);
    setTimeout(() => stop.abort(), 700);
    await expect(asked).rejects.toMatchObject({ code: 'INTERRUPTED' });
    expect(Date.now() - since).toBeLessThan(6000);
    await expect(realMachine(config).ask('provision 1 move 7', undefined, stop.signal)).rejects.toMatchObject({ code: 'INTERRUPTED' });
  });

  it('updater once tells the other end and keeps what it said', async () => {
    answer('echo "provision 1 done $4 198.51.100.7 confirmed"');
    writeFileSync(file, configText(config), { mode: 0o600 });
    const done = await once(findConfigs({ files: [file], links: [] }), { note: () => undefined }, none);
    expect(done).toEqual([{ link: 'mostly-wlan', outcome: { state: 'as-wanted' } }]);
    expect(readState(join(folder, 'updater.state'), 'mostly-wlan')).toMatchObject({ seq: 1, told: { seen: '198.51.100.7' }, changes: 1 });
  });

  it('a daemon serves its metrics, refuses a second one, reads settings again and goes without leaving anything', async () => {
    answer('echo "provision 1 done $4 198.51.100.7 confirmed"');
    writeFileSync(file, configText(config), { mode: 0o600 });
    const notes: string[] = [];
    const options = { files: [file], links: [], note: (n: { text: string }): void => void notes.push(n.text), metricsPort: await freePort() };
    const daemon = new Daemon(options);
    running.push(daemon);
    await daemon.start();
    await expect.poll(() => daemon.standings[0]?.state?.told?.seq, { timeout: 20_000 }).toBe(1);
    expect(await page(options.metricsPort, '/metrics')).toContain('provision_updater_changes_total{link="mostly-wlan"} 1');
    expect(await page(options.metricsPort, '/')).toBe('GET /metrics\n');
    await expect(new Daemon({ ...options }).start()).rejects.toMatchObject({ code: 'LOCKED' });
    expect((await once(findConfigs(options), options, none))[0]?.outcome).toMatchObject({ state: 'unchanged', error: { code: 'LOCKED' } });
    await daemon.reload();
    expect(notes.filter((text) => text.startsWith('started'))).toHaveLength(1);
    writeFileSync(file, configText({ ...config, schedule: '*/5 * * * *' }));
    await daemon.reload();
    expect(daemon.standings[0]?.config.schedule).toBe('*/5 * * * *');
    writeFileSync(file, 'torn');
    await daemon.reload();
    expect([daemon.standings.length, notes.some((text) => text.startsWith('settings are as before'))]).toEqual([1, true]);
    await daemon.stop();
    expect([existsSync(join(folder, 'updater.sock')), daemon.ports]).toEqual([false, []]);
  });

  it('the program reads settings again at SIGHUP and ends at once at SIGTERM, with exit 0', async () => {
    answer('echo "provision 1 done $4 198.51.100.7 confirmed"');
    writeFileSync(file, configText(config), { mode: 0o600 });
    const child = spawn(process.execPath, [MAIN, 'updater', 'run', '--config', file], {
      env: { ...process.env, XDG_STATE_HOME: rig.dir },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    children.push(child);
    const said = listen(child);
    await expect.poll(said, { timeout: 20_000 }).toContain('mostly-wlan: mostly uses 198.51.100.7');
    child.kill('SIGHUP');
    await expect.poll(said, { timeout: 20_000 }).toContain('settings were read again: 1 links');
    const since = Date.now();
    child.kill('SIGTERM');
    expect(await new Promise((resolve) => child.once('close', resolve))).toBe(0);
    // A second on a machine that has nothing else to do.
    expect(Date.now() - since).toBeLessThan(5000);
    expect(said()).not.toContain('\u001b');
  }, 60_000);
});

const page = (port: number, path: string): Promise<string> =>
  new Promise((resolve, reject) => {
    get({ host: '127.0.0.1', port, path }, (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => {
        text += chunk.toString();
      });
      response.on('end', () => resolve(text));
    }).on('error', reject);
  });

function listen(child: ChildProcess): () => string {
  let text = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    text += chunk.toString();
  });
  return () => text;
}

describe('a hold on a link', () => {
  const room = new Room();
  afterAll(() => room.remove());

  it('is taken over from a process that has died, and not from one that lives', async () => {
    const dead = await new Promise<Server>((resolve) => {
      const server = createServer().listen(join(room.base, 'updater.sock'), () => resolve(server));
    });
    await expect(holdLink(room.base, 'x')).rejects.toMatchObject({ code: 'LOCKED' });
    await new Promise((resolve) => dead.close(resolve));
    // What a process that was killed leaves: a socket that nobody listens on.
    const child = spawn(process.execPath, [
      '-e',
      `require('net').createServer().listen(${JSON.stringify(join(room.base, 'updater.sock'))}, () => process.kill(process.pid, 'SIGKILL'))`,
    ]);
    await new Promise((resolve) => child.once('close', resolve));
    expect(existsSync(join(room.base, 'updater.sock'))).toBe(true);
    await expect(holdLink(join(room.base, 'none'), 'x')).rejects.toMatchObject({ code: 'FILE_REFUSED' });
    const hold = await holdLink(room.base, 'x');
    await hold.release();
    expect(existsSync(join(room.base, 'updater.sock'))).toBe(false);
  });
});

describe('a metrics page', () => {
  it('is not served where the port is taken', async () => {
    const first = await serveMetrics(0, () => 'x\n');
    await expect(serveMetrics(first.port, () => 'y\n')).rejects.toThrow('EADDRINUSE');
    await first.stop();
  });
});
