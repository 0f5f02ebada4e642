/**
 * The log of one run: JSON lines in a file of its own, for the person who has to find out later what happened.
 *
 * In: records (events, commands with output and timing). Out: `<dir>/<time>-<pid>.jsonl`, 0600 in a 0700 folder, bounded; old runs are removed.
 * Secrets are taken out by key and by shape; JSON escapes control characters. Why winston: levels and forms of records. It is loaded when a log is opened:
 * commands that neither read nor change a host have none.
 */
import { chmodSync, closeSync, openSync, readdirSync, renameSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { makeFolders, stateFolder } from './folders.js';
import { jsonText } from './json.js';

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
/** Longest text of one value, in characters. */
const MAX_TEXT = 70_000;

const SECRET_KEY = /pass(word|phrase)?$|secret|token|private_?key$|^identity_?data$/i;
const SECRET_TEXT = [
  /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(-----END [A-Z ]*PRIVATE KEY-----|$)/g,
  /\b(pass(?:word|phrase)?|secret|token)(\s*[=:]\s*)\S+/gi,
];

/** What any of them begins with: nearly no text has it, and one look is cheaper than two. */
const MAY_BE_SECRET = /PRIVATE KEY|pass|secret|token/i;

function scrubText(text: string): string {
  const [key, pair] = SECRET_TEXT;
  let out = text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}… (${text.length} characters)` : text;
  if (!MAY_BE_SECRET.test(out)) return out;
  if (key !== undefined) out = out.replace(key, '[secret]');
  return pair === undefined ? out : out.replace(pair, '$1$2[secret]');
}

/** The value without secrets; maps become objects and bytes become text. */
export function scrub(value: unknown, depth = 0): unknown {
  if (depth > 12) return '…';
  if (typeof value === 'string') return scrubText(value);
  if (value instanceof Uint8Array) return scrubText(Buffer.from(value).toString('utf8'));
  if (value instanceof Map) return scrub(Object.fromEntries(value), depth);
  if (value instanceof Error) return { name: value.name, message: scrubText(value.message), stack: scrubText(value.stack ?? '') };
  if (Array.isArray(value)) return value.map((v) => scrub(v, depth + 1));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, SECRET_KEY.test(k) ? '[secret]' : scrub(v, depth + 1)]));
}

/** `$XDG_STATE_HOME/provision/log`, else below ~/.local/state. */
export const logFolder = (env: Readonly<Record<string, string | undefined>>): string => stateFolder(env, 'log');

function removeOld(folder: string): void {
  const logs = readdirSync(folder)
    .filter((n) => /^\d{8}T\d{6}-.*\.jsonl$/.test(n))
    .sort();
  for (const name of logs.slice(0, Math.max(0, logs.length - KEEP + 1))) rmSync(join(folder, name), { force: true });
}

/**
 * Lines gathered for one turn of the event loop and written with one call; the file before this one is kept beside it, and no older one. Why not winston's File:
 * with many events it was seen to write on after its end, which ends the program.
 */
class LogFile extends Writable {
  #waiting: string[] = [];
  #length = 0;
  #bytes = 0;

  constructor(
    private readonly file: string,
    private fd: number,
  ) {
    super({ decodeStrings: false });
  }

  override _write(line: string | Buffer, _encoding: string, done: () => void): void {
    this.#waiting.push(line.toString());
    this.#length += line.length;
    if (this.#length > AT_ONCE) this.#flush();
    else if (this.#waiting.length === 1) setImmediate(() => this.#flush());
    done();
  }

  override _final(done: () => void): void {
    this.#flush();
    closeSync(this.fd);
    done();
  }

  #flush(): void {
    const bytes = Buffer.from(this.#waiting.join(''));
    this.#waiting = [];
    this.#length = 0;
    try {
      if (bytes.length > 0 && this.#bytes > 0 && this.#bytes + bytes.length > MAX_BYTES) this.#turn();
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

/**
 * Opens the log of this run.
 *
 * @param folder - Made with 0700 if absent; the file gets 0600.
 * @throws when the folder cannot be made or written; the caller goes on with `noLog` and says so.
 */
export async function openLog(folder: string): Promise<Log> {
  const { default: winston } = await import('winston');
  makeFolders(folder, 0o700);
  chmodSync(folder, 0o700);
  removeOld(folder);
  const time = new Date().toISOString().replace(/[-:]|\.\d+Z/g, '');
  const file = join(folder, `${time}-${process.pid}-${Math.random().toString(36).slice(2, 6)}.jsonl`);
  const line = winston.format((info) => ({
    ...info,
    [Symbol.for('message')]: jsonText({ time: new Date().toISOString(), level: info.level, ...(info.record as object) }),
  }));
  const stream = new LogFile(file, openSync(file, 'wx', 0o600));
  const transport = new winston.transports.Stream({ stream, eol: '\n' });
  const logger = winston.createLogger({ level: 'debug', format: line(), transports: [transport] });
  logger.on('error', () => undefined);
  transport.on('error', () => undefined);
  return {
    file,
    write: (level, record) => void logger.log(level, '', { record: scrub(record) }),
    close: () =>
      new Promise((resolve) => {
        const giveUp = setTimeout(resolve, 2000);
        stream.on('finish', () => {
          clearTimeout(giveUp);
          resolve();
        });
        transport.on('finish', () => stream.end());
        logger.end();
      }),
  };
}

/** Where no log can be written. */
export const noLog: Log = { file: '', write: () => undefined, close: () => Promise.resolve() };
