/**
 * One `/bin/sh` on the host as a byte channel (model/wire.ts).
 *
 * In: an ssh2 exec channel. Out: a ShellChannel. Standard output is queued with back-pressure, standard error kept to 64 KiB, and
 * `closed` resolves whatever happens: the shell's exit, a cut line, or our own destroy().
 */
import type { ClientChannel } from 'ssh2';
import type { ShellChannel } from '../model/wire.js';

type Closed = Awaited<ShellChannel['closed']>;

const STDERR_LIMIT = 65536;
/** Bytes of unread output at which reading from the host pauses. */
const QUEUE_LIMIT = 4 * 1024 * 1024;

/** What has come and was not read yet; one reader. */
class ByteQueue implements AsyncIterable<Uint8Array> {
  readonly #chunks: Uint8Array[] = [];
  #bytes = 0;
  #ended = false;
  #wake: (() => void) | undefined;
  readonly #flow: (paused: boolean) => void;

  constructor(flow: (paused: boolean) => void) {
    this.#flow = flow;
  }

  push(chunk: Uint8Array): void {
    if (this.#ended) return;
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    if (this.#bytes > QUEUE_LIMIT) this.#flow(true);
    this.#wake?.();
  }

  end(): void {
    this.#ended = true;
    this.#wake?.();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    for (;;) {
      const chunk = this.#chunks.shift();
      if (chunk) {
        this.#bytes -= chunk.length;
        if (this.#bytes <= QUEUE_LIMIT) this.#flow(false);
        yield chunk;
      } else if (this.#ended) {
        return;
      } else {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
        this.#wake = undefined;
      }
    }
  }
}

/** What the channel needs to know of its connection. */
export interface Line {
  /** Called once with the reason when the whole connection goes away. */
  onLost(listener: (error: Error | undefined) => void): void;
}

/** Wraps an exec channel. `line` tells of the connection's end, which ssh2 does not always pass on to a paused channel. */
export function shellChannel(channel: ClientChannel, line: Line): ShellChannel {
  const output = new ByteQueue((paused) => (paused ? channel.pause() : channel.resume()));
  const errors: Buffer[] = [];
  let errorBytes = 0;
  let exit: Partial<Pick<Closed, 'exit' | 'signal'>> = {};
  let over = false;
  let settle: (value: Closed) => void = () => undefined;
  const closed = new Promise<Closed>((resolve) => {
    settle = resolve;
  });
  const finish = (error?: Error): void => {
    if (over) return;
    over = true;
    output.end();
    settle(Object.keys(exit).length > 0 || !error ? exit : { error });
  };
  channel.on('data', (chunk: Buffer) => output.push(chunk));
  channel.stderr.on('data', (chunk: Buffer) => {
    const room = STDERR_LIMIT - errorBytes;
    if (room > 0) errors.push(Buffer.from(chunk.subarray(0, room)));
    errorBytes += chunk.length;
  });
  channel.on('exit', (code: number | null, signal?: string) => {
    exit = code === null ? { ...(signal !== undefined && { signal }) } : { exit: code };
  });
  channel.on('error', (error: Error) => finish(error));
  // ssh2 tells a channel of its end before the connection tells us why: one turn later the reason is known.
  channel.on('close', () => setImmediate(() => finish(new Error('the host closed the channel without an exit status'))));
  line.onLost((error) => finish(error));
  return {
    write: (text) => {
      if (!over && channel.writable) channel.write(text);
    },
    output,
    stderr: () => Buffer.concat(errors).toString('utf8'),
    closed,
    end: () => {
      if (!over && channel.writable) channel.end();
    },
    destroy: () => {
      finish(new Error('the channel was closed by us'));
      channel.destroy();
    },
  };
}
