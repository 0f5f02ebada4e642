/** The only file that ends the process. */

/** Waits until a stream has handed everything to the system: a pipe would lose what is left at exit. */
const flushed = (stream: NodeJS.WriteStream): Promise<void> =>
  new Promise((resolve) => {
    if (stream.destroyed || stream.writableEnded) resolve();
    else stream.write('', () => resolve());
  });

/** Ends the process with a status once both streams are written. */
export async function finish(code: number): Promise<never> {
  await Promise.all([flushed(process.stdout), flushed(process.stderr)]);
  process.exit(code);
}

/** Ends the process at once: the second Ctrl-C, or a reader of our output that has gone. */
export function leave(code: number): never {
  process.exit(code);
}
