/**
 * A real SSH server (ssh2's, on 127.0.0.1) in front of one simulated host.
 *
 * In: a host, its key, the public keys that may log in beside those of its authorized_keys files. Out: a listening port. `exec` of one of the ways to
 * start /bin/sh gives the wire shell, any other command line is split into words and run as one command, a login by hand gets a prompt that says what
 * this is, and a key with a forced command gets that and nothing else.
 */
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import ssh2, { type AuthContext, type Connection, type ServerChannel, type Session } from 'ssh2';
import { homeOf } from './account-commands.js';
import { type Access, authorizedText, findAccess } from './authorized.js';
import { runForced } from './forced.js';
import type { SimulatedHost } from './host.js';
import type { KeyPair } from './keys.js';
import { prompt } from './prompt.js';
import { WireShell } from './wire.js';
import { splitWords } from './words.js';

const PLAIN = new Set(['exec /bin/sh', '/bin/sh', 'exec /bin/sh -s', '/bin/sh -s']);
const BECOME: ReadonlyMap<string, 'sudo' | 'doas'> = new Map([
  ['exec sudo -n -- /bin/sh', 'sudo'],
  ['sudo -n -- /bin/sh', 'sudo'],
  ['exec doas -n /bin/sh', 'doas'],
  ['doas -n /bin/sh', 'doas'],
]);

export interface HostServer {
  readonly port: number;
  close(): Promise<void>;
}

function finish(channel: ServerChannel, exit: number): void {
  channel.exit(exit);
  channel.end();
}

function wireShell(host: SimulatedHost, channel: ServerChannel, uid: number): void {
  host.connections.shells += 1;
  const shell = new WireShell(host, uid, {
    write: (bytes) => channel.write(bytes),
    writeError: (text) => channel.stderr.write(text),
    exit: (status) => finish(channel, status),
  });
  channel.on('data', (bytes: Buffer) => {
    host.onInput(bytes);
    shell.feed(bytes);
  });
  channel.on('end', () => shell.end());
}

function oneCommand(host: SimulatedHost, channel: ServerChannel, line: string, uid: number): void {
  const split = splitWords(line.replace(/^exec /, ''));
  if ('refused' in split) {
    channel.stderr.write(`simulated host: ${split.refused}; only single commands and the wire program are known here\n`);
    finish(channel, 2);
    return;
  }
  const ran = host.run(split.words, uid);
  if (!('result' in ran)) return;
  if (ran.result.stdout !== '') channel.write(ran.result.stdout);
  if (ran.result.stderr !== '') channel.stderr.write(ran.result.stderr);
  finish(channel, ran.result.exit);
}

function exec(host: SimulatedHost, channel: ServerChannel, line: string, user: string): void {
  const { faults } = host;
  if (faults.banner !== '') channel.write(faults.banner);
  const how = BECOME.get(line);
  const refusal = how === undefined ? undefined : faults.becomeRefusal(how, user);
  if (refusal !== undefined) {
    channel.stderr.write(refusal.stderr);
    finish(channel, refusal.exit);
  } else if (PLAIN.has(line) || how !== undefined) wireShell(host, channel, how === undefined ? faults.uid : 0);
  else oneCommand(host, channel, line, faults.uid);
}

interface Login {
  readonly user: string;
  readonly access: Access;
  /** SSH_CONNECTION. */
  readonly connection: string;
}

const FULL: Access = { pty: true, forwarding: true };

function session(host: SimulatedHost, made: Session, { user, access, connection }: Login): void {
  const { command } = access;
  const open = (accept: () => ServerChannel, asked: string, otherwise: (channel: ServerChannel) => void): void => {
    host.connections.channels += 1;
    const channel = accept();
    // A client that goes away in the middle is no error of the host.
    channel.on('error', () => undefined);
    if (command === undefined) otherwise(channel);
    else void runForced(host, channel, command, { user, connection, original: asked });
  };
  made.on('pty', (accept, reject) => (access.pty ? accept?.() : reject?.()));
  made.on('env', (accept) => accept?.());
  made.on('exec', (accept, _reject, info) => open(accept, info.command, (channel) => exec(host, channel, info.command.trim(), user)));
  made.on('shell', (accept) =>
    open(accept, '', (channel) => {
      if (host.faults.banner !== '') channel.write(host.faults.banner);
      prompt(host, channel);
    }),
  );
  // Without a forced command there is no subsystem here; with one it is what stands in SSH_ORIGINAL_COMMAND.
  if (command !== undefined) made.on('subsystem', (accept, _reject, info) => open(accept, info.name, () => undefined));
}

