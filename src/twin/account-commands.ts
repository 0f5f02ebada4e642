/**
 * What an installer needs beside files, on all simulated systems: ssh -V, ssh-keygen, the home folder of an account, crontab, date.
 *
 * In: words. Out: an answer and changed files, or undefined when the command is not one of these. The keys are real ones.
 */
import ssh2 from 'ssh2';
import { type CommonHost, failed, getopt, ok } from './common-host.js';
import { DiskFullError } from './files.js';
import { type KeyType, makeKey } from './keys.js';
import { knowsEd25519, sshVersion } from './openssh.js';
import type { CommandResult } from './system.js';

export const ACCOUNT_PROGRAMS = ['/bin/sh', '/bin/date', '/usr/bin/ssh', '/usr/bin/ssh-keygen', '/usr/bin/crontab'];

type Command = (host: CommonHost, args: readonly string[]) => CommandResult | undefined;

const NONE = 'No such file or directory';

/** Where an account is at home. Every account is there. */
export const homeOf = (user: string): string => (user === 'root' ? '/root' : `/home/${user}`);

const ssh: Command = (host, args) => {
  if (args.length === 1 && args[0] === '-V') return failed(0, `${sshVersion(host)}\n`);
  return failed(255, 'ssh: this simulated host knows ssh -V only\n');
};

/** The files are written as they would be, or not at all. */
function save(host: CommonHost, path: string, content: string, mode: number): CommandResult | undefined {
  const folder = path.slice(0, path.lastIndexOf('/')) || '/';
  if (!host.files.isDirectory(folder)) return failed(1, `Saving key "${path}" failed: ${NONE}\n`);
  try {
    host.files.write(path, content, mode);
    return undefined;
  } catch (error) {
    if (!(error instanceof DiskFullError)) throw error;
    return failed(1, `Saving key "${path}" failed: No space left on device\n`);
  }
}

function publicHalf(host: CommonHost, path: string): CommandResult {
  const text = host.files.read(path);
  if (text === undefined) return failed(1, `${path}: ${NONE}\n`);
  if (((host.files.get(path)?.mode ?? 0) & 0o077) !== 0)
    return failed(1, `Permissions for '${path}' are too open.\nLoad key "${path}": bad permissions\n`);
  const key = ssh2.utils.parseKey(text);
  if (key instanceof Error) return failed(1, `Load key "${path}": error in libcrypto\n`);
  return ok(`${`${key.type} ${key.getPublicSSH().toString('base64')} ${key.comment}`.trim()}\n`);
}

const sshKeygen: Command = (host, args) => {
  const given = getopt(args, 'qyt:b:N:C:f:');
  const path = given?.values.get('f');
  if (given === undefined || path === undefined || given.rest.length > 0)
    return failed(1, 'usage: ssh-keygen [-q] [-t type] [-N passphrase] [-C comment] [-f file]\n');
  if (given.flags.has('y')) return publicHalf(host, path);
  const type = given.values.get('t') ?? (knowsEd25519(host) ? 'ed25519' : 'rsa');
  if (type !== 'rsa' && (type !== 'ed25519' || !knowsEd25519(host))) return failed(1, `unknown key type ${type}\n`);
  if (given.values.get('N') !== '') return failed(1, `ssh-keygen: this simulated host makes keys without a passphrase only (-N '')\n`);
  // It asks, and standard input is empty.
  if (host.files.get(path) !== undefined) return failed(1, '', `${path} already exists.\nOverwrite (y/n)? `);
  const comment = given.values.get('C') ?? `root@${host.hostname}`;
  const made = makeKey(type satisfies KeyType, comment);
  const wrong = save(host, path, made.privateKey, 0o600) ?? save(host, `${path}.pub`, `${made.publicKey} ${comment}`.trim().concat('\n'), 0o644);
  if (wrong !== undefined) return wrong;
  return ok(given.flags.has('q') ? '' : `Generating public/private ${type} key pair.\nYour identification has been saved in ${path}\n`);
};

/** No shell: the one line that tells where an account is at home, word for word. */
const sh: Command = (_host, args) => {
  const [flag, line, , user = ''] = args;
  if (flag !== '-c' || line !== 'eval echo "~$1"' || args.length !== 4 || !/^[A-Za-z_][A-Za-z0-9._-]{0,31}$/.test(user)) return undefined;
  return ok(`${homeOf(user)}\n`);
};

const CRON_LINE = /^(?:@(?:reboot|yearly|annually|monthly|weekly|daily|midnight|hourly)|[-0-9*,/]+(?:[ \t]+[-0-9A-Za-z*,/]+){4})[ \t]+\S/;

function badCronLine(text: string): number {
  const fine = (line: string): boolean =>
    /^[ \t]*(?:#|$)/.test(line) || /^[ \t]*[A-Za-z_][A-Za-z0-9_]*[ \t]*=/.test(line) || CRON_LINE.test(line.trimStart());
  return text.split('\n').findIndex((line) => !fine(line));
}

const crontab: Command = (host, args) => {
  const linux = host.uname.sysname === 'Linux';
  const table = linux ? '/var/spool/cron/crontabs/root' : '/var/cron/tabs/root';
  const given = getopt(args, 'lru:');
  if (given === undefined) return failed(1, 'crontab: usage error: unrecognized option\n');
  const none = failed(1, `${linux ? '' : 'crontab: '}no crontab for root\n`);
  if (given.flags.has('l')) {
    const text = host.files.read(table);
    return text === undefined ? none : ok(text);
  }
  if (given.flags.has('r')) return host.files.remove(table) ? ok() : none;
  const [from] = given.rest;
  if (from === undefined) return failed(1, 'crontab: usage error: file name must be specified for replace\n');
  const text = from === '-' ? '' : host.files.read(from);
  if (text === undefined) return failed(1, `${linux ? '' : 'crontab: '}${from}: ${NONE}\n`);
  const wrong = badCronLine(text);
  if (wrong >= 0) return failed(1, `"${from}":${wrong + 1}: bad minute\nerrors in crontab file, can't install.\n`);
  host.files.write(table, text, 0o600);
  return ok();
};

const date: Command = (host, args) => {
  const now = host.stack.internet.clock();
  if (args[0] === '+%s' && args.length === 1) return ok(`${Math.floor(now / 1000)}\n`);
  return args.length === 0 ? ok(`${new Date(now).toUTCString()}\n`) : failed(1, 'date: this simulated host knows date and date +%s only\n');
};

const COMMANDS: Readonly<Record<string, Command>> = { ssh, 'ssh-keygen': sshKeygen, sh, crontab, date };

/** @returns The answer, or undefined if the command is not one of these. */
export function accountCommand(host: CommonHost, words: readonly string[]): CommandResult | undefined {
  const [name = '', ...args] = words;
  const base = name.split('/').at(-1) ?? '';
  return Object.hasOwn(COMMANDS, base) ? COMMANDS[base]?.(host, args) : undefined;
}
