/** Small makers of command results, shared by the simulated commands of the BSD families. */
import type { CommandResult } from '../system.js';

export const ok = (stdout = '', stderr = ''): CommandResult => ({ exit: 0, stdout, stderr });

/** @param stderr - Lines of standard error, each with its newline. */
export const fail = (exit: number, stderr: string, stdout = ''): CommandResult => ({ exit, stdout, stderr });

/** What sh says of a name it can't find. */
export const notFound = (name: string): CommandResult => fail(127, `${name}: not found\n`);

const PART = /^(0|[1-9][0-9]{0,2})$/;

/** Whether the word is an IPv4 address in four decimal parts. */
export function isIpv4(word: string | undefined): word is string {
  const parts = word?.split('.') ?? [];
  return parts.length === 4 && parts.every((p) => PART.test(p) && Number(p) < 256);
}
