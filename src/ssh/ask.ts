/**
 * One connection, one command, one short answer: how the updater speaks to the receiver of docs/updater.md.
 *
 * In: a target and the request. Out: exit status and the beginning of standard output. Nothing is left open, whatever happens.
 */
import { clean } from '../errors/clean.js';
import { ProvisionError } from '../errors/error.js';
import type { ShellChannel } from '../model/wire.js';
import { connect } from './connect.js';
import type { SshTarget } from './endpoint.js';
import { hostDown, interrupted, lost } from './failure.js';

export interface AskOptions {
  readonly signal: AbortSignal;
  /** Milliseconds for all of it: connecting, login and answer. */
  readonly timeoutMs: number;
}

export interface Asked {
  readonly exit: number;
  readonly text: string;
}

/** Bytes of an answer; a talkative login shell gets no more into memory. */
const MAX_ANSWER = 4096;

async function readAnswer(channel: ShellChannel, target: SshTarget): Promise<Asked> {
  channel.end();
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of channel.output) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > MAX_ANSWER) throw new ProvisionError('SSH_LOST', `${target.name} answered more than ${MAX_ANSWER} bytes.`, { host: target.name });
  }
  const { exit, signal, error } = await channel.closed;
  if (exit !== undefined) return { exit, text: Buffer.concat(chunks).toString('utf8') };
  throw lost(
    target,
    signal === undefined ? (error?.message ?? 'no exit status came') : `its command was ended by signal ${clean(signal, { max: 20 })}`,
  );
}

/** @throws ProvisionError as `connect` does, HOST_DOWN where the time is over, SSH_SHELL, SSH_LOST, INTERRUPTED */
export async function askHost(target: SshTarget, request: string, options: AskOptions): Promise<Asked> {
  const over = new AbortController();
  const stop = (): void => over.abort();
  const timer = setTimeout(stop, options.timeoutMs);
  options.signal.addEventListener('abort', stop, { once: true });
  if (options.signal.aborted) stop();
  try {
    const connection = await connect(target, over.signal);
    // Where the line falls silent before the channel is open, nothing else would end the wait for it.
    over.signal.addEventListener('abort', () => void connection.close(), { once: true });
    try {
      const channel = await connection.openRequest(request);
      over.signal.addEventListener('abort', () => channel.destroy(), { once: true });
      if (over.signal.aborted) channel.destroy();
      return await readAnswer(channel, target).finally(() => channel.destroy());
    } finally {
      await connection.close();
    }
  } catch (error) {
    if (options.signal.aborted) throw interrupted(target);
    if (over.signal.aborted) throw hostDown(target, `no answer to the request within ${options.timeoutMs / 1000} s`, error);
    throw error;
  } finally {
    clearTimeout(timer);
    options.signal.removeEventListener('abort', stop);
  }
}
