/** A linked pair of simulated hosts with a receiver on the fixed end and a key for it on the other, and SSH connections as clients make them. */
import ssh2, { type ClientChannel } from 'ssh2';
import { expect } from 'vitest';
import type { Inventory } from '../../../src/model/inventory.js';
import type { Move, OuterPair } from '../../../src/model/updater.js';
import { compilePhase } from '../../../src/script/compile.js';
import { filledPart } from '../../../src/script/move.js';
import { preludeText } from '../../../src/script/prelude.js';
import type { TwinHost } from '../../../src/twin/host.js';
import type { Twin } from '../../../src/twin/twin.js';
import { type Answer, drain } from '../drain.js';
import { pairInventory } from '../pair.js';
import { type Rig, withPair } from '../rig.js';
import { moveOf, receiverFile } from './move.js';

export const FIXED = '203.0.113.1';
export const FIRST = '203.0.113.2';
export const NEXT = '198.51.100.9';
export const HOME = '/var/db/provision/pair';
export const GUARD = '/var/run/provision.pair';
const KEY = `${HOME}/updater.key`;

export async function login(port: number, privateKey: string, username = 'root'): Promise<ssh2.Client> {
  const client = new ssh2.Client();
  await new Promise<void>((resolve, reject) => {
    client.on('ready', resolve).on('error', reject);
    client.on('close', () => reject(new Error('closed')));
    client.connect({ host: '127.0.0.1', port, username, privateKey, readyTimeout: 5000 });
  });
  return client;
}

/** One request over an open connection: a command, or a shell or subsystem. */
export function request(client: ssh2.Client, what: string | { readonly subsystem: string } | 'shell', input = ''): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const take = (error: Error | undefined, channel: ClientChannel): void => {
      if (error) {
        reject(error);
        return;
      }
      resolve(drain(channel));
      channel.end(input);
    };
    if (what === 'shell') client.shell(false, take);
    else if (typeof what === 'string') client.exec(what, take);
    else client.subsys(what.subsystem, take as Parameters<typeof client.subsys>[1]);
  });
}

export interface Updated {
  readonly rig: Rig;
  readonly twin: Twin;
  readonly fixed: TwinHost;
  readonly dynamic: TwinHost;
  readonly key: string;
  /** How the dynamic end moves. */
  readonly own: Move;
  /** A connection from the dynamic end with the updater's key. */
  connect(): Promise<ssh2.Client>;
  /** What the receiver says to one line, over a connection of its own from the dynamic end. */
  ask(line: string, source?: string): Promise<Answer>;
  /** The dynamic end carries out its own move. */
  moveOwn(was: OuterPair, now: OuterPair): Promise<void>;
  /** Whether pings are answered through the tunnel, from the fixed and from the dynamic end. */
  pings(): [boolean, boolean];
}

/** The key is made on the dynamic end, of the best type that both know. */
function makeKeyThere(dynamic: TwinHost, fixed: TwinHost): void {
  expect(dynamic.exec(['mkdir', '-p', '-m', '0700', HOME]).exit).toBe(0);
  const make = (type: string) => dynamic.exec(['ssh-keygen', '-q', '-t', type, '-N', '', '-C', 'updater pair', '-f', KEY]);
  const modern = (host: TwinHost) => host.exec(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f', '/tmp/probe']).exit === 0;
  expect(make(modern(dynamic) && modern(fixed) ? 'ed25519' : 'rsa').exit).toBe(0);
  for (const host of [dynamic, fixed]) host.exec(['rm', '-f', '/tmp/probe', '/tmp/probe.pub']);
}

function restriction(host: TwinHost): string {
  const version = Number(/^OpenSSH_(\d+\.\d+)/.exec(host.exec(['ssh', '-V']).stderr)?.[1]);
  return version >= 7.2 ? 'restrict' : 'no-pty,no-port-forwarding,no-X11-forwarding,no-agent-forwarding';
}

export interface InstallOptions {
  readonly any?: boolean;
  readonly private?: boolean;
  readonly command?: string;
  /** Outer pair as the fixed end knows it. */
  readonly pair?: OuterPair;
}

export function installReceiver(fixed: TwinHost, publicKey: string, options: InstallOptions = {}): void {
  const { local, remote } = options.pair ?? { local: FIXED, remote: FIRST };
  const { files } = fixed.system;
  expect(fixed.exec(['mkdir', '-p', '-m', '0700', HOME]).exit).toBe(0);
  expect(fixed.exec(['mkdir', '-p', '-m', '0700', '/root/.ssh']).exit).toBe(0);
  const move = moveOf(fixed, { local, remote, peer: '10.1.12.38' });
  files.write(`${HOME}/receiver`, receiverFile({ home: HOME, guard: GUARD, local, move, ...options }), 0o700);
  files.write(`${HOME}/address`, `0 ${remote} confirmed 0\n`, 0o600);
  const command = options.command ?? `/bin/sh ${HOME}/receiver`;
  files.write('/root/.ssh/authorized_keys', `${restriction(fixed)},command="${command}" ${publicKey.trim()}\n`, 0o600);
}

const MARK = 'fedcba9876543210fedcba9876543210';

/** Carries out the dynamic end's own move over the wire, as the controller's key may. */
async function moveOwn(twin: Twin, move: Move, was: OuterPair, now: OuterPair): Promise<void> {
  const client = await login(twin.endpoints.get('right')?.port ?? 0, twin.clientKey.privateKey);
  const calls = [...filledPart(move, 'point', was, now), ...filledPart(move, 'boot', was, now)];
  const said = await request(client, 'exec /bin/sh', preludeText({ mark: MARK, dir: 'e'.repeat(32) }) + compilePhase(1, MARK, calls));
  client.end();
  expect(said.out).toContain(`${MARK} end 0001 done -`);
}

/** @param fixedKind - Left end, 203.0.113.1. @param dynamicKind - Right end, 203.0.113.2 at first. */
export function withUpdater<T>(
  fixedKind: string,
  dynamicKind: string,
  work: (updated: Updated) => Promise<T>,
  options: InstallOptions = {},
  inventory: Inventory = pairInventory(fixedKind, dynamicKind),
): Promise<T> {
  return withPair(
    fixedKind,
    dynamicKind,
    async (rig) => {
      expect((await rig.run('link')).state).toBe('as-wanted');
      const { twin } = rig.options.running;
      const [fixed, dynamic] = [rig.host('left'), rig.host('right')];
      makeKeyThere(dynamic, fixed);
      const key = dynamic.system.files.read(KEY) ?? '';
      installReceiver(fixed, dynamic.system.files.read(`${KEY}.pub`) ?? '', options);
      const own = moveOf(dynamic, { local: FIRST, remote: FIXED, peer: '10.1.12.37' });
      const ping = (host: TwinHost, to: string): boolean => host.exec(['ping', '-n', '-c', '1', to]).exit === 0;
      const connect = async (source?: string): Promise<ssh2.Client> => {
        const { port } = await twin.dial('right', 'left', source === undefined ? {} : { source });
        return login(port, key);
      };
      return work({
        rig,
        twin,
        fixed,
        dynamic,
        key,
        own,
        connect: () => connect(),
        ask: async (line, source) => {
          const client = await connect(source);
          try {
            return await request(client, line);
          } finally {
            client.end();
          }
        },
        moveOwn: (was, now) => moveOwn(twin, own, was, now),
        pings: () => [ping(fixed, '10.1.12.38'), ping(dynamic, '10.1.12.37')],
      });
    },
    inventory,
  );
}
