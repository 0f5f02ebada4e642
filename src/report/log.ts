/**
 * The log of one run: JSON lines in a file of its own, for the person who has to find out later what happened.
 *
 * In: records (events, commands with output and timing). Out: `<dir>/<time>-<pid>.jsonl`, 0600 in a 0700 folder, bounded; old runs are removed.
 * Secrets are taken out (scrub.ts); JSON escapes control characters. winston carries the lines to the file, those of one turn of the event loop together: one by
 * one that took longer than to make them. It is loaded with the first lines that it carries, when a run has reached its hosts and waits for them anyway.
 */
import { chmodSync, closeSync, openSync, readdirSync, renameSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { lazy } from '../files/lazy.js';
import { makeFolders, stateFolder } from './folders.js';
import { scrubbedText } from './scrub.js';

export type Level = 'error' | 'warn' | 'info' | 'debug';

export interface Log {
  readonly file: string;
  write(level: Level, record: Readonly<Record<string, unknown>>): void;
  /** Resolves when everything is in the file. */
  close(): Promise<void>;
}

/** A run's log may take this many bytes twice: the current file and the one before it. */
const MAX_BYTES = 8 * 1024 * 1024;
/** Logs of earlier runs that are kept. */
const KEEP = 50;
/** Characters that are gathered before they are written. */
const AT_ONCE = 64 * 1024;
/** Milliseconds in which lines are only gathered: until its hosts are dialled a run has enough to load. Nothing is changed on a host so soon. */
const FIRST_MS = 150;
/** `$XDG_STATE_HOME/provision/log`, else below ~/.local/state. */
export const logFolder = (env: Readonly<Record<string, string | undefined>>): string => stateFolder(env, 'log');

function removeOld(folder: string): void {
  const logs = readdirSync(folder)
    .filter((n) => /^\d{8}T\d{6}-.*\.jsonl$/.test(n))
    .sort();
  for (const name of logs.slice(0, Math.max(0, logs.length - KEEP + 1))) rmSync(join(folder, name), { force: true });
}

/**
 * The file before this one is kept beside it, and no older one. Why not winston's File: with many events it was seen to write on after its end, which ends the
 * program.
 */
class LogFile extends Writable {
  #bytes = 0;

  constructor(
    private readonly file: string,
    private fd: number,
  ) {
    super({ decodeStrings: false });
  }

  override _write(lines: string | Buffer, _encoding: string, done: () => void): void {
    this.#put(Buffer.from(lines));
    done();
  }

  override _final(done: () => void): void {
    closeSync(this.fd);
    done();
  }

  #put(bytes: Buffer): void {
    try {
      if (this.#bytes > 0 && this.#bytes + bytes.length > MAX_BYTES) this.#turn();
      for (let at = 0; at < bytes.length; ) at += writeSync(this.fd, bytes, at);
      this.#bytes += bytes.length;
    } catch {
      // A full disk here must not end a run that is half-way through two hosts.
    }
  }

  #turn(): void {
    renameSync(this.file, `${this.file.slice(0, -'.jsonl'.length)}-before.jsonl`);
    const before = this.fd;
    this.fd = openSync(this.file, 'wx', 0o600);
    this.#bytes = 0;
    closeSync(before);
  }
}

/** Lines gathered for one turn of the event loop, the first of them for longer. */
class Lines {
  #waiting: string[] = [];
  #length = 0;
  #started = false;

  constructor(private readonly put: (text: string) => void) {
    const start = (): void => {
      this.#started = true;
      this.flush();
    };
    setTimeout(start, FIRST_MS).unref();
  }

  add(line: string): void {
    this.#waiting.push(line);
    this.#length += line.length;
    if (this.#length > AT_ONCE) this.flush();
    else if (this.#waiting.length === 1 && this.#started) setImmediate(() => this.flush());
  }

  flush(): void {
    if (this.#waiting.length === 0) return;
    const text = this.#waiting.join('\n');
    this.#waiting = [];
    this.#length = 0;
    this.put(text);
  }
}

/** winston with this one way out, which leaves lines as they are. */
async function carriedTo(stream: Writable) {
  const { default: winston } = await import('winston');
  const asTheyAre = winston.format((info) => ({ ...info, [Symbol.for('message')]: info.message }));
  const transport = new winston.transports.Stream({ stream, eol: '\n' });
  const logger = winston.createLogger({ level: 'debug', format: asTheyAre(), transports: [transport] });
  logger.on('error', () => undefined);
  transport.on('error', () => undefined);
  return { logger, transport };
}

/**
 * Opens the log of this run.
 *
 * @param folder - Made with 0700 if absent; the file gets 0600.
 * @throws when the folder cannot be made or written; the caller goes on with `noLog` and says so.
 */
export function openLog(folder: string): Log {
  makeFolders(folder, 0o700);
  chmodSync(folder, 0o700);
  removeOld(folder);
  const time = new Date().toISOString().replace(/[-:]|\.\d+Z/g, '');
  const file = join(folder, `${time}-${process.pid}-${Math.random().toString(36).slice(2, 6)}.jsonl`);
  const stream = new LogFile(file, openSync(file, 'wx', 0o600));
  // That it cannot be loaded must not end a run that is half-way through two hosts either.
  const carrier = lazy(() => carriedTo(stream).catch(() => undefined));
  const lines = new Lines((text) => void carrier().then((made) => void made?.logger.info(text)));
  return {
    file,
    write: (level, record) => lines.add(scrubbedText({ time: new Date().toISOString(), level, ...record })),
    close: async () => {
      lines.flush();
      const made = await carrier();
      if (made === undefined) return;
      const { logger, transport } = made;
      await new Promise<void>((resolve) => {
        const giveUp = setTimeout(resolve, 2000);
        stream.on('finish', () => {
          clearTimeout(giveUp);
          resolve();
        });
        transport.on('finish', () => stream.end());
        logger.end();
      });
    },
  };
}

/** Where no log can be written. */
export const noLog: Log = { file: '', write: () => undefined, close: () => Promise.resolve() };
