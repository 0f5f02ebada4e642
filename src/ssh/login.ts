/**
 * One SSH handshake and login over a stream that already stands.
 *
 * In: a target and a stream. Out: a logged-in ssh2 client, or a ProvisionError; in the second case the stream is destroyed.
 * The host key is always checked: ssh2 takes any key where no verifier is set.
 */
import type { Duplex } from 'node:stream';
import ssh2, { type AuthHandlerMiddleware, type Client } from 'ssh2';
import { ProvisionError } from '../errors/error.js';
import { algorithmsFor } from './algorithms.js';
import { authError, type Candidate, type Candidates, collectCandidates } from './auth.js';
import type { SshTarget } from './endpoint.js';
import { type ConnectStage, connectError, hostDown, interrupted, loginBroken, type Ssh2Error, timedOut } from './failure.js';
import { HostKeyCheck } from './hostkey.js';
import { blobType } from './knownhosts.js';
import { Offers } from './offers.js';
import { shortLogin, signsAtOnce } from './short-login.js';

export interface Login {
  readonly client: Client;
  readonly fingerprint: string;
  /** The host key that was checked, `type base64`. */
  readonly hostKey: string;
  readonly accepted?: 'new';
  readonly warnings: readonly string[];
}

/** A person may have to touch a key or answer the agent. */
const LOGIN_MS = 60_000;

type HostKey = Pick<Login, 'fingerprint' | 'hostKey' | 'accepted' | 'warnings'>;

/** The first key that will be offered is at hand and can be sent with its signature. */
function firstAtOnce({ list: [first] }: Candidates): boolean {
  return first !== undefined && 'method' in first && first.method.type === 'publickey' && signsAtOnce(first.method.key);
}

/** The state of one handshake: how far it is, which keys were offered, and its one result. */
class Handshake {
  readonly #target: SshTarget;
  readonly #stream: Duplex;
  readonly #client: Client = new ssh2.Client();
  readonly #tried: Candidate[] = [];
  readonly #notes: string[] = [];
  #hostKey: HostKey = { fingerprint: '', hostKey: '', warnings: [] };
  #stage: ConnectStage = 'banner';
  #timer: NodeJS.Timeout | undefined;
  #over = false;
  #resolve: (login: Login) => void = () => undefined;
  #reject: (error: ProvisionError) => void = () => undefined;

  constructor(target: SshTarget, stream: Duplex) {
    this.#target = target;
    this.#stream = stream;
  }

