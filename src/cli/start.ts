/** The program `provision`: the real streams, environment and pipeline for program.ts. */
import { createInterface } from 'node:readline/promises';
import { isatty } from 'node:tty';
import { finish } from './exit.js';
import { run } from './program.js';
import type { Io, Sink } from './types.js';

const sink = (stream: NodeJS.WriteStream): Sink => ({
  write: (text) => void stream.write(text),
  isTTY: stream.isTTY === true,
  get columns() {
    return stream.columns;
  },
});

async function ask(question: string, signal: AbortSignal): Promise<string> {
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    // End of input and Ctrl-C are a no: neither may be taken for a yes.
    const closed = new Promise<string>((resolve) => lines.once('close', () => resolve('')));
    lines.on('SIGINT', () => process.emit('SIGINT'));
    return await Promise.race([lines.question(question, { signal }).catch(() => ''), closed]);
  } finally {
    lines.close();
  }
}

let reload: (() => void) | undefined;

function onStop(handler: () => void): () => void {
  const hangUp = (): void => (reload ?? handler)();
  const signals = [
    ['SIGINT', handler],
    ['SIGTERM', handler],
    ['SIGHUP', hangUp],
  ] as const;
  for (const [signal, act] of signals) process.on(signal, act);
  return () => {
    for (const [signal, act] of signals) process.off(signal, act);
  };
}

function onReload(handler: () => void): () => void {
  reload = handler;
  return () => {
    reload = undefined;
  };
}

const io: Io = {
  stdout: sink(process.stdout),
  stderr: sink(process.stderr),
  env: process.env,
  cwd: process.cwd(),
  // Asked of the system: standard input as a stream would be made for the answer alone.
  ask: isatty(0) && process.stderr.isTTY === true ? ask : undefined,
  onStop,
  onReload,
  pipeline: () => import('../pipeline.js'),
};

// `provision … | head`: the reader has gone. The run goes on: two hosts must not be left half-way because of it.
process.stdout.on('error', () => undefined);
process.stderr.on('error', () => undefined);

/** Runs the command line and ends the process with its exit status. */
export async function start(version: string): Promise<void> {
  await finish(await run(process.argv.slice(2), version, io));
}
