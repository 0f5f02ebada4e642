/**
 * Why no root shell came up: what sudo, doas or the login shell said, turned into an error with the line that mends it.
 *
 * In: the target, the exit status and standard error of a channel on which no hello of the wire program came. That the hello is
 * missing decides that it failed; the exit status and `become` decide who failed; the English words only say more exactly why,
 * since sudo and the shells speak the host's language. Texts and statuses: os-facts 15.1.
 */
import { clean } from '../errors/clean.js';
import { ProvisionError } from '../errors/error.js';
import type { SshTarget } from './endpoint.js';

const SHELL_PATH = '/bin/sh';

interface Failure {
  readonly target: SshTarget;
  readonly details: { host: string; command: string; stderr: string; exitCode?: number };
}

const sudoersLine = (user: string): string => `${user} ALL=(root) NOPASSWD: ${SHELL_PATH}`;
const doasLine = (user: string): string => `permit nopass ${user} as root cmd ${SHELL_PATH}`;

/** The line that lets this user have a root shell, and where it goes. */
function mend(target: SshTarget): string {
  if (target.become === 'doas') return `As root on ${target.name}, add to doas.conf as its last line: ${doasLine(target.user)}`;
  return `As root on ${target.name}, run visudo and add as the last line: ${sudoersLine(target.user)}`;
}

function missing({ target, details }: Failure): ProvisionError {
  return new ProvisionError('SUDO_MISSING', `${target.become} is not on ${target.name}, or not in the PATH of ${target.user}.`, {
    ...details,
    next: `Install it, or set ssh: { become: ${target.become === 'sudo' ? 'doas' : 'sudo'} } for ${target.name}, or log in as root.`,
  });
}

function password({ target, details }: Failure): ProvisionError {
  return new ProvisionError('SUDO_PASSWORD', `${target.become} on ${target.name} asks ${target.user} for a password.`, {
    ...details,
    why: 'provision never types passwords',
    next: mend(target),
  });
}

function terminal({ target, details }: Failure): ProvisionError {
  const line = target.become === 'sudo' ? `Defaults:${target.user} !requiretty` : doasLine(target.user);
  const where = target.become === 'sudo' ? 'run visudo and add' : 'add to doas.conf as its last line';
  return new ProvisionError('SUDO_TTY', `${target.become} on ${target.name} wants a terminal from ${target.user}.`, {
    ...details,
    why: 'provision never uses a terminal: a pty would change what the host answers',
    next: `As root on ${target.name}, ${where}: ${line}`,
  });
}

function rule({ target, details }: Failure): ProvisionError {
  return new ProvisionError('SUDO_RULE', `${target.become} on ${target.name} does not let ${target.user} run ${SHELL_PATH} as root.`, {
    ...details,
    next: mend(target),
  });
}

function shell({ target, details }: Failure, why: string): ProvisionError {
  return new ProvisionError('SSH_SHELL', `${target.name} did not start ${SHELL_PATH} for ${target.user}.`, {
    ...details,
    why,
    next: `Try: ssh ${target.port === 22 ? '' : `-p ${target.port} `}${target.user}@${target.address} ${SHELL_PATH}`,
  });
}

/** First pattern that fits decides; order matters: sudo says "you must have a tty" and "a password is required" in one breath. */
const WORDS: readonly [RegExp, (failure: Failure) => ProvisionError][] = [
  [/must have a tty|tty is required|no tty present|requiretty/i, terminal],
  [/not in the sudoers|is not allowed to (execute|run)|may not run|Operation not permitted|not permitted|I'm sorry [\w.-]+\. I'm afraid/i, rule],
  [/password is required|Authentication (required|failed)|interactive authentication is required|Authorization required|a password/i, password],
  [
    /(sudo|doas)['’]?: (command )?not found|command not found: (sudo|doas)|(sudo|doas): (Command )?not found|Unknown command:? '?(sudo|doas)/i,
    missing,
  ],
  [/(sudo|doas): No such file or directory|(sudo|doas): inaccessible or not found/i, missing],
];

const FORCED = /This account is( currently)? not available|nologin|This service allows|only sftp|restricted/i;

/**
 * Explains why the wire program's hello did not come.
 *
 * @param exit - Exit status of the channel, or undefined where it ended without one (a signal, a cut line).
 * @param stderr - What came on standard error; hostile.
 */
export function explainShellFailure(target: SshTarget, exit: number | undefined, stderr: string): ProvisionError {
  const text = clean(stderr.trim());
  const command = { none: 'exec /bin/sh', sudo: 'exec sudo -n -- /bin/sh', doas: 'exec doas -n /bin/sh' }[target.become];
  const failure: Failure = { target, details: { host: target.name, command, stderr: text, ...(exit !== undefined && { exitCode: exit }) } };
  if (FORCED.test(text)) return shell(failure, 'the account has no usable login shell on the host');
  if (target.become === 'none') {
    if (exit === 0) return shell(failure, 'it ended at once: a forced command or a login script may stand in the way');
    return shell(failure, exit === undefined ? 'the channel ended without an exit status' : `it ended with status ${exit}`);
  }
  const known = WORDS.find(([pattern]) => pattern.test(text));
  if (known) return known[1](failure);
  // Without words that we know: 127 is every POSIX shell's "not found"; 1 is how sudo -n and doas -n refuse.
  if (exit === 127) return missing(failure);
  if (exit === 1) return password(failure);
  return shell(failure, exit === undefined ? `${target.become} ended without an exit status` : `${target.become} ended with status ${exit}`);
}
