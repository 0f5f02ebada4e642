/** Small helpers shared by the commands of the simulated Linux: results, word splitting, IPv4 arithmetic. */
import { toNumber } from '../interface.js';
import type { CommandResult } from '../system.js';

/** Exit 0 with this standard output. */
export const ok = (stdout = '', stderr = ''): CommandResult => ({ exit: 0, stdout, stderr });

/** A failure: exit status, standard error (a newline is added), standard output. */
export const fail = (exit: number, stderr: string, stdout = ''): CommandResult => ({ exit, stdout, stderr: stderr === '' ? '' : `${stderr}\n` });

/** A command as the simulated system runs it: words[0] is its name. */
export type Command = (words: readonly string[]) => CommandResult;

/** Whether the text is a dotted quad with four numbers 0 to 255. */
export function isAddress(text: string): boolean {
  const parts = text.split('.');
  return parts.length === 4 && parts.every((p) => /^\d{1,3}$/.test(p) && Number(p) <= 255);
}

export const toAddress = (n: number): string => [24, 16, 8, 0].map((shift) => Math.floor(n / 2 ** shift) % 256).join('.');

/** The network's own address. */
export function masked(address: string, prefix: number): string {
  const size = 2 ** (32 - prefix);
  return toAddress(Math.floor(toNumber(address) / size) * size);
}

interface Prefix {
  readonly address: string;
  readonly length: number;
  /** Whether the length was written. */
  readonly explicit: boolean;
}

/** `A` or `A/N`; undefined if it is neither. */
export function parsePrefix(text: string): Prefix | undefined {
  const [address = '', length, more] = text.split('/');
  if (!isAddress(address) || more !== undefined) return undefined;
  if (length === undefined) return { address, length: 32, explicit: false };
  if (!/^\d{1,2}$/.test(length) || Number(length) > 32) return undefined;
  return { address, length: Number(length), explicit: true };
}

/** Prefix length of a netmask (`255.255.255.252` or `30`); undefined if it is none. */
export function maskLength(text: string): number | undefined {
  if (/^\d{1,2}$/.test(text)) return Number(text) <= 32 ? Number(text) : undefined;
  if (!isAddress(text)) return undefined;
  const bits = toNumber(text).toString(2).padStart(32, '0');
  return /^1*0*$/.test(bits) ? bits.replaceAll('0', '').length : undefined;
}
