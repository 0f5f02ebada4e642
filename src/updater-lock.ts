/**
 * Only one updater works on a link: two would undo each other's steps and use the same numbers.
 *
 * In: the folder of the link. Out: a hold on it. A socket that somebody listens on cannot be left behind by a process that died, as a file with its number can.
 */
import { rmSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { clean } from './errors/clean.js';
import { ProvisionError } from './errors/error.js';

export interface Hold {
  release(): Promise<void>;
}

const refused = (path: string, cause: Error): ProvisionError =>
  new ProvisionError('FILE_REFUSED', `${clean(path)} cannot be made.`, { why: clean(cause.message, { max: 300 }), cause });

/** @returns Nothing where the socket is there already. */
function listen(path: string): Promise<Server | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy());
    server.once('error', (error: NodeJS.ErrnoException) => (error.code === 'EADDRINUSE' ? resolve(undefined) : reject(refused(path, error))));
    server.listen(path, () => resolve(server));
  });
}

const answers = (path: string): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });

/**
 * @param what - Names the link in the error.
 * @throws ProvisionError LOCKED where another updater works on it, FILE_REFUSED where the folder cannot be written.
 */
export async function holdLink(folder: string, what: string): Promise<Hold> {
  const path = join(folder, 'updater.sock');
  let server = await listen(path);
  if (server === undefined && !(await answers(path))) {
    rmSync(path, { force: true });
    server = await listen(path);
  }
  if (server === undefined) {
    throw new ProvisionError('LOCKED', `Another updater is at work on ${what}.`, { next: 'See how it stands with: provision updater status' });
  }
  const held = server;
  held.on('error', () => undefined);
  // The socket goes away with the server.
  return { release: () => new Promise((resolve) => held.close(() => resolve())) };
}
