/**
 * What a login with a forced command gets: the receiver of an updater (docs/updater.md), or one single command; never a shell.
 *
 * In: the command of the key's line, what was asked for, where from. Out: output and exit status on the channel.
 */
import type { ServerChannel } from 'ssh2';
import type { SimulatedHost } from './host.js';
import { receive } from './receiver.js';
import { readReceiver } from './receiver-file.js';
import { seenIn } from './receiver-request.js';

/** As sshd gives it to the command. */
export interface Asked {
  readonly user: string;
  /** SSH_CONNECTION. */
  readonly connection: string;
  /** SSH_ORIGINAL_COMMAND; empty where a shell was asked for. */
  readonly original: string;
}

interface Said {
  readonly exit: number;
  readonly stdout?: string;
  readonly stderr?: string;
}

const DIRECT = /^(?:exec )?\/bin\/sh (\/[A-Za-z0-9_./+-]+)$/;
const BECOME = /^exec \/bin\/sh -c 'exec (sudo|doas) -n \/bin\/sh (\/[A-Za-z0-9_./+-]+) "\$SSH_CONNECTION" "\$SSH_ORIGINAL_COMMAND"'$/;

/** How the sh of this system says that it cannot read its script. */
function cannotOpen(host: SimulatedHost, path: string, why: string): Said {
  const { sysname } = host.system.uname;
  if (sysname === 'Linux') return { exit: 2, stderr: `/bin/sh: 0: cannot open ${path}: ${why.replace(/ or directory$/, '')}\n` };
  const said = sysname === 'OpenBSD' ? `${path}: ${why}` : sysname === 'NetBSD' ? `Can't open ${path}` : `cannot open ${path}: ${why}`;
  return { exit: 127, stderr: `/bin/sh: ${said}\n` };
}

async function runReceiver(host: SimulatedHost, path: string, uid: number, asked: Asked): Promise<Said | undefined> {
  const { files } = host.system;
  const text = files.read(path);
  if (text === undefined) return cannotOpen(host, path, files.isDirectory(path) ? 'Is a directory' : 'No such file or directory');
  if (uid !== 0) return cannotOpen(host, path, 'Permission denied');
  const file = readReceiver(text);
  if (file === undefined) return { exit: 2, stderr: `${path}: Syntax error: end of file unexpected (expecting "}")\n` };
  const answered = await receive(host, file, asked.original, seenIn(asked.connection));
  return answered === undefined ? undefined : { exit: answered.exit, stdout: `${answered.line}\n` };
}

async function said(host: SimulatedHost, command: string, asked: Asked): Promise<Said | undefined> {
  const { faults } = host;
  const direct = DIRECT.exec(command)?.[1];
  if (direct !== undefined) return runReceiver(host, direct, faults.uid, asked);
  const [, how, path] = BECOME.exec(command) ?? [];
  if (path === undefined) return { exit: 2, stderr: 'simulated host: a forced command is the receiver of an updater or nothing\n' };
  const refusal = faults.becomeRefusal(how === 'doas' ? 'doas' : 'sudo', asked.user);
  return refusal ?? runReceiver(host, path, 0, asked);
}

/** Answers on the channel, if there is still anybody. A host that lost power meanwhile says nothing. */
export async function runForced(host: SimulatedHost, channel: ServerChannel, command: string, asked: Asked): Promise<void> {
  const answer = await said(host, command, asked);
  if (answer === undefined || !channel.writable) return;
  if (answer.stdout !== undefined) channel.write(answer.stdout);
  if (answer.stderr !== undefined) channel.stderr.write(answer.stderr);
  channel.exit(answer.exit);
  channel.end();
}
