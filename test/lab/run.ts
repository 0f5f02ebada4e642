/**
 * Starting programs for the lab and collecting what they say.
 *
 * in: words (never a shell line), optional standard input, environment and time limit
 * out: exit status, standard output and standard error as text
 * why: every part of the harness needs the same careful spawn, and tests want a result, not an exception.
 */
import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';

/** What a finished program left. `exit` is null if a signal ended it. */
export interface Ran {
  readonly exit: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly input?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  /** Milliseconds after which the program is killed (SIGKILL); 60 s unless told. */
  readonly timeout?: number;
}

/** A program that is still running: its process, and the promise of its end. */
export interface Running {
  readonly child: ChildProcess;
  readonly done: Promise<Ran>;
}

/** Starts a program. Never rejects: a program that can't be started ends with exit 127 and the reason on stderr. */
export function start(words: readonly string[], options: RunOptions = {}): Running {
  const [program = '', ...args] = words;
  const spawnOptions: SpawnOptions = { stdio: ['pipe', 'pipe', 'pipe'] };
  if (options.env) spawnOptions.env = options.env;
  if (options.cwd) spawnOptions.cwd = options.cwd;
  const child = spawn(program, args, spawnOptions);
  const done = new Promise<Ran>((resolve) => {
    let stdout = '';
    let stderr = '';
    const timer = setTimeout(() => child.kill('SIGKILL'), options.timeout ?? 60_000);
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    child.stdin?.on('error', () => undefined); // a program that ends before reading all of it is no failure of ours
    child.stdin?.end(options.input ?? '');
    child.on('error', (error) => {
      clearTimeout(timer);
      resolve({ exit: 127, stdout, stderr: stderr + error.message });
    });
    child.on('close', (exit) => {
      clearTimeout(timer);
      resolve({ exit, stdout, stderr });
    });
  });
  return { child, done };
}

/** Runs a program to its end. */
export function run(words: readonly string[], options: RunOptions = {}): Promise<Ran> {
  return start(words, options).done;
}

/** Runs a program that must succeed; rejects with its words and its stderr if it doesn't. */
export async function must(words: readonly string[], options: RunOptions = {}): Promise<string> {
  const ran = await run(words, options);
  if (ran.exit !== 0) throw new Error(`${words.join(' ')}: exit ${ran.exit}\n${ran.stderr}${ran.stdout}`);
  return ran.stdout;
}

export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
