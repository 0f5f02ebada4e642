/**
 * What a run that changes something is called, and by whom it is made.
 *
 * In: nothing. Out: a new id, and user and host of the controller. The guard on the hosts, the journal here and the screen name a run by the same id.
 */
import { randomBytes } from 'node:crypto';
import { hostname, userInfo } from 'node:os';

export interface NewRun {
  /** 16 hexadecimal digits. */
  readonly run: string;
  /** `user@controller`. */
  readonly who: string;
}

/** A user id that no account stands behind (a container) is told as a number. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return String(process.getuid?.() ?? 'unknown');
  }
}

export const newRun = (): NewRun => ({ run: randomBytes(8).toString('hex'), who: `${userName()}@${hostname()}` });
