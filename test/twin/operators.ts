/**
 * Two operators: each has a folder with an inventory, a state and a key of their own, and each key logs in to one host only.
 *
 * The hosts are simulated ones that stand by themselves; the program reaches them as it would reach real ones.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from '../../src/cli/program.js';
import type { Io } from '../../src/cli/types.js';
import { startTwin, type Twin } from '../../src/twin/twin.js';
import type { CommandRan } from './command.js';

/** The two hosts of the guide. */
const GUIDE = {
  mostly: { hostname: 'mostly.pointless.net', address: '212.25.240.34', system: 'NetBSD 1.5.2' },
  wlan: { hostname: 'wlan.dek.spc.org', address: '217.154.12.2', system: 'FreeBSD 4.5' },
} as const;

export type HostName = keyof typeof GUIDE;

export interface Operator {
  readonly home: string;
  readonly host: HostName;
  /** The command line, in the operator's folder. */
  provision(...argv: string[]): Promise<CommandRan>;
  /** The same with a person who gives these answers, one after another. */
  asked(answers: readonly string[], ...argv: string[]): Promise<CommandRan & { readonly questions: readonly string[] }>;
  /** The same; `stop` presses Ctrl-C. */
  started(...argv: string[]): { readonly ended: Promise<CommandRan>; readonly stop: () => void; readonly said: () => string };
  path(...parts: string[]): string;
  read(...parts: string[]): string;
  write(name: string, text: string): string;
  publicKey(): string;
  /** Lets this operator's key sign. */
  trusts(other: Operator): void;
}

interface Given {
  readonly home: string;
  readonly answers?: readonly string[];
}

function begin({ home, answers }: Given, argv: readonly string[]) {
  const out: string[] = [];
  const err: string[] = [];
  const questions: string[] = [];
  const left = [...(answers ?? [])];
  let stop = (): void => undefined;
  const io: Io = {
    stdout: { write: (t) => void out.push(t), isTTY: false },
    stderr: { write: (t) => void err.push(t), isTTY: false },
    env: { HOME: home, XDG_STATE_HOME: join(home, 'state'), XDG_CONFIG_HOME: join(home, 'config') },
    cwd: home,
    ask:
      answers === undefined
        ? undefined
        : (question) => {
            questions.push(question);
            return Promise.resolve(left.shift() ?? '');
          },
    onStop: (handler) => {
      stop = handler;
      return () => undefined;
    },
    pipeline: () => import('../../src/pipeline.js'),
  };
  const ended = run(argv.includes('-i') ? argv : [...argv, '-i', join(home, 'inventory')], '0', io).then((exit) => ({
    exit,
    out: out.join(''),
    err: err.join(''),
    questions,
  }));
  return { ended, stop: () => stop(), said: () => out.join('') + err.join('') };
}

type Files = ReadonlyMap<string, string>;
const made = new Map<HostName, Files>();

/** Made once for all tests of a process: an RSA key takes its time. The systems of the guide's time know no others to log in with. */
function keysOf(host: HostName): Files {
  const known = made.get(host);
  if (known !== undefined) return known;
  const folder = mkdtempSync(join(tmpdir(), 'operator-keys-'));
  execFileSync('ssh-keygen', ['-q', '-t', 'rsa', '-b', '2048', '-N', '', '-C', host, '-f', join(folder, 'login')]);
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', host, '-f', join(folder, 'id_ed25519')]);
  const files = new Map(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), 'utf8')]));
  rmSync(folder, { recursive: true });
  made.set(host, files);
  return files;
}

function operator(base: string, host: HostName): Operator {
  const home = join(base, host);
  const path = (...parts: string[]): string => join(home, ...parts);
  mkdirSync(path('.ssh'), { recursive: true, mode: 0o700 });
  mkdirSync(path('inventory'));
  for (const [name, text] of keysOf(host)) writeFileSync(path('.ssh', name), text, { mode: 0o600 });
  const publicKey = (): string => readFileSync(path('.ssh', 'id_ed25519.pub'), 'utf8').split(' ').slice(0, 2).join(' ');
  const write = (name: string, text: string): string => {
    writeFileSync(path(name), text);
    return path(name);
  };
  return {
    home,
    host,
    path,
    write,
    publicKey,
    read: (...parts) => readFileSync(path(...parts), 'utf8'),
    provision: (...argv) => begin({ home }, argv).ended,
    asked: (answers, ...argv) => begin({ home, answers }, argv).ended,
    started: (...argv) => begin({ home }, argv),
    trusts: (other) => {
      mkdirSync(path('config', 'provision'), { recursive: true });
      writeFileSync(path('config', 'provision', 'allowed_signers'), `${other.host} namespaces="provision-offer" ${other.publicKey()}\n`, {
        flag: 'a',
      });
    },
  };
}

export function inventoryText(host: HostName, ssh: string): string {
  const { hostname, address } = GUIDE[host];
  return `hosts:\n  ${host}: { hostname: ${hostname}, address: ${address}${ssh} }\n`;
}

export interface Operators {
  readonly mostly: Operator;
  readonly wlan: Operator;
  close(): void;
}

/** Two operators whose inventories hold their own host and no way in to it. */
export function makeOperators(): Operators {
  const base = mkdtempSync(join(tmpdir(), 'operators-'));
  const [mostly, wlan] = [operator(base, 'mostly'), operator(base, 'wlan')];
  for (const one of [mostly, wlan]) one.write('inventory/own.yaml', inventoryText(one.host, ''));
  return { mostly, wlan, close: () => rmSync(base, { recursive: true, force: true }) };
}

/** How a host is dialled with the key of an operator. */
export function wayIn(twin: Twin, host: HostName, { path }: Operator): string {
  const at = twin.endpoints.get(host);
  return `, ssh: { host: 127.0.0.1, port: ${at?.port ?? 0}, user: root, identity: ${path('.ssh', 'login')}, host_key: "${at?.hostKey ?? ''}" }`;
}

/** The hosts of the guide, each letting in its own operator's key and no other, and standing in that operator's inventory with its port. */
export async function hostsFor({ mostly, wlan }: Operators): Promise<Twin> {
  const specs = Object.entries(GUIDE).map(([name, { address, system }]) => ({ name, system, addresses: [address] }));
  const twin = await startTwin(specs);
  for (const one of [mostly, wlan]) {
    const files = twin.hosts.get(one.host)?.system.files;
    files?.addDirectory('/root/.ssh', 0o700);
    files?.write('/root/.ssh/authorized_keys', one.read('.ssh', 'login.pub'), 0o600);
    one.write('inventory/own.yaml', inventoryText(one.host, wayIn(twin, one.host, one)));
  }
  return twin;
}

/** What `offer` and `accept` do between two people who have compared their fingerprints. */
export async function agree({ mostly, wlan }: Operators): Promise<void> {
  mostly.trusts(wlan);
  wlan.trusts(mostly);
  const ran = [
    await mostly.provision('offer', 'mostly-wlan', '--subnet', '10.1.12.36/30', '--mtu', '1450', '--output', mostly.path('..', 'offer')),
    await wlan.provision('accept', wlan.path('..', 'offer'), '--output', wlan.path('..', 'answer'), '--yes'),
    await mostly.provision('accept', mostly.path('..', 'answer'), '--yes'),
  ];
  const bad = ran.find((r) => r.exit !== 0);
  if (bad !== undefined) throw new Error(bad.err);
}
