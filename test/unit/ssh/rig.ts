/**
 * A rig for the SSH tests: a private folder, key pairs made by ssh-keygen, a real sshd and a real ssh-agent on this machine only.
 *
 * Everything it starts is stopped by process id in `stop()`.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, connect as tcpConnect } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import type { SshTarget } from '../../../src/ssh/target.js';

export const SSHD = '/usr/sbin/sshd';
export const hasSshd = existsSync(SSHD);
export const me = userInfo().username;

/** A port on 127.0.0.1 that was free a moment ago. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}

async function waitForPort(port: number): Promise<void> {
  for (let i = 0; i < 100; i++) {
    const open = await new Promise<boolean>((resolve) => {
      const socket = tcpConnect(port, '127.0.0.1', () => {
        socket.destroy();
        resolve(true);
      });
      socket.once('error', () => resolve(false));
    });
    if (open) return;
    await new Promise((r) => setTimeout(r, 50));
  }
  throw new Error(`nothing listens on ${port}`);
}

export class Rig {
  readonly dir = mkdtempSync(join(tmpdir(), 'pv-ssh-'));
  readonly #children: ChildProcess[] = [];
  #agentPid: number | undefined;

  path(name: string): string {
    return join(this.dir, name);
  }

  write(name: string, text: string, mode = 0o600): string {
    writeFileSync(this.path(name), text, { mode });
    return this.path(name);
  }

  /** Makes a key pair; the answer is the path of the private half. */
  key(name: string, type: 'ed25519' | 'ecdsa' | 'rsa' = 'ed25519', options: { passphrase?: string; pem?: boolean } = {}): string {
    const path = this.path(name);
    if (!existsSync(path)) {
      const bits = type === 'rsa' ? ['-b', '2048'] : [];
      const format = options.pem === true ? ['-m', 'PEM'] : [];
      execFileSync('ssh-keygen', ['-q', '-t', type, ...bits, ...format, '-N', options.passphrase ?? '', '-C', name, '-f', path]);
    }
    return path;
  }

  /** `type base64` of a key made by {@link key}. */
  publicKey(name: string): string {
    return readFileSync(this.path(`${name}.pub`), 'utf8')
      .split(' ')
      .slice(0, 2)
      .join(' ');
  }

  /** Starts sshd on a loopback port. @param users - names of keys that may log in */
  async sshd(name: string, users: readonly string[], hostKeys: readonly string[], extra: readonly string[] = []): Promise<number> {
    const port = await freePort();
    const authorized = this.write(`${name}.authorized`, users.map((u) => `${this.publicKey(u)}\n`).join(''));
    const config = [
      `Port ${port}`,
      'ListenAddress 127.0.0.1',
      ...hostKeys.map((k) => `HostKey ${this.path(k)}`),
      `AuthorizedKeysFile ${authorized}`,
      'PasswordAuthentication no',
      'KbdInteractiveAuthentication no',
      'UsePAM no',
      'StrictModes no',
      'PermitRootLogin yes',
      `PidFile ${this.path(`${name}.pid`)}`,
      'UseDNS no',
      ...extra,
    ];
    if (process.getuid?.() === 0) mkdirSync('/run/sshd', { recursive: true, mode: 0o755 });
    const child = spawn(SSHD, ['-D', '-e', '-f', this.write(`${name}.conf`, `${config.join('\n')}\n`)], { stdio: ['ignore', 'ignore', 'pipe'] });
    let log = '';
    child.stderr?.on('data', (d: Buffer) => {
      log += d.toString();
    });
    this.#children.push(child);
    try {
      await waitForPort(port);
    } catch {
      throw new Error(`sshd did not start: ${log}`);
    }
    return port;
  }

  /** Starts an ssh-agent; the answer is its socket. */
  agent(): string {
    const socket = this.path('agent.sock');
    const out = execFileSync('ssh-agent', ['-s', '-a', socket], { encoding: 'utf8' });
    this.#agentPid = Number(/SSH_AGENT_PID=(\d+)/.exec(out)?.[1]);
    return socket;
  }

  /** ssh-add, with a passphrase from a script where the key has one. */
  add(socket: string, key: string, passphrase = ''): void {
    const ask = this.write('askpass', `#!/bin/sh\necho '${passphrase}'\n`, 0o700);
    execFileSync('ssh-add', ['-q', key], {
      env: { ...process.env, SSH_AUTH_SOCK: socket, SSH_ASKPASS: ask, SSH_ASKPASS_REQUIRE: 'force', DISPLAY: ':0' },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
  }

  /** A target on 127.0.0.1 with this rig's known_hosts file and no agent. */
  target(port: number, changes: Partial<SshTarget> = {}): SshTarget {
    return {
      name: 'mostly',
      address: '127.0.0.1',
      port,
      user: me,
      identities: [],
      identitiesOnly: false,
      jumps: [],
      knownHosts: [this.path('known_hosts')],
      strict: 'yes',
      become: 'none',
      legacy: false,
      connectTimeoutMs: 5000,
      keepaliveMs: 15000,
      ...changes,
    };
  }

  async stop(): Promise<void> {
    if (this.#agentPid !== undefined) process.kill(this.#agentPid);
    await Promise.all(
      this.#children.map(async (child) => {
        if (child.exitCode !== null) return;
        const gone = new Promise((resolve) => child.once('exit', resolve));
        child.kill('SIGTERM');
        await gone;
      }),
    );
    rmSync(this.dir, { recursive: true, force: true });
  }
}