/** What this attempt may do if it is one of our keys, or one of the account's, with a good signature (or asks whether the key would do). */
function accepts(host: SimulatedHost, keys: readonly string[], context: AuthContext, source: string): Access | undefined {
  if (context.method !== 'publickey') return undefined;
  const blob = context.key.data.toString('base64');
  const ours = keys.some((key) => key.split(' ')[1] === blob);
  const sshd = { uname: host.system.uname, files: host.system.files };
  const access = ours ? FULL : findAccess(sshd, authorizedText(sshd, homeOf(context.username)), { blob, source });
  if (access === undefined || context.signature === undefined || context.blob === undefined) return access;
  const parsed = ssh2.utils.parseKey(`${context.key.algo} ${blob}`);
  return !(parsed instanceof Error) && parsed.verify(context.blob, context.signature, context.hashAlgo) === true ? access : undefined;
}

/** By local port: where in the simulated internet a connection comes from, and which address of ours was dialled. */
export type Sources = ReadonlyMap<number, { readonly from: string; readonly server: string }>;

/** Where else than to sessions of its own a host takes its users: undefined where TCP does not get to that address. */
export type Through = (address: string) => Duplex | undefined;

function forwards(client: Connection, access: () => Access, through: Through): void {
  client.on('tcpip', (accept, reject, { destIP }) => {
    const far = access().forwarding ? through(destIP) : undefined;
    if (far === undefined) return reject();
    const channel = accept();
    for (const [one, other] of [
      [far, channel],
      [channel, far],
    ] as const) {
      one.on('error', () => undefined);
      one.on('close', () => other.destroy());
      one.pipe(other);
    }
  });
}

function take(host: SimulatedHost, keys: readonly string[], client: Connection, seen: () => ReturnType<Sources['get']>, through: Through): void {
  let login: Login = { user: '', access: { pty: false, forwarding: false }, connection: '' };
  client.on('authentication', (context) => {
    const { from, server } = seen() ?? { from: '127.0.0.1', server: '127.0.0.1' };
    const access = accepts(host, keys, context, from);
    if (access === undefined) return context.reject(['publickey']);
    login = { user: context.username, access, connection: `${from} 50000 ${server} 22` };
    context.accept();
  });
  client.on('session', (accept) => session(host, accept(), login));
  forwards(client, () => login.access, through);
  client.on('error', () => undefined);
}

/** Listens on 127.0.0.1. @param port - 0 takes a free one. */
export async function serve(
  host: SimulatedHost,
  key: KeyPair,
  keys: readonly string[],
  port: number,
  sources: Sources,
  through: Through = () => undefined,
): Promise<HostServer> {
  const open = new Set<Connection>();
  const sockets = new Set<Socket>();
  const server = new ssh2.Server({ hostKeys: [key.privateKey], ident: 'simulated' }, (client, info) => {
    if (!host.powered || host.faults.deaf) {
      client.end();
      return;
    }
    host.connections.connections += 1;
    open.add(client);
    // Looked up when it is needed: this side may hear of the connection before the other one knows its port.
    take(host, keys, client, () => sources.get(info.port), through);
    client.on('close', () => open.delete(client));
  });
  const raw = (server as unknown as { _srv?: { on(event: 'connection', f: (s: Socket) => void): void } })._srv;
  raw?.on('connection', (socket) => {
    sockets.add(socket);
    // Without this every small packet waits 40 ms for an acknowledgement on loopback.
    socket.setNoDelay(true);
    socket.on('close', () => sockets.delete(socket));
  });
  const drop = (): void => {
    // Cut, not closed in good order. What the host had written before still arrives, so that a cut at a command is the same in every run.
    for (const socket of sockets) socket.destroySoon();
  };
  host.onDown = drop;
  await new Promise<void>((resolve, reject) => {
    server.on('error', reject);
    server.listen(port, '127.0.0.1', () => resolve());
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const client of open) client.end();
        for (const socket of sockets) socket.destroy();
      }),
  };
}