  async run(check: HostKeyCheck, found: Candidates, signal: AbortSignal | undefined): Promise<Login> {
    const abort = (): void => this.#fail(interrupted(this.#target));
    try {
      return await new Promise<Login>((resolve, reject) => {
        this.#resolve = resolve;
        this.#reject = reject;
        if (signal?.aborted === true) return abort();
        signal?.addEventListener('abort', abort, { once: true });
        this.#watch();
        this.#arm(this.#target.connectTimeoutMs);
        this.#connect(check, this.#authHandler(found), firstAtOnce(found));
      });
    } finally {
      signal?.removeEventListener('abort', abort);
      clearTimeout(this.#timer);
    }
  }

  #connect(check: HostKeyCheck, authHandler: AuthHandlerMiddleware, atOnce: boolean): void {
    const { user, algorithms, legacy, keepaliveMs, keepaliveCount } = this.#target;
    this.#client.connect({
      sock: this.#stream,
      username: user,
      algorithms: algorithmsFor(algorithms ?? {}, legacy, check.types(), check.skipped),
      hostVerifier: (key: Buffer, done: (ok: boolean) => void) => {
        void this.#verify(check, Buffer.from(key)).then(done, () => done(false));
      },
      authHandler,
      readyTimeout: 0, // our own timer tells which stage hangs
      keepaliveInterval: keepaliveMs,
      keepaliveCountMax: keepaliveCount ?? 3,
      agentForward: false,
    });
    shortLogin(this.#client, atOnce);
  }

  async #verify(check: HostKeyCheck, blob: Buffer): Promise<boolean> {
    const answer = await check.answer(blob).catch((error: ProvisionError) => ({ ok: false as const, error }));
    if (!answer.ok) {
      this.#fail(answer.error);
      return false;
    }
    if (this.#hostKey.fingerprint === '') this.#hostKey = { ...answer, hostKey: `${blobType(blob) ?? ''} ${blob.toString('base64')}` };
    return true;
  }

  #watch(): void {
    this.#client.on('greeting', () => undefined);
    this.#client.on('handshake', () => {
      if (this.#stage === 'login') return; // a re-keying
      this.#stage = 'login';
      this.#arm(LOGIN_MS);
    });
    this.#client.on('ready', () => this.#succeed());
    this.#client.on('error', (error: Ssh2Error) => this.#onError(error));
    this.#client.on('close', () => this.#onClose());
    this.#stream.once('data', () => {
      if (this.#stage === 'banner') this.#stage = 'exchange';
    });
    // once('data') would set the stream flowing before ssh2 listens.
    this.#stream.pause();
  }

  #onError(error: Ssh2Error): void {
    // One key that cannot sign is no reason to stop: ssh2 goes on to the next.
    if (error.level === 'agent' || error.level === 'client-authentication') this.#notes.push(error.message);
    else this.#fail(connectError(this.#target, error, this.#stage));
  }

  #onClose(): void {
    if (this.#stage === 'login') this.#fail(loginBroken(this.#target, 'the host closed the connection'));
    else this.#fail(hostDown(this.#target, 'it closed the connection before the key exchange was done'));
  }

  #authHandler(found: Candidates): AuthHandlerMiddleware {
    const offers = new Offers(found);
    return (methodsLeft, _partial, next) => {
      const methods = (methodsLeft as readonly string[] | null) ?? ['publickey'];
      void this.#offer(offers, methods, next).catch((error: unknown) => {
        this.#fail(loginBroken(this.#target, error instanceof Error ? error.message : String(error)));
      });
    };
  }

  async #offer(offers: Offers, methods: readonly string[], next: (method: Candidate['method']) => void): Promise<void> {
    const candidate = methods.includes('publickey') ? await offers.next() : undefined;
    // While a passphrase was asked for, the login may have been given up.
    if (this.#over) return;
    if (candidate) {
      this.#tried.push(candidate);
      next(candidate.method);
      return;
    }
    const notes = [
      ...this.#notes,
      ...(methods.includes('publickey') ? [] : [`the host takes no keys here, only ${methods.join(', ') || 'nothing'}`]),
    ];
    this.#fail(authError(this.#target, offers.result, this.#tried, notes));
  }

  #arm(ms: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#fail(timedOut(this.#target, this.#stage)), ms);
  }

  #fail(error: ProvisionError): void {
    if (this.#over) return;
    this.#over = true;
    this.#client.on('error', () => undefined);
    this.#client.end();
    this.#stream.destroy();
    this.#reject(error);
  }

  #succeed(): void {
    if (this.#over) return;
    this.#over = true;
    this.#client.removeAllListeners('close');
    this.#resolve({ client: this.#client, ...this.#hostKey });
  }
}

/**
 * @param open - Gives the stream. Called last, so that nothing can happen on it before somebody listens.
 * @throws ProvisionError for everything that can go wrong; the stream is destroyed then.
 */
export async function login(target: SshTarget, open: () => Promise<Duplex>, signal: AbortSignal | undefined): Promise<Login> {
  const [check, found] = await Promise.all([HostKeyCheck.load(target), collectCandidates(target)]);
  let mismatch: unknown;
  for (;;) {
    const stream = await open();
    try {
      return await new Handshake(target, stream).run(check, found, signal);
    } catch (error) {
      stream.destroy();
      // A pinned fingerprint does not say which of a host's keys it means: ask for the others before calling it changed.
      if (!check.skipShown()) throw mismatch !== undefined && isCode(error, 'SSH_ALGORITHM') ? mismatch : error;
      mismatch ??= error;
    }
  }
}

const isCode = (error: unknown, code: string): boolean => error instanceof ProvisionError && error.code === code;
