/**
 * The stream that a login runs over: a TCP connection, or one through a jump host.
 *
 * In: a target. Out: a stream that nobody has read from yet, or a ProvisionError; then no socket is left open.
 */
import { type Socket, connect as tcpConnect } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Client, ClientChannel } from 'ssh2';
import type { ProvisionError } from '../errors/error.js';
import type { SshTarget } from './endpoint.js';
import { connectError, hostDown, interrupted, type Ssh2Error, timedOut } from './failure.js';

function dial(target: SshTarget, signal: AbortSignal | undefined): Promise<Socket> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted === true) return reject(interrupted(target));
    const { address: host, port, family, localAddress } = target;
    const socket = tcpConnect({ host, port, noDelay: true, ...(family && { family }), ...(localAddress !== undefined && { localAddress }) });
    // Nothing is read before somebody listens: neither what the server says nor that it has gone.
    socket.pause();
    let over = false;
    const finish = (error?: ProvisionError): void => {
      if (over) return;
      over = true;
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
      socket.removeListener('connect', connected);
      if (error) {
        socket.destroy();
        reject(error);
      } else {
        resolve(socket);
      }
    };
    const abort = (): void => finish(interrupted(target));
    const connected = (): void => finish();
    const timer = setTimeout(() => finish(timedOut(target, 'tcp')), target.connectTimeoutMs);
    signal?.addEventListener('abort', abort, { once: true });
    socket.once('connect', connected);
    // Stays for the life of the socket: a second error must find a listener.
    socket.on('error', (error: Ssh2Error) => finish(connectError(target, error, 'tcp')));
  });
}

/** The first hop is dialled before ssh2 is loaded and keys are read, which takes as long as a near host needs to answer. */
export class Ahead {
  readonly #socket: Promise<Socket>;
  #taken = false;

  constructor(
    private readonly target: SshTarget,
    private readonly signal: AbortSignal | undefined,
  ) {
    this.#socket = dial(target, signal);
    this.#socket.catch(() => undefined);
  }

  /** The first time the socket that was dialled ahead, then others. */
  open(): Promise<Socket> {
    if (this.#taken) return dial(this.target, this.signal);
    this.#taken = true;
    return this.#socket;
  }

  /** Closes a socket that nobody has taken. */
  leave(): void {
    if (!this.#taken)
      void this.#socket.then(
        (socket) => socket.destroy(),
        () => undefined,
      );
  }
}

/** A stream to the target from the far side of a jump host. */
export function forward(jump: Client, target: SshTarget, signal: AbortSignal | undefined): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    const stop = (): void => finish(interrupted(target));
    const timer = setTimeout(() => finish(timedOut(target, 'tcp')), target.connectTimeoutMs);
    const finish = (error: ProvisionError | undefined, stream?: ClientChannel): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', stop);
      if (stream && !error) resolve(stream);
      else reject(error ?? hostDown(target, 'the jump host gave no stream'));
    };
    if (signal?.aborted === true) return stop();
    signal?.addEventListener('abort', stop, { once: true });
    jump.forwardOut('127.0.0.1', 0, target.address, target.port, (error, stream) => {
      if (error) finish(hostDown(target, `the jump host says: ${error.message}`, error));
      else finish(undefined, stream);
    });
  });
}
