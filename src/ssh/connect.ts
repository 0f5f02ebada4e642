/**
 * Connects to a host, through its jump hosts, and opens the one shell that serves a run.
 *
 * In: a target (target.ts). Out: a connection with the fingerprint that was checked. Every failure is a ProvisionError, and no
 * socket is left open by one. Never a pty, never a forwarded agent; a shell by one of the three commands of docs/wire.md, or one request of docs/updater.md.
 */
import type { Client } from 'ssh2';
import { ProvisionError } from '../errors/error.js';
import type { Become } from '../model/inventory.js';
import type { ShellChannel } from '../model/wire.js';
import { shellChannel } from './channel.js';
import { Ahead, forward } from './dial.js';
import { place, type SshTarget } from './endpoint.js';
import { lost } from './failure.js';
import type { Login } from './login.js';

export interface Connection {
  readonly target: SshTarget;
  /** `SHA256:…` of the host key that was checked. */
  readonly fingerprint: string;
  /** That key, `type base64`. */
  readonly hostKey: string;
  /** Set where the key was not known before and has been accepted. */
  readonly accepted?: 'new';
  /** Sentences for people: algorithms of old, a key that could not be recorded … of the jump hosts too. */
  readonly warnings: readonly string[];
  /** Starts /bin/sh, as root if the target's `become` says so. @throws ProvisionError SSH_SHELL or SSH_LOST */
  openShell(): Promise<ShellChannel>;
  /** Asks for one command as it stands; the login shell or a forced command gets it. @throws ProvisionError SSH_SHELL or SSH_LOST */
  openRequest(command: string): Promise<ShellChannel>;
  /** Ends the connection and those to its jump hosts. Resolves when the sockets are closed; never rejects. */
  close(): Promise<void>;
}

/** No metacharacters, so that they mean the same in every login shell (os-facts 15.2). */
const SHELL: Readonly<Record<Become, string>> = {
  none: 'exec /bin/sh',
  sudo: 'exec sudo -n -- /bin/sh',
  doas: 'exec doas -n /bin/sh',
};

/** How long a server may take to answer our goodbye, in milliseconds. */
const CLOSE_MS = 1000;

async function endClient(client: Client): Promise<void> {
  await new Promise<void>((resolve) => {
    const timer = setTimeout(() => {
      client.destroy();
      resolve();
    }, CLOSE_MS);
    client.once('close', () => {
      clearTimeout(timer);
      resolve();
    });
    client.end();
  });
}

class LiveConnection implements Connection {
  readonly target: SshTarget;
  readonly fingerprint: string;
  readonly hostKey: string;
  readonly accepted?: 'new';
  readonly warnings: readonly string[];
  readonly #client: Client;
  readonly #jumps: readonly Client[];
  readonly #listeners = new Set<(error: Error | undefined) => void>();
  #cause: Error | undefined;
  #gone = false;
  #closing = false;

  constructor(target: SshTarget, opened: Login, jumps: readonly Client[], warnings: readonly string[]) {
    this.target = target;
    this.fingerprint = opened.fingerprint;
    this.hostKey = opened.hostKey;
    if (opened.accepted) this.accepted = opened.accepted;
    this.warnings = warnings;
    this.#client = opened.client;
    this.#jumps = jumps;
    opened.client.on('error', (error: Error) => {
      this.#cause ??= error;
    });
    opened.client.on('close', () => this.#onGone());
  }

  #onGone(): void {
    this.#gone = true;
    const error = lost(this.target, this.#closing ? 'it was closed by us' : (this.#cause?.message ?? 'the host closed the connection'), this.#cause);
    for (const listener of this.#listeners) listener(error);
    this.#listeners.clear();
    for (const jump of this.#jumps) jump.end();
  }

  openShell(): Promise<ShellChannel> {
    return this.openRequest(SHELL[this.target.become]);
  }

  async openRequest(command: string): Promise<ShellChannel> {
    if (this.#gone || this.#closing) throw lost(this.target, this.#cause?.message ?? 'it is closed', this.#cause);
    return await new Promise<ShellChannel>((resolve, reject) => {
      this.#client.exec(command, { pty: false }, (error, stream) => {
        // Wrapped at once: a short answer and its exit status may have come in the same packet, and nobody would hear of them a turn later.
        if (!error) resolve(shellChannel(stream, { onLost: (listener) => this.#listeners.add(listener) }));
        else if (this.#gone) reject(lost(this.target, this.#cause?.message ?? error.message, error));
        else reject(this.#refused(command, error));
      });
    });
  }

  #refused(command: string, error: Error): ProvisionError {
    return new ProvisionError('SSH_SHELL', `${this.target.name} at ${place(this.target)} does not let us run commands.`, {
      host: this.target.name,
      command,
      why: error.message,
      next: `Try: ssh ${this.target.user}@${this.target.address} /bin/sh`,
      cause: error,
    });
  }

  async close(): Promise<void> {
    this.#closing = true;
    if (!this.#gone) await endClient(this.#client);
    for (const jump of [...this.#jumps].reverse()) await endClient(jump);
  }
}

const legacyText = ({ name }: SshTarget): string =>
  `${name}: old algorithms are allowed for this host (ssh: legacy); somebody on the way could read or change what is sent.`;

/**
 * Connects and logs in.
 *
 * @param signal - Aborting it while connecting ends everything that was opened; a connection that stands is ended by close().
 * @throws ProvisionError HOST_DOWN, HOST_NAME, HOST_KEY_UNKNOWN, HOST_KEY_CHANGED, SSH_AUTH, SSH_KEY, SSH_ALGORITHM, SSH_CONFIG, INTERRUPTED
 */
export async function connect(target: SshTarget, signal?: AbortSignal): Promise<Connection> {
  const jumps: Client[] = [];
  const warnings: string[] = [];
  const first = new Ahead(target.jumps[0] ?? target, signal);
  try {
    const { login } = await import('./login.js');
    for (const hop of [...target.jumps, target]) {
      const before = jumps.at(-1);
      const opened = await login(hop, () => (before ? forward(before, hop, signal) : first.open()), signal);
      warnings.push(...(hop.legacy ? [legacyText(hop)] : []), ...opened.warnings);
      if (hop === target) return new LiveConnection(target, opened, jumps, warnings);
      opened.client.on('error', () => undefined); // the loss of a jump host shows as the loss of what runs through it
      jumps.push(opened.client);
    }
    throw new ProvisionError('BUG', 'A connection without a target.');
  } catch (error) {
    first.leave();
    for (const jump of jumps.reverse()) jump.destroy();
    throw error;
  }
}
