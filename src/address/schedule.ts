/**
 * When an updater ticks: at its start, on its schedule, and at once when the watched interface has another address.
 *
 * In: an updater. Out: what stops it. Why a look every half second: it asks the kernel for a list, with no process and no packet, and works the same everywhere.
 */
import { schedule } from 'node-cron';
import type { Updater } from './updater.js';

/** Milliseconds. */
const POLL = 500;

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined, debug: () => undefined };

/** Starts it. @returns Stops the timers and resolves when what is under way has ended. */
export function startUpdater(updater: Updater): () => Promise<void> {
  void updater.tick('start');
  // node-cron writes to the console where no logger is given; a tick that was missed in a sleeping machine is made up for by the next one.
  const task = schedule(updater.config.schedule, () => void updater.tick('schedule'), { logger: silent, suppressMissedWarning: true });
  const poll = updater.config.watch === undefined ? undefined : setInterval(() => updater.poll(), POLL);
  return async () => {
    clearInterval(poll);
    await task.destroy();
    await updater.stop();
  };
}
