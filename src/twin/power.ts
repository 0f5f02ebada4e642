/**
 * reboot(8) and `shutdown -r now`, on all simulated systems.
 *
 * In: words. Out: an answer after which the host boots (`reboots`), or undefined where the command is not one of these. The real ones answer and go down some seconds
 * later; here the connection is cut at once, which a client must be ready for anyway.
 */
import { failed, ok } from './common-host.js';
import type { CommandResult } from './system.js';

/** @returns Undefined if the command is not one of these. */
export function powerCommand(words: readonly string[]): CommandResult | undefined {
  const [name = '', ...args] = words;
  const base = name.split('/').at(-1);
  if (base === 'reboot')
    return args.length === 0 ? { ...ok(), reboots: true } : failed(1, 'reboot: this simulated host knows reboot without options only\n');
  if (base !== 'shutdown') return undefined;
  return args.join(' ') === '-r now' ? { ...ok(), reboots: true } : failed(1, 'shutdown: this simulated host knows shutdown -r now only\n');
}
