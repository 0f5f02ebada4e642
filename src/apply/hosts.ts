/**
 * The hosts of a run: one SSH connection, one channel and one shell each, opened when first needed and shared by all links.
 *
 * In: how to reach a host, where to tell events. Out: a shell to run phases in; every command that ran is told as an event, for the log.
 * Starts are limited (sshd drops a burst of them, MaxStartups); a host that failed once is not tried again in the same run.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import pLimit from 'p-limit';
import { ProvisionError } from '../errors/error.js';
import type { Emit } from '../model/outcome.js';
import type { Call, CallRecord, PhaseRunner } from '../model/wire.js';
import { beginSession, type Session } from '../script/session.js';
import { type Connection, connect } from '../ssh/connect.js';
import type { SshTarget } from '../ssh/endpoint.js';
import { explainShellFailure } from '../ssh/privilege.js';
import { textOf } from '../survey/bytes.js';

export interface HostTools {
  /** @throws {ProvisionError} if it is not known where the host is. */
  readonly target: (host: string) => SshTarget;
  /** What the host simulates, if it is simulated. */
  readonly simulated: (host: string) => string | undefined;
  /** Answers in place of a host that is not to be reached. */
  readonly recorded: (host: string) => PhaseRunner | undefined;
  readonly emit: Emit;
  readonly signal?: AbortSignal;
  /** Connections that may be starting at once. */
  readonly concurrency: number;
  /** Milliseconds after which a phase that has not ended is given up. */
  readonly phaseTimeoutMs: number;
}

interface Opened {
  readonly connection: Connection;
  readonly session: Session;
  readonly runner: PhaseRunner;
  /** The shell has answered. */
  readonly ready: Promise<void>;
}

function wordsOf(call: Call): readonly string[] {
  if ('words' in call) return call.words;
  if (call.verb === 'agree') return [call.verb, String(call.seconds)];
  if (call.verb === 'held') return [call.verb, call.state];
  if (call.verb === 'release' || call.verb === 'arm' || call.verb === 'join' || call.verb === 'disarm') return [call.verb, call.state, call.run];
  return call.verb === 'block' ? [call.verb, call.path, call.name] : [call.verb, call.path];
}

export class Hosts {
  private readonly opened = new Map<string, Promise<Opened>>();
  private readonly limit;

  constructor(private readonly tools: HostTools) {
    this.limit = pLimit(tools.concurrency);
  }

  /** The shell of a host; opened at the first call. @throws {ProvisionError} why it could not be. */
  async shell(host: string): Promise<PhaseRunner> {
    const runner = await this.early(host);
    await (await this.opened.get(host))?.ready;
    return runner;
  }

  /** The same before the shell has answered: a first phase that changes nothing goes out with the prelude. Running it throws what `shell` would. */
  async early(host: string): Promise<PhaseRunner> {
    const recorded = this.tools.recorded(host);
    if (recorded !== undefined) return recorded;
    let opening = this.opened.get(host);
    if (opening === undefined) {
      opening = this.limit(() => this.open(host));
      this.opened.set(host, opening);
    }
    return (await opening).runner;
  }

  /** The account and the host key of a host that is connected. */
  async identity(host: string): Promise<{ readonly target: SshTarget; readonly hostKey: string }> {
    await this.shell(host);
    const { connection } = (await this.opened.get(host)) ?? {};
    if (connection === undefined) throw new ProvisionError('BUG', `${host} is not connected.`);
    return { target: connection.target, hostKey: connection.hostKey };
  }

  /** Gives up the connection of a host that was lost; the next `shell` opens another. */
  async renew(host: string): Promise<void> {
    const opened = await this.opened.get(host)?.catch(() => undefined);
    this.opened.delete(host);
    await opened?.connection.close();
  }

  /** Opens a new TCP connection and logs in: proof that the way in still stands. */
  async confirm(host: string): Promise<void> {
    const connection = await connect(this.tools.target(host), this.tools.signal);
    // That it was opened is the proof; nobody waits for the answer to the goodbye.
    void connection.close();
  }

  /** Says goodbye to a host and waits for no answer, which takes two round trips: a shell that is told that its input ends cleans up by itself. */
  async leave(host: string): Promise<void> {
    const opened = await this.opened.get(host)?.catch(() => undefined);
    if (opened === undefined) return;
    this.opened.delete(host);
    await opened.session.leave();
    // One turn later the end of its input is on its way; the goodbye comes behind it.
    await nextTurn();
    void opened.connection.close();
  }

  async close(): Promise<void> {
    await Promise.all([...this.opened.keys()].map((host) => this.leave(host)));
  }

  private async open(host: string): Promise<Opened> {
    const { tools } = this;
    const target = tools.target(host);
    const connection = await connect(target, tools.signal);
    const simulated = tools.simulated(host);
    tools.emit({
      type: 'connected',
      host,
      address: target.address,
      port: target.port,
      user: target.user,
      fingerprint: connection.fingerprint,
      ...(simulated === undefined ? {} : { simulated }),
    });
    for (const warning of connection.warnings) tools.emit({ type: 'warning', link: '', warning: { code: 'ssh', host, text: warning } });
    try {
      const session = beginSession(await connection.openShell());
      const explained = async (error: unknown): Promise<never> => {
        await connection.close();
        throw this.explain(target, error);
      };
      const ready = session.ready.catch(explained);
      ready.catch(() => undefined);
      return { connection, session, ready, runner: this.logged(host, session, ready) };
    } catch (error) {
      await connection.close();
      throw this.explain(target, error);
    }
  }

  /** No hello came: what sudo, doas or the login shell said decides what it is called. */
  private explain(target: SshTarget, error: unknown): unknown {
    if (!(error instanceof ProvisionError) || error.code !== 'SSH_SHELL') return error;
    return explainShellFailure(target, error.details.exitCode, error.details.stderr ?? '');
  }

  private logged(host: string, session: Session, ready: Promise<void>): PhaseRunner {
    const { emit, phaseTimeoutMs } = this.tools;
    return {
      run: async (calls, options = {}) => {
        const byId = new Map(calls.map((c) => [c.id, c]));
        let since = Date.now();
        const onRecord = (record: CallRecord): void => {
          const call = byId.get(record.id);
          const now = Date.now();
          emit({
            type: 'command',
            host,
            id: record.id,
            verb: record.verb,
            words: call === undefined ? [] : wordsOf(call),
            exit: record.exit,
            stdout: call?.verb === 'look' && call.quiet === true ? '' : textOf(record.stdout),
            stderr: textOf(record.stderr),
            ms: now - since,
          });
          since = now;
          options.onRecord?.(record);
        };
        const result = session.run(calls, { timeoutMs: phaseTimeoutMs, ...options, onRecord });
        result.catch(() => undefined);
        // What `ready` says of a shell that did not come is for people.
        await ready;
        return await result;
      },
    };
  }
}
