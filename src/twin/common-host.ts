/** What the commands that all simulated systems share need of their host, and the two usual answers. */
import type { FileTree } from './files.js';
import type { IpStack } from './stack.js';
import type { CommandResult } from './system.js';

export interface CommonHost {
  readonly hostname: string;
  readonly uname: { readonly sysname: string; readonly release: string; readonly machine: string };
  /** What `uname -v` prints. */
  readonly version?: string;
  readonly files: FileTree;
  readonly stack: IpStack;
  /** Absolute paths of programs that exist although they are no files of the tree. */
  readonly programs: readonly string[];
}

export const ok = (stdout = ''): CommandResult => ({ exit: 0, stdout, stderr: '' });
export const failed = (exit: number, stderr: string, stdout = ''): CommandResult => ({ exit, stdout, stderr });

export interface Options {
  readonly flags: ReadonlySet<string>;
  /** What followed an option that takes a value. */
  readonly values: ReadonlyMap<string, string>;
  readonly rest: readonly string[];
}

/** getopt(3): `letters` as there, `ab:` for -a and -b VALUE. Undefined: an option that the program does not know. */
export function getopt(args: readonly string[], letters: string): Options | undefined {
  const flags = new Set<string>();
  const values = new Map<string, string>();
  let at = 0;
  for (; at < args.length; at += 1) {
    const arg = args[at] ?? '';
    if (!arg.startsWith('-') || arg === '-') break;
    if (arg === '--') return { flags, values, rest: args.slice(at + 1) };
    for (let i = 1; i < arg.length; i += 1) {
      const letter = arg.charAt(i);
      const known = letters.indexOf(letter);
      if (known < 0 || letter === ':') return undefined;
      if (letters.charAt(known + 1) !== ':') {
        flags.add(letter);
        continue;
      }
      const value = i + 1 < arg.length ? arg.slice(i + 1) : args[++at];
      if (value === undefined) return undefined;
      values.set(letter, value);
      break;
    }
  }
  return { flags, values, rest: args.slice(at) };
}
