import { createServer, type Server, type Socket, connect as tcpConnect } from 'node:net';
import ssh2 from 'ssh2';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ProvisionError } from '../../../src/errors/error.js';
import { connect } from '../../../src/ssh/connect.js';
import { Ahead } from '../../../src/ssh/dial.js';
import type { SshTarget } from '../../../src/ssh/target.js';
import { Rig } from './rig.js';

const portOf = (server: { address(): unknown }): number => (server.address() as { port: number }).port;

const refusal = async (target: SshTarget, signal?: AbortSignal): Promise<ProvisionError> => {
  try {
    const connection = await connect(target, signal);
    await connection.close();
  } catch (error) {
    return error as ProvisionError;
  }
  throw new Error('it connected');
};

describe('the line to a host', () => {
  const rig = new Rig();
  const closers: (() => void)[] = [];
  let commands: string[] = [];

  /** ssh2's own server; takes any key, answers any command with `answer`. */
  const server = async (config: Partial<ssh2.ServerConfig> = {}, answer = 'ok\n'): Promise<number> => {
    const made = new ssh2.Server({ hostKeys: [hostKey], ...config }, (client) => {
      client.on('error', () => undefined);
      client.on('authentication', (context) => (context.method === 'publickey' ? context.accept() : context.reject(['publickey'])));
      client.on('ready', () =>
        client.on('session', (accept) => {
          const session = accept();
          session.on('pty', (_accept, reject) => {
            commands.push('PTY');
            reject?.();
          });
          session.on('exec', (acceptExec, _reject, info) => {
            commands.push(info.command);
            const channel = acceptExec();
            channel.write(answer);
            channel.on('data', () => undefined);
          });
        }),
      );
    });
    await new Promise<void>((resolve) => made.listen(0, '127.0.0.1', resolve));
    closers.push(() => made.close());
    return portOf(made);
  };

  /** A plain TCP server. */
  const tcp = async (serve: (socket: Socket) => void): Promise<{ port: number; sockets: Socket[] }> => {
    const sockets: Socket[] = [];
    const made: Server = createServer((socket) => {
      sockets.push(socket);
      socket.on('error', () => undefined);
      serve(socket);
    });
    await new Promise<void>((resolve) => made.listen(0, '127.0.0.1', resolve));
    closers.push(() => {
      for (const socket of sockets) socket.destroy();
      made.close();
    });
    return { port: portOf(made), sockets };
  };

  let hostKey = '';
  beforeAll(() => {
    hostKey = ssh2.utils.generateKeyPairSync('rsa', { bits: 2048 }).private;
    rig.key('user', 'ed25519');
  });
  afterAll(async () => {
    for (const close of closers) close();
    await rig.stop();
  });

  const target = (port: number, changes: Partial<SshTarget> = {}): SshTarget =>
    rig.target(port, { identities: [rig.path('user')], strict: 'accept-new', recordNew: false, ...changes });

  it.each([
    ['none', 'exec /bin/sh'],
    ['sudo', 'exec sudo -n -- /bin/sh'],
    ['doas', 'exec doas -n /bin/sh'],
  ] as const)('with become %s runs exactly "%s" and never asks for a pty', async (become, command) => {
    commands = [];
    const connection = await connect(target(await server(), { become }));
    const shell = await connection.openShell();
    shell.destroy();
    await connection.close();
    expect(commands).toEqual([command]);
  });

  it('says SSH_ALGORITHM with the hint for a server of 2001, and talks to it with a warning once legacy is set', async () => {
    const algorithms = {
      kex: ['diffie-hellman-group1-sha1'],
      serverHostKey: ['ssh-rsa'],
      cipher: ['3des-cbc'],
      hmac: ['hmac-md5'],
    } as unknown as ssh2.Algorithms;
    const port = await server({ algorithms });
    const error = await refusal(target(port));
    expect(error.code).toBe('SSH_ALGORITHM');
    expect(error.details.next).toContain('legacy: true');
    const connection = await connect(target(port, { legacy: true }));
    expect(connection.warnings.join()).toContain('legacy');
    await connection.close();
  });

  it('takes no SHA-1 signature of a host by default', async () => {
    const port = await server({ algorithms: { serverHostKey: ['ssh-rsa'] } });
    expect((await refusal(target(port))).code).toBe('SSH_ALGORITHM');
  });

  it('says HOST_DOWN within the timeout where something listens and never speaks', async () => {
    const { port, sockets } = await tcp((s) => s.resume());
    const start = Date.now();
    const error = await refusal(target(port, { connectTimeoutMs: 300 }));
    expect([error.code, error.details.why]).toEqual(['HOST_DOWN', expect.stringContaining('no SSH server spoke')]);
    expect(Date.now() - start).toBeLessThan(8000);
    await expect.poll(() => sockets.map((s) => s.destroyed || s.readableEnded), { timeout: 10_000 }).toEqual([true]);
  });

  it('says HOST_DOWN where the server hangs up before it speaks, and SSH_ALGORITHM for SSH 1', async () => {
    expect((await refusal(target((await tcp((s) => s.end())).port))).code).toBe('HOST_DOWN');
    const old = await tcp((s) => s.write('SSH-1.5-1.2.27\r\n'));
    expect((await refusal(target(old.port, { connectTimeoutMs: 2000 }))).code).toBe('SSH_ALGORITHM');
  });

  it('dials ahead, reads nothing until somebody listens, dials anew the next time, and closes what nobody has taken', async () => {
    const { port, sockets } = await tcp((s) => s.end('spoken early'));
    const ahead = new Ahead(target(port), undefined);
    await expect.poll(() => sockets.length).toBe(1);
    await new Promise((resolve) => setTimeout(resolve, 50));
    const socket = await ahead.open();
    expect([socket.destroyed, socket.readableEnded, socket.bytesRead]).toEqual([false, false, 0]);
    const closed = new Promise((resolve) => socket.once('close', resolve));
    const said: Buffer[] = [];
    socket.on('data', (data: Buffer) => said.push(data)).resume();
    await closed;
    expect(Buffer.concat(said).toString()).toBe('spoken early');
    (await ahead.open()).destroy();
    expect(sockets).toHaveLength(2);
    const waiting = await tcp((s) => s.resume());
    new Ahead(target(waiting.port), undefined).leave();
    await expect.poll(() => waiting.sockets.map((s) => s.destroyed || s.readableEnded), { timeout: 10_000 }).toEqual([true]);
  });

  it('leaves no socket where known_hosts cannot be read', async () => {
    const { port, sockets } = await tcp((s) => s.resume());
    expect((await refusal(target(port, { knownHosts: [rig.path('')] }))).code).toBe('SSH_CONFIG');
    await expect.poll(() => sockets.every((s) => s.destroyed || s.readableEnded), { timeout: 10_000 }).toBe(true);
  });

  it('stops at once when aborted, before and while connecting, and leaves no socket', async () => {
    expect((await refusal(target(1), AbortSignal.abort())).code).toBe('INTERRUPTED');
    const { port, sockets } = await tcp((s) => s.resume());
    const stop = new AbortController();
    setTimeout(() => stop.abort(), 100);
    const start = Date.now();
    expect((await refusal(target(port), stop.signal)).code).toBe('INTERRUPTED');
    expect(Date.now() - start).toBeLessThan(8000);
    await expect.poll(() => sockets.map((s) => s.destroyed || s.readableEnded), { timeout: 10_000 }).toEqual([true]);
  });

  it('notices a peer that has gone silent by keepalive', async () => {
    const inner = await server();
    const pairs: [Socket, Socket][] = [];
    const proxy = await tcp((near) => {
      const far = tcpConnect(inner, '127.0.0.1');
      far.on('error', () => undefined);
      near.pipe(far).pipe(near);
      pairs.push([near, far]);
    });
    const connection = await connect(target(proxy.port, { keepaliveMs: 100, keepaliveCount: 2 }));
    const shell = await connection.openShell();
    for (const [near, far] of pairs) {
      near.unpipe(far);
      far.unpipe(near);
      near.resume();
    }
    const end = await shell.closed;
    expect((end.error as ProvisionError).code).toBe('SSH_LOST');
    expect((end.error as ProvisionError).details.why).toContain('Keepalive');
    await connection.close();
    for (const [, far] of pairs) far.destroy();
  });

  it('gives the shell back the end of its output when the channel is destroyed by us', async () => {
    const connection = await connect(target(await server()));
    const shell = await connection.openShell();
    shell.destroy();
    expect((await shell.closed).error).toBeInstanceOf(Error);
    let text = '';
    for await (const chunk of shell.output) text += Buffer.from(chunk).toString();
    expect(['', 'ok\n']).toContain(text);
    await connection.close();
  });
});
