/**
 * What goes wrong before a login, in the words of people: from socket and ssh2 errors to the closed list of codes.
 */
import { ProvisionError } from '../errors/error.js';
import { place, type SshTarget } from './endpoint.js';

/** How far a connection had come when it failed. */
export type ConnectStage = 'tcp' | 'banner' | 'exchange' | 'login';

/** ssh2 adds `level`, sockets add `code`. */
export type Ssh2Error = Error & { readonly level?: string; readonly code?: string | number };

const NAME_CODES = ['ENOTFOUND', 'EAI_AGAIN', 'EAI_NODATA', 'EAI_NONAME', 'EAI_FAIL'];

const WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'it refuses the connection: no SSH server listens there',
  ETIMEDOUT: 'no answer',
  EHOSTUNREACH: 'there is no way to it',
  ENETUNREACH: 'there is no way to its network',
  ECONNRESET: 'it broke the connection off',
  EACCES: 'this machine forbids the connection',
  EADDRNOTAVAIL: 'the address cannot be used from this machine',
};

/** One level of an AggregateError is what Node gives where a name has several addresses. */
function codeOf(error: Ssh2Error): string {
  if (typeof error.code === 'string') return error.code;
  const inner: unknown = error instanceof AggregateError ? error.errors[0] : undefined;
  return inner instanceof Error ? String((inner as NodeJS.ErrnoException).code ?? '') : '';
}

const via = (target: SshTarget): string => (target.jumps.length === 0 ? '' : ` through ${target.jumps.map((j) => j.name).join(', ')}`);

export function hostDown(target: SshTarget, why: string, cause?: unknown): ProvisionError {
  return new ProvisionError('HOST_DOWN', `${target.name} does not answer at ${place(target)}${via(target)}.`, {
    host: target.name,
    why,
    next: `Check address, port and firewall; try: ssh ${target.port === 22 ? '' : `-p ${target.port} `}${target.user}@${target.address}`,
    ...(cause !== undefined && { cause }),
  });
}

/** Somebody did not go on; `stage` is what was waited for. */
export class TimedOut extends ProvisionError {
  constructor(
    down: ProvisionError,
    readonly stage: ConnectStage,
  ) {
    super(down.code, down.message, down.details);
  }
}

export function timedOut(target: SshTarget, stage: ConnectStage): TimedOut {
  const seconds = `${target.connectTimeoutMs / 1000} s`;
  const why = {
    tcp: `no TCP connection within ${seconds}`,
    banner: `it took the connection and no SSH server spoke within ${seconds}`,
    exchange: `the key exchange was not done within ${seconds}`,
    login: 'the login was not answered in time',
  }[stage];
  return new TimedOut(hostDown(target, why), stage);
}

function noAlgorithm(target: SshTarget, message: string): ProvisionError {
  const what = /no matching (.+)$/i.exec(message)?.[1] ?? 'algorithm';
  const next = target.legacy
    ? 'The host is older than anything provision speaks (SSH protocol 1?), or ssh_config allows too little.'
    : `For a host as old as the guide write in the inventory, under ${target.name}: ssh: { legacy: true }`;
  return new ProvisionError('SSH_ALGORITHM', `${target.name} at ${place(target)} and this machine have no ${what} in common.`, {
    host: target.name,
    next,
  });
}

/** Maps an error of the socket or of ssh2 before login. `stage` decides where the words alone do not. */
export function connectError(target: SshTarget, error: Ssh2Error, stage: ConnectStage): ProvisionError {
  const code = codeOf(error);
  if (NAME_CODES.includes(code)) {
    return new ProvisionError('HOST_NAME', `The name ${target.address} of ${target.name} cannot be resolved.`, {
      host: target.name,
      why: code,
      next: 'Give ssh.host or address of this host in the inventory, or HostName in ssh_config.',
      cause: error,
    });
  }
  if (/no matching/i.test(error.message)) return noAlgorithm(target, error.message);
  if (/protocol version|Invalid identification/i.test(error.message)) {
    return new ProvisionError('SSH_ALGORITHM', `${target.name} at ${place(target)} does not speak SSH protocol 2.`, {
      host: target.name,
      why: 'what it says first is not the greeting of an SSH 2 server',
      next: 'Is it the right port? A server that speaks SSH protocol 1 only has to be replaced.',
      cause: error,
    });
  }
  const words = WORDS[code];
  if (words !== undefined) return hostDown(target, words, error);
  if (stage === 'login') return loginBroken(target, error.message, error);
  return hostDown(target, stage === 'banner' ? 'it took the connection and closed it before any SSH server spoke' : error.message, error);
}

/** The server hung up during the login: most often too many keys, or an account that may not log in. */
export function loginBroken(target: SshTarget, why: string, cause?: unknown): ProvisionError {
  return new ProvisionError('SSH_AUTH', `${target.name} at ${place(target)} broke off the login of ${target.user}.`, {
    host: target.name,
    why,
    next: 'Too many keys? Name the right one with ssh.identity and set IdentitiesOnly yes. Else see the log of sshd on the host.',
    ...(cause !== undefined && { cause }),
  });
}

export function lost(target: SshTarget, why: string, cause?: unknown): ProvisionError {
  return new ProvisionError('SSH_LOST', `The connection to ${target.name} was lost.`, {
    host: target.name,
    why,
    ...(cause !== undefined && { cause }),
  });
}

export const interrupted = (target: SshTarget): ProvisionError =>
  new ProvisionError('INTERRUPTED', `Connecting to ${target.name} was stopped.`, { host: target.name, state: 'Nothing was changed on it.' });
